/**
 * How many requests one account may have under way. Pure. Found by trying: it grows while the limit is what holds
 * things up and answers stay quick, and shrinks on 429, on timeouts and when answers take clearly longer than usual.
 *
 * A request that began before the limit last shrank says nothing about the new limit, so that one bad moment with
 * everything under way shrinks it once. Answers are looked at in rounds of as many as the limit allows.
 */

/** Where it begins: enough to keep a quick destination busy. */
export const CONCURRENCY_START = 64
export const CONCURRENCY_MIN = 1
export const CONCURRENCY_MAX = 128
/** Slow answers alone shrink it no further: a destination that is slow by nature needs more under way, not less. */
export const CONCURRENCY_SLOW_MIN = 8
/** Answers within twice this are quick, in milliseconds, whatever is usual. */
export const LATENCY_QUICK_MS = 100
/** A round this many times slower than usual shrinks the limit; above GROW_RATIO it does not grow. */
export const SHRINK_RATIO = 2
export const GROW_RATIO = 1.5
/** What is left of the limit after a 429, a timeout and a slow round. */
const AFTER_REFUSAL = 0.7
const AFTER_TIMEOUT = 0.5
const AFTER_SLOW_ROUND = 0.8
/** Part by which a round that grows raises the limit, and at least one. */
const GROWTH = 1 / 16
/** Part by which what is usual follows slower rounds; it follows quicker ones at once. */
const USUAL_DRIFT = 0.1

export interface Concurrency {
  /** CONCURRENCY_MIN to CONCURRENCY_MAX; requests allowed are the whole part. */
  readonly limit: number
  /** Mean milliseconds of a usual round, null before the first. */
  readonly usualMs: number | null
  /** When the limit last shrank, monotonic milliseconds. */
  readonly shrunkAtMs: number
  /** Answers of the round so far, the sum of their milliseconds, and whether the limit was ever reached in it. */
  readonly answers: number
  readonly sumMs: number
  readonly wasFull: boolean
}

export const CONCURRENCY_AT_START: Concurrency = {
  limit: CONCURRENCY_START,
  usualMs: null,
  shrunkAtMs: Number.NEGATIVE_INFINITY,
  answers: 0,
  sumMs: 0,
  wasFull: false,
}

/** What one request says about how much the destination can take. */
export type LoadSign = 'answered' | 'refused' | 'timed_out'

export function recordLoad(
  before: Concurrency,
  request: {
    readonly sign: LoadSign
    /** Monotonic milliseconds. */
    readonly startedMs: number
    readonly nowMs: number
    /** Whether as many requests were under way as the limit allows. */
    readonly isFull: boolean
  },
): Concurrency {
  if (request.startedMs < before.shrunkAtMs) return before
  if (request.sign === 'refused') return shrink(before, AFTER_REFUSAL, CONCURRENCY_MIN, request.nowMs)
  if (request.sign === 'timed_out') return shrink(before, AFTER_TIMEOUT, CONCURRENCY_MIN, request.nowMs)
  const round = {
    ...before,
    answers: before.answers + 1,
    sumMs: before.sumMs + Math.max(0, request.nowMs - request.startedMs),
    wasFull: before.wasFull || request.isFull,
  }
  return round.answers < Math.floor(before.limit) ? round : endRound(round, request.nowMs)
}

function endRound(round: Concurrency, nowMs: number): Concurrency {
  const meanMs = round.sumMs / round.answers
  const usualMs = followed(round.usualMs, meanMs)
  const next = { ...round, usualMs, answers: 0, sumMs: 0, wasFull: false }
  const ratio = meanMs / Math.max(LATENCY_QUICK_MS, round.usualMs ?? meanMs)
  if (ratio > SHRINK_RATIO) return shrink(next, AFTER_SLOW_ROUND, Math.min(round.limit, CONCURRENCY_SLOW_MIN), nowMs)
  if (!round.wasFull || ratio > GROW_RATIO) return next
  // More than at the start helps only where the waiting is the destination's; quick answers keep us busy as it is.
  const max = meanMs > LATENCY_QUICK_MS ? CONCURRENCY_MAX : Math.max(round.limit, CONCURRENCY_START)
  return { ...next, limit: Math.min(max, round.limit + Math.max(1, round.limit * GROWTH)) }
}

function followed(usualMs: number | null, meanMs: number): number {
  if (usualMs === null || meanMs < usualMs) return meanMs
  return usualMs + (meanMs - usualMs) * USUAL_DRIFT
}

function shrink(before: Concurrency, factor: number, min: number, nowMs: number): Concurrency {
  const limit = Math.max(min, before.limit * factor)
  return { ...before, limit, shrunkAtMs: nowMs, answers: 0, sumMs: 0, wasFull: false }
}
