import { expect, test } from 'vitest'
import { letterGroups, meaningOf } from './dead-letters.ts'

const counted = (id: string, name: string, by: number, scope: 'destination' | 'replay' = 'destination') => ({
  scope,
  id,
  name,
  by,
})

test('letters of one destination stand under their reason, the most frequent first', () => {
  const reasons = [
    counted('7', 'dead:redirect', 2),
    counted('7', 'dead:rejected_400', 4_000),
    counted('7', 'dead:rejected_422', 4_000),
    // All of them were replayed.
    counted('7', 'dead:invalid', 0),
    counted('7', 'filtered:DESTINATION_DISABLED', 9),
    counted('70', 'dead:rejected_400', 1),
    counted('7', 'dead:rejected_400', 1, 'replay'),
  ]
  expect(letterGroups({ reasons }, { number: 7 })).toEqual([
    { reason: 'rejected_400', count: 4_000 },
    { reason: 'rejected_422', count: 4_000 },
    { reason: 'redirect', count: 2 },
  ])
  expect(letterGroups({ reasons: [] }, { number: 7 })).toEqual([])
})

test('a status that refuses is named, and what nobody foresaw is not explained away', () => {
  expect(meaningOf('rejected_422')).toContain('status 422')
  expect(meaningOf('new_reason')).toBe('Look at its answer.')
})
