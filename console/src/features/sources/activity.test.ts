import { expect, test } from 'vitest'
import { activityOf, lastText } from './activity.ts'

const series = (...counts: readonly (readonly [string, number])[]) => counts.map(([time, count]) => ({ time, count }))
const of = (id: string, total: number, points: ReturnType<typeof series>) => ({ source: { id }, total, series: points })

test('the last event is told to the minute while minutes know it, and to the hour after that', () => {
  const minutes = [of('a', 3, series(['10:00', 1], ['10:01', 2], ['10:02', 0]))]
  const hours = [of('a', 9, series(['09:00', 6], ['10:00', 3])), of('b', 4, series(['03:00', 4], ['04:00', 0]))]
  const activity = activityOf(minutes, hours)
  expect(activity.get('a')).toEqual({ events: 9, lastAt: '10:01', isByMinute: true })
  expect(activity.get('b')).toEqual({ events: 4, lastAt: '03:00', isByMinute: false })
})

test('how long ago it was is told no closer than it is known', () => {
  const nowMs = Date.parse('2026-03-04T12:34:56Z')
  const said = (lastAt: string | undefined, isByMinute: boolean) => lastText({ events: 1, lastAt, isByMinute }, nowMs)
  expect(said('2026-03-04T12:34:00Z', true)).toBe('in the last 2 minutes')
  expect(said('2026-03-04T12:33:00Z', true)).toBe('in the last 2 minutes')
  expect(said('2026-03-04T12:32:00Z', true)).toBe('about 2 min ago')
  expect(said('2026-03-04T10:30:00Z', true)).toBe('about 2 h 4 min ago')
  expect(said('2026-03-04T06:00:00Z', false)).toBe('about 6 h ago')
  expect(said('2026-03-02T06:00:00Z', false)).toBe('about 2 d 6 h ago')
  expect(said(undefined, false)).toBe('none in 7 days')
})

test('a source that nothing came from is not there', () => {
  expect(activityOf([], []).get('a')).toBeUndefined()
})
