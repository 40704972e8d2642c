import { expect, test } from 'vitest'
import {
  type AlertFacts,
  alertsOf,
  BACKLOG_ALERT_MS,
  BREAKER_ALERT_MS,
  DEAD_LETTERS_ALERT_MS,
  DISK_ALERT_BYTES,
} from './alerts.ts'

const NOW = Date.parse('2026-03-01T12:00:00Z')
const ISO = '2026-03-01T12:00:00.000Z'
const WELL = { account: 1, hold: null, breakerOpenSinceMs: null }

type One = AlertFacts['destinations'][number]

const destination = (
  state: Partial<One['state']> = {},
  over: Partial<One['instance']> = {},
  rest: Partial<One> = {},
) => ({
  instance: { id: 'dst_1', name: 'Extole Platform', enabled: true, ...over },
  state: { ...WELL, ...state },
  oldestWaitingMs: null,
  deadLetters: { count: 0, newestMs: null },
  ...rest,
})

const facts = (over: Partial<AlertFacts> = {}): AlertFacts => ({
  nowMs: NOW,
  destinations: [destination()],
  logBytes: 0,
  logBytesMax: 1_000,
  diskFreeBytes: DISK_ALERT_BYTES,
  addsUp: true,
  backupFailure: null,
  backupOverdueSinceMs: null,
  ...over,
})

const kindsOf = (over: Partial<AlertFacts>) => alertsOf(facts(over)).map(({ kind }) => kind)
const hold = { reason: 'unauthorized', sinceMs: NOW, detail: 'invalid_access_token' }

test('where all is well there is no alert', () => {
  expect(alertsOf(facts())).toEqual([])
})

test('a hold is an alert from its first moment, with what the destination said and what to do', () => {
  expect(alertsOf(facts({ destinations: [destination({ hold })] }))).toEqual([
    {
      id: 'hold-1-unauthorized',
      kind: 'hold',
      destinations: [{ id: 'dst_1', name: 'Extole Platform' }],
      since: ISO,
      message: 'On hold (unauthorized): its events wait.',
      detail: 'invalid_access_token',
      nextStep: expect.stringContaining('key'),
    },
  ])
})

test('an open breaker is one once it lasts', () => {
  const since = (ms: number) => kindsOf({ destinations: [destination({ breakerOpenSinceMs: NOW - ms })] })
  expect([since(BREAKER_ALERT_MS - 1), since(BREAKER_ALERT_MS)]).toEqual([[], ['breaker_open']])
})

test('instances of one account share one alert, and another account has its own', () => {
  const alike = [destination({ hold }), destination({ hold }, { id: 'dst_2' })]
  const other = destination({ hold, account: 3 }, { id: 'dst_3' })
  const found = alertsOf(facts({ destinations: [...alike, other] }))
  expect(found.map(({ destinations }) => destinations.map(({ id }) => id))).toEqual([['dst_1', 'dst_2'], ['dst_3']])
})

test('an event that waits for an hour is one, unless a hold or an outage says why', () => {
  const waits = (ms: number, state: Partial<One['state']> = {}) =>
    kindsOf({ destinations: [destination(state, {}, { oldestWaitingMs: NOW - ms })] })
  expect([waits(BACKLOG_ALERT_MS - 1), waits(BACKLOG_ALERT_MS)]).toEqual([[], ['backlog']])
  expect([waits(BACKLOG_ALERT_MS, { hold }), waits(BACKLOG_ALERT_MS, { breakerOpenSinceMs: NOW })]).toEqual([
    ['hold'],
    [],
  ])
})

test('dead letters are one for an hour after the last came, or until they are replayed, unless a hold is about them', () => {
  const after = (ms: number, count = 3, state: Partial<One['state']> = {}) =>
    kindsOf({ destinations: [destination(state, {}, { deadLetters: { count, newestMs: NOW - ms } })] })
  expect([after(0), after(DEAD_LETTERS_ALERT_MS - 1), after(DEAD_LETTERS_ALERT_MS)]).toEqual([
    ['dead_letters'],
    ['dead_letters'],
    [],
  ])
  expect(after(0, 0)).toEqual([])
  expect(after(0, 3, { hold: { ...hold, reason: 'mass_rejection' } })).toEqual(['hold'])
})

test('a destination that is switched off has none: a person wants it to wait', () => {
  const off = destination({ hold, breakerOpenSinceMs: 0 }, { enabled: false }, { oldestWaitingMs: 0 })
  expect(kindsOf({ destinations: [off] })).toEqual([])
})

test('a disk, a log and counts that need a person are alerts, each from its limit on', () => {
  expect(kindsOf({ diskFreeBytes: DISK_ALERT_BYTES - 1 })).toEqual(['disk_nearly_full'])
  expect([kindsOf({ logBytes: 799 }), kindsOf({ logBytes: 800 })]).toEqual([[], ['log_nearly_full']])
  expect(kindsOf({ addsUp: false })).toEqual(['counts'])
  expect(kindsOf({ backupFailure: { atMs: 0, message: 'no space left' } })).toEqual(['backup_failed'])
  expect(alertsOf(facts({ backupOverdueSinceMs: NOW }))).toMatchObject([{ kind: 'backup_overdue', since: ISO }])
})
