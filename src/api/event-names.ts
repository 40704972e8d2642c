/**
 * What the events of a destination's source are called there: those that were seen, what each would be sent as now, and
 * what is usual. The names that are set are a setting of the destination, and nothing else: this is a view of it.
 */
import { type Static, Type } from 'typebox'
import { tryEvent } from '../connections/index.ts'
import type { CatalogEntry } from '../destinations/index.ts'
import type { DestinationInstance } from '../workspace/index.ts'
import { actorOf } from './actor.ts'
import * as answers from './answers/event-names.ts'
import type { ApiDeps, Routes } from './deps.ts'
import { normalised } from './event-tests.ts'
import { PageQuery, type Pagination, pageOf } from './pages.ts'
import { ApiError } from './problems.ts'
import { eventsShown, readHeads } from './schema/index.ts'

/** Names of one page where no count is asked for: each is put through the destination's mappings. */
const PAGE_COUNT_DEFAULT = 100
/** Names worked out before others get their turn. */
const AT_ONCE = 10
/** Names that can be set for one destination. */
export const NAMES_SET_MAX = 1_000
/** Of a name, in UTF-16 code units. */
export const NAME_SET_CHARS_MAX = 255

const Name = Type.String({ minLength: 1, maxLength: NAME_SET_CHARS_MAX })
const SetNames = Type.Object(
  {
    eventNames: Type.Record(Type.String(), Name, {
      maxProperties: NAMES_SET_MAX,
      propertyNames: Name,
      description: "From the source's names to the destination's. Those that are left out keep theirs.",
    }),
  },
  { additionalProperties: false },
)

type OfDestination = { Params: { id: string } }

export const eventNameRoutes: Routes = (app, deps, guard) => {
  app.get<OfDestination & { Querystring: PageQuery }>(
    '/destinations/:id/event-names',
    { onRequest: guard('api:read'), config: answers.listEventNames, schema: { querystring: PageQuery } },
    async ({ params, query }) => ({ data: await listed(deps, named(deps, params.id), query) }),
  )

  app.put<OfDestination & { Body: Static<typeof SetNames> }>(
    '/destinations/:id/event-names',
    { onRequest: guard('api:write'), config: answers.setEventNames, schema: { body: SetNames } },
    async (request) => {
      const { entry, naming, instance } = named(deps, request.params.id)
      const settings = naming.write(new Map(Object.entries(request.body.eventNames)))
      const updated = await deps.commands.updateDestination({ id: instance.id, settings }, actorOf(request))
      return { data: await listed(deps, { entry, naming, instance: updated }, {}) }
    },
  )
}

interface Named {
  readonly instance: DestinationInstance
  readonly entry: CatalogEntry
  readonly naming: NonNullable<CatalogEntry['eventNames']>
}

/** @throws ApiError 404 also for one of a kind that sends all events under their own names */
function named(deps: ApiDeps, id: string): Named {
  const instance = deps.config().destinations.get(id)
  if (instance === undefined) throw notFound('The destination does not exist.')
  const entry = deps.catalog.find(instance.kind)
  if (entry?.eventNames === undefined)
    throw notFound(`A destination of the kind ${instance.kind} has no names of its own for events.`)
  return { instance, entry, naming: entry.eventNames }
}

const notFound = (message: string) => new ApiError(404, [{ type: 'not-found', message }])

async function listed(
  deps: ApiDeps,
  { instance, naming }: Named,
  query: PageQuery,
): Promise<{ eventNames: answers.EventName[]; leftOut: boolean; pagination: Pagination }> {
  const { sourceId, settings } = instance
  const { items, leftOut } = eventsShown(await readHeads(deps, [sourceId]))
  const seen = new Map(items.map((each) => [each.name, each]))
  const set = naming.read(settings)
  const names = [...new Set([...seen.keys(), ...set.keys()])].filter(isListed).sort()
  const { page, pagination } = pageOf(names, query, PAGE_COUNT_DEFAULT)
  const eventNames: answers.EventName[] = []
  for (const [at, name] of page.entries()) {
    if (at > 0 && at % AT_ONCE === 0) await deps.clock.turn()
    const sent = await sentAs(deps, instance, naming, name)
    const suggestion = naming.suggest(name)
    eventNames.push({
      name,
      firstSeenAt: seen.get(name)?.firstSeenAt ?? null,
      lastSeenAt: seen.get(name)?.lastSeenAt ?? null,
      renamedTo: set.get(name) ?? null,
      ...sent,
      suggestion: suggestion !== null && sent.sentAs.includes(suggestion) ? null : suggestion,
    })
  }
  return { eventNames, leftOut, pagination }
}

/** Settings may have been given others in another way. */
const isListed = (name: string): boolean => name !== '' && name.length <= NAME_SET_CHARS_MAX

/** By the code that sends: of a call of this name and nothing else, as if the destination were switched on. */
async function sentAs(deps: ApiDeps, instance: DestinationInstance, naming: Named['naming'], name: string) {
  const event = normalised(deps, instance.sourceId, { type: 'track', userId: 'anybody', event: name, properties: {} })
  const sourceKind = deps.config().sources.get(instance.sourceId)?.kind ?? ''
  const tried = await tryEvent(deps, { event, instance: { ...instance, enabled: true }, sourceKind, send: false })
  const sent = tried.mappings.flatMap(({ payload }) =>
    payload === null ? [] : [naming.sentAs(payload, instance.settings)],
  )
  return { sentAs: [...new Set(sent)], filtered: tried.filtered }
}
