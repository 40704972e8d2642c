import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Bucket, CALLERS_MAX, REQUESTS_PER_MINUTE, rateLimiter, take } from './rate-limit.ts'

/** Admitted or not, for requests at these times. */
function admitted(atMs: readonly number[]): boolean[] {
  let bucket: Bucket | undefined
  return atMs.map((nowMs) => {
    const taken = take(bucket, nowMs)
    bucket = taken.bucket
    return taken.isAdmitted
  })
}

test('one hundred at once pass and the next does not', () => {
  const answers = admitted(new Array(REQUESTS_PER_MINUTE + 1).fill(0))
  expect(answers.filter(Boolean)).toHaveLength(REQUESTS_PER_MINUTE)
  expect(answers.at(-1)).toBe(false)
})

test('after 600 ms, and not before, one more passes', () => {
  const burst = new Array<number>(REQUESTS_PER_MINUTE).fill(0)
  expect(admitted([...burst, 599]).at(-1)).toBe(false)
  expect(admitted([...burst, 601]).at(-1)).toBe(true)
})

test('no minute lets through more than a full bucket and what flows in', () => {
  const anyTimes = fc
    .array(fc.integer({ min: 0, max: 120_000 }), { maxLength: 400 })
    .map((times) => times.sort((a, b) => a - b))
  fc.assert(
    fc.property(anyTimes, (times) => {
      const answers = admitted(times)
      const passed = times.filter((_, index) => answers[index])
      for (const start of passed) {
        const inMinute = passed.filter((atMs) => atMs >= start && atMs < start + 60_000).length
        expect(inMinute).toBeLessThanOrEqual(2 * REQUESTS_PER_MINUTE)
      }
      expect(passed.length).toBeGreaterThanOrEqual(Math.min(times.length, REQUESTS_PER_MINUTE))
    }),
  )
})

test('a clock that steps back gives nothing', () => {
  expect(admitted([...new Array<number>(REQUESTS_PER_MINUTE).fill(60_000), 0, 60_000]).slice(-2)).toEqual([
    false,
    false,
  ])
})

test('callers do not share a bucket, and only the longest idle is forgotten', () => {
  const admit = rateLimiter(() => 0)
  for (let n = 0; n < REQUESTS_PER_MINUTE; n++) admit('first')
  expect([admit('first'), admit('second')]).toEqual([false, true])
  for (let n = 0; n < CALLERS_MAX - 2; n++) admit(`other ${n}`)
  expect(admit('first')).toBe(false)
})
