import { expect, test } from 'vitest'
import { rangeBetween } from '../../../src/api/volume/range.ts'
import { RANGE_NAMES, rangeCalled, rangeIn, timesBefore, timesOf } from './range.ts'

const NOW = Date.parse('2026-03-04T05:06:07.890Z')

test.each(RANGE_NAMES)('the server takes %s at any moment, and answers with as many points as are drawn', (name) => {
  for (const nowMs of [NOW, NOW - (NOW % 86_400_000), NOW - (NOW % 86_400_000) - 1]) {
    const { granularity, startTime, endTime } = timesOf(name, nowMs)
    const range = rangeBetween(Date.parse(startTime), Date.parse(endTime), granularity, nowMs)
    expect(range.points).toHaveLength(rangeCalled(name).points)
    expect(range.points.at(-1)).toBeLessThanOrEqual(nowMs)
    expect(range.toMs).toBeGreaterThan(nowMs)
  }
})

test.each(RANGE_NAMES)('the server takes the time before %s, where it counted', (name) => {
  const before = timesBefore(name, NOW)
  expect(before === undefined).toBe(name === '30d')
  if (before === undefined) return
  const range = rangeBetween(Date.parse(before.startTime), Date.parse(before.endTime), before.granularity, NOW)
  expect(range.points).toHaveLength(rangeCalled(name).points)
  expect(new Date(range.toMs).toISOString()).toBe(timesOf(name, NOW).startTime)
})

test('the address has the range, not the default and nothing that is no range', () => {
  expect([{ range: '7d' }, { range: '1h' }, { range: '2h' }, {}].map(rangeIn)).toStrictEqual([
    { range: '7d' },
    { range: undefined },
    { range: undefined },
    { range: undefined },
  ])
})
