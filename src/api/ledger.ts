/** The ledger: what became of each delivery. */
import { type Static, Type } from 'typebox'
import { DELIVERY_STATES, type DeliveryState, type LedgerRow } from '../state/index.ts'
import type { Routes } from './deps.ts'
import { ApiError } from './problems.ts'

export const LEDGER_ROWS_MAX = 1_000
const LEDGER_ROWS_DEFAULT = 100

const Query = Type.Object(
  {
    destinationId: Type.Optional(Type.String()),
    state: Type.Optional(Type.Union(DELIVERY_STATES.map((state) => Type.Literal(state)))),
    position: Type.Optional(Type.String({ pattern: '^[0-9]{1,16}$' })),
    count: Type.Optional(Type.String({ pattern: '^[0-9]{1,4}$' })),
  },
  { additionalProperties: false },
)

export const ledgerRoutes: Routes = (app, deps, guard) => {
  app.get<{ Querystring: Static<typeof Query> }>(
    '/ledger',
    { onRequest: guard('api:read'), schema: { querystring: Query } },
    async (request) => {
      const { destinationId, state, position, count } = request.query
      const config = deps.config()
      const instance = destinationId === undefined ? undefined : config.destinations.get(destinationId)
      if (destinationId !== undefined && instance === undefined) {
        throw new ApiError(404, [{ type: 'not-found', message: 'The destination does not exist.' }])
      }
      const rows = await deps.state.ledger({
        ...(instance === undefined ? {} : { instance: instance.number }),
        ...(state === undefined ? {} : { state: state as DeliveryState }),
        ...(position === undefined ? {} : { position: Number(position) }),
        limit: Math.min(LEDGER_ROWS_MAX, Math.max(1, Number(count ?? LEDGER_ROWS_DEFAULT))),
      })
      const idOf = new Map([...config.destinations.values()].map((each) => [each.number, each.id]))
      return { data: { deliveries: rows.map((row) => toDelivery(row, idOf.get(row.instance) ?? null)) } }
    },
  )

  app.get<{ Params: { id: string } }>('/ledger/:id', { onRequest: guard('pii:read') }, async (request) => {
    const [position = Number.NaN, route = Number.NaN] = request.params.id.split('.').map(Number)
    const rows = Number.isInteger(position) ? await deps.state.ledger({ position, limit: LEDGER_ROWS_MAX }) : []
    const row = rows.find((each) => each.route === route)
    if (row === undefined) throw new ApiError(404, [{ type: 'not-found', message: 'The delivery does not exist.' }])
    const detail = await deps.state.detail({ position, route })
    const parse = (text: string | null | undefined) => (text === null || text === undefined ? null : JSON.parse(text))
    return {
      data: { delivery: toDelivery(row, null), request: parse(detail?.request), response: parse(detail?.response) },
    }
  })
}

/** A row of the ledger as people see it. */
export function toDelivery(row: LedgerRow, destinationId: string | null) {
  return {
    id: `${row.position}.${row.route}`,
    position: row.position,
    destinationId,
    kind: row.route < 0 ? 'erasure' : 'event',
    state: row.state,
    attempts: row.attempts,
    status: row.status,
    reason: row.reason,
    nextAttemptAt: row.state === 'pending' && row.nextAttemptAtMs > 0 ? iso(row.nextAttemptAtMs) : null,
    endedAt: row.endedAtMs === null ? null : iso(row.endedAtMs),
  }
}

const iso = (ms: number) => new Date(ms).toISOString()
