/**
 * The pace one account is kept to, learned from its refusals (429). Pure. Times are monotonic milliseconds.
 *
 * Before the first refusal there is no limit. A refusal says that the destination's allowance is used up, and so does
 * the one after it: what was accepted between the two, over the time between them, is the limit, whether the
 * destination counts with a bucket or in windows. The first alone teaches nothing but to wait: how long ago the
 * allowance was full is not known, and what a process took in its first second is no measure. From the second on
 * requests are spread by a token bucket a little below what was measured, which is raised again slowly, and faster the
 * longer no refusal comes. A destination that says how much of its allowance is left is believed, and not driven into a
 * refusal at all.
 */

/** The slowest pace, requests a second: one a minute. */
export const RATE_MIN = 1 / 60
/** A pace that was raised beyond this, requests a second, is no limit any more. */
export const RATE_MAX = 10_000
/** A new pace is so much of what was measured. */
export const RATE_MARGIN = 0.97
/** Where the measurement may be too low, the pace falls no further than to this part of itself. */
const UNSURE_FALL = 0.7
/** First step up as a part of the pace; each further one without a refusal is twice as large, up to the last. */
const RAISE_FIRST = 0.01
const RAISE_MAX = 0.5
/** From one step to the next, in milliseconds, and at least so many requests. */
export const RAISE_INTERVAL_MS = 10_000
const RAISE_REQUESTS = 16
/** Two refusals that are further apart say nothing together: the allowance was not used up all the time, in milliseconds. */
const MEASURED_MS_MAX = 120_000
/** Wait after a refusal that names none, in milliseconds; it doubles while nothing is accepted in between. */
export const PAUSE_FIRST_MS = 1_000
export const PAUSE_MAX_MS = 30_000
/** With a known pace it is at most as long as so many requests take. */
const PAUSE_REQUESTS = 64
/** An allowance that is used up without a refusal is believed for so long, in milliseconds. */
export const QUOTA_WAIT_MAX_MS = 60_000
/** What may be sent at once after a lull: so many requests, or this part of a second's worth. */
const BURST_MIN = 2
const BURST_SECONDS = 0.5

export interface Rate {
  /** Requests a second, RATE_MIN to RATE_MAX; null while there is no limit. */
  readonly perSecond: number | null
  /** The token bucket: what was in it at `countedAtMs`. */
  readonly tokens: number
  readonly countedAtMs: number
  /** Nothing is sent before then. */
  readonly pausedUntilMs: number
  /** How long the next pause is that the destination does not name. */
  readonly nextPauseMs: number
  /** Requests that began before the last refusal say nothing new. */
  readonly refusedAtMs: number
  /** What was accepted since `measuredSinceMs`, which is the last refusal; null before the first. */
  readonly accepted: number
  readonly measuredSinceMs: number | null
  /** Since then there was too little to send to find a limit. */
  readonly hadLull: boolean
  /** The next step up: when, and by which part. */
  readonly raiseAtMs: number
  readonly raiseBy: number
  /** What the destination said is left of its allowance until it is renewed. */
  readonly quota: { readonly left: number; readonly renewedAtMs: number } | null
}

export function unlimited(nowMs: number): Rate {
  return {
    perSecond: null,
    tokens: 0,
    countedAtMs: nowMs,
    pausedUntilMs: nowMs,
    nextPauseMs: PAUSE_FIRST_MS,
    refusedAtMs: Number.NEGATIVE_INFINITY,
    accepted: 0,
    measuredSinceMs: null,
    hadLull: false,
    raiseAtMs: nowMs,
    raiseBy: RAISE_FIRST,
    quota: null,
  }
}

/** When the next request may begin: now or earlier if it may at once. */
export function nextStartMs(rate: Rate, nowMs: number): number {
  let startMs = rate.pausedUntilMs
  if (rate.quota !== null && rate.quota.left < 1) startMs = Math.max(startMs, rate.quota.renewedAtMs)
  if (rate.perSecond === null) return startMs
  const missing = 1 - tokensAt(rate, rate.perSecond, nowMs)
  // Rounded up to what a timer can wait for: a token that is there but for a rounding error counts.
  if (missing <= TOKEN_EPSILON) return startMs
  return Math.max(startMs, Math.max(nowMs, rate.countedAtMs) + Math.ceil((missing / rate.perSecond) * 1_000))
}

const TOKEN_EPSILON = 1e-9

/** A request begins. */
export function spend(rate: Rate, nowMs: number): Rate {
  const quota = rate.quota === null ? null : { ...rate.quota, left: rate.quota.left - 1 }
  if (rate.perSecond === null) return quota === null ? rate : { ...rate, quota }
  const raised = raise(rate, rate.perSecond, nowMs)
  if (raised.perSecond === null) return { ...raised, quota }
  const tokens = tokensAt(raised, raised.perSecond, nowMs)
  return {
    ...raised,
    tokens: tokens - 1,
    countedAtMs: Math.max(raised.countedAtMs, nowMs),
    hadLull: raised.hadLull || tokens >= burstOf(raised.perSecond),
    quota,
  }
}

