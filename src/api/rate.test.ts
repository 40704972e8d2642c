import { expect, test } from 'vitest'
import { RateWindow } from './rate.ts'

test('each key has its own share of each minute', () => {
  const window = new RateWindow(2)
  expect(window.take('a', 1_000)).toEqual({ consumed: 1, remaining: 1, resetMs: 60_000 })
  expect(window.take('a', 31_000)).toEqual({ consumed: 2, remaining: 0, resetMs: 30_000 })
  expect(window.take('a', 60_999)).toEqual({ consumed: 3, remaining: -1, resetMs: 1 })
  expect(window.take('b', 60_999)).toMatchObject({ consumed: 1, remaining: 1 })
  expect(window.take('a', 61_000)).toEqual({ consumed: 1, remaining: 1, resetMs: 60_000 })
})
