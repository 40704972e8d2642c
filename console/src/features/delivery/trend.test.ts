import { expect, test } from 'vitest'
import { type Sample, sampled, trendWords } from './trend.ts'

const seen = (...pending: number[]) =>
  pending.reduce<readonly Sample[]>(
    (samples, each, second) => sampled(samples, { atMs: second * 1_000, pending: each }),
    [],
  )

test('a backlog that grows says how fast, one that shrinks when it will be empty', () => {
  expect(trendWords(seen(0, 10, 20, 30, 40))).toBe('The backlog grows by about 10 deliveries a second.')
  expect(trendWords(seen(90, 80, 70, 60))).toBe(
    'The backlog shrinks by about 10 deliveries a second: empty in 6 s, if it goes on so.',
  )
  expect(trendWords(seen(5, 5, 5, 5))).toBe('The backlog stays as it is.')
})

test('nothing is said after a moment, or of an empty backlog', () => {
  expect([seen(), seen(3), seen(3, 9), seen(9, 6, 3, 0)].map(trendWords)).toEqual(Array(4).fill(undefined))
})

test('what is half a minute old counts no more, and one moment counts once', () => {
  const samples = seen(...Array.from({ length: 60 }, (_, second) => (second < 30 ? 100 - second : 70)))
  expect(samples).toHaveLength(30)
  expect(trendWords(samples)).toBe('The backlog stays as it is.')
  expect(sampled(samples, { atMs: 59_000, pending: 1 })).toBe(samples)
})
