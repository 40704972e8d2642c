/** On which occasions destinations are told of an audience, in the shapes of Segment's API (segment contract 8.2, 8.3). */
import { type Static, Type } from 'typebox'
import { type Activation, type Occasion, occasionsOf } from '../../workspace/index.ts'
import { actorOf } from '../actor.ts'
import * as answers from '../answers/activations.ts'
import type { ApiDeps, Routes } from '../deps.ts'
import { PageQuery, pageOf } from '../pages.ts'
import { ApiError, invalid } from '../problems.ts'
import { computationOf } from './lookup.ts'
import { destinationsOf, startTelling } from './syncs.ts'

const TYPES = {
  membership: 'Audience Membership Changed',
  entered: 'Audience Entered',
  exited: 'Audience Exited',
} as const
const KINDS = { [TYPES.membership]: 'membership', [TYPES.entered]: 'entered', [TYPES.exited]: 'exited' } as const

const Personalization = Type.Object(
  {
    profile: Type.Optional(
      Type.Object(
        {
          properties: Type.Optional(Type.Array(Type.String({ maxLength: 255 }), { maxItems: 100 })),
          mapping: Type.Optional(Type.Record(Type.String(), Type.String())),
        },
        { additionalProperties: false },
      ),
    ),
    entities: Type.Optional(Type.Array(Type.Unknown())),
  },
  { additionalProperties: false },
)
const DestinationMapping = Type.Object(
  {
    actionId: Type.String({ minLength: 1, maxLength: 255 }),
    settings: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
  },
  { additionalProperties: false },
)
const Name = Type.String({ minLength: 1, maxLength: 255 })
const Changes = {
  enabled: Type.Optional(Type.Boolean()),
  performResync: Type.Optional(Type.Boolean()),
  personalization: Type.Optional(Personalization),
  destinationMapping: Type.Optional(DestinationMapping),
}
const Create = Type.Object(
  { ...Changes, activationType: Type.Enum(Object.values(TYPES)), activationName: Name, performResync: Type.Boolean() },
  { additionalProperties: false },
)
const Update = Type.Object({ ...Changes, activationName: Type.Optional(Name) }, { additionalProperties: false })
type Changes = Omit<Static<typeof Update>, 'activationName'>

type OfAudience = { Params: { space: string; id: string } }
type OfActivation = { Params: { space: string; id: string; activation: string } }

export const activationRoutes: Routes = (app, deps, guard) => {
  app.post<{ Params: OfAudience['Params'] & { connection: string }; Body: Static<typeof Create> }>(
    '/spaces/:space/audiences/:id/destination-connections/:connection/activations',
    { onRequest: guard('api:write'), config: answers.addActivationToAudience, schema: { body: Create } },
    async (request) => {
      const { activationType, activationName: name, ...changes } = request.body
      const audience = await audienceOf(deps, request.params)
      const connection = audience.activations.find(({ destinationId }) => destinationId === request.params.connection)
      if (connection === undefined)
        throw new ApiError(404, [{ type: 'not-found', message: 'The connection does not exist.' }])
      const made = await set(deps, request, {
        audience,
        connection,
        on: KINDS[activationType],
        name,
        changes,
        isNew: true,
      })
      return { data: { activation: made } }
    },
  )

  app.get<OfAudience & { Querystring: PageQuery }>(
    '/spaces/:space/audiences/:id/activations',
    { onRequest: guard('api:read'), config: answers.listActivationsFromAudience, schema: { querystring: PageQuery } },
    async ({ params, query }) => {
      const audience = await audienceOf(deps, params)
      const { page, pagination } = pageOf(allOf(audience.activations), query)
      const { id: workspaceId } = await deps.workspace()
      return { data: { activations: page.map((each) => toActivation(each, audience, workspaceId)), pagination } }
    },
  )

  app.get<OfActivation>(
    '/spaces/:space/audiences/:id/activations/:activation',
    { onRequest: guard('api:read'), config: answers.getActivationFromAudience },
    async ({ params }) => {
      const audience = await audienceOf(deps, params)
      const { id: workspaceId } = await deps.workspace()
      return { data: { activation: toActivation(activationOf(audience, params), audience, workspaceId) } }
    },
  )

  app.patch<OfActivation & { Body: Static<typeof Update> }>(
    '/spaces/:space/audiences/:id/activations/:activation',
    { onRequest: guard('api:write'), config: answers.updateActivationForAudience, schema: { body: Update } },
    async (request) => {
      const audience = await audienceOf(deps, request.params)
      const { connection, occasion } = activationOf(audience, request.params)
      const { activationName, ...changes } = request.body
      // What is not given stays as it is when this is done, and not as it was when it was read.
      const given = activationName === undefined ? {} : { name: activationName }
      const asked = { audience, connection, on: occasion.on, ...given, changes, isNew: false, before: occasion }
      return { data: { activation: await set(deps, request, asked) } }
    },
  )

  app.delete<OfActivation>(
    '/spaces/:space/audiences/:id/activations/:activation',
    { onRequest: guard('api:write'), config: answers.removeActivationFromAudience },
    async (request) => {
      const audience = await audienceOf(deps, request.params)
      const { connection, occasion } = activationOf(audience, request.params)
      const { id, spaceId } = audience
      const args = { spaceId, id, destinationId: connection.destinationId, on: occasion.on }
      await deps.commands.removeOccasion(args, actorOf(request))
      return { data: { status: 'SUCCESS' } }
    },
  )
}

