import { expect, test } from 'vitest'
import { rangeOf, timeOf } from './range.ts'

const NOW = Date.parse('2026-03-31T12:34:56.789Z')
const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const iso = (ms: number) => new Date(ms).toISOString()
const range = (startMs: number, endMs: number, granularity: string) =>
  rangeOf({ startTime: iso(startMs), endTime: iso(endMs), granularity }, NOW)

test.each([
  ['MINUTE', 4 * HOUR, 48 * HOUR, MINUTE],
  ['minute', 4 * HOUR, 48 * HOUR, MINUTE],
  ['HOUR', 14 * DAY, 30 * DAY, HOUR],
  ['DAY', 30 * DAY, 30 * DAY, DAY],
])('%s: as long and as old as it may be, and no longer or older', (granularity, longest, oldest, point) => {
  const start = NOW - oldest
  expect(range(start, start + longest, granularity).points[0]).toBe(Math.floor(start / point) * point)
  expect(() => range(start, start + longest + 1, granularity)).toThrow('after startTime with granularity')
  const begin = Math.floor(start / point) * point
  expect(range(begin, begin + point, granularity).points).toEqual([begin])
  expect(() => range(begin - 1, begin + point, granularity)).toThrow('startTime must be at most')
})

test('a point that the time asked for has a part of is whole, and there is one for each', () => {
  const at = (text: string) => Date.parse(`2026-03-31T${text}Z`)
  const { points, fromMs, toMs } = range(at('10:00:30'), at('10:03:00'), 'MINUTE')
  expect(points.map(iso)).toEqual(['10:00', '10:01', '10:02'].map((text) => `2026-03-31T${text}:00.000Z`))
  expect([fromMs, toMs]).toEqual([at('10:00:00'), at('10:03:00')])
  expect(range(at('10:59:59'), at('11:00:00.001'), 'HOUR').points.map(iso)).toEqual([
    '2026-03-31T10:00:00.000Z',
    '2026-03-31T11:00:00.000Z',
  ])
})

test('a range ends after it begins', () => {
  expect(() => range(NOW, NOW, 'HOUR')).toThrow('endTime must be after startTime')
})

test.each([
  ['2026-03-31', '2026-03-31T00:00:00.000Z'],
  ['2026-03-31T10:00', '2026-03-31T10:00:00.000Z'],
  ['2026-03-31T10:00:00', '2026-03-31T10:00:00.000Z'],
  ['2026-03-31T10:00:00.5+02:00', '2026-03-31T08:00:00.500Z'],
  ['2026-03-31T10:00:00.123456789Z', '2026-03-31T10:00:00.123Z'],
])('%s is a time', (text, expected) => {
  expect(iso(timeOf(text, 'startTime'))).toBe(expected)
})

test.each(['', 'now', '1', '2026', '2026-13-01', '2026-01-01T25:00Z', 'March 7', '2026-03-31T10:00:00 UTC'])(
  '"%s" is no time',
  (text) => {
    expect(() => timeOf(text, 'startTime')).toThrow('startTime must be a time in ISO 8601')
  },
)
