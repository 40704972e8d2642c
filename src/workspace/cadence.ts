/** How often a destination is told of a computation's changes. Pure. */
import type { FieldProblem } from './errors.ts'

export const EVERY_MINUTES_MIN = 1
/** A day. */
export const EVERY_MINUTES_MAX = 1_440
const MS_PER_MINUTE = 60_000

/** @param everyMinutes undefined for changes that are told as they happen */
export function checkCadence(everyMinutes: number | undefined, field: string): FieldProblem[] {
  if (everyMinutes === undefined) return []
  const isWithin = everyMinutes >= EVERY_MINUTES_MIN && everyMinutes <= EVERY_MINUTES_MAX
  if (isWithin && Number.isInteger(everyMinutes)) return []
  return [{ field, message: `must be a whole number from ${EVERY_MINUTES_MIN} to ${EVERY_MINUTES_MAX}` }]
}

/**
 * When what changes now is told: at the end of its interval, Unix milliseconds. Intervals are counted from
 * 1970-01-01T00:00Z: those of 15 minutes end with each quarter of an hour.
 */
export function nextTellingMs(nowMs: number, everyMinutes: number): number {
  const intervalMs = everyMinutes * MS_PER_MINUTE
  return (Math.floor(nowMs / intervalMs) + 1) * intervalMs
}
