import { expect, test } from 'vitest'
import { aCause, anEvent, type EventFields, someRules } from './builders.ts'
import type { IdentityProfile } from './profile.ts'
import { IdentityStep, keysToLoad, readEvent } from './step.ts'

const rules = someRules()
const read = (fields: EventFields) => readEvent(anEvent(fields), rules)

function aStep(profiles: readonly IdentityProfile[] = []) {
  let created = 0
  return new IdentityStep({
    rules,
    owners: new Map(profiles.flatMap(({ id, ids }) => ids.map(({ type, value }) => [`users:${type}:${value}`, id]))),
    profiles,
    newProfileId: () => `new_${++created}`,
  })
}

const stored = (id: string, position: number, anonymousId: string): IdentityProfile => ({
  id,
  collection: 'users',
  createdBy: aCause(position),
  mergesCount: 0,
  ids: [{ type: 'anonymous_id', value: anonymousId, addedBy: aCause(position) }],
})

test('an event sees what the events before it in the step did', () => {
  const step = aStep()
  step.resolve(read({ anonymousId: 'a1' }), aCause(1))
  const second = step.resolve(read({ anonymousId: 'a1', userId: 'u1' }), aCause(2))
  const third = step.resolve(read({ userId: 'u1' }), aCause(3))
  expect(second.users).toMatchObject({ kind: 'add', profileId: 'new_1', ids: [{ value: 'u1' }] })
  expect(third.users).toMatchObject({ kind: 'add', profileId: 'new_1', ids: [] })
})

test('what nobody changed is not stored again', () => {
  const step = aStep([stored('use_1', 1, 'a1'), stored('use_2', 2, 'a2')])
  step.resolve(read({ anonymousId: 'a1' }), aCause(3))
  expect(step.changes()).toEqual({ profiles: [], mappings: [], merges: [] })
})

test('a merge stores the profile that stays, the ids that moved, and what became of the other', () => {
  const [first, second] = [stored('use_1', 1, 'a1'), stored('use_2', 2, 'a2')]
  const step = aStep([second, first])
  const externalIds = [{ id: 'a2', type: 'anonymous_id', collection: 'users', encoding: 'none' }]
  step.resolve(read({ anonymousId: 'a1', userId: 'u1', context: { externalIds } }), aCause(3))
  const added = { type: 'user_id', value: 'u1', addedBy: aCause(3) }
  expect(step.changes()).toEqual({
    profiles: [{ ...first, mergesCount: 1, ids: [...first.ids, ...second.ids, added] }],
    mappings: [
      { ...second.ids[0], collection: 'users', profileId: 'use_1' },
      { ...added, collection: 'users', profileId: 'use_1' },
    ],
    merges: [{ mergedId: 'use_2', intoId: 'use_1', cause: aCause(3) }],
  })
})

test('a profile that was made and merged in one step leaves a merge and no row', () => {
  const step = aStep([stored('use_1', 1, 'a1')])
  step.resolve(read({ userId: 'u1' }), aCause(2))
  step.resolve(read({ userId: 'u1', anonymousId: 'a1' }), aCause(3))
  const { profiles, mappings, merges } = step.changes()
  expect(profiles.map(({ id }) => id)).toEqual(['use_1'])
  expect(mappings).toMatchObject([{ value: 'u1', profileId: 'use_1' }])
  expect(merges).toMatchObject([{ mergedId: 'new_1', intoId: 'use_1' }])
})

test('what was loaded is not touched', () => {
  const profile = Object.freeze(stored('use_1', 1, 'a1'))
  Object.freeze(profile.ids)
  const step = aStep([profile])
  step.resolve(read({ anonymousId: 'a1', userId: 'u1' }), aCause(2))
  expect(profile.ids).toHaveLength(1)
})

test('the ids of all events are looked up at once, those of events without a part in profiles are not', () => {
  const events = [
    read({ userId: 'u1', anonymousId: 'null' }),
    read({ type: 'group', userId: 'u1', groupId: 'g1' }),
    read({ type: 'alias', userId: 'u2', previousId: 'a2' }),
  ]
  expect([...keysToLoad(events)]).toEqual(['users:user_id:u1', 'accounts:group_id:g1'])
})

test('an owner whose profile was not loaded stops the work', () => {
  const owners = new Map([['users:user_id:u1', 'use_1']])
  const step = new IdentityStep({ rules, owners, profiles: [], newProfileId: () => 'new_1' })
  expect(() => step.resolve(read({ userId: 'u1' }), aCause(1))).toThrow('use_1')
})
