import { expect, test } from 'vitest'
import { Refusals } from './refusals.ts'

function aRefusals(refusedPerMinuteMax: number) {
  const now = { ms: 5_000 }
  const clock = { monotonicMs: () => now.ms }
  return { now, refusals: new Refusals({ refusedPerMinuteMax, clock }) }
}

test('the last refusal allowed is answered, the next waits until the minute is over, and other networks do not', () => {
  const { refusals, now } = aRefusals(3)
  for (let n = 0; n < 2; n += 1) refusals.count('203.0.113.9')
  expect(refusals.waitMs('203.0.113.9')).toBe(0)
  now.ms += 20_000
  refusals.count('203.0.113.9')
  expect(refusals.waitMs('203.0.113.9')).toBe(40_000)
  expect(refusals.waitMs('203.0.113.8')).toBe(0)
  now.ms += 39_999
  expect(refusals.waitMs('203.0.113.9')).toBe(1)
  now.ms += 1
  expect(refusals.waitMs('203.0.113.9')).toBe(0)
})

test('who has a whole /64 has one share', () => {
  const { refusals } = aRefusals(2)
  refusals.count('2001:db8:1:2::a')
  refusals.count('2001:db8:1:2:ffff::b')
  expect(refusals.waitMs('2001:db8:1:2::c')).toBe(60_000)
  expect(refusals.waitMs('2001:db8:1:3::a')).toBe(0)
})