/** A request was answered and not refused for its number. */
export function recordAccepted(rate: Rate): Rate {
  return { ...rate, accepted: rate.accepted + 1, nextPauseMs: PAUSE_FIRST_MS }
}

/** A request was refused because there were too many. `waitMs` is what the destination asked for, null if nothing. */
export function recordRefused(
  rate: Rate,
  refusal: { readonly startedMs: number; readonly nowMs: number; readonly waitMs: number | null },
): Rate {
  const { nowMs, waitMs } = refusal
  const isNew = refusal.startedMs >= rate.refusedAtMs
  const pauseMs = waitMs ?? (isNew ? rate.nextPauseMs : 0)
  const pausedUntilMs = Math.max(rate.pausedUntilMs, nowMs + pauseMs)
  const paused = { ...rate, pausedUntilMs, countedAtMs: Math.max(rate.countedAtMs, pausedUntilMs) }
  if (!isNew) return paused
  const nextPauseMs = Math.min(pauseMaxMs(rate.perSecond), rate.nextPauseMs * 2)
  const refused = { ...paused, nextPauseMs, refusedAtMs: nowMs, tokens: 1 }
  const sinceMs = rate.measuredSinceMs
  if (sinceMs === null || (rate.perSecond === null && nowMs - sinceMs > MEASURED_MS_MAX))
    return { ...refused, accepted: 0, measuredSinceMs: nowMs }
  // With nothing accepted since, there is nothing to measure: the allowance is not renewed yet.
  if (rate.accepted < 1) return refused
  const perSecond = clamp(measured(rate, nowMs - sinceMs))
  return {
    ...refused,
    perSecond,
    accepted: 0,
    measuredSinceMs: nowMs,
    hadLull: false,
    raiseAtMs: pausedUntilMs + raiseIntervalMs(perSecond),
    raiseBy: RAISE_FIRST,
  }
}

/**
 * The destination says how many more requests it will take until its allowance is renewed. `underWay` requests may or
 * may not be counted in that already.
 */
export function recordQuota(
  rate: Rate,
  said: { readonly remaining: number; readonly renewedInMs: number; readonly underWay: number; readonly nowMs: number },
): Rate {
  const renewedAtMs = said.nowMs + Math.min(QUOTA_WAIT_MAX_MS, said.renewedInMs)
  return { ...rate, quota: { left: Math.max(0, said.remaining - said.underWay), renewedAtMs } }
}

function measured(rate: Rate, elapsedMs: number): number {
  const found = ((rate.accepted * 1_000) / Math.max(1, elapsedMs)) * RATE_MARGIN
  if (rate.perSecond === null) return found
  const lower = Math.min(found, rate.perSecond * RATE_MARGIN)
  return rate.hadLull ? Math.max(lower, rate.perSecond * UNSURE_FALL) : lower
}

/** A step up, if one is due and the pace was what held things up. */
function raise(rate: Rate, perSecond: number, nowMs: number): Rate {
  if (nowMs < rate.raiseAtMs) return rate
  const raiseAtMs = nowMs + raiseIntervalMs(perSecond)
  if (tokensAt(rate, perSecond, nowMs) >= burstOf(perSecond)) return { ...rate, raiseAtMs }
  const raised = perSecond * (1 + rate.raiseBy)
  if (raised > RATE_MAX) return unlimited(nowMs)
  return { ...rate, perSecond: raised, raiseAtMs, raiseBy: Math.min(RAISE_MAX, rate.raiseBy * 2) }
}

function raiseIntervalMs(perSecond: number): number {
  return Math.max(RAISE_INTERVAL_MS, (RAISE_REQUESTS / perSecond) * 1_000)
}

function tokensAt(rate: Rate, perSecond: number, nowMs: number): number {
  const elapsedMs = Math.max(0, nowMs - rate.countedAtMs)
  return Math.min(burstOf(perSecond), rate.tokens + (elapsedMs * perSecond) / 1_000)
}

/** With a known pace waiting too long costs more than asking once more. */
const pauseMaxMs = (perSecond: number | null) =>
  perSecond === null
    ? PAUSE_MAX_MS
    : Math.min(PAUSE_MAX_MS, Math.max(PAUSE_FIRST_MS, (PAUSE_REQUESTS / perSecond) * 1_000))

const burstOf = (perSecond: number) => Math.max(BURST_MIN, perSecond * BURST_SECONDS)

const clamp = (perSecond: number) => Math.min(RATE_MAX, Math.max(RATE_MIN, perSecond))
