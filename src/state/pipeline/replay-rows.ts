/** Rows about replays as both adapters read them. */
import type { DeliveryId, LedgerRow } from './port.ts'
import { REPLAY_STATES, type Replay, type ReplayKind, type ReplayState } from './replay-port.ts'
import { LEDGER_COLUMNS, type Row, toLedger, toOpen } from './rows.ts'
import { repairText } from './step.ts'

export { type LedgerRow, toLedger, toOpen }

export const replayStateCode = (state: ReplayState): number => REPLAY_STATES.indexOf(state)

/** @param counts rows of counters with the scope `replay` and its number */
export function toReplay(row: Row, counts: readonly Row[]): Replay {
  const values = new Map(counts.map((each) => [each['name'], each['value'] as number]))
  const counted = (name: string) => values.get(name) ?? 0
  return {
    number: row['number'] as number,
    id: row['id'] as string,
    kind: row['kind'] as ReplayKind,
    instance: row['instance'] as number,
    selection: row['selection'] as string,
    total: row['total'] as number,
    ratePerSecond: row['rate'] as number,
    createdAtMs: row['created_at'] as number,
    cursor: { position: row['cursor_position'] as number, route: row['cursor_route'] as number },
    isRead: row['is_read'] === 1,
    state: REPLAY_STATES[row['state'] as number] as ReplayState,
    endedAtMs: row['ended_at'] as number | null,
    counts: {
      revived: counted('revived'),
      skipped: counted('skipped'),
      delivered: counted('delivered'),
      dead: counted('dead'),
      erased: counted('erased'),
      cancelled: counted('cancelled'),
      returned: counted('returned'),
    },
  }
}

type Bind = (number: number) => string

export function replayQuery(
  options: { id?: string; number?: number; state?: ReplayState; limit: number },
  bind: Bind,
): { text: string; values: (string | number)[] } {
  const values: (string | number)[] = []
  const bound = (value: string | number) => bind(values.push(value))
  const where: string[] = []
  if (options.id !== undefined) where.push(`id = ${bound(repairText(options.id))}`)
  if (options.number !== undefined) where.push(`number = ${bound(options.number)}`)
  if (options.state !== undefined) where.push(`state = ${replayStateCode(options.state)}`)
  const text = `SELECT * FROM replays ${where.length > 0 ? `WHERE ${where.join(' AND ')}` : ''}
    ORDER BY number DESC LIMIT ${bound(options.limit)}`
  return { text, values }
}

/**
 * The reasons, when there are any, are bound first and by the adapter.
 * @param reasonList what follows `IN` for them
 */
export function deadLetterQuery(
  options: {
    instance: number
    after: DeliveryId
    limit: number
    route?: number
    lane?: number
    reasons?: readonly string[]
  },
  bind: Bind,
  reasonList: string,
): { text: string; values: number[] } {
  const values: number[] = []
  const before = options.reasons === undefined ? 0 : 1
  const bound = (value: number) => bind(values.push(value) + before)
  const big = (value: number) => `CAST(${bound(value)} AS BIGINT)`
  const where: string[] = []
  if (options.reasons !== undefined) where.push(`d.reason IN (${reasonList})`)
  where.push(`d.instance = ${bound(options.instance)}`)
  where.push(`(d.position, d.route) > (${big(options.after.position)}, ${big(options.after.route)})`)
  if (options.route !== undefined) where.push(`d.route = ${bound(options.route)}`)
  if (options.lane !== undefined) where.push(`d.lane = ${bound(options.lane)}`)
  const text = `SELECT ${LEDGER_COLUMNS} FROM deliveries d LEFT JOIN retries r USING (position, route)
    WHERE d.state = 2 AND ${where.join(' AND ')} ORDER BY d.position, d.route LIMIT ${bound(options.limit)}`
  return { text, values }
}
