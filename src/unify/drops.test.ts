import { expect, test } from 'vitest'
import { dropsOf, traitDropsOf } from './drops.ts'
import { StoredProfiles, someRules } from './identity/builders.ts'
import { MAPPINGS_MAX, MERGES_MAX, TRAITS_MAX, updateTraits } from './identity/index.ts'

const anyNumber = someRules({
  types: ['email', 'anonymous_id'].map((type) => ({
    type,
    collection: 'users' as const,
    limit: { values: 1_000, period: 'ever' as const },
    blocked: [],
  })),
})

test('an event that is taken whole drops nothing, and one that is not is one drop with its reason', () => {
  const stored = new StoredProfiles()
  expect(dropsOf(stored.send({ userId: 'ada', anonymousId: 'a' }))).toEqual([])
  expect(dropsOf(stored.send({ userId: 'null', groupId: '' }))).toEqual([{ what: 'event', reason: 'group_id_invalid' }])
  expect(dropsOf(stored.send({ userId: 'null', anonymousId: 'a' }))).toEqual([{ what: 'id', reason: 'blocked' }])
  expect(dropsOf(stored.send({ userId: 'bob', anonymousId: 'a' }))).toEqual([{ what: 'id', reason: 'demoted' }])
})

test('a merge beyond the hard cap is dropped under its name', () => {
  const stored = new StoredProfiles(anyNumber)
  stored.send({ userId: 'ada' })
  for (let at = 1; at <= MERGES_MAX + 1; at += 1) {
    stored.send({ anonymousId: `a${at}` })
    const dropped = dropsOf(stored.send({ userId: 'ada', anonymousId: `a${at}` }))
    expect(dropped, `merge ${at}`).toEqual(at <= MERGES_MAX ? [] : [{ what: 'id', reason: 'merges_max' }])
  }
})

test('an id beyond the hard cap is dropped as full, and a merge that would pass it under its name', () => {
  const stored = new StoredProfiles(anyNumber)
  for (let at = 1; at < MAPPINGS_MAX; at += 1) stored.send({ userId: 'ada', anonymousId: `a${at}` })
  expect(dropsOf(stored.send({ userId: 'ada', anonymousId: 'more' }))).toEqual([{ what: 'id', reason: 'full' }])
  stored.send({ anonymousId: 'other' })
  expect(dropsOf(stored.send({ userId: 'ada', anonymousId: 'other' }))).toEqual([
    { what: 'id', reason: 'mappings_max' },
  ])
})

test('traits beyond the hard cap, too large or without a name are dropped each for itself', () => {
  const times = { sourceId: 's', updatedAtMs: 1, position: 1 }
  const many = Object.fromEntries(Array.from({ length: TRAITS_MAX }, (_, at) => [`t${at}`, at]))
  const { traits } = updateTraits(new Map(), { ...times, traits: many })
  const later = { '': 1, long: 'x'.repeat(9_000), newer: 1 }
  expect(traitDropsOf(updateTraits(traits, { ...times, updatedAtMs: 2, traits: later }))).toEqual([
    { what: 'trait', reason: 'name_invalid' },
    { what: 'trait', reason: 'value_too_large' },
    { what: 'trait', reason: 'too_many' },
  ])
})
