import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  AGAIN_MS,
  dueMs,
  isMended,
  newestMs,
  OVERDUE_INTERVALS,
  outdated,
  overdueSinceMs,
  type Sound,
} from './schedule.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const NOW = Date.parse('2026-03-01T12:00:00Z')
const quiet = { everyMs: DAY, nowMs: NOW, failedMs: null, cancelledMs: null }
const at = (...times: number[]) => times.map((atMs) => ({ atMs }))

test('the next is due an interval after the newest sound one, and at once where there is none', () => {
  expect(dueMs({ ...quiet, sound: at(NOW - 3 * HOUR, NOW - 30 * HOUR) })).toBe(NOW + 21 * HOUR)
  expect(dueMs({ ...quiet, sound: [] })).toBe(NOW)
})

test('what was missed while the server was down is made at once, and only once', () => {
  expect(dueMs({ ...quiet, sound: at(NOW - 10 * DAY) })).toBeLessThanOrEqual(NOW)
  expect(dueMs({ ...quiet, sound: at(NOW - 10 * DAY, NOW) })).toBe(NOW + DAY)
})

test('one that failed is tried again in an hour, also when it failed before a restart; one that was cancelled not sooner', () => {
  const sound = at(NOW - 25 * HOUR)
  expect(dueMs({ ...quiet, sound, failedMs: NOW })).toBe(NOW + HOUR)
  expect(dueMs({ ...quiet, sound, failedMs: NOW - DAY })).toBeLessThanOrEqual(NOW)
  expect(dueMs({ ...quiet, sound, cancelledMs: NOW })).toBe(NOW + HOUR)
  expect(dueMs({ ...quiet, sound: at(NOW - HOUR), cancelledMs: NOW })).toBe(NOW + 23 * HOUR)
})

test('a backup of a time that has not come does not put the next one off', () => {
  const [year, sound] = [365 * DAY, at(NOW - DAY / 2)]
  expect(dueMs({ ...quiet, sound: [...at(NOW + year), ...sound] })).toBe(NOW + DAY / 2)
  expect(dueMs({ ...quiet, sound: at(NOW + year) })).toBe(NOW)
  expect(dueMs({ ...quiet, sound, failedMs: NOW + year })).toBe(NOW)
  // A clock that is set by a minute is no reason to make another.
  expect(dueMs({ ...quiet, sound: at(NOW + 60_000) })).toBe(NOW + 60_000 + DAY)
})

const backups = fc
  .uniqueArray(
    fc.record({ atMs: fc.integer({ min: NOW - 30 * DAY, max: NOW + 30 * DAY }), isScheduled: fc.boolean() }),
    { selector: ({ atMs }) => atMs, maxLength: 20 },
  )
  .map((all) => all.map((each): Sound => ({ ...each, name: String(each.atMs) })))

test('whatever the clock does, the one that was just made stays, so do those that somebody asked for, and `keep` in all', () => {
  fc.assert(
    fc.property(backups, fc.integer({ min: 1, max: 8 }), fc.nat(), (sound, keep, pick) => {
      const scheduled = sound.filter(({ isScheduled }) => isScheduled)
      fc.pre(scheduled.length > 0)
      const made = scheduled[pick % scheduled.length]?.name ?? ''
      const gone = outdated(sound, { keep, made, nowMs: NOW })
      expect(gone).not.toContain(made)
      expect(gone.length).toBe(Math.max(0, scheduled.length - keep))
      const byName = new Map(sound.map((each) => [each.name, each]))
      for (const name of gone) {
        const old = byName.get(name)
        expect(old?.isScheduled).toBe(true)
        // Nothing of the time before now goes while something older stays.
        const kept = scheduled.filter((each) => !gone.includes(each.name) && each.name !== made)
        if (old !== undefined && old.atMs <= NOW)
          expect(kept.every(({ atMs }) => atMs >= old.atMs && atMs <= NOW + AGAIN_MS)).toBe(true)
      }
    }),
  )
})

test('a server that is stopped, restarted and put right makes a backup whenever one is due, and never two within an interval', () => {
  const step = fc.record({ passMs: fc.integer({ min: 0, max: 3 * DAY }), works: fc.boolean() })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      let [nowMs, failedMs]: [number, number | null] = [NOW, null]
      const sound: { atMs: number }[] = []
      for (const { passMs, works } of steps) {
        nowMs += passMs
        const last = sound.at(-1)?.atMs
        // Naive: nothing is made, or all of it is a day old, or the last try failed an hour ago.
        const isWanted = failedMs === null ? last === undefined || nowMs - last >= DAY : nowMs - failedMs >= HOUR
        expect(dueMs({ ...quiet, sound, nowMs, failedMs }) <= nowMs).toBe(isWanted)
        if (!isWanted) continue
        if (works) sound.push({ atMs: nowMs })
        failedMs = works ? null : nowMs
      }
    }),
  )
})

test('what went wrong is mended by a sound one made after it, and by none from ahead of the clock', () => {
  const ended = (endedAtMs: number) => isMended(NOW - HOUR, [{ endedAtMs }], NOW)
  expect([ended(NOW - HOUR), ended(NOW - HOUR + 1), ended(NOW), ended(NOW + 1)]).toEqual([false, true, true, false])
})

test('there is none for too long from twice the interval on, unless one is made right now', () => {
  const given = { startedMs: NOW, everyMs: DAY, nowMs: NOW, makingSinceMs: null }
  const edge = NOW - OVERDUE_INTERVALS * DAY
  expect(overdueSinceMs({ ...given, newestMs: edge + 1 })).toBeNull()
  expect(overdueSinceMs({ ...given, newestMs: edge })).toBe(NOW)
  expect(overdueSinceMs({ ...given, newestMs: edge - HOUR })).toBe(NOW - HOUR)
  expect(overdueSinceMs({ ...given, newestMs: undefined })).toBeNull()
  expect(overdueSinceMs({ ...given, newestMs: undefined, startedMs: edge })).toBe(NOW)
  expect(overdueSinceMs({ ...given, newestMs: edge, makingSinceMs: NOW - DAY + 1 })).toBeNull()
  expect(overdueSinceMs({ ...given, newestMs: edge, makingSinceMs: NOW - DAY })).toBe(NOW)
  expect(newestMs(at(NOW + DAY, NOW - DAY), NOW)).toBe(NOW - DAY)
})
