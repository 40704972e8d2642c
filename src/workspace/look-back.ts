/** How far back a new definition counts what happened before it was made. Pure. */
import { refuseInvalid } from './errors.ts'

/** Three years, as Segment has it. */
export const LOOK_BACK_DAYS_MAX = 1_095
const DAY_MS = 86_400_000

/** As Segment's API calls it. */
const FIELDS = { audience: 'options.backfillEventDataDays', trait: 'options.backfillDurationDays' } as const

export interface LookBack {
  readonly kind: 'audience' | 'trait'
  readonly days: number
  /** Unix milliseconds. */
  readonly nowMs: number
  /** When the oldest record of the log arrived: what was before is not known. Unix milliseconds. */
  readonly logStartMs: number
}

/**
 * From when on events count, Unix milliseconds.
 * @throws WorkspaceError `invalid`, with the earliest date there can be
 */
export function countsFrom({ kind, days, nowMs, logStartMs }: LookBack): number {
  const field = FIELDS[kind]
  if (!Number.isInteger(days) || days < 1 || days > LOOK_BACK_DAYS_MAX)
    refuseInvalid([{ field, message: `must be a whole number of days from 1 to ${LOOK_BACK_DAYS_MAX}` }])
  const fromMs = nowMs - days * DAY_MS
  if (fromMs >= logStartMs) return fromMs
  const most = Math.floor((nowMs - logStartMs) / DAY_MS)
  const instead = most < 1 ? 'leave it out' : `give ${most} at most, or leave it out`
  refuseInvalid([
    {
      field,
      message: `goes back to ${isoOf(fromMs)}, but the earliest possible date is ${isoOf(logStartMs)}, where the log begins: ${instead} to count all that the log has`,
    },
  ])
  return fromMs
}

const isoOf = (ms: number) => new Date(ms).toISOString()
