import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { anEvent, START_MS } from './builders.ts'
import {
  currentTraits,
  mergeTraits,
  TRAIT_NAME_CHARS_MAX,
  TRAIT_VALUE_BYTES_MAX,
  TRAITS_MAX,
  type Trait,
  type Traits,
  type TraitUpdate,
  traitsOf,
  updateTraits,
} from './traits.ts'

const NONE: Traits = new Map()

const update = (traits: Record<string, unknown>, minute: number, over: Partial<TraitUpdate> = {}): TraitUpdate => ({
  traits,
  sourceId: 'src_1',
  updatedAtMs: START_MS + minute * 60_000,
  position: minute,
  ...over,
})

const written = (...updates: TraitUpdate[]): Traits =>
  updates.reduce((traits, each) => updateTraits(traits, each).traits, NONE)

const valuesOf = (traits: Traits) =>
  Object.fromEntries([...currentTraits(traits)].map(([name, { value }]) => [name, value]))

describe('what a profile knows', () => {
  test('the most recently updated value wins, across sources', () => {
    const traits = written(update({ plan: 'free' }, 1), update({ plan: 'pro' }, 2, { sourceId: 'src_2' }))
    expect(traits.get('plan')).toEqual({
      value: 'pro',
      sourceId: 'src_2',
      updatedAtMs: START_MS + 2 * 60_000,
      position: 2,
    })
  })

  test('a late event with an older value changes nothing', () => {
    const before = written(update({ plan: 'pro' }, 2))
    const change = updateTraits(before, update({ plan: 'free' }, 1, { position: 3 }))
    expect(valuesOf(change.traits)).toEqual({ plan: 'pro' })
    expect(change.changed).toEqual([])
  })

  test('of two at one millisecond the later in the log wins', () => {
    const first = update({ plan: 'free' }, 1, { position: 8 })
    const second = update({ plan: 'pro' }, 1, { position: 9 })
    expect(valuesOf(written(first, second))).toEqual({ plan: 'pro' })
    expect(valuesOf(written(second, first))).toEqual({ plan: 'pro' })
  })

  test('null removes a trait, and an older event that comes late does not bring it back', () => {
    const traits = written(update({ plan: 'pro' }, 1), update({ plan: null }, 3), update({ plan: 'free' }, 2))
    expect(valuesOf(traits)).toEqual({})
    expect(valuesOf(updateTraits(traits, update({ plan: 'team' }, 4)).traits)).toEqual({ plan: 'team' })
  })

  test('an empty text, false and 0 are values', () => {
    expect(valuesOf(written(update({ a: 'x', b: true, c: 1 }, 1), update({ a: '', b: false, c: 0 }, 2)))).toEqual({
      a: '',
      b: false,
      c: 0,
    })
  })

  test('an object is one value: a later one replaces it whole', () => {
    const traits = written(
      update({ address: { city: 'Oslo', street: 'A 1' } }, 1),
      update({ address: { city: 'Rome' } }, 2),
    )
    expect(valuesOf(traits)).toEqual({ address: { city: 'Rome' } })
  })

  test('traits come from identify calls, and those of companies from group calls', () => {
    const traits = { plan: 'pro' }
    expect(traitsOf(anEvent({ type: 'identify', traits }))).toEqual({ users: traits, accounts: {} })
    expect(traitsOf(anEvent({ type: 'group', traits }))).toEqual({ users: {}, accounts: traits })
    expect(traitsOf(anEvent({ type: 'track', traits, context: { traits } }))).toEqual({ users: {}, accounts: {} })
  })

  test('only a value that is another than before is called changed', () => {
    const before = written(update({ a: 1, b: { x: 1, y: 2 }, c: 1 }, 1))
    expect(updateTraits(before, update({ a: 1, b: { y: 2, x: 1 }, c: null, d: null }, 2)).changed).toEqual(['c'])
  })
})

