import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  nextWaitMs,
  type Progress,
  parseRetryAfter,
  RETRY_AFTER_MAX_MS,
  RETRY_BASE_MS,
  RETRY_WAIT_MIN_MS,
  RETRY_WINDOW_MAX_MS,
  RETRY_WINDOW_MIN_MS,
  windowLeftMs,
} from './retry-timing.ts'

const NOW = Date.parse('2026-03-01T12:00:00Z')
const CAP_MS = 30_000

const anyProgress: fc.Arbitrary<Progress> = fc
  .record({
    attempt: fc.integer({ min: 1, max: 2_000 }),
    // Around the end of the window, where it matters, and anywhere.
    leftMs: fc.oneof(fc.integer({ min: -1_000, max: CAP_MS }), fc.integer({ min: -60_000, max: RETRY_WINDOW_MAX_MS })),
    waitedMs: fc.nat(RETRY_WINDOW_MAX_MS),
    windowMs: fc.integer({ min: RETRY_WINDOW_MIN_MS, max: RETRY_WINDOW_MAX_MS }),
  })
  .map(({ attempt, leftMs, waitedMs, windowMs }) => ({ attempt, spentMs: windowMs - leftMs, waitedMs, windowMs }))
  .map(({ attempt, spentMs, waitedMs, windowMs }) => ({
    attempt,
    waitedMs,
    windowMs,
    firstAttemptAtMs: NOW - spentMs - waitedMs,
    nowMs: NOW,
  }))
const anyRandom = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })
const anyRetryAfter = fc.option(fc.oneof(fc.nat(5_000), fc.nat(RETRY_AFTER_MAX_MS)), { nil: null, freq: 1 })

/** The contract's sentence, with a loop where the code has a power. */
function ceilingOf(attempt: number): number {
  let ceilingMs = RETRY_BASE_MS
  for (let n = 1; n < attempt && ceilingMs < CAP_MS; n += 1) ceilingMs *= 2
  return Math.min(CAP_MS, ceilingMs)
}

test('the wait lies between the least wait and the jitter bound, unless more was asked for', () => {
  fc.assert(
    fc.property(anyProgress, anyRandom, anyRetryAfter, (progress, random, retryAfterMs) => {
      const waitMs = nextWaitMs({ progress, random, capMs: CAP_MS, retryAfterMs })
      if (waitMs === null) return
      expect(waitMs).toBeGreaterThanOrEqual(Math.max(RETRY_WAIT_MIN_MS, retryAfterMs ?? 0))
      expect(waitMs).toBeLessThanOrEqual(Math.max(ceilingOf(progress.attempt), retryAfterMs ?? 0))
    }),
  )
})

test('no attempt is planned past the window, and one is planned as long as the least wait fits', () => {
  fc.assert(
    fc.property(anyProgress, anyRandom, anyRetryAfter, (progress, random, retryAfterMs) => {
      const waitMs = nextWaitMs({ progress, random, capMs: CAP_MS, retryAfterMs })
      const endsAtMs = progress.firstAttemptAtMs + progress.waitedMs + progress.windowMs
      if (waitMs === null) {
        expect(progress.nowMs + Math.max(RETRY_WAIT_MIN_MS, retryAfterMs ?? 0)).toBeGreaterThan(endsAtMs)
      } else if (progress.nowMs >= progress.firstAttemptAtMs + progress.waitedMs) {
        expect(progress.nowMs + waitMs).toBeLessThanOrEqual(endsAtMs)
      }
    }),
    { numRuns: 1_000 },
  )
})

test('with the same luck a later attempt never waits less', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 100 }), anyRandom, (attempt, random) => {
      const waitAt = (n: number) => {
        const progress = { attempt: n, firstAttemptAtMs: NOW, nowMs: NOW, waitedMs: 0, windowMs: RETRY_WINDOW_MAX_MS }
        return nextWaitMs({ progress, random, capMs: CAP_MS, retryAfterMs: null }) ?? Number.NaN
      }
      expect(waitAt(attempt + 1)).toBeGreaterThanOrEqual(waitAt(attempt))
    }),
  )
})

test('a clock that was set back makes the window no longer than it is', () => {
  const progress = { attempt: 1, firstAttemptAtMs: NOW, nowMs: NOW - 1e9, waitedMs: 0, windowMs: RETRY_WINDOW_MIN_MS }
  expect(windowLeftMs(progress)).toBe(RETRY_WINDOW_MIN_MS)
})

test.each([
  { value: '0', ms: 0 },
  { value: ' 120 ', ms: 120_000 },
  { value: '1.5', ms: 1_500 },
  { value: '3600', ms: RETRY_AFTER_MAX_MS },
  { value: '3601', ms: RETRY_AFTER_MAX_MS },
  { value: '999999999999', ms: RETRY_AFTER_MAX_MS },
  // More digits than a number holds, and more than are a number at all.
  { value: '18446744073709551615', ms: RETRY_AFTER_MAX_MS },
  { value: '9'.repeat(400), ms: RETRY_AFTER_MAX_MS },
  { value: 'Sun, 01 Mar 2026 12:00:30 GMT', ms: 30_000 },
  { value: 'Sunday, 01-Mar-26 12:00:30 GMT', ms: 30_000 },
  { value: 'Sun Mar  1 12:00:30 2026', ms: 30_000 },
  { value: 'Sun, 01 Mar 2026 12:00:00 GMT', ms: 0 },
  { value: 'Sun, 01 Mar 2026 11:59:59 GMT', ms: null },
  { value: 'Mon, 01 Mar 2027 12:00:00 GMT', ms: RETRY_AFTER_MAX_MS },
  { value: '-1', ms: null },
  { value: '', ms: null },
  { value: undefined, ms: null },
  { value: '1e3', ms: null },
  { value: '0x10', ms: null },
  { value: 'NaN', ms: null },
  { value: 'Infinity', ms: null },
  { value: '2026-03-01T12:00:30Z', ms: null },
  { value: '10, 20', ms: null },
])('Retry-After: $value', ({ value, ms }) => {
  expect(parseRetryAfter(value, NOW)).toBe(ms)
})

test('whatever a Retry-After says, the answer is null or up to an hour', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (value) => {
      const ms = parseRetryAfter(value, NOW)
      if (ms !== null) expect(ms >= 0 && ms <= RETRY_AFTER_MAX_MS).toBe(true)
    }),
  )
})
