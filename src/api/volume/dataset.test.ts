import fc from 'fast-check'
import { expect, test } from 'vitest'
import { datasetOf, emptyDataset, GroupSums, groupsOf, timesOf } from './dataset.ts'
import { rangeBetween } from './range.ts'

const MINUTE = 60_000
const RANGE = rangeBetween(0, 5 * MINUTE, 'MINUTE', 5 * MINUTE)

test('series with the same labels are one group, and what is left out is in none', () => {
  const series = ['b', 'a', 'b', 'out', 'a'].map((label, number) => ({ number, label }))
  const { labels, of } = groupsOf(series, ({ label }) => (label === 'out' ? undefined : { eventName: label }))
  expect(labels).toEqual([{ eventName: 'a' }, { eventName: 'b' }])
  expect([...of].sort(([a], [b]) => a - b)).toEqual([
    [0, 1],
    [1, 0],
    [2, 1],
    [4, 0],
  ])
})

test('a label that has no value is not the same as any value', () => {
  const values = ['', 'null', 'undefined', undefined]
  const series = values.map((value, number) => ({ number, value }))
  expect(groupsOf(series, ({ value }) => (value === undefined ? {} : { eventName: value })).labels).toHaveLength(4)
})

test('nothing counted is a zero in every part of the range', () => {
  expect(emptyDataset(timesOf(RANGE.points)).points.map(({ count }) => count)).toEqual([0, 0, 0, 0, 0])
})

test('the largest group comes first, of equal ones that with the smaller number, and other series are in none', () => {
  const sums = new GroupSums(new Map([0, 1, 2, 3].map((series) => [series, series % 3] as const)))
  const point = { atMs: 0, count: 2, retries: 1 }
  sums.add([0, 1, 2, 3, 9].map((series) => ({ ...point, series })))
  expect(sums.totals()).toEqual([
    { group: 0, count: 4, retries: 2 },
    { group: 1, count: 2, retries: 1 },
    { group: 2, count: 2, retries: 1 },
  ])
})

test('whatever was counted, in whatever parts, points are those of the range and add up as a plain list does', () => {
  const anyPoint = fc.record({
    series: fc.integer({ min: 0, max: 5 }),
    minute: fc.integer({ min: 0, max: 4 }),
    count: fc.integer({ min: 1, max: 9 }),
    retries: fc.integer({ min: 0, max: 3 }),
  })
  fc.assert(
    fc.property(fc.array(fc.array(anyPoint)), (parts) => {
      const sums = new GroupSums(new Map([0, 1, 2, 3, 4].map((series) => [series, series % 3] as const)))
      for (const part of parts) sums.add(part.map(({ minute, ...rest }) => ({ ...rest, atMs: minute * MINUTE })))
      const told = parts.flat().filter(({ series }) => series < 5)
      const labels = ['0', '1', '2'].map((eventName) => ({ eventName }))
      const datasets = sums.totals().map((figures) => datasetOf(sums, figures, labels, timesOf(RANGE.points)))
      expect(datasets).toHaveLength(new Set(told.map(({ series }) => series % 3)).size)
      for (const { labels: of, total, retries, points } of datasets) {
        const own = told.filter(({ series }) => String(series % 3) === of['eventName'])
        expect(points.map(({ time }) => Date.parse(time))).toEqual(RANGE.points)
        for (const [minute, { count }] of points.entries()) {
          const there = own.filter((each) => each.minute === minute)
          expect(count).toBe(there.reduce((sum, each) => sum + each.count, 0))
        }
        expect(total).toBe(own.reduce((sum, each) => sum + each.count, 0))
        expect(retries).toBe(own.reduce((sum, each) => sum + each.retries, 0))
      }
    }),
  )
})
