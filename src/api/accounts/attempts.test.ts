import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Attempts, FAILURES_MAX, FAILURES_WINDOW_MS } from './attempts.ts'

test('the tenth failure is let through and the eleventh waits until the first is 15 minutes old', () => {
  const attempts = new Attempts()
  for (let tried = 0; tried < FAILURES_MAX; tried += 1) {
    expect(attempts.begin(['a'], tried)).toBe(0)
    attempts.end(['a'], tried, true)
  }
  expect(attempts.begin(['a'], FAILURES_MAX)).toBe(FAILURES_WINDOW_MS - FAILURES_MAX)
  expect(attempts.begin(['b', 'a'], FAILURES_WINDOW_MS - 1)).toBe(1)
  expect(attempts.begin(['b', 'a'], FAILURES_WINDOW_MS)).toBe(0)
})

test('as many are under way at once as may still fail, and those that succeed cost nobody a wait', () => {
  const attempts = new Attempts()
  attempts.begin(['a'], 0)
  attempts.end(['a'], 0, true)
  for (let begun = 1; begun < FAILURES_MAX; begun += 1) expect(attempts.begin(['a'], 1)).toBe(0)
  expect(attempts.begin(['b', 'a'], 1)).toBe('busy')
  expect(attempts.begin(['b'], 1)).toBe(0)
  attempts.end(['a'], 2, false)
  expect(attempts.begin(['b', 'a'], 2)).toBe(0)
})

const anyStep = fc.record({
  keys: fc.subarray(['a', 'b', 'c'], { minLength: 1 }),
  afterMs: fc.integer({ min: 1, max: FAILURES_WINDOW_MS / 4 }),
  /** Of those under way, the one that ends first; none for a big number. */
  ends: fc.nat({ max: 20 }),
  hasFailed: fc.boolean(),
})

test('agrees with a model that keeps every try under way and every failure, and counts those of the last 15 minutes', () => {
  fc.assert(
    fc.property(fc.array(anyStep, { maxLength: 120 }), (steps) => {
      const attempts = new Attempts()
      const failures: { key: string; atMs: number }[] = []
      const pending: (readonly string[])[] = []
      let nowMs = 0
      for (const { keys, afterMs, ends, hasFailed } of steps) {
        nowMs += afterMs
        const [ended] = pending.splice(ends, 1)
        if (ended !== undefined) attempts.end(ended, nowMs, hasFailed)
        if (ended !== undefined && hasFailed) failures.push(...ended.map((key) => ({ key, atMs: nowMs })))
        const recent = (key: string) =>
          failures.filter((each) => each.key === key && each.atMs > nowMs - FAILURES_WINDOW_MS).length
        const underWay = (key: string) => pending.filter((each) => each.includes(key)).length
        const mustWait = keys.some((key) => recent(key) >= FAILURES_MAX)
        const isBusy = keys.some((key) => recent(key) + underWay(key) >= FAILURES_MAX)
        const said = attempts.begin(keys, nowMs)
        if (mustWait) expect(said).toBeGreaterThan(0)
        else expect(said).toBe(isBusy ? 'busy' : 0)
        if (said === 0) pending.push(keys)
      }
    }),
  )
})
