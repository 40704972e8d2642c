import { expect, test } from 'vitest'
import type { Explanation } from '../../../../src/api/answers/deliveries.ts'
import { time } from '../../shared/format.ts'
import { stepsOf } from './steps.ts'

const delivery: Explanation['deliveries'][number] = {
  id: '7.1',
  position: 7,
  destinationId: 'dst',
  kind: 'event',
  state: 'pending',
  attempts: 2,
  status: 503,
  reason: 'status_503',
  nextAttemptAt: '2026-01-31T08:05:00.000Z',
  endedAt: null,
  destination: 'Extole',
  mapping: 'Track',
  waitsFor: 'The next attempt is at 2026-01-31T08:05:00.000Z.',
  replay: null,
  request: null,
  isRequestRenderedNow: true,
  response: null,
}

const explained: Explanation = {
  position: 7,
  sourceId: 'src',
  event: { type: 'track', receivedAt: '2026-01-31T08:00:00.000Z', sentAt: '2026-01-31T07:59:59.000Z' },
  configVersion: 1,
  spaces: [
    { spaceId: 'spa', name: 'Customers', skipped: 'space_filter', why: 'The filter keeps it out.', refusedIds: [] },
  ],
  destinations: [
    { destinationId: 'hook', name: 'Webhook', filtered: 'FILTERED_BY_RULES', why: 'The filter "Small" dropped it.' },
    { destinationId: 'dst', name: 'Extole', filtered: null, why: null },
  ],
  deliveries: [delivery],
}

const TAKEN = { spaceId: 'spa', name: 'Customers', skipped: null, why: null, refusedIds: [] }

test('arrival, spaces, destinations that got it, and those that did not, each told once', () => {
  const steps = stepsOf(explained, new Map([['src', 'Website']]))
  expect(steps.map(({ title, became }) => [title, became])).toEqual([
    ['Received by Website', null],
    ['Accepted', null],
    ['Kept out of the profiles of Customers', null],
    ['Extole, mapping Track', 'pending'],
    ['Webhook', 'filtered'],
  ])
  expect(steps[3]?.texts).toEqual([
    '2 attempts, the last one answered 503.',
    'The last attempt was answered 503, which may pass: it is tried again.',
    `The next attempt is at ${time('2026-01-31T08:05:00.000Z')}.`,
  ])
  expect(steps[0]?.texts).toEqual([`Its sender dated it ${time('2026-01-31T07:59:59.000Z')}.`])
  // Each leads to the page of what it names, the space to the person there; nobody is somebody without a name.
  expect(steps.map(({ of }) => of && ('id' in of ? of.id : of.kind))).toEqual(['src', null, null, 'dst', 'hook'])
  const known = stepsOf({ ...explained, event: { ...explained.event, userId: 'u7' }, spaces: [TAKEN] }, new Map())
  expect(known[2]?.of).toEqual({ kind: 'profile', space: 'spa', lookup: 'user_id:u7' })
  expect(stepsOf({ ...explained, sourceId: 'spa_1' }, new Map())[0]?.of).toBe(null)
  expect(steps.filter(({ isBad }) => isBad).map(({ key }) => key)).toEqual(['spa', 'filtered hook'])
})

test('an event that the log has lost is told from the ledger', () => {
  const steps = stepsOf({ ...explained, event: null, sourceId: null, spaces: [] }, new Map())
  expect(steps[0]).toMatchObject({ title: 'Accepted', texts: [expect.stringContaining('no longer')] })
})
