import fc from 'fast-check'
import { expect, test } from 'vitest'
import { datasetsOf, emptyDataset, groupsOf } from './dataset.ts'
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
  expect(emptyDataset(RANGE).points.map(({ count }) => count)).toEqual([0, 0, 0, 0, 0])
})

test('whatever was counted, the points of a group are those of the range, and add up to its total', () => {
  const anyPoint = fc.record({
    group: fc.integer({ min: 0, max: 2 }),
    minute: fc.integer({ min: 0, max: 4 }),
    count: fc.integer({ min: 1, max: 9 }),
    retries: fc.integer({ min: 0, max: 3 }),
  })
  const anyPoints = fc.uniqueArray(anyPoint, { selector: ({ group, minute }) => `${group} ${minute}` })
  fc.assert(
    fc.property(anyPoints, (told) => {
      const points = told.map(({ minute, ...rest }) => ({ ...rest, atMs: minute * MINUTE }))
      const totals = [0, 1, 2].flatMap((group) => {
        const own = told.filter((each) => each.group === group)
        const sum = (pick: (each: (typeof told)[number]) => number) => own.reduce((all, each) => all + pick(each), 0)
        return own.length === 0
          ? []
          : [{ group, count: sum(({ count }) => count), retries: sum(({ retries }) => retries) }]
      })
      const labels = [{ eventName: '0' }, { eventName: '1' }, { eventName: '2' }]
      for (const dataset of datasetsOf({ totals, points }, labels, RANGE)) {
        expect(dataset.points.map(({ time }) => Date.parse(time))).toEqual(RANGE.points)
        expect(dataset.points.reduce((sum, { count }) => sum + count, 0)).toBe(dataset.total)
        expect(dataset.points.reduce((sum, { retries }) => sum + retries, 0)).toBe(dataset.retries)
      }
    }),
  )
})
