import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  CONCURRENCY_AT_START,
  CONCURRENCY_MAX,
  CONCURRENCY_MIN,
  CONCURRENCY_SLOW_MIN,
  CONCURRENCY_START,
  type Concurrency,
  LATENCY_QUICK_MS,
  type LoadSign,
  recordLoad,
} from './concurrency.ts'

/** A destination that works on so many requests at once and lets the rest wait, for `rounds` rounds. */
function against(capacity: number, serviceMs: number, rounds: number, from: Concurrency = CONCURRENCY_AT_START) {
  let state = from
  let nowMs = 1_000
  for (let round = 0; round < rounds; round++) {
    const underWay = Math.floor(state.limit)
    const latencyMs = serviceMs * Math.max(1, underWay / capacity)
    const startedMs = nowMs
    nowMs += latencyMs
    for (let n = 0; n < underWay; n++) state = recordLoad(state, { sign: 'answered', startedMs, nowMs, isFull: true })
  }
  return state
}

test('it begins where a quick destination is kept busy', () => {
  expect(CONCURRENCY_AT_START.limit).toBe(64)
})

test('a quick destination keeps the limit of the start, a slow one that bears more gets more', () => {
  expect(against(1_000, LATENCY_QUICK_MS / 2, 100).limit).toBe(CONCURRENCY_START)
  expect(against(1_000, LATENCY_QUICK_MS * 3, 100).limit).toBe(CONCURRENCY_MAX)
})

test('growing ends where it only makes answers slower', () => {
  const { limit } = against(70, 300, 200)
  expect(limit).toBeGreaterThan(64)
  expect(limit).toBeLessThan(70 * 2)
})

test.each([
  { sign: 'refused' as const, limit: CONCURRENCY_START * 0.7 },
  { sign: 'timed_out' as const, limit: CONCURRENCY_START * 0.5 },
])('everything under way $sign at once shrinks it once', ({ sign, limit }) => {
  let state = CONCURRENCY_AT_START
  for (let n = 0; n < 64; n++) state = recordLoad(state, { sign, startedMs: 10, nowMs: 20 + n, isFull: true })
  expect(state.limit).toBe(limit)
})

test('it comes back from the least to the start within 40 rounds', () => {
  const least = { ...CONCURRENCY_AT_START, limit: CONCURRENCY_MIN }
  expect(against(1_000, 10, 40, least).limit).toBe(CONCURRENCY_START)
})

test('a destination that becomes slow for good is given less for a while and never less than the least for that', () => {
  let state = against(1_000, 200, 20)
  const lowest = { limit: state.limit }
  for (let n = 0; n < 100; n++) {
    state = against(1_000, 2_000, 1, { ...state, shrunkAtMs: 0 })
    lowest.limit = Math.min(lowest.limit, state.limit)
  }
  expect(lowest.limit).toBeLessThan(CONCURRENCY_START)
  expect(lowest.limit).toBeGreaterThanOrEqual(CONCURRENCY_SLOW_MIN)
  expect(state.limit).toBe(CONCURRENCY_MAX)
})

const anyAnswer = fc.record({
  sign: fc.constantFrom<LoadSign>('answered', 'answered', 'answered', 'refused', 'timed_out'),
  tookMs: fc.nat(40_000),
  afterMs: fc.nat(1_000),
  isFull: fc.boolean(),
})

test('whatever is answered, it stays within its bounds, grows by a sixteenth or one and shrinks once a round trip', () => {
  fc.assert(
    fc.property(fc.array(anyAnswer, { maxLength: 400 }), (answers) => {
      let state = CONCURRENCY_AT_START
      let nowMs = 50_000
      for (const { sign, tookMs, afterMs, isFull } of answers) {
        nowMs += afterMs
        const startedMs = nowMs - tookMs
        const next = recordLoad(state, { sign, startedMs, nowMs, isFull })
        expect(next.limit).toBeGreaterThanOrEqual(CONCURRENCY_MIN)
        expect(next.limit).toBeLessThanOrEqual(CONCURRENCY_MAX)
        expect(next.limit - state.limit).toBeLessThanOrEqual(Math.max(1, state.limit / 16))
        if (next.limit < state.limit) {
          expect(next.shrunkAtMs).toBe(nowMs)
          expect(startedMs).toBeGreaterThanOrEqual(state.shrunkAtMs)
        }
        state = next
      }
    }),
  )
})
