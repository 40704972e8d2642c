import { expect, test } from 'vitest'
import { failingWith, paceWords, stateWords } from './destination-state.ts'
import type { DestinationStatus } from './status.ts'

const NOW = Date.parse('2026-03-04T05:06:07Z')
const FINE = {
  enabled: true,
  hold: null,
  breakerOpenSinceMs: null,
  nextProbeMs: null,
  lanesParked: 0,
  nextRetryMs: null,
  lastFailure: null,
  oldestWaitingMs: null,
}
const said = (seen: Partial<Parameters<typeof stateWords>[0]>, parts: Record<string, number>) => {
  const { title, term, sentences } = stateWords({ ...FINE, ...seen }, parts, NOW)
  return [term === undefined ? title : `${title} (${term})`, ...sentences].join(' | ')
}

test('a destination without anything to do has got everything, or nothing yet', () => {
  expect(said({}, { delivered: 1, pending: 0 })).toBe('Working | Nothing waits. 1 delivery succeeded.')
  expect(said({}, {})).toBe('Working | It has not got anything yet.')
})

test('dead letters are nothing green: they wait for a person, whatever succeeded', () => {
  expect(stateWords(FINE, { dead: 12, delivered: 413 }, NOW)).toEqual({
    tone: 'waiting',
    title: '12 dead letters',
    sentences: [
      '12 deliveries ended without success and wait for you. 413 deliveries succeeded.',
      'Look at its dead letters, correct the cause, then replay them.',
    ],
  })
  expect(said({}, { dead: 1 })).toContain(
    '1 delivery ended without success and waits for you. Nothing has succeeded yet.',
  )
})

test('one whose events were all cancelled has got something', () => {
  expect(said({}, { cancelled: 2, delivered: 0 })).toBe('Working | Nothing waits. Nothing has succeeded yet.')
})

test('one that works through what waits says how much that is', () => {
  expect(said({}, { pending: 1_200 })).toBe('Delivering | 1,200 deliveries wait for their turn.')
})

test('a retry is told with the time of the first', () => {
  const text = said({ lanesParked: 2, nextRetryMs: NOW + 61_000 }, { pending: 3 })
  expect(text).toContain('3 deliveries wait. | For 2 people the last attempt failed')
  expect(text).toContain('the first in 1 min 1 s, at Mar 4, 2026')
})

test('an open breaker says since when, what waits and when it is tried', () => {
  const open = { breakerOpenSinceMs: NOW - 65_000, nextProbeMs: NOW + 4_000, lanesParked: 3 }
  const text = said(open, { pending: 40 })
  expect(text).toContain('Not answering (breaker open) | Most requests have failed since ')
  expect(text).toContain('(for 1 min 5 s)')
  expect(text).toContain('40 deliveries wait')
  expect(text).toContain('One delivery is tried in 4 s.')
  expect(said({ ...open, nextProbeMs: null }, { pending: 40 })).toContain('One delivery is tried now.')
})

test('a hold comes before the breaker, and says what a person has to do; one of a new reason too', () => {
  const hold = { reason: 'unauthorized', sinceMs: NOW - 1_000, detail: '401' }
  const text = said({ hold, breakerOpenSinceMs: NOW, nextProbeMs: NOW + 59_000 }, { pending: 1 })
  expect(text).toContain('Its key is refused (on hold: unauthorized) | Its key is refused, since ')
  expect(text).toContain('1 delivery waits')
  expect(text).toContain('Enter a valid key')
  expect(text).toContain('tried in 59 s')
  expect(said({ hold: { ...hold, reason: 'new_one' } }, {})).toContain('Correct its settings')
})

test('one that is switched off says what waits for it, whatever else there is', () => {
  const hold = { reason: 'forbidden', sinceMs: NOW, detail: '' }
  expect(said({ enabled: false, hold }, { pending: 2 })).toBe(
    'Switched off | It gets nothing. | 2 deliveries wait until it is switched on.',
  )
})

test('one that is down says first what it answered, and how long the oldest waits', () => {
  const lastFailure = { atMs: NOW - 4_000, reason: 'status_503', status: 503, host: 'api.example.com' }
  const down = { lastFailure, oldestWaitingMs: NOW - 80_000 }
  const text = said({ ...down, breakerOpenSinceMs: NOW - 60_000 }, { pending: 40 })
  expect(text).toContain(
    'Not answering (breaker open) | Last answer: 503 from api.example.com, 4 s ago. | Most requests have failed since ',
  )
  expect(text).toContain('none is given up meanwhile. The oldest waits for 1 min 20 s. | One delivery is tried')
  expect(said({ ...down, lanesParked: 1 }, { pending: 3 })).toContain(
    'Waiting for a retry | Last answer: 503 from api.example.com, 4 s ago. | 3 deliveries wait. The oldest waits for',
  )
  expect(said(down, { pending: 3 })).toBe(
    'Delivering | 3 deliveries wait for their turn. The oldest waits for 1 min 20 s.',
  )
  // What is over is not told.
  expect(said(down, { delivered: 1 })).toBe('Working | Nothing waits. 1 delivery succeeded.')
})

test('one that was not tried itself is not said to fail: it shares host and key with one that does', () => {
  const failed = (atMs: number) => ({ atMs, reason: 'ECONNREFUSED', status: null, host: null })
  const one = (name: string, account: number, lastFailure: ReturnType<typeof failed> | null) =>
    ({ name, account, lastFailure, breakerOpenSinceMs: NOW - 60_000 }) as DestinationStatus
  const destinations = [
    one('Another host', 1, failed(NOW)),
    one('Failed', 2, failed(NOW - 61_000)),
    one('Never tried', 2, null),
    one('Failed long ago', 2, failed(NOW - 3_600_000)),
  ]
  expect(destinations.map((each) => failingWith({ destinations }, each))).toEqual([
    undefined,
    undefined,
    'Failed',
    'Failed',
  ])
  // Whoever has the same name is not told apart by it.
  expect(failingWith({ destinations }, one('Failed', 2, null))).toBe('another destination of this name')
  expect(failingWith({ destinations }, { ...one('Works', 2, null), breakerOpenSinceMs: null })).toBeUndefined()
  const down = { ...FINE, breakerOpenSinceMs: NOW - 60_000 }
  const { tone, sentences } = stateWords(down, {}, NOW, 'Failed')
  expect([tone, sentences[0]]).toEqual([
    'waiting',
    'It shares host and key with Failed, whose requests fail. Nothing is sent, and nothing waits.',
  ])
  expect(stateWords(down, { pending: 1 }, NOW, 'Failed').tone).toBe('bad')
})

test('the pace is told as learned', () => {
  expect(paceWords({ requestsAtOnceMax: 0, requestsPerSecondMax: null })).toBe('No pace is learned yet.')
  expect(paceWords({ requestsAtOnceMax: 1.9, requestsPerSecondMax: 9.96 })).toBe(
    'Up to 1 request at once. It takes up to 10 requests a second.',
  )
})

test('one that the server has not got to know yet is starting', () => {
  expect(stateWords(undefined, {}, NOW).title).toBe('Starting')
})
