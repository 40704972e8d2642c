import { expect, test } from 'vitest'
import { alertsOf, BREAKER_ALERT_MS } from './alerts.ts'

const destination = { id: 'dst_1', name: 'Extole Platform' }
const NOW = Date.parse('2026-03-01T12:00:00Z')

test('a destination that is well has no alert', () => {
  expect(alertsOf(destination, { hold: null, breakerOpenSinceMs: null }, NOW)).toEqual([])
})

test('a hold is an alert from its first moment, with what the destination said and what to do', () => {
  const hold = { reason: 'unauthorized', sinceMs: NOW, detail: 'invalid_access_token' }
  expect(alertsOf(destination, { hold, breakerOpenSinceMs: null }, NOW)).toEqual([
    {
      kind: 'hold',
      destinationId: 'dst_1',
      destination: 'Extole Platform',
      since: '2026-03-01T12:00:00.000Z',
      message: 'It is on hold (unauthorized). invalid_access_token',
      nextStep: expect.stringContaining('key'),
    },
  ])
})

test('an open breaker is one once it lasts', () => {
  const since = (ms: number) => alertsOf(destination, { hold: null, breakerOpenSinceMs: NOW - ms }, NOW)
  expect(since(BREAKER_ALERT_MS - 1)).toEqual([])
  expect(since(BREAKER_ALERT_MS)).toMatchObject([{ kind: 'breaker_open', since: '2026-03-01T11:59:00.000Z' }])
})
