/**
 * Stops sending to a destination that does not work, so that thousands of lanes do not each find that out, and so that
 * a destination in trouble is left alone. Pure. Reliability contract, section 3.
 *
 * Times are monotonic milliseconds. Results are counted in buckets of a second, so that a busy destination costs no
 * more memory than a quiet one: the window is the current second and the BREAKER_WINDOW_SECONDS - 1 before it.
 *
 * While it is open one request at a time is let through as a probe. The first probe that works closes the breaker and
 * forgets what was; results of requests that were under way when it opened are not asked.
 */
import type { Outcome } from '../destinations/index.ts'
import { isRetryableStatus } from './verdict.ts'

export const BREAKER_WINDOW_SECONDS = 30
/** Fewer requests than this within the window open nothing. */
export const BREAKER_REQUESTS_MIN = 20
/** The part of the window's requests that must have failed: 0 to 1. */
export const BREAKER_FAILURE_RATIO = 0.5
/** So many timeouts in a row open it, whatever the ratio. */
export const BREAKER_TIMEOUTS_IN_ROW = 10
/** From opening to the first probe, and from one probe to the next. */
export const BREAKER_PROBE_INTERVAL_MS = 5_000

interface Bucket {
  readonly second: number
  readonly requests: number
  readonly failures: number
}

export type Breaker =
  | {
      readonly kind: 'closed'
      /** Oldest first; none older than the window at the time of the last result. */
      readonly buckets: readonly Bucket[]
      readonly timeoutsInRow: number
    }
  | {
      readonly kind: 'open'
      readonly openedAtMs: number
      readonly probeAtMs: number
    }

/** How a destination is doing, as seen by one request. */
export type Health = 'working' | 'failing' | 'timing_out'

export const CLOSED_BREAKER: Breaker = { kind: 'closed', buckets: [], timeoutsInRow: 0 }

/**
 * What an outcome says about its destination, or null if it says nothing: a refusal of one event is an answer of a
 * working destination, and so is a request to slow down.
 */
export function healthOf(outcome: Outcome): Health | null {
  switch (outcome.kind) {
    case 'answered':
      return outcome.status >= 500 && isRetryableStatus(outcome.status) ? 'failing' : 'working'
    case 'not_sent':
      return outcome.reason === 'CONNECT_TIMEOUT' ? 'timing_out' : 'failing'
    case 'ambiguous':
      return outcome.reason === 'ETIMEDOUT' ? 'timing_out' : 'failing'
    case 'blocked':
    case 'unmapped':
    case 'invalid':
      return null
  }
}

export type Admission =
  | { readonly kind: 'send' }
  /** Send one request, and tell its result as a probe's. */
  | { readonly kind: 'probe' }
  /** Send nothing before then. */
  | { readonly kind: 'wait'; readonly untilMs: number }

/** Asks whether a request may be sent now. A probe that is granted is taken: the state that comes back must be kept. */
export function admit(breaker: Breaker, nowMs: number): { readonly admission: Admission; readonly breaker: Breaker } {
  if (breaker.kind === 'closed') return { admission: { kind: 'send' }, breaker }
  if (nowMs < breaker.probeAtMs) return { admission: { kind: 'wait', untilMs: breaker.probeAtMs }, breaker }
  return {
    admission: { kind: 'probe' },
    breaker: { ...breaker, probeAtMs: nowMs + BREAKER_PROBE_INTERVAL_MS },
  }
}

/** A person asks for the next probe now. One that is under way is still the only one: who sends sees to that. */
export const probeNow = (breaker: Breaker, nowMs: number): Breaker =>
  breaker.kind === 'open' ? { ...breaker, probeAtMs: Math.min(breaker.probeAtMs, nowMs) } : breaker

/** Takes in the result of one request. */
export function recordHealth(
  breaker: Breaker,
  result: { readonly health: Health; readonly isProbe: boolean; readonly nowMs: number },
): Breaker {
  if (breaker.kind === 'open') return result.isProbe && result.health === 'working' ? CLOSED_BREAKER : breaker
  const timeoutsInRow = result.health === 'timing_out' ? breaker.timeoutsInRow + 1 : 0
  const buckets = countResult(breaker.buckets, Math.floor(result.nowMs / 1_000), result.health !== 'working')
  if (timeoutsInRow >= BREAKER_TIMEOUTS_IN_ROW || isMostlyFailing(buckets)) {
    return { kind: 'open', openedAtMs: result.nowMs, probeAtMs: result.nowMs + BREAKER_PROBE_INTERVAL_MS }
  }
  return { kind: 'closed', buckets, timeoutsInRow }
}

function countResult(buckets: readonly Bucket[], second: number, isFailure: boolean): readonly Bucket[] {
  const inWindow = buckets.filter((bucket) => bucket.second > second - BREAKER_WINDOW_SECONDS)
  const newest = inWindow.at(-1)
  const failures = isFailure ? 1 : 0
  if (newest?.second !== second) return [...inWindow, { second, requests: 1, failures }]
  return [...inWindow.slice(0, -1), { second, requests: newest.requests + 1, failures: newest.failures + failures }]
}

function isMostlyFailing(buckets: readonly Bucket[]): boolean {
  let requests = 0
  let failures = 0
  for (const bucket of buckets) {
    requests += bucket.requests
    failures += bucket.failures
  }
  return requests >= BREAKER_REQUESTS_MIN && failures >= requests * BREAKER_FAILURE_RATIO
}
