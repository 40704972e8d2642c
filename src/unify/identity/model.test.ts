/** Any history against the naive model, and what holds whatever comes. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { DEFAULT_RULES, type IdentityRules, PERIOD_MS, PERIODS } from '../../workspace/index.ts'
import { anEvent, DAY_MS, START_MS, StoredProfiles } from './builders.ts'
import { compileRules } from './compiled-rules.ts'
import { externalIdsOf } from './external-ids.ts'
import { type NaiveEvent, type NaiveProfile, recompute } from './naive-model.fixture.ts'
import { type ExternalId, idKey, MAPPINGS_MAX, MERGES_MAX } from './profile.ts'
import type { Decision } from './resolve.ts'

const TYPES = ['user_id', 'email', 'anonymous_id', 'phone', 'ios.id'] as const

const anId = fc.record({ type: fc.constantFrom(...TYPES), value: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g') })

const someHistory = fc.array(
  fc.record({
    ids: fc.array(anId, { maxLength: 4 }),
    /** To the event before. */
    days: fc.constantFrom(0, 0, 0, 1, 6, 7, 29, 30, 365),
    /** Whether a new step begins after it. */
    isLast: fc.boolean(),
  }),
  { maxLength: 60 },
)

const someRules = fc.record({
  types: fc.uniqueArray(
    fc.record({
      type: fc.constantFrom(...TYPES),
      collection: fc.constant('users' as const),
      limit: fc.record({ values: fc.integer({ min: 1, max: 4 }), period: fc.constantFrom(...PERIODS) }),
      blocked: fc.constantFrom([], [{ exact: 'g' }]),
    }),
    { selector: ({ type }) => type },
  ),
  priority: fc.shuffledSubarray([...TYPES]),
  blocked: fc.constant([]),
})

type History = readonly { readonly ids: readonly ExternalId[]; readonly days: number; readonly isLast: boolean }[]

function eventsOf(history: History) {
  let atMs = START_MS
  return history.map(({ ids, days, isLast }, position) => {
    atMs += days * DAY_MS
    const externalIds = ids.map(({ type, value }) => ({ type, id: value, collection: 'users', encoding: 'none' }))
    const event = anEvent({ context: { externalIds } })
    return { event, isLast, cause: { position, messageId: `m${position}`, sourceId: 'src_1', atMs } }
  })
}

type Sent = ReturnType<typeof eventsOf>

function run(sent: Sent, rules: IdentityRules) {
  const stored = new StoredProfiles(compileRules(rules))
  const decisions: Decision[] = []
  let step: Sent = []
  for (const each of sent) {
    step.push(each)
    if (!each.isLast) continue
    decisions.push(...stored.step(step).map(({ users }) => users))
    step = []
  }
  decisions.push(...stored.step(step).map(({ users }) => users))
  return { stored, decisions }
}

const naiveEventsOf = (sent: Sent, rules: IdentityRules): NaiveEvent[] =>
  sent.map(({ event, cause }) => ({ ids: externalIdsOf(event, compileRules(rules)).users, atMs: cause.atMs }))

/** Both as the same plain lists. */
const plainNaive = (profiles: readonly NaiveProfile[]) =>
  profiles
    .map(({ createdAt, mergesCount, ids }) => ({
      createdAt,
      mergesCount,
      ids: ids.map((id) => `${idKey('users', id)} ${id.position} ${id.atMs}`).sort(),
    }))
    .sort((a, b) => a.createdAt - b.createdAt)

const plainStored = ({ profiles }: StoredProfiles) =>
  [...profiles.values()]
    .map(({ createdBy, mergesCount, ids }) => ({
      createdAt: createdBy.position,
      mergesCount,
      ids: ids.map((id) => `${idKey('users', id)} ${id.addedBy.position} ${id.addedBy.atMs}`).sort(),
    }))
    .sort((a, b) => a.createdAt - b.createdAt)

function expectMappingsToFit({ profiles, mappings }: StoredProfiles) {
  const held = [...profiles.values()].flatMap(({ id, collection, ids }) =>
    ids.map((each) => [idKey(collection, each), id] as const),
  )
  expect(new Set(held.map(([key]) => key)).size).toBe(held.length)
  expect([...mappings].sort()).toEqual(held.sort())
}

