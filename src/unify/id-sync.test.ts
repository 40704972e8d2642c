import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { IdSyncRule } from '../workspace/index.ts'
import { CALLS_MAX, type IdsOfCall, idsOfCalls } from './id-sync.ts'
import type { HeldId } from './identity/index.ts'

const NAMELESS = 'use_1'
const TYPES = ['user_id', 'anonymous_id', 'email', 'braze_id', 'crm']

const held = (type: string, value: string, position: number): HeldId => ({
  type,
  value,
  addedBy: { position, messageId: `m${position}`, sourceId: 's', atMs: position },
})
/** Each value once, added at positions in any order. */
const someIds = fc
  .uniqueArray(fc.record({ type: fc.constantFrom(...TYPES), value: fc.constantFrom('a', 'b', 'c') }), {
    selector: ({ type, value }) => `${type} ${value}`,
    maxLength: 12,
  })
  .chain((ids) =>
    fc
      .shuffledSubarray(
        ids.map((_, at) => at + 1),
        { minLength: ids.length },
      )
      .map((positions) => ids.map(({ type, value }, at) => held(type, value, positions[at] ?? 0))),
  )
const someRules = fc
  .uniqueArray(fc.constantFrom(...TYPES), { minLength: 1 })
  .chain((types) =>
    fc.tuple(
      ...types.map((externalId) =>
        fc.record({ externalId: fc.constant(externalId), strategy: fc.constantFrom('first', 'last', 'all') }),
      ),
    ),
  ) as fc.Arbitrary<IdSyncRule[]>

/** As many digits as there are types: number `n` says which value of each goes along, none for a type without. */
function naive(chosen: ReadonlyMap<string, readonly string[]>): string[] {
  const lists = [...chosen].filter(([, values]) => values.length > 0)
  const total = lists.reduce((product, [, values]) => product * values.length, 1)
  return Array.from({ length: lists.length === 0 ? 0 : total }, (_, n) => {
    let left = n
    const call = lists.map(([type, values]) => {
      const value = values[left % values.length]
      left = Math.floor(left / values.length)
      return `${type} ${value}`
    })
    return call.toSorted().join(' & ')
  }).toSorted()
}
const textsOf = (calls: readonly IdsOfCall[]) =>
  calls
    .map((call) =>
      call
        .map(({ type, value }) => `${type} ${value}`)
        .toSorted()
        .join(' & '),
    )
    .toSorted()
const valuesIn = (ids: readonly HeldId[], type: string) =>
  ids
    .filter((id) => id.type === type)
    .toSorted((a, b) => a.addedBy.position - b.addedBy.position)
    .map(({ value }) => value)

describe('without rules', () => {
  test('each user id, else each anonymous id, else a name of its own, goes with each address; no other type ever does', () => {
    fc.assert(
      fc.property(someIds, fc.boolean(), (ids, isExit) => {
        const [users, devices] = [valuesIn(ids, 'user_id'), valuesIn(ids, 'anonymous_id')]
        const chosen = new Map([
          ['user_id', users],
          ['anonymous_id', users.length > 0 ? [] : devices.length > 0 ? devices : [NAMELESS]],
          ['email', valuesIn(ids, 'email')],
        ])
        expect(textsOf(idsOfCalls(ids, [], isExit, NAMELESS))).toEqual(naive(chosen))
      }),
    )
  })
})

describe('with rules', () => {
  test('what goes along are the first, the last or all ids of the types they name, by when the profile got them', () => {
    fc.assert(
      fc.property(someIds, someRules, (ids, rules) => {
        const chosen = new Map(
          rules.map(({ externalId, strategy }) => {
            const all = valuesIn(ids, externalId)
            return [externalId, strategy === 'all' ? all : strategy === 'first' ? all.slice(0, 1) : all.slice(-1)]
          }),
        )
        expect(textsOf(idsOfCalls(ids, rules, false, NAMELESS))).toEqual(naive(chosen))
      }),
    )
  })

  test('whoever was told that something began, by these rules, by others or none, is told that it ended', () => {
    fc.assert(
      fc.property(someIds, someRules, fc.array(fc.constantFrom('first', 'last', 'all')), (ids, rules, before) => {
        const entered = [
          ...idsOfCalls(ids, rules, false, NAMELESS),
          ...idsOfCalls(
            ids,
            rules.map((rule, at) => ({ ...rule, strategy: before[at] ?? 'all' }) as IdSyncRule),
            false,
            NAMELESS,
          ),
          ...idsOfCalls(ids, [], false, NAMELESS),
        ]
        const exited = textsOf(idsOfCalls(ids, rules, true, NAMELESS))
        expect(exited).toEqual(expect.arrayContaining(textsOf(entered)))
        expect(new Set(exited).size).toBe(exited.length)
      }),
    )
  })
})

test('of more combinations than the limit there are as many calls as bring each id once', () => {
  const many = (type: string, count: number) =>
    Array.from({ length: count }, (_, at) => held(type, `${type}${at}`, at + 1))
  const rules: IdSyncRule[] = ['user_id', 'email', 'crm'].map((externalId) => ({ externalId, strategy: 'all' }))
  const atLimit = [...many('user_id', 1), ...many('email', 20), ...many('crm', 25)]
  expect(atLimit).toHaveLength(1 + 20 + 25)
  expect(idsOfCalls(atLimit, rules, false, NAMELESS)).toHaveLength(CALLS_MAX)
  const over = [...atLimit, held('crm', 'one more', 99)]
  const calls = idsOfCalls(over, rules, false, NAMELESS)
  expect(calls).toHaveLength(26)
  const brought = new Set(calls.flat().map(({ type, value }) => `${type} ${value}`))
  expect(brought).toEqual(new Set(over.map(({ type, value }) => `${type} ${value}`)))
  expect(calls.every((call) => call.length === 3)).toBe(true)
})
