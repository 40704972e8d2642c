import fc from 'fast-check'
import { expect, test } from 'vitest'
import { RECENT_EVENTS_MAX, RecentEvents } from './recent-events.ts'

const positions = fc
  .uniqueArray(fc.maxSafeNat(), { maxLength: RECENT_EVENTS_MAX + 20 })
  .map((all) => all.toSorted((a, b) => a - b))
const of = (all: readonly number[]) => all.reduce((recent, each) => recent.with(each), RecentEvents.NONE)

test('the newest ones are remembered, oldest first, also when they were stored', () => {
  fc.assert(
    fc.property(positions, (all) => {
      const recent = of(all)
      expect(recent.positions).toEqual(all.slice(-RECENT_EVENTS_MAX))
      expect(new RecentEvents(recent.text).positions).toEqual(recent.positions)
    }),
    { examples: [[Array.from({ length: RECENT_EVENTS_MAX + 1 }, (_, n) => n)]] },
  )
})

test('of two profiles that are one, the newest of both', () => {
  fc.assert(
    fc.property(positions, positions, (a, b) => {
      const all = [...a.slice(-RECENT_EVENTS_MAX), ...b.slice(-RECENT_EVENTS_MAX)].toSorted((x, y) => x - y)
      expect(of(a).and(of(b)).positions).toEqual(all.slice(-RECENT_EVENTS_MAX))
    }),
  )
})
