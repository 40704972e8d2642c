/**
 * Spaces, audiences and computed traits, under the paths and in the shapes of Segment's API (segment contract 8.2, 8.3),
 * and beside them what it lacks: members, a check of a definition, a preview over the whole history.
 */
import { type Static, Type } from 'typebox'
import type { RunProgress } from '../connections/index.ts'
import { keyOf, type Level, print, traitsReadBy } from '../engage/index.ts'
import { explainProfile, Person } from '../unify/index.ts'
import {
  type Computation,
  EVERY_MINUTES_MAX,
  EVERY_MINUTES_MIN,
  ID_STRATEGIES,
  parsed,
  type Space,
  type SpaceComputation,
  type SpaceConfig,
} from '../workspace/index.ts'
import { actorOf } from './actor.ts'
import { isUnderWay, statusOf } from './computation-status.ts'
import type { ApiDeps, Routes } from './deps.ts'
import { PageQuery, pageOf } from './pages.ts'
import { ApiError } from './problems.ts'
import { findPerson, parseLookup, portsOf } from './profiles/index.ts'

const Query = Type.Object(
  {
    query: Type.String({ minLength: 1 }),
    type: Type.Optional(Type.Enum(['USERS', 'users', 'ACCOUNTS', 'accounts'])),
  },
  { additionalProperties: false },
)
const AudienceType = Type.Optional(Type.Enum(['USERS', 'ACCOUNTS']))
/** What can be said of a computation at one destination. */
export const connectionFields = {
  form: Type.Optional(Type.Enum(['identify', 'track', 'group'])),
  enteredEvent: Type.Optional(Type.String({ minLength: 1, maxLength: 200 })),
  exitedEvent: Type.Optional(Type.String({ minLength: 1, maxLength: 200 })),
  enrichTraits: Type.Optional(Type.Array(Type.String({ maxLength: 255 }), { maxItems: 100 })),
  everyMinutes: Type.Integer({ minimum: EVERY_MINUTES_MIN, maximum: EVERY_MINUTES_MAX }),
  idSyncConfiguration: Type.Optional(
    Type.Array(
      Type.Object(
        {
          externalId: Type.String(),
          strategy: Type.Enum([...ID_STRATEGIES]),
          mapTo: Type.Optional(Type.String()),
        },
        { additionalProperties: false },
      ),
    ),
  ),
}
const Connections = Type.Array(
  Type.Object(
    {
      destinationId: Type.String(),
      ...connectionFields,
      everyMinutes: Type.Optional(connectionFields.everyMinutes),
    },
    { additionalProperties: false },
  ),
  { maxItems: 50 },
)
const Create = Type.Object(
  {
    name: Type.String(),
    definition: Query,
    description: Type.Optional(Type.String()),
    enabled: Type.Optional(Type.Boolean()),
    key: Type.Optional(Type.String({ maxLength: 100 })),
    audienceType: AudienceType,
    options: Type.Optional(
      Type.Object(
        {
          includeAnonymousUsers: Type.Optional(Type.Boolean()),
          includeHistoricalData: Type.Optional(Type.Boolean()),
          // Of audiences, and of computed traits.
          backfillEventDataDays: Type.Optional(Type.Integer()),
          backfillDurationDays: Type.Optional(Type.Integer()),
          filterByExternalIds: Type.Optional(Type.Array(Type.String())),
        },
        { additionalProperties: false },
      ),
    ),
    destinationConnections: Type.Optional(Connections),
  },
  { additionalProperties: false },
)
const Update = Type.Object(
  {
    name: Type.Optional(Type.String()),
    definition: Type.Optional(Query),
    description: Type.Optional(Type.String()),
    enabled: Type.Optional(Type.Boolean()),
    destinationConnections: Type.Optional(Connections),
    /** With `enabled: false`: members are told that it is over. */
    sendExits: Type.Optional(Type.Boolean()),
  },
  { additionalProperties: false },
)
const DeleteQuery = Type.Object(
  { sendExits: Type.Optional(Type.Enum(['true', 'false'])) },
  { additionalProperties: false },
)
const CreateSpace = Type.Object(
  {
    slug: Type.String({ minLength: 1, maxLength: 100 }),
    name: Type.Optional(Type.String({ minLength: 1, maxLength: 255 })),
    sourceIds: Type.Optional(Type.Array(Type.String(), { maxItems: 1_000 })),
  },
  { additionalProperties: false },
)
const UpdateSpace = Type.Partial(CreateSpace)
const Check = Type.Object(
  { name: Type.Optional(Type.String()), definition: Query, audienceType: AudienceType },
  { additionalProperties: false },
)
const Preview = Type.Object(
  { definition: Query, audienceType: AudienceType, overlapWith: Type.Optional(Type.String()) },
  { additionalProperties: false },
)
const MemberQuery = Type.Object(
  {
    'pagination.count': Type.Optional(Type.String({ pattern: '^[0-9]{1,4}$' })),
    'pagination.cursor': Type.Optional(Type.String({ pattern: '^[0-9]{1,16}$' })),
  },
  { additionalProperties: false },
)
/** Members of one page. */
const MEMBERS_MAX = 1_000

