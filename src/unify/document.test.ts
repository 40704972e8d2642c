import { expect, test } from 'vitest'
import { decodeState } from '../engage/index.ts'
import { Person } from './document.ts'
import type { Cause, IdentityProfile } from './identity/index.ts'
import { RecentEvents } from './recent-events.ts'

const cause = (position: number): Cause => ({
  position,
  messageId: `m\n${position}`,
  sourceId: 's',
  atMs: position * 10,
})
const identity: IdentityProfile = {
  id: '7',
  collection: 'users',
  createdBy: cause(1),
  mergesCount: 2,
  ids: [
    { type: 'user_id', value: 'a\nb', addedBy: cause(1) },
    { type: 'email', value: 'a@example.com', addedBy: cause(1) },
    { type: 'anonymous_id', value: 'x', addedBy: cause(3) },
  ],
}
const parts = {
  identity,
  traits: new Map([['plan\n', { value: { a: [1, null] }, sourceId: 's', updatedAtMs: 5, position: 2 }]]),
  engage: decodeState(['=0 99 [30,1,true,2,0,69,4,["a"],1,10,null]', '=1  [5,8,1,1,0,null]', 'aaaa[[],["1",3]]']),
  recent: RecentEvents.NONE.with(1).with(2 ** 53 - 1),
  records: { 'r\n': { cause: cause(3), decision: { kind: 'none' as const, refused: [] } } },
  links: [9, 8],
  updatedBy: cause(3),
  reading: 4,
}
const reread = (person: Person) => Person.decode(7, person.encode())
const partsOf = (person: Person) =>
  Object.fromEntries(Object.keys(parts).map((name) => [name, person[name as keyof typeof parts]]))
const plain = ({ engage, ...others }: Record<string, unknown> & { engage?: typeof parts.engage }) => ({
  ...others,
  engage: engage && { values: [...engage.values], dueMs: engage.values.dueMs, leaves: [...engage.leaves] },
})

test('a new profile has its identity and nothing else', () => {
  const person = reread(Person.new(identity, 3))
  expect(plain(partsOf(person))).toEqual({
    identity,
    traits: new Map(),
    engage: { values: [], dueMs: null, leaves: [] },
    recent: RecentEvents.NONE,
    records: {},
    links: [],
    updatedBy: identity.createdBy,
    reading: 3,
  })
})

test('every part is read as it was written', () => {
  expect(plain(partsOf(reread(Person.new(identity, 0).with(parts))))).toEqual(plain(parts))
})

test.each(Object.keys(parts) as (keyof typeof parts)[])('%s alone can change, and the others stay', (name) => {
  const bare = Person.new({ ...identity, ids: [] }, 0)
  const [stored, full] = [reread(bare), reread(bare.with(parts))]
  expect(plain(partsOf(reread(stored.with({ [name]: parts[name] }))))).toEqual(
    plain({ ...partsOf(bare), [name]: parts[name] }),
  )
  const before = partsOf(bare)
  expect(plain(partsOf(reread(full.with({ [name]: before[name] }))))).toEqual(plain({ ...parts, [name]: before[name] }))
  expect(plain(partsOf(full))).toEqual(plain(parts))
})

test('what was read and not changed is stored as it was', () => {
  const text = Person.new(identity, 0).with(parts).encode()
  const person = Person.decode(7, text)
  partsOf(person)
  expect(person.encode()).toBe(text)
})
