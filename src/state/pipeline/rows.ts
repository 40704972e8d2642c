/** Rows as both adapters read them: the column names are the same on SQLite and PostgreSQL. */
import {
  DELIVERY_STATES,
  type DeliveryState,
  type InstanceRuntime,
  type LedgerQuery,
  type LedgerRow,
  type NewRouting,
  type OpenDelivery,
  type RegulationHead,
  type RegulationProgress,
  type RegulationView,
} from './port.ts'
import { repairText } from './step.ts'

export type Row = Record<string, unknown>

/** For `FROM deliveries d LEFT JOIN retries r USING (position, route)`. */
export const OPEN_COLUMNS = `d.position, d.route, d.instance, d.lane, d.attempts, r.first_attempt_at,
  r.paused_ms_at_first, r.next_attempt_at, r.malformed, r.frozen, d.replay`

/** And what a row of the ledger has beyond that. */
export const LEDGER_COLUMNS = `${OPEN_COLUMNS}, d.state, d.status, d.reason, d.ended_at, d.attempts_before`

export function toOpen(row: Row): OpenDelivery {
  return {
    position: row['position'] as number,
    route: row['route'] as number,
    instance: row['instance'] as number,
    lane: row['lane'] as number,
    attempts: row['attempts'] as number,
    firstAttemptAtMs: row['first_attempt_at'] as number | null,
    pausedMsAtFirst: (row['paused_ms_at_first'] as number | null) ?? 0,
    nextAttemptAtMs: (row['next_attempt_at'] as number | null) ?? 0,
    malformed: (row['malformed'] as number | null) ?? 0,
    frozen: row['frozen'] as string | null,
    replay: row['replay'] as number | null,
  }
}

export const stateCode = (state: DeliveryState): number => DELIVERY_STATES.indexOf(state)

function toStanding(row: Row) {
  return {
    state: DELIVERY_STATES[row['state'] as number] as DeliveryState,
    status: row['status'] as number | null,
    reason: row['reason'] as string | null,
    // A dead letter that is tried again keeps its end, in case it is given back untried.
    endedAtMs: row['state'] === 0 ? null : (row['ended_at'] as number | null),
  }
}

export function toLedger(row: Row): LedgerRow {
  return { ...toOpen(row), ...toStanding(row), attemptsBefore: (row['attempts_before'] as number | null) ?? 0 }
}

export function toRouting(row: Row): NewRouting {
  return {
    position: row['position'] as number,
    lane: row['lane'] as number,
    configVersion: row['config_version'] as number,
    decisions: JSON.parse(row['decisions'] as string),
  }
}

export function toRegulation(row: Row, tasks: readonly Row[]): RegulationView {
  return {
    id: row['id'] as string,
    createdAtMs: row['created_at'] as number,
    subjects: row['subjects'] as number,
    tasks: tasks.map((task) => ({
      position: Number(task['position']),
      route: task['route'] as number,
      destinationId: task['destination_id'] as string,
      ...toStanding(task),
    })),
  }
}

/** @param limit the text for the bound number of them */
export const latestRegulationsSql = (limit: string): string =>
  `SELECT id, created_at, subjects FROM regulations ORDER BY created_at DESC, id DESC LIMIT ${limit}`

/** @param id the text for its bound id */
export const regulationProgressSql = (id: string): string => `SELECT COUNT(d.position) AS calls,
    COUNT(CASE WHEN d.state = ${stateCode('pending')} THEN 1 END) AS pending,
    COUNT(CASE WHEN d.state = ${stateCode('delivered')} THEN 1 END) AS delivered,
    MAX(CASE WHEN d.state <> ${stateCode('pending')} THEN d.ended_at END) AS ended_at
  FROM regulation_tasks t JOIN deliveries d ON d.position = t.position AND d.route = t.route
  WHERE t.regulation_id = ${id}`

export function toRegulationHead(row: Row): RegulationHead {
  return {
    id: row['id'] as string,
    createdAtMs: row['created_at'] as number,
    subjects: row['subjects'] as number,
  }
}

export function toRegulationProgress(row: Row | undefined): RegulationProgress {
  return {
    all: Number(row?.['calls'] ?? 0),
    pending: Number(row?.['pending'] ?? 0),
    delivered: Number(row?.['delivered'] ?? 0),
    endedAtMs: (row?.['ended_at'] as number | null | undefined) ?? null,
  }
}

/** @param bind the text for the next bound value, which comes with its number from 1 */
export function ledgerQuery(
  options: LedgerQuery,
  bind: (number: number) => string,
): { sql: string; values: (number | string)[] } {
  const where: string[] = []
  const values: (number | string)[] = []
  const bound = (value: number | string) => bind(values.push(value))
  const big = (value: number) => `CAST(${bound(value)} AS BIGINT)`
  if (options.instance !== undefined) where.push(`d.instance = ${bound(options.instance)}`)
  // Written out, not bound: a partial index is used only when the statement itself names its condition.
  if (options.state !== undefined) where.push(`d.state = ${stateCode(options.state)}`)
  if (options.position !== undefined) where.push(`d.position = ${bound(options.position)}`)
  if (options.lane !== undefined) where.push(`d.lane = ${bound(options.lane)}`)
  if (options.reason !== undefined) where.push(`d.reason = ${bound(repairText(options.reason))}`)
  if (options.replay !== undefined) where.push(`d.replay = ${bound(options.replay)}`)
  const { before, fromPosition } = options
  if (before !== undefined) where.push(`(d.position, d.route) < (${big(before.position)}, ${big(before.route)})`)
  if (fromPosition !== undefined) where.push(`d.position >= ${bound(fromPosition)}`)
  const sql = `SELECT ${LEDGER_COLUMNS}
    FROM deliveries d LEFT JOIN retries r USING (position, route)
    ${where.length > 0 ? `WHERE ${where.join(' AND ')}` : ''}
    ORDER BY d.position DESC, d.route DESC LIMIT ${bound(options.limit)}`
  return { sql, values }
}

export function toRuntime(row: Row): InstanceRuntime {
  const reason = row['hold_reason'] as string | null
  return {
    instance: row['instance'] as number,
    pausedMs: row['paused_ms'] as number,
    hold:
      reason === null
        ? null
        : { reason, sinceMs: row['hold_since'] as number, detail: (row['hold_detail'] as string | null) ?? '' },
  }
}
