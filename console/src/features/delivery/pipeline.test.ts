import { expect, test } from 'vitest'
import { FILTER_TEXTS } from '../../../../src/connections/filter-reasons.ts'
import { DROP_REASONS, REJECT_REASONS } from '../../../../src/spec/reasons.ts'
import { changeWords, percent, pipelineOf, reasonText } from './pipeline.ts'

const of = (total: number, ...reasons: (readonly [string, number])[]) => ({
  total,
  reasons: reasons.map(([reason, each]) => ({ reason, total: each })),
})

test('every step has its part of those that could have come there', () => {
  const rows = pipelineOf(
    {
      'successfully-received': of(90),
      'failed-on-ingest': of(10, ['no_event', 10]),
      'filtered-at-source': of(30, ['duplicate', 30]),
      'filtered-at-destination': of(15, ['FILTERED_BY_RULES', 15]),
      'failed-delivery': of(5, ['rejected_400', 5]),
      'successful-delivery': of(20, ['successes.attempt.1', 20]),
    },
    7,
  )
  expect(rows.map(({ label, total, part }) => [label, total, part])).toEqual([
    ['Successfully received', 90, 0.9],
    ['Failed on ingest', 10, 0.1],
    ['Filtered at source', 30, 30 / 90],
    ['Filtered at destination', 15, 0.25],
    ['Pending', 7, undefined],
    ['Failed delivery', 5, 0.2],
    ['Successful delivery', 20, 0.8],
  ])
  expect(rows.flatMap(({ reasons }) => reasons.map(({ reason }) => reason))).toEqual([
    'no_event',
    'duplicate',
    'FILTERED_BY_RULES',
    'rejected_400',
  ])
})

test('where nothing was, there are no parts', () => {
  const none = of(0)
  const counts = {
    'successfully-received': none,
    'failed-on-ingest': none,
    'filtered-at-source': none,
    'filtered-at-destination': none,
    'failed-delivery': none,
    'successful-delivery': none,
  }
  expect(pipelineOf(counts, 0).map(({ part }) => part)).toEqual(Array(7).fill(undefined))
})

test.each([
  [0, '0 %'],
  [0.00001, 'below 0.1 %'],
  [0.1234, '12.3 %'],
  [0.99999, 'over 99.9 %'],
  [1, '100 %'],
])('a part of %d is written as %s', (part, text) => {
  expect(percent(part)).toBe(text)
})

test.each([
  [0, null, ''],
  [0, 0, ''],
  [5, 0, 'none before'],
  [100, 100, '100 before, ±0 %'],
  [150, 100, '100 before, +50 %'],
  [0, 8, '8 before, −100 %'],
  [30_000, 10, '10 before, +299,900 %'],
])('%d against %j before is told as "%s"', (now, before, text) => {
  expect(changeWords(now, before)).toBe(text)
})

test('every reason of a step has a sentence of its own', () => {
  const reasons = [
    ...Object.keys(REJECT_REASONS).map((reason) => ['failed-on-ingest', reason] as const),
    ...Object.keys(DROP_REASONS).map((reason) => ['filtered-at-source', reason] as const),
    ...Object.keys(FILTER_TEXTS).map((reason) => ['filtered-at-destination', reason] as const),
    ['failed-delivery', 'rejected_400'] as const,
    ['failed-delivery', 'retries_exhausted'] as const,
  ]
  const texts = reasons.map(([step, reason]) => reasonText(step, reason))
  expect(texts.filter((text) => text === undefined)).toEqual([])
  expect(new Set(texts).size).toBe(reasons.length)
})
