import { expect, test } from 'vitest'
import { FAILURE_REASONS_MAX, failuresOf } from './failures.ts'

const deadOf = (reasons: number) =>
  Array.from({ length: reasons }, (_, place) => ({
    labels: { fact: 'dead', reason: `rejected_${400 + place}` },
    total: 3,
    retries: 0,
    points: [
      { time: '2026-01-01T00:00:00.000Z', count: 1, retries: 0 },
      { time: '2026-01-01T00:01:00.000Z', count: 2, retries: 0 },
    ],
  }))

test('as many reasons as are told apart have a series each; one more, and the last are told together', () => {
  const all = failuresOf(deadOf(FAILURE_REASONS_MAX))
  expect(all.map(({ reason }) => reason)).toEqual(deadOf(FAILURE_REASONS_MAX).map(({ labels }) => labels.reason))
  const more = failuresOf(deadOf(FAILURE_REASONS_MAX + 2))
  expect(more).toHaveLength(FAILURE_REASONS_MAX + 1)
  expect(more.at(-1)).toMatchObject({ reason: '(other)', total: 6, series: [{ count: 2 }, { count: 4 }] })
})

test('without dead letters there is no series', () => {
  expect(failuresOf([])).toEqual([])
})
