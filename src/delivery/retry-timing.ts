/**
 * When to try again. Pure: clock and chance are arguments. Reliability contract, section 3 and 4.3.
 *
 * The wait is drawn with full jitter, so that lanes that failed together do not come back together, and it never
 * leads past the end of the retry window: the last attempt is made inside it or not at all.
 */

/** Upper bound of the first wait; it doubles with each further attempt. */
export const RETRY_BASE_MS = 1_000
/** No two attempts of one delivery are closer than this. */
export const RETRY_WAIT_MIN_MS = 250
/** A destination that asks for a longer pause gets this one. */
export const RETRY_AFTER_MAX_MS = 3_600_000
/** How long a delivery is tried, counted from its first attempt: default and range. */
export const RETRY_WINDOW_DEFAULT_MS = 24 * 3_600_000
export const RETRY_WINDOW_MIN_MS = 3_600_000
export const RETRY_WINDOW_MAX_MS = 7 * 24 * 3_600_000

/** What a delivery has behind it. */
export interface Progress {
  /** The attempt that was just made: 1 for the first. */
  readonly attempt: number
  /** Unix milliseconds. */
  readonly firstAttemptAtMs: number
  readonly nowMs: number
  /** Milliseconds since the first attempt during which the destination was on hold or its breaker open. They are free. */
  readonly waitedMs: number
  /** RETRY_WINDOW_MIN_MS to RETRY_WINDOW_MAX_MS. */
  readonly windowMs: number
}

/** Milliseconds that are left of the retry window: 0 to `windowMs`, also when the machine's clock was set back. */
export function windowLeftMs(progress: Progress): number {
  const spentMs = progress.nowMs - progress.firstAttemptAtMs - progress.waitedMs
  return Math.min(progress.windowMs, Math.max(0, progress.windowMs - spentMs))
}

/**
 * Milliseconds to wait before the next attempt, or null if none fits into the window.
 * `random` is in [0, 1), `capMs` bounds the jitter, `retryAfterMs` is what the destination asked for.
 */
export function nextWaitMs(options: {
  readonly progress: Progress
  readonly random: number
  readonly capMs: number
  readonly retryAfterMs: number | null
}): number | null {
  const ceilingMs = Math.min(options.capMs, RETRY_BASE_MS * 2 ** (options.progress.attempt - 1))
  const atLeastMs = Math.max(RETRY_WAIT_MIN_MS, options.retryAfterMs ?? 0)
  const leftMs = windowLeftMs(options.progress)
  if (atLeastMs > leftMs) return null
  return Math.min(leftMs, Math.max(atLeastMs, Math.floor(options.random * ceilingMs)))
}

const SECONDS = /^\d+(\.\d+)?$/
/** The three forms of an HTTP date; all of them are UTC, though the last does not say so. */
const IMF_DATE = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/
const RFC850_DATE = /^[A-Z][a-z]{5,8}, \d{2}-[A-Z][a-z]{2}-\d{2} \d{2}:\d{2}:\d{2} GMT$/
const ASCTIME_DATE = /^[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d{2}:\d{2}:\d{2} \d{4}$/

/**
 * Reads a `Retry-After` header: seconds or an HTTP date. What is missing, negative, in the past or anything else is
 * null; what is longer than RETRY_AFTER_MAX_MS is that.
 */
export function parseRetryAfter(value: string | undefined, nowMs: number): number | null {
  const text = value?.trim() ?? ''
  const ms = SECONDS.test(text) ? Math.ceil(Number(text) * 1_000) : dateMs(text) - nowMs
  if (Number.isNaN(ms) || ms < 0) return null
  return Math.min(ms, RETRY_AFTER_MAX_MS)
}

function dateMs(text: string): number {
  if (IMF_DATE.test(text) || RFC850_DATE.test(text)) return Date.parse(text)
  return ASCTIME_DATE.test(text) ? Date.parse(`${text} GMT`) : Number.NaN
}
