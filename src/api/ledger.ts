/** The ledger: what became of each delivery. */
import { type Static, Type } from 'typebox'
import { EVENT_TYPES, type NormalisedEvent, userKeyOf } from '../spec/index.ts'
import { DELIVERY_STATES, type DeliveryState, type LedgerRow } from '../state/index.ts'
import * as answers from './answers/deliveries.ts'
import type { ApiDeps, Routes } from './deps.ts'
import { decodeCursor, encodeCursor, eventOf, type LedgerSearch, searchLedger } from './ledger-search.ts'
import { ApiError } from './problems.ts'

export const LEDGER_ROWS_MAX = 1_000
const LEDGER_ROWS_DEFAULT = 100

const text = (description: string) => Type.Optional(Type.String({ minLength: 1, maxLength: 500, description }))
const Count = Type.Optional(Type.String({ pattern: '^[0-9]{1,4}$', description: 'How many a page has, up to 1,000.' }))
const Query = Type.Object(
  {
    destinationId: text('Those of one destination.'),
    sourceId: text('Those of the destinations of one source.'),
    userId: text('Those of one person; asks for `pii:read`.'),
    anonymousId: text('Those of one device; asks for `pii:read`.'),
    email: text('Those of events with this address; asks for `pii:read`.'),
    messageId: text('Those of one event.'),
    event: text('Name of a track.'),
    type: Type.Optional(
      Type.Union(
        EVENT_TYPES.map((type) => Type.Literal(type)),
        { description: 'Type of event.' },
      ),
    ),
    reason: text('Why they ended as they did, or wait.'),
    replayId: text('Those that a replay made.'),
    from: text('In ISO 8601: events received at or after it.'),
    to: text('In ISO 8601: events received before it.'),
    state: Type.Optional(
      Type.Union(
        DELIVERY_STATES.map((state) => Type.Literal(state)),
        { description: 'What became of them.' },
      ),
    ),
    position: Type.Optional(Type.String({ pattern: '^[0-9]{1,16}$', description: 'That of the event in the log.' })),
    count: Count,
    'pagination.count': Count,
    'pagination.cursor': text('`pagination.next` of the page before.'),
  },
  { additionalProperties: false },
)
type Asked = Static<typeof Query>

export const ledgerRoutes: Routes = (app, deps, guard) => {
  app.get<{ Querystring: Asked }>(
    '/ledger',
    { onRequest: guard('api:read'), config: answers.listDeliveries, schema: { querystring: Query } },
    async (request) => {
      const asked = request.query
      // Whether somebody is a customer is something about them.
      const isAboutPerson = [asked.userId, asked.anonymousId, asked.email].some((each) => each !== undefined)
      const mayRead = request.authenticated?.rights.has('pii:read') === true
      if (isAboutPerson && !mayRead) {
        throw new ApiError(403, [
          { type: 'forbidden', message: 'To search by person a token needs the scope pii:read.' },
        ])
      }
      const cursor = asked['pagination.cursor']
      const before = cursor === undefined ? undefined : decodeCursor(cursor)
      if (before === null) throw invalid('pagination.cursor', 'is not one that this server gave out')
      const count = Number(asked['pagination.count'] ?? asked.count ?? LEDGER_ROWS_DEFAULT)
      const search = await searchOf(deps, asked)
      const page = await searchLedger(deps, search, { before, count: Math.min(LEDGER_ROWS_MAX, Math.max(1, count)) })
      const idOf = new Map([...deps.config().destinations.values()].map((each) => [each.number, each.id]))
      return {
        data: {
          deliveries: await listed(deps, page.rows, { idOf, mayRead }),
          pagination: {
            ...(cursor === undefined ? {} : { current: cursor }),
            ...(page.next === null ? {} : { next: encodeCursor(page.next) }),
          },
        },
      }
    },
  )

  app.get<{ Params: { id: string } }>(
    '/ledger/:id',
    { onRequest: guard('pii:read'), config: answers.getDelivery },
    async (request) => {
      const [position = Number.NaN, route = Number.NaN] = request.params.id.split('.').map(Number)
      const rows = Number.isInteger(position) ? await deps.state.ledger({ position, limit: LEDGER_ROWS_MAX }) : []
      const row = rows.find((each) => each.route === route)
      if (row === undefined) throw new ApiError(404, [{ type: 'not-found', message: 'The delivery does not exist.' }])
      const detail = await deps.state.detail({ position, route })
      const parse = (text: string | null | undefined) => (text === null || text === undefined ? null : JSON.parse(text))
      return {
        data: { delivery: toDelivery(row, null), request: parse(detail?.request), response: parse(detail?.response) },
      }
    },
  )
}

/** Rows whose events are read before others get their turn. */
const READ_AT_ONCE = 50

