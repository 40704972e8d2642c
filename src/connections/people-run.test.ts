import { expect, test } from 'vitest'
import { parseAudience } from '../engage/index.ts'
import { concernedBy, NO_EDITS, startRun } from './people-run.ts'

const start = { positionBefore: () => 0, offset: 100, nowMs: 5_000, engineMs: 4_000 }
const wanted = { digest: 'd', leaves: ['a'], wantsHistory: new Set(['a']), questions: [], edits: NO_EDITS }

test('what was edited is remembered until everybody was looked at', () => {
  const first = startRun(undefined, { ...wanted, edits: { changed: [1, 2], appeared: [1, 2] } }, start)
  expect([first.changed, first.cameBackMs]).toEqual([[1, 2], { 1: 4_000, 2: 4_000 }])
  const later = { ...start, engineMs: 4_500 }
  const second = startRun(first, { ...wanted, digest: 'e', edits: { changed: [2, 3], appeared: [2] } }, later)
  expect([second.changed, second.cameBackMs]).toEqual([[1, 2, 3], { 1: 4_000, 2: 4_500 }])
  const third = startRun({ ...second, phase: 'done' }, { ...wanted, digest: 'f' }, later)
  expect([third.changed, third.cameBackMs]).toEqual([[], {}])
})

test('history is read from where the leaves that lack it begin to count', () => {
  const positionBefore = (leaves: readonly string[]) => (leaves.includes('all') ? 0 : 70)
  const wants = (...leaves: string[]) => ({ ...wanted, leaves, wantsHistory: new Set(leaves) })
  const read = (...leaves: string[]) => startRun(undefined, wants(...leaves), { ...start, positionBefore })
  expect(read('late')).toMatchObject({ phase: 'history', cursor: 70, total: 30, untilPosition: 100 })
  expect(read('late', 'all')).toMatchObject({ phase: 'history', cursor: 0, total: 100 })
})

test('an edit concerns those who read what was edited, through others too', () => {
  const computations = [
    "event('A').count() >= 1",
    "trait('c3') = true",
    "trait('c1') = true",
    "trait('c9') = true",
  ].map((text, at) => ({ number: at + 1, key: `c${at + 1}`, definition: parseAudience(text) }))
  expect(concernedBy([1], computations)).toEqual([1, 3, 2])
  expect(concernedBy([4], computations)).toEqual([4])
  expect(concernedBy([], computations)).toEqual([])
})
