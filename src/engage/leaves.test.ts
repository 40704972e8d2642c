import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Entry, LeafState } from './leaf.ts'
import { Leaves } from './leaves.ts'

const number = fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) => n + 0)
const scalar = fc.oneof(number, fc.string(), fc.boolean())
const entry: fc.Arbitrary<Entry> = fc
  .tuple(fc.nat(), fc.nat(), fc.array(fc.oneof(scalar, fc.constant(null), fc.array(scalar, { maxLength: 2 }))))
  .map(([atMs, position, fields]) => [atMs, position, ...fields])
const entries = fc.array(entry, { maxLength: 3 })
const state: fc.Arbitrary<LeafState> = fc.oneof(
  fc.record({ kind: fc.constant('entries' as const), entries, forgotten: fc.nat(2) }),
  fc.record({ kind: fc.constant('entries' as const), entries, forgotten: fc.nat(2), later: entries }),
  fc.record({
    kind: fc.constant('total' as const),
    count: fc.nat(3),
    sum: fc.oneof(fc.constant(0), number),
    numbers: fc.nat(3),
    min: fc.option(number),
    max: fc.option(fc.oneof(number, fc.string())),
    first: fc.option(entry),
    last: fc.option(entry),
    values: fc.dictionary(fc.string(), fc.nat(3), { maxKeys: 2, noNullPrototype: true }),
  }),
)
const key = fc.tuple(fc.constantFrom('aaaa', 'bbbb', 'cccc'), fc.nat(3)).map(([group, n]) => `${group}leaf-number-${n}`)
const write = fc.array(fc.tuple(key, state), { maxLength: 4 })

test('what was written last is read, before and after it was stored, whatever is read or left unread meanwhile', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(write, fc.boolean(), fc.array(key, { maxLength: 3 })), { maxLength: 5 }), (turns) => {
      const model = new Map<string, LeafState>()
      let leaves = Leaves.NONE
      for (const [changes, isStored, asked] of turns) {
        leaves = leaves.with(new Map(changes))
        for (const [name, kept] of changes) model.set(name, kept)
        if (isStored) leaves = Leaves.decode(leaves.encode())
        for (const name of asked) expect(leaves.get(name)).toEqual(model.get(name))
      }
      expect(new Map(leaves)).toEqual(model)
      const wanted = (name: string) => !name.endsWith('1')
      expect(new Map(leaves.only(wanted))).toEqual(new Map([...model].filter(([name]) => wanted(name))))
    }),
  )
})

test('a change leaves what it was made from as it was', () => {
  const count = (n: number) => new Map<string, LeafState>([['aaaa1', { kind: 'entries', entries: [], forgotten: n }]])
  const before = Leaves.decode(Leaves.NONE.with(count(1)).encode())
  const after = before.with(count(2))
  expect([before.get('aaaa1'), after.get('aaaa1')]).toMatchObject([{ forgotten: 1 }, { forgotten: 2 }])
})

test('a group is one line, and one that nobody asked for is written as it was read', () => {
  const lines = ['aaaa[[],["1","e",[]]]', 'bbbb[ [], ["1", 1] ]']
  expect(Leaves.decode(lines).with(new Map()).encode()).toEqual(lines)
  const changed = Leaves.decode(lines).with(new Map([['aaaa1', { kind: 'entries', entries: [], forgotten: 3 }]]))
  expect(changed.encode()).toEqual(['aaaa[[],["1","e",[],3]]', lines[1]])
})

test('an event that several leaves have is stored once', () => {
  const entry: Entry = [1_795_803_993_938, 5_077]
  const later: Entry = [1_795_803_993_940, 5_080, 'sku']
  const leaves = new Map<string, LeafState>([
    ['aaaa1', { kind: 'entries', entries: [entry, later], forgotten: 0 }],
    ['aaaa2', { kind: 'entries', entries: [entry], forgotten: 0 }],
  ])
  expect(Leaves.NONE.with(leaves).encode()).toEqual([
    'aaaa[[1795803993938,5077,2,3],["1","e",[0,[1,"sku"]]],["2","e",[0]]]',
  ])
})
