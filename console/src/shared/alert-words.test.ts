import { expect, test } from 'vitest'
import type { Alert } from '../../../src/api/answers/status.ts'
import { alertWords } from './alert-words.ts'

const NEXT_STEP = 'See why: grapevine ledger --state dead'
const alert = (kind: Alert['kind'], destinations = 1): Alert => ({
  id: 'a',
  kind,
  destinations: Array.from({ length: destinations }, (_, at) => ({ id: `d/${at}`, name: `D${at}` })),
  since: '2026-01-01T00:00:00.000Z',
  message: '',
  nextStep: NEXT_STEP,
  detail: null,
})

test('the next step of dead letters and of a backlog is a link, and no command', () => {
  for (const kind of ['dead_letters', 'backlog'] as const)
    expect(alertWords(alert(kind)).step).not.toContain('grapevine')
  expect(alertWords(alert('dead_letters')).linksOf('d/0')).toEqual([
    { label: 'See why', to: '/destinations/d%2F0/delivery', hash: 'dead-letters' },
    { label: 'Replay', to: '/destinations/d%2F0/replay' },
  ])
  expect(alertWords(alert('backlog')).linksOf('d')[1]?.to).toBe('/events?destinationId=d&state=pending')
})

test('what a person has to do about a hold or the server is what the server says', () => {
  const server = ['log_nearly_full', 'disk_nearly_full', 'counts', 'backup_failed', 'backup_overdue'] as const
  for (const kind of ['hold', ...server] as const) {
    expect(alertWords(alert(kind)).step).toBe(NEXT_STEP)
  }
  expect(
    alertWords(alert('hold'))
      .linksOf('d')
      .map(({ to }) => to),
  ).toEqual(['/destinations/d/settings', '/destinations/d/delivery'])
})

test('an alert about several destinations says how many', () => {
  expect([1, 3].map((count) => alertWords(alert('breaker_open', count)).title)).toEqual([
    'A destination is down',
    '3 destinations are down',
  ])
  expect(alertWords(alert('hold', 2)).title).toBe('2 destinations are on hold')
})
