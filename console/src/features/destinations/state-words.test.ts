import { expect, test } from 'vitest'
import { type KnownState, stateWords } from './state-words.ts'

const NOW_MS = 1_700_000_000_000
const WORKING: KnownState = {
  enabled: true,
  hold: null,
  breakerOpenSinceMs: null,
  nextProbeMs: null,
  lanesWaiting: 0,
  lanesParked: 0,
}

test.each([
  ['Working', WORKING, 'Nothing waits.'],
  ['Sending', { ...WORKING, lanesWaiting: 2 }, 'Events of 2 people are on their way.'],
  ['Retrying', { ...WORKING, lanesWaiting: 2, lanesParked: 1 }, 'Events of 1 person wait for another try.'],
  [
    'Not answering',
    { ...WORKING, breakerOpenSinceMs: NOW_MS - 90_000, nextProbeMs: NOW_MS + 3_000, lanesParked: 4 },
    'Most requests have failed for 1 min 30 s. Events wait and are sent when it is back. The next try is in 3 s.',
  ],
  [
    'On hold',
    { ...WORKING, hold: { reason: 'unauthorized', detail: '' }, breakerOpenSinceMs: 1 },
    'Nothing is sent, because it does not accept the key. Nothing is lost: events wait.',
  ],
] as const)('%s is said of what stops it most', (label, state, sentence) => {
  expect(stateWords(state, true, NOW_MS)).toMatchObject({ label, sentence })
})

test('one that is switched off is off, whatever else is known of it', () => {
  const held = { ...WORKING, hold: { reason: 'unauthorized', detail: '' } }
  expect([stateWords(held, false, NOW_MS).label, stateWords(undefined, false, NOW_MS).label]).toEqual(['Off', 'Off'])
  expect(stateWords(undefined, true, NOW_MS).label).toBe('Starting')
})
