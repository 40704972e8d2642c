import { expect, test } from 'vitest'
import { RECORDS_MAX } from './document.ts'
import { aCause } from './identity/builders.ts'
import type { IdentityRecord } from './identity/index.ts'
import { mergedNumbers, withRecords } from './records.ts'

const add = (position: number): IdentityRecord => ({
  cause: aCause(position),
  decision: { kind: 'add', profileId: '1', ids: [], refused: [] },
})
const merge = (position: number, ...merged: string[]): IdentityRecord => {
  const by = { type: 'email', value: 'a@example.com' }
  const others = merged.map((profileId) => ({ profileId, by }))
  return {
    cause: aCause(position),
    decision: { kind: 'merge', profileId: '1', by, merged: others, ids: [], refused: [] },
  }
}
const adds = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, at) => [`a${at}`, add(at)]))

test('the first records are kept up to the limit, and every merge', () => {
  expect(Object.keys(withRecords(adds(RECORDS_MAX - 1), { last: add(1) }))).toContain('last')
  expect(withRecords(adds(RECORDS_MAX), { late: add(1) })).toEqual(adds(RECORDS_MAX))
  const merged = withRecords(adds(RECORDS_MAX), { late: merge(999, '2') })
  expect([Object.keys(merged).length, merged['late']]).toEqual([RECORDS_MAX, merge(999, '2')])
  const again = withRecords(merged, { later: add(1), more: merge(1_000, '3', '4') })
  expect(Object.keys(again)).toHaveLength(RECORDS_MAX)
  expect(again).not.toHaveProperty('later')
  expect(mergedNumbers(again)).toEqual([2, 3, 4])
})
