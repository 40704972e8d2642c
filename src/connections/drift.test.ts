import { expect, test } from 'vitest'
import type { StoredTelling } from '../state/index.ts'
import { takenBack } from './last-run.ts'
import { driftOf } from './sync-ledger.ts'

const told = (value: string, message: number | null = 7) => ({
  told: { value, atMs: 1, message, run: 3 },
  due: null,
})

test('who drifted, and why, follows from what holds and what was told', () => {
  const nothing = { told: null, due: null }
  for (const [value, telling, expected] of [
    ['true', undefined, 'never_told'],
    ['true', nothing, 'never_told'],
    // Whoever was never in is told nothing.
    [null, undefined, null],
    ['false', nothing, null],
    ['true', told('true'), null],
    ['true', told('false'), 'differs'],
    ['false', told('true'), 'differs'],
    [null, told('true'), 'differs'],
    // No value is the same as its end.
    [null, told('false'), null],
    ['7', told('8'), 'differs'],
    // It did not get there.
    ['true', told('true', null), 'undelivered'],
    ['false', told('false', null), 'undelivered'],
    // It will be told.
    ['true', { ...told('false'), due: { atMs: 5, anew: false, run: null } }, null],
  ] as const)
    expect([value, telling, driftOf(value, telling, 'audience', false)]).toEqual([value, telling, expected])
  expect(driftOf('true', told('true'), 'audience', true)).toBe('undelivered')
  expect(driftOf('true', told('false'), 'audience', true)).toBe('differs')
  expect(driftOf(null, told('null'), 'trait', false)).toBeNull()
  expect(driftOf(null, told('0'), 'trait', false)).toBe('differs')
})

test('a run is taken back where it was the last to tell, and told another thing', () => {
  const row = (before: string | null, value = 'true'): StoredTelling => ({
    ...told(value),
    computation: 1,
    destination: 1,
    profile: 1,
    before,
  })
  expect(takenBack(row('false'), 3, 'false')).toBe('false')
  expect(takenBack(row('"gold"'), 3, 'null')).toBe('"gold"')
  expect(takenBack(row(null), 3, 'false')).toBe('false')
  expect(takenBack(row('true'), 3, 'false')).toBeUndefined()
  expect(takenBack(row(null, 'false'), 3, 'false')).toBeUndefined()
  expect(takenBack(row('false'), 4, 'false')).toBeUndefined()
  expect(takenBack({ ...row('false'), told: null }, 3, 'false')).toBeUndefined()
  expect(takenBack(undefined, 3, 'false')).toBeUndefined()
})
