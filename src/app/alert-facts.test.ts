import { expect, test } from 'vitest'
import type { CountDelta } from '../state/index.ts'
import { countDead } from './alert-facts.ts'

const dead = (id: number, by: number): CountDelta => ({ scope: 'destination', id: String(id), name: 'dead', by })

test('dead letters that were there at the start are not new, those that come are, also at a destination that had none', () => {
  const start = countDead(undefined, [dead(1, 5)], 10)
  expect(start.get(1)).toEqual({ count: 5, newestMs: null })
  expect(countDead(countDead(undefined, [], 10), [dead(1, 1)], 20).get(1)).toEqual({ count: 1, newestMs: 20 })
  const later = countDead(start, [dead(1, 6), dead(2, 1)], 20)
  expect([later.get(1), later.get(2)]).toEqual([
    { count: 6, newestMs: 20 },
    { count: 1, newestMs: 20 },
  ])
  const replayed = countDead(later, [dead(1, 0), dead(2, 1)], 30)
  expect([replayed.get(1), replayed.get(2)]).toEqual([
    { count: 0, newestMs: 20 },
    { count: 1, newestMs: 20 },
  ])
})