async function listed(
  deps: Pick<ApiDeps, 'state' | 'log' | 'clock'>,
  rows: readonly LedgerRow[],
  { idOf, mayRead }: { readonly idOf: ReadonlyMap<number, string>; readonly mayRead: boolean },
): Promise<answers.ListedDelivery[]> {
  const found: answers.ListedDelivery[] = []
  for (const [index, row] of rows.entries()) {
    if (index > 0 && index % READ_AT_ONCE === 0) await deps.clock.turn()
    const event = await eventOf(deps, row)
    found.push({
      ...toDelivery(row, idOf.get(row.instance) ?? null),
      event: event === undefined ? null : labelOf(event, mayRead),
    })
  }
  return found
}

function labelOf(event: NormalisedEvent, mayRead: boolean): answers.ListedDelivery['event'] {
  const { messageId, type, receivedAt } = event
  const person = mayRead ? (event.userId ?? event.anonymousId ?? null) : null
  return { messageId, type, name: event.event ?? event.name ?? null, receivedAt, person }
}

async function searchOf(deps: ApiDeps, asked: Asked): Promise<LedgerSearch> {
  const config = deps.config()
  const { destinationId, sourceId, userId, anonymousId, messageId, reason, replayId, state, position } = asked
  const instance = destinationId === undefined ? undefined : config.destinations.get(destinationId)
  if (destinationId !== undefined && instance === undefined) throw notFound('destination')
  if (sourceId !== undefined && !config.sources.has(sourceId)) throw notFound('source')
  const replay = replayId === undefined ? undefined : (await deps.state.replays({ id: replayId, limit: 1 }))[0]
  if (replayId !== undefined && replay === undefined) throw notFound('replay')
  const lane =
    userId === undefined && anonymousId === undefined
      ? undefined
      : deps.hash.lane(userKeyOf(userId === undefined ? { anonymousId: anonymousId ?? '' } : { userId }))
  const named = messageId === undefined ? undefined : await positionsOf(deps, messageId)
  const positions = position === undefined ? named : [Number(position)].filter((each) => named?.includes(each) ?? true)
  const instances = config.destinationsBySource.get(sourceId ?? '') ?? []
  const isWanted = wantedOf(asked)
  return {
    query: {
      ...(instance === undefined ? {} : { instance: instance.number }),
      ...(state === undefined ? {} : { state: state as DeliveryState }),
      ...(lane === undefined ? {} : { lane }),
      ...(reason === undefined ? {} : { reason }),
      ...(replay === undefined ? {} : { replay: replay.number }),
    },
    ...(positions === undefined ? {} : { positions }),
    ...(sourceId === undefined ? {} : { instances: new Set(instances.map((each) => each.number)) }),
    ...(isWanted === undefined ? {} : { isWanted }),
  }
}

/** What is asked of the events themselves; undefined for nothing. */
function wantedOf({ event, type, email, from, to }: Asked): ((event: NormalisedEvent) => boolean) | undefined {
  if ([event, type, email, from, to].every((each) => each === undefined)) return undefined
  const fromMs = timeOf('from', from) ?? Number.NEGATIVE_INFINITY
  const toMs = timeOf('to', to) ?? Number.POSITIVE_INFINITY
  const wanted = email?.toLowerCase()
  return (each) => {
    const receivedAtMs = Date.parse(each.receivedAt)
    if (receivedAtMs < fromMs || receivedAtMs >= toMs) return false
    if (event !== undefined && each.event !== event) return false
    if (type !== undefined && each.type !== type) return false
    if (wanted === undefined) return true
    const holders = [each.traits, each.properties, each.context['traits']]
    return holders.some((holder) => String(Object(holder).email).toLowerCase() === wanted)
  }
}

function timeOf(field: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const ms = Date.parse(text)
  if (Number.isNaN(ms)) throw invalid(field, 'must be an ISO 8601 time such as 2026-01-31T00:00:00Z')
  return ms
}

/** Each source has messages of its own, so one id may name several events. */
export async function positionsOf(deps: ApiDeps, messageId: string): Promise<number[]> {
  const keys = [...deps.config().sources.keys()].map((sourceId) => ({
    day: 0,
    key: deps.hash.message(sourceId, messageId),
  }))
  const positions = keys.length === 0 ? [] : await deps.state.firstPositions(keys)
  return positions.filter((position) => position !== null)
}

const invalid = (field: string, message: string) =>
  new ApiError(422, [{ type: 'input-validation', field, message: `${field} ${message}` }])

const notFound = (what: string) => new ApiError(404, [{ type: 'not-found', message: `The ${what} does not exist.` }])

/** A row of the ledger as people see it. */
export function toDelivery(row: LedgerRow, destinationId: string | null): answers.LedgerEntry {
  return {
    id: `${row.position}.${row.route}`,
    position: row.position,
    destinationId,
    kind: row.route < 0 ? 'erasure' : 'event',
    state: row.state,
    attempts: row.attempts + row.attemptsBefore,
    status: row.status,
    reason: row.reason,
    nextAttemptAt: row.state === 'pending' && row.nextAttemptAtMs > 0 ? iso(row.nextAttemptAtMs) : null,
    endedAt: row.endedAtMs === null ? null : iso(row.endedAtMs),
  }
}

const iso = (ms: number) => new Date(ms).toISOString()
