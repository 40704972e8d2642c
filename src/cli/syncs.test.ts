import { expect, test } from 'vitest'
import { driftLines, undoLines } from './syncs.ts'

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

test('an undo tells which run it takes back, and whom it leaves alone', () => {
  const run = { what: 'sync', startedAt: '2026-01-02T03:04:05.000Z', told: 5 } as const
  expect(undoLines({ run, takesBack: 1, same: 3, changedSince: 1 })).toEqual([
    'The last run, a sync of 2026-01-02T03:04:05.000Z, told of 5 profiles.',
    '  1 is taken back',
    '  3 told nothing new: left as it is',
    '  1 changed since: left as it is',
  ])
  expect(undoLines({ run, takesBack: 5, same: 0, changedSince: 0 })).toHaveLength(2)
})
