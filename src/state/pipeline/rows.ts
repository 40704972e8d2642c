/** Rows as both adapters read them: the column names are the same on SQLite and PostgreSQL. */
import { DELIVERY_STATES, type DeliveryState, type InstanceRuntime, type LedgerRow, type OpenDelivery } from './port.ts'

export type Row = Record<string, unknown>

/** For `FROM deliveries d LEFT JOIN retries r USING (position, route)`. */
export const OPEN_COLUMNS = `d.position, d.route, d.instance, d.lane, d.attempts, r.first_attempt_at,
  r.paused_ms_at_first, r.next_attempt_at, r.malformed, r.frozen`

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
  }
}

export function toLedger(row: Row): LedgerRow {
  return {
    ...toOpen(row),
    state: DELIVERY_STATES[row['state'] as number] as DeliveryState,
    status: row['status'] as number | null,
    reason: row['reason'] as string | null,
    endedAtMs: row['ended_at'] as number | null,
  }
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
