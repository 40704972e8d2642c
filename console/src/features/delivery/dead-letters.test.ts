import { expect, test } from 'vitest'
import { letterGroups, meaningOf } from './dead-letters.ts'

const letter = (id: string, reason: string | null, status: number | null) => ({
  id,
  position: 1,
  destinationId: 'd',
  kind: 'event' as const,
  state: 'dead' as const,
  attempts: 1,
  status,
  reason,
  nextAttemptAt: null,
  endedAt: `2026-01-01T00:00:0${id}Z`,
})

test('letters are put together by reason, the most frequent first, with the newest as samples', () => {
  const groups = letterGroups([
    letter('9', 'rejected_400', 400),
    letter('8', 'retries_exhausted', 500),
    letter('7', 'retries_exhausted', null),
    letter('6', 'retries_exhausted', 500),
    letter('5', 'retries_exhausted', 500),
    letter('4', null, 404),
  ])
  expect(groups.map(({ reason, count, status }) => [reason, count, status])).toEqual([
    ['retries_exhausted', 4, null],
    ['rejected_400', 1, 400],
    ['unknown', 1, 404],
  ])
  expect(groups[0]?.samples.map(({ id }) => id)).toEqual(['8', '7', '6'])
  expect(groups[0]?.newestAt).toBe('2026-01-01T00:00:08Z')
})

test('a reason says what it means, one that is not known where to look', () => {
  expect([meaningOf('rejected_422'), meaningOf('something')]).toEqual([
    'The destination refused it with status 422. Look at its answer.',
    'Look at its answer.',
  ])
})