describe('any history, any rules, any steps', () => {
  test('the profiles are those of a recomputation from the whole history', () => {
    fc.assert(
      fc.property(someHistory, someRules, (history, rules) => {
        const sent = eventsOf(history)
        const { stored } = run(sent, rules)
        expect(plainStored(stored)).toEqual(plainNaive(recompute(naiveEventsOf(sent, rules), rules)))
      }),
      { numRuns: 1_000 },
    )
  })

  test('the profiles are the union of the decisions', () => {
    fc.assert(
      fc.property(someHistory, someRules, (history, rules) => {
        const { stored, decisions } = run(eventsOf(history), rules)
        const union = new Map<string, string[]>()
        for (const decision of decisions) {
          if (decision.kind === 'none') continue
          const merged = decision.kind === 'merge' ? decision.merged.map(({ profileId }) => profileId) : []
          const ids = [decision.profileId, ...merged].flatMap((id) => union.get(id) ?? [])
          for (const id of merged) union.delete(id)
          union.set(decision.profileId, [...ids, ...decision.ids.map((id) => idKey('users', id))])
        }
        const profiles = [...stored.profiles.values()].map(
          ({ id, ids }) => [id, ids.map((each) => idKey('users', each))] as const,
        )
        expect(profiles.sort()).toEqual([...union].sort())
      }),
      { numRuns: 300 },
    )
  })

  test('an id belongs to at most one profile, and the mappings say which', () => {
    fc.assert(
      fc.property(someHistory, someRules, (history, rules) =>
        expectMappingsToFit(run(eventsOf(history), rules).stored),
      ),
      { numRuns: 300 },
    )
  })

  test('no profile ever gets more than a limit within its period', () => {
    fc.assert(
      fc.property(someHistory, someRules, (history, rules) => {
        const sent = eventsOf(history).map((each) => ({ ...each, isLast: true }))
        const { limitOf } = compileRules(rules)
        for (let count = 1; count <= sent.length; count++) {
          const nowMs = sent[count - 1]?.cause.atMs ?? 0
          for (const { ids } of run(sent.slice(0, count), rules).stored.profiles.values()) {
            for (const type of TYPES) {
              const { values, period } = limitOf(type)
              const recent = ids.filter((id) => id.type === type && id.addedBy.atMs > nowMs - PERIOD_MS[period])
              expect(recent.length).toBeLessThanOrEqual(values)
            }
          }
        }
      }),
      { numRuns: 60 },
    )
  })

  test('with the default rules two user_ids never share a profile', () => {
    fc.assert(
      fc.property(someHistory, (history) => {
        for (const { ids } of run(eventsOf(history), DEFAULT_RULES).stored.profiles.values()) {
          expect(ids.filter(({ type }) => type === 'user_id').length).toBeLessThanOrEqual(1)
        }
      }),
      { numRuns: 300 },
    )
  })

  test('the size of the steps changes neither a decision nor a row', () => {
    fc.assert(
      fc.property(someHistory, someRules, (history, rules) => {
        const sent = eventsOf(history)
        const single = run(
          sent.map((each) => ({ ...each, isLast: true })),
          rules,
        )
        const steps = run(sent, rules)
        expect(steps.decisions).toEqual(single.decisions)
        expect(plainStored(steps.stored)).toEqual(plainStored(single.stored))
        expect([...steps.stored.mappings].sort()).toEqual([...single.stored.mappings].sort())
        expect([...steps.stored.mergedInto].sort()).toEqual([...single.stored.mergedInto].sort())
      }),
      { numRuns: 300 },
    )
  })

  test('an event belongs to the profile that its highest id finds', () => {
    fc.assert(
      fc.property(someHistory, someRules, (history, rules) => {
        const stored = new StoredProfiles(compileRules(rules))
        for (const each of eventsOf(history)) {
          const [decision] = stored.step([each])
          const [highest] = externalIdsOf(each.event, stored.rules).users
          const found = highest && stored.find(highest.type, highest.value)
          const belongsTo = decision?.users.kind === 'none' ? undefined : decision?.users.profileId
          expect(found?.id).toBe(belongsTo)
        }
      }),
      { numRuns: 300 },
    )
  })
})

describe('merge storms', () => {
  /** Pairs of ids, from a seed of its own, so that a run can be repeated. */
  function storm(events: number, ids: number, isLast: (position: number) => boolean): Sent {
    let seed = 1
    const next = () => {
      seed = (seed * 48_271) % 2_147_483_647
      return `p${seed % ids}`
    }
    return eventsOf(
      Array.from({ length: events }, (_, position) => ({
        ids: [
          { type: 'phone', value: next() },
          { type: 'phone', value: next() },
        ],
        days: 0,
        isLast: isLast(position),
      })),
    )
  }

  const rules: IdentityRules = {
    ...DEFAULT_RULES,
    types: [{ type: 'phone', collection: 'users', limit: { values: 1_000, period: 'ever' }, blocked: [] }],
  }

  test('10,000 ids that all meet stay within the caps', { timeout: 30_000 }, () => {
    const { stored } = run(
      storm(40_000, 10_000, (position) => position % 500 === 499),
      rules,
    )
    const profiles = [...stored.profiles.values()]
    for (const { ids, mergesCount } of profiles) {
      expect(ids.length).toBeLessThanOrEqual(MAPPINGS_MAX)
      expect(mergesCount).toBeLessThanOrEqual(MERGES_MAX)
    }
    expect(Math.max(...profiles.map(({ mergesCount }) => mergesCount))).toBe(MERGES_MAX)
    expectMappingsToFit(stored)
  })

  test('a storm gives the profiles of a recomputation', { timeout: 30_000 }, () => {
    const sent = storm(1_200, 400, (position) => position % 100 === 99)
    expect(plainStored(run(sent, rules).stored)).toEqual(plainNaive(recompute(naiveEventsOf(sent, rules), rules)))
  })

  test('a chain that pulls everybody to one person ends at the caps', { timeout: 30_000 }, () => {
    const stored = new StoredProfiles(compileRules(rules))
    const history = Array.from({ length: 10_000 }, (_, index) => ({
      ids: [
        { type: 'phone', value: `p${index}` },
        { type: 'phone', value: `p${index + 1}` },
      ],
      days: 0,
      isLast: false,
    }))
    const sent = eventsOf(history)
    for (let from = 0; from < sent.length; from += 500) stored.step(sent.slice(from, from + 500))
    expect(stored.find('phone', 'p0')?.ids).toHaveLength(MAPPINGS_MAX)
    expectMappingsToFit(stored)
  })
})