/** Segment's `search`; as with pages, its documentation writes it with dots and its SDKs with brackets. */
const SearchType = Type.Enum(['NAME', 'KEY', 'DEFINITION'])
const SearchText = Type.String({ maxLength: 1_000 })
const ListQuery = Type.Object(
  {
    ...PageQuery.properties,
    'search.type': Type.Optional(SearchType),
    'search[type]': Type.Optional(SearchType),
    'search.query': Type.Optional(SearchText),
    'search[query]': Type.Optional(SearchText),
  },
  { additionalProperties: false },
)
type ListQuery = Static<typeof ListQuery>

type OfSpace = { Params: { space: string } }
/** `audiences` or `computed-traits`. */
type OfCollection = { Params: { space: string; collection: string } }
export type OfComputation = { Params: { space: string; collection: string; id: string } }

export const SYNC_KINDS = { current: 'SYNC', drifted: 'RECONCILE', exit: 'EXITS', before: 'UNDO' } as const

const COLLECTIONS = {
  audiences: {
    kind: 'audience',
    one: 'audience',
    many: 'audiences',
    name: 'audience',
    lookBack: 'backfillEventDataDays',
  },
  'computed-traits': {
    kind: 'trait',
    one: 'computedTrait',
    many: 'computedTraits',
    name: 'computed trait',
    lookBack: 'backfillDurationDays',
  },
} as const

