import { expect, test } from 'vitest'
import { activityOf } from './activity.ts'

const series = (...counts: readonly (readonly [string, number])[]) => counts.map(([time, count]) => ({ time, count }))
const of = (id: string, total: number, points: ReturnType<typeof series>) => ({ source: { id }, total, series: points })

test('the last event is told to the minute while minutes know it, and to the hour after that', () => {
  const minutes = [of('a', 3, series(['10:00', 1], ['10:01', 2], ['10:02', 0]))]
  const hours = [of('a', 9, series(['09:00', 6], ['10:00', 3])), of('b', 4, series(['03:00', 4], ['04:00', 0]))]
  const activity = activityOf(minutes, hours)
  expect(activity.get('a')).toEqual({ events: 9, lastAt: '10:01', isByMinute: true })
  expect(activity.get('b')).toEqual({ events: 4, lastAt: '03:00', isByMinute: false })
})

test('a source that nothing came from is not there', () => {
  expect(activityOf([], []).get('a')).toBeUndefined()
})
