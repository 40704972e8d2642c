import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Attempts, FAILURES_MAX, FAILURES_WINDOW_MS } from './attempts.ts'

test('the tenth failure is let through and the eleventh waits until the first is 15 minutes old', () => {
  const attempts = new Attempts()
  for (let tried = 0; tried < FAILURES_MAX; tried += 1) expect(attempts.begin(['a'], tried)).toBe(0)
  expect(attempts.begin(['a'], FAILURES_MAX)).toBe(FAILURES_WINDOW_MS - FAILURES_MAX)
  expect(attempts.begin(['b', 'a'], FAILURES_WINDOW_MS - 1)).toBe(1)
  expect(attempts.begin(['b', 'a'], FAILURES_WINDOW_MS)).toBe(0)
})

const anyTry = fc.record({
  keys: fc.subarray(['a', 'b', 'c'], { minLength: 1 }),
  afterMs: fc.integer({ min: 1, max: FAILURES_WINDOW_MS / 4 }),
  isGood: fc.boolean(),
})

test('agrees with a model that keeps every failure and counts those of the last 15 minutes', () => {
  fc.assert(
    fc.property(fc.array(anyTry, { maxLength: 80 }), (tries) => {
      const attempts = new Attempts()
      const failures: { key: string; atMs: number }[] = []
      let nowMs = 0
      for (const { keys, afterMs, isGood } of tries) {
        nowMs += afterMs
        const recent = (key: string) =>
          failures.filter((each) => each.key === key && each.atMs > nowMs - FAILURES_WINDOW_MS).length
        const mayTry = keys.every((key) => recent(key) < FAILURES_MAX)
        expect(attempts.begin(keys, nowMs) === 0).toBe(mayTry)
        if (mayTry && isGood) attempts.forgive(keys, nowMs)
        if (mayTry && !isGood) failures.push(...keys.map((key) => ({ key, atMs: nowMs })))
      }
    }),
  )
})