export const spaceRoutes: Routes = (app, deps, guard) => {
  app.get<{ Querystring: PageQuery }>(
    '/spaces',
    { onRequest: guard('api:read'), schema: { querystring: PageQuery } },
    async ({ query }) => {
      const { page, pagination } = pageOf(await deps.spaces.list(), query)
      return { data: { spaces: page.map(toSpace), pagination } }
    },
  )

  app.post<{ Body: Static<typeof CreateSpace> }>(
    '/spaces',
    { onRequest: guard('api:write'), schema: { body: CreateSpace } },
    async (request, reply) => {
      const space = await deps.commands.createSpace(request.body, actorOf(request))
      return reply.status(201).send({ data: { space: toSpace(space) } })
    },
  )

  app.patch<OfSpace & { Body: Static<typeof UpdateSpace> }>(
    '/spaces/:space',
    { onRequest: guard('api:write'), schema: { body: UpdateSpace } },
    async (request) => {
      const { id } = await spaceOf(deps, request.params.space)
      return { data: { space: toSpace(await deps.commands.updateSpace({ ...request.body, id }, actorOf(request))) } }
    },
  )

  app.get<OfSpace>('/spaces/:space', { onRequest: guard('api:read') }, async ({ params }) => ({
    data: { space: toSpace(await spaceOf(deps, params.space)) },
  }))

  app.get<{ Params: { space: string; lookup: string } }>(
    '/spaces/:space/profiles/:lookup/explain',
    { onRequest: guard('pii:read') },
    async ({ params }) => {
      const space = await spaceOf(deps, params.space)
      const person = await findProfile(deps, space, params.lookup)
      if (person === undefined) throw new ApiError(404, [{ type: 'not-found', message: 'No profile has this id.' }])
      const { identity, records } = person
      return {
        data: {
          profileId: `use_${identity.id}`,
          externalIds: identity.ids.map(({ type, value }) => ({ type, id: value })),
          merges: identity.mergesCount,
          steps: explainProfile(identity.id, Object.values(records)),
        },
      }
    },
  )

  app.get<OfCollection & { Querystring: ListQuery }>(
    '/spaces/:space/:collection',
    { onRequest: guard('api:read'), schema: { querystring: ListQuery } },
    async ({ params, query }) => {
      const space = await spaceOf(deps, params.space)
      const { kind, many } = collectionOf(params)
      const found = (await deps.spaces.computations(space.id)).filter((each) => each.definition.kind === kind)
      const { page, pagination } = pageOf(searched(found, query), query)
      return { data: { [many]: await Promise.all(page.map((each) => toShown(deps, space, each))), pagination } }
    },
  )

  app.post<OfCollection & { Body: Static<typeof Create> }>(
    '/spaces/:space/:collection',
    { onRequest: guard('api:write'), schema: { body: Create } },
    async (request, reply) => {
      const { kind, one, lookBack } = collectionOf(request.params)
      const { definition, options, destinationConnections, audienceType, ...body } = request.body
      const space = await spaceOf(deps, request.params.space)
      const others = COLLECTIONS[kind === 'audience' ? 'computed-traits' : 'audiences']
      if (options?.[others.lookBack] !== undefined)
        throw invalid(`options.${others.lookBack}`, `is for ${others.many}: here it is ${lookBack}`)
      const lookBackDays = options?.[lookBack]
      const externalIdTypes = options?.filterByExternalIds
      if (kind === 'trait' && externalIdTypes !== undefined)
        throw invalid('options.filterByExternalIds', 'is for audiences: everybody has computed traits')
      const args = {
        ...body,
        ...(lookBackDays === undefined ? {} : { lookBackDays }),
        ...(externalIdTypes === undefined ? {} : { externalIdTypes }),
        kind,
        level: levelOf({ definition, audienceType }),
        spaceId: space.id,
        query: definition.query,
        includesAnonymous: options?.includeAnonymousUsers ?? false,
        includesHistory: options?.includeHistoricalData ?? true,
        ...(destinationConnections === undefined ? {} : { activations: destinationConnections.map(activationOf) }),
      }
      const made = await deps.commands.createComputation(args, actorOf(request))
      return reply.status(201).send({ data: { [one]: await toShown(deps, space, made) } })
    },
  )

  app.get<OfComputation>('/spaces/:space/:collection/:id', { onRequest: guard('api:read') }, async ({ params }) => {
    const space = await spaceOf(deps, params.space)
    const { one } = collectionOf(params)
    return { data: { [one]: await toShown(deps, space, await computationOf(deps, params)) } }
  })

  app.patch<OfComputation & { Body: Static<typeof Update> }>(
    '/spaces/:space/:collection/:id',
    { onRequest: guard('api:write'), schema: { body: Update } },
    async (request) => {
      const space = await spaceOf(deps, request.params.space)
      const { one } = collectionOf(request.params)
      const { id, level = 'users' } = await computationOf(deps, request.params)
      const { definition, destinationConnections, sendExits, ...body } = request.body
      if (definition?.type !== undefined && levelOf({ definition }) !== level)
        throw invalid('definition.type', `cannot be changed: this one is of ${level}`)
      const args = {
        ...body,
        id,
        spaceId: space.id,
        ...(definition === undefined ? {} : { query: definition.query }),
        ...(destinationConnections === undefined ? {} : { activations: destinationConnections.map(activationOf) }),
        ...(sendExits === undefined ? {} : { sendExits }),
      }
      const after = await deps.commands.updateComputation(args, actorOf(request))
      return { data: { [one]: await toShown(deps, space, after) } }
    },
  )

  app.delete<OfComputation & { Querystring: Static<typeof DeleteQuery> }>(
    '/spaces/:space/:collection/:id',
    { onRequest: guard('api:write'), schema: { querystring: DeleteQuery } },
    async (request) => {
      const computation = await computationOf(deps, request.params)
      const { id, spaceId } = computation
      const sendExits = request.query.sendExits === 'true'
      await deps.commands.deleteComputation({ spaceId, id, sendExits }, actorOf(request))
      return { data: { status: 'SUCCESS' } }
    },
  )

  app.post<OfComputation>(
    '/spaces/:space/:collection/:id/restore',
    { onRequest: guard('api:write') },
    async (request) => {
      const space = await spaceOf(deps, request.params.space)
      const { kind, one } = collectionOf(request.params)
      const args = { spaceId: space.id, kind, id: request.params.id }
      const numbers = (await deps.spaces.computations(space.id)).map(({ number }) => number)
      const { telling } = await deps.status()
      // What is still to be forgotten would forget what is found out anew.
      if (telling.some(({ value, computation }) => value === 'exit' && !numbers.includes(computation)))
        throw new ApiError(409, [
          { type: 'conflict', message: 'Something is still being deleted. Try again in a moment.' },
        ])
      const restored = await deps.commands.restoreComputation(args, actorOf(request))
      return { data: { [one]: await toShown(deps, space, restored) } }
    },
  )

  app.get<OfComputation & { Querystring: Static<typeof MemberQuery> }>(
    '/spaces/:space/:collection/:id/members',
    { onRequest: guard('pii:read'), schema: { querystring: MemberQuery } },
    async ({ params, query }) => {
      const { number } = await computationOf(deps, params)
      const limit = Math.min(MEMBERS_MAX, Number(query['pagination.count'] ?? 100))
      const after = Number(query['pagination.cursor'] ?? 0)
      const people = deps.state.people
      const rows = await people.members({ computation: number, after, limit })
      const profiles = await people.profiles(rows.map(({ profile }) => profile))
      const last = rows.at(-1)
      const next = rows.length === limit && last !== undefined ? { next: String(last.profile) } : {}
      const totalEntries = await people.memberCount(number)
      return {
        data: {
          members: profiles.flatMap((stored) => (stored === null ? [] : [memberOf(stored, number)])),
          pagination: { current: String(after), ...next, totalEntries },
        },
      }
    },
  )

  app.post<OfCollection & { Body: Static<typeof Check> }>(
    '/spaces/:space/:collection/check',
    { onRequest: guard('api:read'), schema: { body: Check } },
    async ({ params, body }) => {
      const { kind } = collectionOf(params)
      await spaceOf(deps, params.space)
      const definition = parsed(kind, body.definition.query, levelOf(body))
      return {
        data: {
          query: print(definition),
          ...(body.name === undefined ? {} : { key: keyOf(body.name) }),
          traits: [...traitsReadBy(definition)],
        },
      }
    },
  )

  app.post<OfCollection & { Body: Static<typeof Preview> }>(
    '/spaces/:space/:collection/previews',
    { onRequest: guard('pii:read'), schema: { body: Preview } },
    async (request) => {
      const { kind, one } = collectionOf(request.params)
      const space = await spaceOf(deps, request.params.space)
      const { definition, overlapWith } = request.body
      const level = levelOf(request.body)
      const config = deps.config().spaces.find(({ id }) => id === space.id)
      if (config === undefined) throw new ApiError(404, [{ type: 'not-found', message: 'The space does not exist.' }])
      const other = overlapWith === undefined ? undefined : overlapOf(config, overlapWith, level)
      const preview = await deps.spaces.preview(config, kind, definition.query, level, other)
      return { data: { [`${one}Preview`]: { ...preview, status: 'COMPLETED' } } }
    },
  )
}

