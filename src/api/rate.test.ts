import { expect, test } from 'vitest'
import { RATE_KEYS_MAX, RateWindow } from './rate.ts'

test('each key has its own share of each minute', () => {
  const window = new RateWindow(2)
  expect(window.take('a', 1_000)).toEqual({ consumed: 1, remaining: 1, resetMs: 60_000 })
  expect(window.take('a', 31_000)).toEqual({ consumed: 2, remaining: 0, resetMs: 30_000 })
  expect(window.take('a', 60_999)).toEqual({ consumed: 3, remaining: -1, resetMs: 1 })
  expect(window.look('a', 60_999)).toEqual({ consumed: 3, remaining: -1, resetMs: 1 })
  expect(window.take('b', 60_999)).toMatchObject({ consumed: 1, remaining: 1 })
  expect(window.look('a', 61_000)).toEqual({ consumed: 0, remaining: 2, resetMs: 60_000 })
  expect(window.take('a', 61_000)).toEqual({ consumed: 1, remaining: 1, resetMs: 60_000 })
})

test('a million keys take no more memory than the most that are counted, and the newest of them are', () => {
  const window = new RateWindow(5)
  window.take('seen all the time', 0)
  for (let n = 0; n < 1_000_000; n += 1) {
    window.take(`10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`, 0)
    if (n % RATE_KEYS_MAX === 0) window.take('seen all the time', 0)
  }
  expect(window.size).toBeGreaterThanOrEqual(RATE_KEYS_MAX)
  expect(window.size).toBeLessThanOrEqual(2 * RATE_KEYS_MAX)
  expect(window.look('10.15.66.63', 0).consumed).toBe(1)
  expect(window.look('10.0.0.0', 0).consumed).toBe(0)
  expect(window.look('seen all the time', 0).consumed).toBe(1 + 1_000_000 / RATE_KEYS_MAX)
})
