import { expect, test } from 'vitest'
import { ComputedValues } from '../engage/index.ts'
import type { Trait } from './identity/index.ts'
import { withRetained } from './retained.ts'

const SPACE = 'spa_1'
const values = ComputedValues.NONE.with(
  new Map(
    [true, false, null, ['x', 'y'.repeat(20_000)]].map((value, at) => [
      at + 1,
      { computed: { value, changes: 1, sinceMs: 1_000 }, dueMs: undefined },
    ]),
  ),
)
const deleted = ['was_in', 'had_left', 'had_nothing', 'list'].map((key, at) => ({ number: at + 1, key }))
const sent = (value: unknown, updatedAtMs: number): Trait => ({ value, sourceId: 'src_1', updatedAtMs, position: 3 })
const own = (value: unknown): Trait => ({ value, sourceId: SPACE, updatedAtMs: 1_000, position: 0 })

test('what deleted ones came to stays, whatever its size, and what others came to does not', () => {
  const traits = new Map([['plan', sent('pro', 5)]])
  const kept = withRetained(traits, values, { spaceId: SPACE, deleted })
  expect(kept).toEqual(
    new Map([
      ['plan', sent('pro', 5)],
      ['was_in', own(true)],
      ['had_left', own(false)],
      ['list', own(['x', 'y'.repeat(20_000)])],
    ]),
  )
  // Nothing is written of whom nothing changes.
  expect(withRetained(kept, values, { spaceId: SPACE, deleted })).toBe(kept)
  expect(withRetained(kept, ComputedValues.NONE, { spaceId: SPACE, deleted })).toBe(kept)
  expect(withRetained(traits, values, { spaceId: SPACE, deleted: [] })).toBe(traits)
})

test('of a trait that somebody sent as well the later one stays, a removal too', () => {
  const keep = (trait: Trait) => withRetained(new Map([['was_in', trait]]), values, { spaceId: SPACE, deleted })
  expect(keep(sent('older', 999)).get('was_in')).toEqual(own(true))
  expect(keep(sent('newer', 1_001)).get('was_in')).toEqual(sent('newer', 1_001))
  expect(keep(sent(null, 1_001)).get('was_in')).toEqual(sent(null, 1_001))
})

test('what stayed of one that is back goes, and what somebody sent by its name does not', () => {
  const traits = new Map([
    ['was_in', own(true)],
    ['list', own(['x'])],
    ['had_left', sent('mine', 5)],
  ])
  const retention = { spaceId: SPACE, deleted: deleted.filter(({ key }) => key === 'list') }
  expect(withRetained(traits, ComputedValues.NONE, retention)).toEqual(
    new Map([
      ['list', own(['x'])],
      ['had_left', sent('mine', 5)],
    ]),
  )
})