/** @throws ApiError 422 where there is none */
function overlapOf({ computations }: SpaceConfig, named: string, level: Level): SpaceComputation {
  const other = computations.find(({ id, key }) => id === named || key === named)
  if (other === undefined)
    throw invalid('overlapWith', 'must be the id or key of an audience or computed trait that is switched on')
  if ((other.level ?? 'users') !== level) throw invalid('overlapWith', `must be of ${level}, as the definition is`)
  return other
}

/** Segment says it of a trait's definition, and beside an audience's. */
function levelOf({ definition, audienceType }: LevelAsked): Level {
  const type = definition.type?.toUpperCase()
  if (audienceType !== undefined && type !== undefined && type !== audienceType)
    throw invalid('audienceType', `is ${audienceType}, and definition.type ${type}: give one of both`)
  return (audienceType ?? type) === 'ACCOUNTS' ? 'accounts' : 'users'
}
type LevelAsked = { readonly definition: { readonly type?: string }; readonly audienceType?: string | undefined }

const activationOf = ({ idSyncConfiguration, ...rest }: Static<typeof Connections>[number]) => ({
  ...rest,
  ...(idSyncConfiguration === undefined ? {} : { idSync: idSyncConfiguration }),
})

/** Those that have the text in their name, key or definition, in any case. */
function searched(all: readonly Computation[], query: ListQuery): readonly Computation[] {
  const text = (query['search.query'] ?? query['search[query]'])?.toLowerCase()
  if (text === undefined) return all
  const field = ({ KEY: 'key', DEFINITION: 'query', NAME: 'name' } as const)[
    query['search.type'] ?? query['search[type]'] ?? 'NAME'
  ]
  return all.filter((each) => each[field].toLowerCase().includes(text))
}

export const runId = ({ random }: ApiDeps) => random.bytes(9).toString('hex')

export const invalid = (field: string, message: string) =>
  new ApiError(422, [{ type: 'input-validation', field, message: `${field} ${message}` }])

/** Of the person, else the company, that `type:value` or `use_<number>` names; undefined for none. */
async function findProfile(deps: ApiDeps, space: Space, text: string): Promise<Person | undefined> {
  const lookup = parseLookup(text)
  if (lookup === undefined) return undefined
  const ports = portsOf(deps)
  return (await findPerson(ports, space, 'users', lookup)) ?? (await findPerson(ports, space, 'accounts', lookup))
}

