import { expect, test } from 'vitest'
import { driftLines } from './syncs.ts'

test('who drifted is told for each destination, with why', () => {
  const destinations = [
    { destinationId: 'dst_1', neverTold: 2, differs: 0, undelivered: 1 },
    { destinationId: 'dst_2', neverTold: 0, differs: 0, undelivered: 0 },
  ]
  expect(driftLines({ profiles: 40, drifted: 3, destinations })).toEqual([
    '3 of 40 profiles drifted.',
    '  dst_1: 2 never told, 1 told what was not delivered',
    '  dst_2: knows what holds',
  ])
  expect(driftLines({ profiles: 1, drifted: 0, destinations: [] })).toEqual(['0 of 1 profile drifted.'])
})