type Audience = Awaited<ReturnType<typeof computationOf>>
interface Shown {
  readonly connection: Activation
  readonly occasion: Occasion
}

async function set(
  deps: ApiDeps,
  request: Parameters<typeof actorOf>[0],
  asked: {
    readonly audience: Audience
    readonly connection: Activation
    readonly on: Occasion['on']
    readonly name?: string
    readonly changes: Changes
    readonly isNew: boolean
    readonly before?: Occasion
  },
): Promise<answers.ChangedActivation> {
  const { audience, connection, on, name, changes, isNew, before } = asked
  const { enabled, performResync = false, personalization, destinationMapping } = changes
  const { destinationId } = connection
  if (performResync) checkResync(audience, destinationId, on, enabled ?? before?.enabled ?? true)
  const enrichTraits = traitsOf(personalization)
  const actionId = actionOf(deps, destinationId, destinationMapping)
  const args = {
    ...{ spaceId: audience.spaceId, id: audience.id, destinationId, on, isNew },
    ...(name === undefined ? {} : { name }),
    ...(enabled === undefined ? {} : { enabled }),
    ...(enrichTraits === undefined ? {} : { enrichTraits }),
    ...(actionId === undefined ? {} : { actionId }),
  }
  const actor = actorOf(request)
  const after = await deps.commands.setOccasion(args, actor)
  const occasion = occasionsOf(after).find((each) => each.on === on)
  if (occasion === undefined)
    throw new ApiError(404, [{ type: 'not-found', message: 'The activation does not exist.' }])
  if (performResync) {
    const computation = await computationOf(deps, { space: audience.spaceId, collection: 'audiences', id: audience.id })
    await startTelling(deps, { computation, value: 'current', destinationIds: [destinationId] }, actor)
  }
  const { id: workspaceId } = await deps.workspace()
  return { ...toActivation({ connection: after, occasion }, audience, workspaceId), performResync }
}

function checkResync(audience: Audience, destinationId: string, on: Occasion['on'], isEnabled: boolean): void {
  if (!isEnabled) throw invalid('performResync', 'tells who is in: the activation must be enabled for it')
  if (on === 'exited') throw invalid('performResync', 'tells who is in, and Audience Exited is not told of them')
  destinationsOf(audience, [destinationId])
}

/** Traits that go along. */
function traitsOf(personalization: Changes['personalization']): readonly string[] | undefined {
  const { profile, entities = [] } = personalization ?? {}
  if (entities.length > 0)
    throw invalid('personalization.entities', 'are of linked audiences, which are not here: leave them out')
  if (Object.keys(profile?.mapping ?? {}).length > 0)
    throw invalid(
      'personalization.profile.mapping',
      'cannot rename: traits go along under their own names, and a mapping of the destination gives them others',
    )
  return profile?.properties
}

/** All mappings of a destination take what they trigger on: an activation can be meant for one, and not make one. */
function actionOf(deps: ApiDeps, destinationId: string, mapping: Changes['destinationMapping']): string | undefined {
  if (mapping === undefined) return undefined
  if (Object.keys(mapping.settings ?? {}).length > 0)
    throw invalid(
      'destinationMapping.settings',
      'are those of the mapping itself: see /destinations/{id}/subscriptions',
    )
  const actions = deps
    .config()
    .destinations.get(destinationId)
    ?.subscriptions.filter(({ enabled }) => enabled)
    .map(({ action }) => action)
  if (actions?.includes(mapping.actionId) !== true)
    throw invalid(
      'destinationMapping.actionId',
      `must be the action of a mapping of the destination that is switched on: ${[...new Set(actions)].join(', ') || 'it has none'}`,
    )
  return mapping.actionId
}

const audienceOf = (deps: ApiDeps, { space, id }: OfAudience['Params']) =>
  computationOf(deps, { space, collection: 'audiences', id })

const allOf = (connections: readonly Activation[]): readonly Shown[] =>
  connections.flatMap((connection) => occasionsOf(connection).map((occasion) => ({ connection, occasion })))

function activationOf({ activations }: Audience, { activation }: OfActivation['Params']): Shown {
  const found = allOf(activations).find((each) => idOf(each) === activation)
  if (found === undefined) throw new ApiError(404, [{ type: 'not-found', message: 'The activation does not exist.' }])
  return found
}

/** A connection tells of each occasion once. */
const idOf = ({ connection, occasion }: Shown) => `${connection.destinationId}.${occasion.on}`

function toActivation(shown: Shown, audience: Audience, workspaceId: string): answers.Activation {
  const { connection, occasion } = shown
  return {
    id: idOf(shown),
    enabled: occasion.enabled,
    workspaceId,
    spaceId: audience.spaceId,
    audienceId: audience.id,
    connectionId: connection.destinationId,
    activationType: TYPES[occasion.on],
    activationName: occasion.name,
    personalization: { profile: { properties: connection.enrichTraits } },
    ...(occasion.actionId === undefined ? {} : { destinationMapping: { actionId: occasion.actionId, settings: {} } }),
  }
}