export async function spaceOf(deps: ApiDeps, id: string): Promise<Space> {
  const space = (await deps.spaces.list()).find((each) => each.id === id)
  if (space === undefined) throw new ApiError(404, [{ type: 'not-found', message: 'The space does not exist.' }])
  return space
}

function collectionOf({ collection }: OfCollection['Params']) {
  const known = Object.hasOwn(COLLECTIONS, collection) ? COLLECTIONS[collection as keyof typeof COLLECTIONS] : undefined
  if (known === undefined)
    throw new ApiError(404, [{ type: 'not-found', message: 'A space has audiences and computed-traits.' }])
  return known
}

export async function computationOf(deps: ApiDeps, params: OfComputation['Params']): Promise<Computation> {
  const { kind, name } = collectionOf(params)
  const all = await deps.spaces.computations((await spaceOf(deps, params.space)).id)
  const found = all.find((each) => each.id === params.id && each.definition.kind === kind)
  if (found === undefined) throw new ApiError(404, [{ type: 'not-found', message: `The ${name} does not exist.` }])
  return found
}

const toSpace = ({ id, slug, name, sourceIds }: Space) => ({ id, slug, name, sourceIds })

async function toShown(deps: ApiDeps, space: Space, computation: Computation) {
  const { id, spaceId, name, key, description, query, enabled, activations } = computation
  const { computing, telling } = await deps.status()
  const run = computing.find((each) => each.space === space.number)
  const isOn = [...deps.config().destinations.values()].filter((each) => each.enabled)
  const status = statusOf(computation, run, new Set(isOn.map((each) => each.id)))
  const isAudience = computation.definition.kind === 'audience'
  const type = computation.level === 'accounts' ? 'ACCOUNTS' : 'USERS'
  return {
    id,
    spaceId,
    name,
    key,
    description,
    enabled,
    definition: { query, type },
    ...(isAudience ? { audienceType: type } : {}),
    status,
    ...(run !== undefined && isUnderWay(status) ? { progress: toProgress(run) } : {}),
    // Never in batches: what changes is told as it happens.
    computeCadence: { type: 'REALTIME' },
    size: { count: await deps.state.people.memberCount(computation.number), type },
    options: optionsOf(computation),
    destinationConnections: activations.map(({ idSync, ...rest }) => ({
      ...rest,
      ...(idSync === undefined ? {} : { idSyncConfiguration: idSync }),
    })),
    syncs: telling
      .filter(({ computation: number }) => number === computation.number)
      .map(({ id: syncId, value, done, told, total, etaMs, destinationIds }) => ({
        id: syncId,
        kind: SYNC_KINDS[value],
        status: 'RUNNING',
        done,
        told,
        total,
        expectedAt: etaMs === null ? null : new Date(etaMs).toISOString(),
        destinationIds,
      })),
    createdBy: computation.createdBy,
    updatedBy: computation.updatedBy,
    createdAt: new Date(computation.createdAtMs).toISOString(),
    updatedAt: new Date(computation.updatedAtMs).toISOString(),
  }
}

function optionsOf({ definition: { kind }, ...options }: Computation) {
  const { lookBack } = COLLECTIONS[kind === 'audience' ? 'audiences' : 'computed-traits']
  return {
    includeAnonymousUsers: options.includesAnonymous,
    includeHistoricalData: options.includesHistory ?? true,
    ...(options.externalIdTypes === undefined ? {} : { filterByExternalIds: options.externalIdTypes }),
    ...(options.lookBackDays === undefined ? {} : { [lookBack]: options.lookBackDays }),
    ...(options.countsFromMs === undefined ? {} : { countsFrom: new Date(options.countsFromMs).toISOString() }),
  }
}

const toProgress = ({ phase, done, total, startedAtMs, etaMs }: RunProgress) => ({
  phase,
  done,
  total,
  startedAt: new Date(startedAtMs).toISOString(),
  expectedAt: etaMs === null ? null : new Date(etaMs).toISOString(),
})

function memberOf({ id, document }: { readonly id: number; readonly document: string }, computation: number) {
  const { engage, identity } = Person.decode(id, document)
  const known = engage.values.get(computation)
  return {
    profileId: `use_${id}`,
    value: known?.value ?? null,
    since: known === undefined ? null : new Date(known.sinceMs).toISOString(),
    externalIds: identity.ids.map(({ type, value }) => ({ type, id: value })),
  }
}