describe('merged profiles', () => {
  test('the most recently updated value wins, whichever profile had it', () => {
    const survivor = written(update({ plan: 'free', city: 'Oslo' }, 1), update({ name: 'Jane' }, 5))
    const merged = written(update({ plan: 'pro', name: 'J.' }, 3))
    const change = mergeTraits(survivor, [merged])
    expect(valuesOf(change.traits)).toEqual({ plan: 'pro', city: 'Oslo', name: 'Jane' })
    expect(change.changed).toEqual(['plan'])
  })

  test('a removal counts as an update', () => {
    expect(
      valuesOf(mergeTraits(written(update({ plan: 'free' }, 1)), [written(update({ plan: null }, 2))]).traits),
    ).toEqual({})
  })
})

describe('limits', () => {
  const many = (count: number, from = 0) =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [`t${from + index}`, index + 1]))

  test(`${TRAITS_MAX} traits stay; of more, the least recently updated go`, () => {
    const full = written(update({ old: 1 }, 1), update(many(TRAITS_MAX - 1), 2))
    expect(full.size).toBe(TRAITS_MAX)
    const change = updateTraits(full, update({ fresh: 1 }, 3))
    expect(change.traits.size).toBe(TRAITS_MAX)
    expect(change.dropped).toEqual(['old'])
    expect([...change.changed].sort()).toEqual(['fresh', 'old'])
  })

  test('a merge keeps the limit too', () => {
    const change = mergeTraits(written(update(many(TRAITS_MAX), 1)), [written(update(many(10, TRAITS_MAX), 2))])
    expect(change.traits.size).toBe(TRAITS_MAX)
    expect(change.dropped).toHaveLength(10)
  })

  test('a name and a value at their limits are taken, beyond them they are refused', () => {
    const name = 'n'.repeat(TRAIT_NAME_CHARS_MAX)
    const value = 'ü'.repeat((TRAIT_VALUE_BYTES_MAX - 2) / 2)
    expect(updateTraits(NONE, update({ [name]: value }, 1)).refused).toEqual([])
    expect(updateTraits(NONE, update({ [`${name}n`]: 1, '': 1, text: `${value}u`, ok: 1 }, 1))).toMatchObject({
      changed: ['ok'],
      refused: [
        { name, reason: 'name_invalid' },
        { name: '', reason: 'name_invalid' },
        { name: 'text', reason: 'value_too_large' },
      ],
    })
  })
})

/** Each name's latest write, and of these the latest names. */
function recomputed(updates: readonly TraitUpdate[]): [string, Trait][] {
  const writes = updates.flatMap(({ traits, ...from }) =>
    Object.entries(traits).map(([name, value]) => ({ name, trait: { value, ...from } })),
  )
  writes.sort(
    (a, b) =>
      b.trait.updatedAtMs - a.trait.updatedAtMs || b.trait.position - a.trait.position || (a.name < b.name ? 1 : -1),
  )
  const latest = new Map<string, Trait>()
  for (const { name, trait } of writes) if (!latest.has(name) && latest.size < TRAITS_MAX) latest.set(name, trait)
  return [...latest].sort()
}

test('in any order, and however profiles are merged, the result is that of the whole history', () => {
  const names = fc.constantFrom('a', 'b', 'c', '__proto__', 'toString')
  const aHistory = fc.array(
    fc.record({
      traits: fc.dictionary(names, fc.oneof(fc.constant(null), fc.constant(''), fc.integer(), fc.constant({ x: 1 }))),
      minute: fc.integer({ min: 0, max: 4 }),
      profile: fc.integer({ min: 0, max: 2 }),
    }),
    { maxLength: 30 },
  )
  fc.assert(
    fc.property(aHistory, fc.infiniteStream(fc.integer({ min: 0, max: 1_000 })), (history, chance) => {
      const updates = history.map(({ traits, minute, profile }, position) => ({
        profile,
        update: update(traits, minute, { position, sourceId: `src_${profile}` }),
        rank: chance.next().value,
      }))
      const shuffled = [...updates].sort((a, b) => a.rank - b.rank)
      const parts = [0, 1, 2].map((profile) =>
        written(...shuffled.filter((each) => each.profile === profile).map((each) => each.update)),
      )
      const [first = NONE, ...others] = parts
      const expected = recomputed(updates.map((each) => each.update))
      expect([...mergeTraits(first, others).traits].sort()).toEqual(expected)
      expect([...written(...shuffled.map((each) => each.update))].sort()).toEqual(expected)
    }),
    { numRuns: 300 },
  )
})
