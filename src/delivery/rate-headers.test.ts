import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ALLOWANCE_WAIT_MAX_MS, allowanceOf } from './rate-headers.ts'

const NOW_MS = 1_800_000_000_000

test.each([
  [{ 'x-ratelimit-remaining': '3', 'x-ratelimit-reset': '20' }, 3, 20_000],
  [{ 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(NOW_MS / 1_000 + 5) }, 0, 5_000],
  [{ 'x-rate-limit-remaining': '1', 'x-rate-limit-reset': String(NOW_MS + 250) }, 1, 250],
  [{ 'ratelimit-remaining': '7', 'ratelimit-reset': '1.5' }, 7, 1_500],
  [{ ratelimit: 'limit=100, remaining=4, reset=30' }, 4, 30_000],
  [{ ratelimit: '"default";r=50;t=30' }, 50, 30_000],
  [{ ratelimit: '"day";r=900;t=4000, "minute";r=3;t=20' }, 3, 20_000],
  [{ ratelimit: 'nonsense', 'x-ratelimit-remaining': '2', 'x-ratelimit-reset': '1' }, 2, 1_000],
  [{ 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '999999' }, 0, ALLOWANCE_WAIT_MAX_MS],
  [{ 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(NOW_MS / 1_000 - 5) }, 0, 0],
])('%j leaves %d for %d ms', (headers, remaining, renewedInMs) => {
  expect(allowanceOf(headers as Record<string, string>, NOW_MS)).toEqual({ remaining, renewedInMs })
})

test.each([
  {},
  { 'x-ratelimit-remaining': '0' },
  { 'x-ratelimit-reset': '20' },
  { 'x-ratelimit-remaining': '-1', 'x-ratelimit-reset': '20' },
  { 'x-ratelimit-remaining': 'many', 'x-ratelimit-reset': '20' },
  { 'x-ratelimit-remaining': '1', 'x-ratelimit-reset': 'soon' },
  { ratelimit: '"default";t=30' },
])('%j says nothing', (headers) => {
  expect(allowanceOf(headers as Record<string, string>, NOW_MS)).toBeNull()
})

test('whatever a server writes there, the answer is a wait within its bounds or nothing', () => {
  const name = fc.constantFrom(
    'ratelimit',
    'ratelimit-remaining',
    'ratelimit-reset',
    'x-ratelimit-remaining',
    'x-ratelimit-reset',
  )
  const value = fc.oneof(fc.string(), fc.integer().map(String), fc.constant('r=1;t=9999999999'))
  fc.assert(
    fc.property(fc.dictionary(name, value), (headers) => {
      const allowance = allowanceOf(headers, NOW_MS)
      if (allowance === null) return
      expect(allowance.remaining).toBeGreaterThanOrEqual(0)
      expect(allowance.renewedInMs).toBeGreaterThanOrEqual(0)
      expect(allowance.renewedInMs).toBeLessThanOrEqual(ALLOWANCE_WAIT_MAX_MS)
    }),
  )
})
