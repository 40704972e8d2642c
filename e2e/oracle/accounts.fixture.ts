/** Random histories of a few people and their accounts, which profiles and the naive model both follow. */
import { deepStrictEqual } from 'node:assert/strict'
import fc from 'fast-check'
import { linkedAccounts } from '../../src/connections/linked-accounts.ts'
import {
  fieldValue,
  type Length,
  length,
  msOf,
  REST_MS,
  START_MS,
  VOCABULARY,
} from '../../src/engage/histories.fixture.ts'
import { definitionsOf } from '../../src/engage/language/definitions.fixture.ts'
import { type LevelComputation, type Plans, type plansOf, questionKey } from '../../src/engage/levels.ts'
import { spansIn } from '../../src/engage/oracle.fixture.ts'
import type { NormalisedEvent } from '../../src/spec/index.ts'
import { compileRules, idKey, keysToLoad, mergedKey, readEvent } from '../../src/unify/index.ts'
import type { Kept, PeopleStep, StepRecord, StoredPerson, Told } from '../../src/unify/people-step.ts'
import { DEFAULT_RULES } from '../../src/workspace/index.ts'
import { type Call, Model } from './accounts-model.fixture.ts'

/** What is tested: that of this project, or a copy of it. */
export interface Tested {
  readonly PeopleStep: typeof PeopleStep
  readonly plansOf: typeof plansOf
}

const RULES = compileRules(DEFAULT_RULES)

/** What a database would hold between steps. */
class Database {
  readonly #people = new Map<number, StoredPerson>()
  readonly #owners = new Map<string, number>()
  readonly told: Told[] = []
  readonly #tested: Tested
  readonly #records: StepRecord[] = []
  #plans: Plans
  #kept: Kept = { reading: 0, since: new Map() }
  #lastId = 0
  #nowMs = START_MS

  constructor(tested: Tested, computations: readonly LevelComputation[]) {
    this.#tested = tested
    this.#plans = tested.plansOf(computations)
  }

  async work(records: readonly StepRecord[], untilMs: number): Promise<void> {
    const isDue = ({ dueAtMs }: StoredPerson) => dueAtMs !== null && dueAtMs <= untilMs
    const due = [...this.#people.values()].filter(isDue).map(({ id }) => id)
    const step = await this.#step(records, due)
    for (const record of records) {
      this.#nowMs = Math.max(this.#nowMs, Date.parse(record.event.receivedAt))
      step.pass(this.#nowMs)
      step.apply(record, this.#nowMs)
    }
    this.#nowMs = Math.max(this.#nowMs, untilMs)
    step.pass(this.#nowMs)
    this.#write(step)
    this.#records.push(...records)
  }

  /** Definitions are made in the midst: history is read, people answer, and then accounts are worked out. */
  async adopt(computations: readonly LevelComputation[], records: number): Promise<void> {
    const { plansOf } = this.#tested
    const { users, accounts, questions } = plansOf(computations)
    const leaves = [...users.leaves.keys(), ...accounts.leaves.keys()]
    const asked = Array.from(questions.keys(), questionKey)
    this.#kept = { reading: 1, since: new Map([...leaves, ...asked].map((key) => [key, 1])) }
    this.#plans = plansOf(computations, new Set(leaves), new Set(asked))
    for (const past of chunksOf(this.#records, records)) {
      const step = await this.#step(past, [])
      for (const record of past) step.past(record, Date.parse(record.event.receivedAt), this.#nowMs)
      this.#write(step)
    }
    for (const gathering of [asked, []]) {
      this.#plans = plansOf(computations, new Set(), new Set(gathering))
      for (const ids of chunksOf([...this.#people.keys()], records)) {
        const step = await this.#step([], ids)
        for (const id of ids) step.review(id, this.#nowMs)
        this.#write(step)
      }
    }
  }

  async #step(records: readonly StepRecord[], ids: readonly number[]): Promise<PeopleStep> {
    const names = keysToLoad(records.map(({ read }) => read))
    const owners = new Map([...this.#owners].filter(([name]) => names.has(name)))
    const stored = (wanted: Iterable<number>) => [...wanted].flatMap((id) => this.#people.get(id) ?? [])
    const inSpace = (people: readonly StoredPerson[]) => people.map((each) => ({ ...each, space: 1 }))
    const loaded = new Map(inSpace(stored([...owners.values(), ...ids])).map((each) => [each.id, each]))
    const draft = { profiles: async (wanted: readonly number[]) => inSpace(stored(wanted)) }
    const { accounts, merged } = await linkedAccounts(loaded, draft, async (numbers) =>
      numbers.map((number) => this.#owners.get(mergedKey(number)) ?? null),
    )
    return new this.#tested.PeopleStep({
      rules: RULES,
      plans: this.#plans,
      kept: this.#kept,
      isEligible: (number, types) =>
        this.#plans.questions.get(number)?.includesAnonymous !== false || types.includes('user_id'),
      people: [...loaded.values(), ...accounts],
      merged,
      owners,
      engineMs: this.#nowMs,
      newProfileId: () => {
        this.#lastId += 1
        return this.#lastId
      },
    })
  }

  #write(step: PeopleStep): void {
    const changes = step.changes()
    for (const person of changes.people) this.#people.set(person.id, person)
    for (const id of changes.gone) this.#people.delete(id)
    for (const { id, into } of changes.merged) this.#owners.set(mergedKey(id), into)
    for (const { collection, profileId, ...id } of changes.mappings)
      this.#owners.set(idKey(collection, id), Number(profileId))
    this.told.push(...changes.told)
  }
}

const chunksOf = <T>(all: readonly T[], size: number): T[][] =>
  Array.from({ length: Math.ceil(all.length / size) }, (_, at) => all.slice(at * size, (at + 1) * size))

const traits = (name: string) => fc.record({ age: fieldValue, [name]: fieldValue }, { requiredKeys: [] })

/** One call: how long after the one before, by whom, of which account, and what. */
const call = fc.record({
  pause: length,
  user: fc.option(fc.constantFrom('user-ada', 'user-bob', 'user-eve'), { nil: null, freq: 3 }),
  device: fc.option(fc.constantFrom('phone', 'laptop', 'tablet'), { nil: null, freq: 2 }),
  group: fc.option(fc.constantFrom('acme', 'initech'), { nil: null, freq: 2 }),
  domain: fc.option(fc.constantFrom('acme.test', 'initech.test'), { nil: null, freq: 2 }),
  userTraits: traits('born'),
  accountTraits: traits('born'),
  type: fc.constantFrom('track', 'track', 'track', 'identify', 'group'),
  name: fc.constantFrom('A', 'B'),
  sourceId: fc.constantFrom('s1', 's2'),
  late: fc.oneof(fc.constant(null), length),
  isFuture: fc.integer({ min: 0, max: 5 }).map((each) => each === 0),
  properties: fc.record({ n: fieldValue, s: fieldValue, d: fieldValue }, { requiredKeys: [] }),
  /** Whether a step ends with it. */
  isLast: fc.boolean(),
})
type RandomCall = typeof call extends fc.Arbitrary<infer T> ? T : never

const people = definitionsOf({ ...VOCABULARY, traits: ['age', 'born', 'c1'] })
const companies = definitionsOf({ ...VOCABULARY, traits: ['age', 'born', 'c1', 'c2'], isAccounts: true })
const quantified = companies.audience.filter((each) => /"(any|all)"/.test(JSON.stringify(each)))

/** One of people, and up to two of accounts, of which the second may read the first. */
export const accountComputations = fc
  .tuple(
    fc.oneof(people.audience, people.trait),
    fc.array(fc.tuple(fc.oneof({ weight: 4, arbitrary: quantified }, companies.trait), fc.boolean()), {
      minLength: 1,
      maxLength: 2,
    }),
  )
  .map(([ofPeople, ofAccounts]): LevelComputation[] => {
    const all = ofAccounts.map(([definition, includesAnonymous], at): LevelComputation => {
      return {
        number: at + 2,
        key: `c${at + 2}`,
        level: 'accounts',
        definition: structuredClone(definition),
        includesAnonymous,
      }
    })
    const first: LevelComputation = {
      number: 1,
      key: 'c1',
      definition: structuredClone(ofPeople),
      includesAnonymous: true,
    }
    const reads = (definition: unknown, key: string) => JSON.stringify(definition).includes(`"${key}"`)
    return [
      ...(reads(first.definition, 'c1') ? [] : [first]),
      ...all.filter(({ definition, key }, at) => !reads(definition, key) && (at > 0 || !reads(definition, 'c3'))),
    ]
  })

export const accountHistoryOf = (all: fc.Arbitrary<readonly LevelComputation[]>) =>
  fc.tuple(all, fc.array(call, { maxLength: 22, size: 'max' }))

/** @returns how many changes of accounts there were. @throws AssertionError unless what is told is what the model says */
export async function followAccounts(
  tested: Tested,
  [all, calls]: readonly [readonly LevelComputation[], readonly RandomCall[]],
): Promise<number> {
  // What is worked out of a tree is kept with it: the tested and the model have each their own.
  const [database, model] = [new Database(tested, structuredClone(all)), new Model(all, START_MS)]
  const durations = all.flatMap(({ definition }) => spansIn(definition))
  let nowMs = START_MS
  let records: StepRecord[] = []
  for (const [index, each] of calls.entries()) {
    if (each.user === null && each.device === null) continue
    nowMs += msOf(each.pause, durations)
    const lateMs = each.late === null ? 0 : msOf(each.late as Length, durations) * (each.isFuture ? -1 : 1)
    const record = recordOf(each, index + 1, nowMs, each.type === 'track' ? nowMs - lateMs : nowMs)
    model.pass(nowMs)
    model.call(seenOf(each, record), record.position)
    records.push(record)
    if (!each.isLast) continue
    await database.work(records, nowMs)
    records = []
  }
  model.pass(nowMs + REST_MS)
  await database.work(records, nowMs + REST_MS)
  const told = Map.groupBy(
    database.told.filter(({ cause }) => cause === 'changed'),
    ({ profile, change }) => `${profile} ${change.computation}`,
  )
  const found = new Map(Array.from(told, ([name, those]) => [name, those.map(({ change }) => change)]))
  deepStrictEqual(sorted(found), sorted(model.end()))
  return database.told.filter(({ collection }) => collection === 'accounts').length
}

const sorted = <T>(map: ReadonlyMap<string, T>) => [...map].toSorted(([a], [b]) => (a < b ? -1 : 1))

function recordOf(each: RandomCall, position: number, nowMs: number, atMs: number): StepRecord {
  const receivedAt = new Date(nowMs).toISOString()
  const timestamp = new Date(atMs).toISOString()
  const { type, user, device, group, domain } = each
  const externalIds = domain === null ? [] : [{ id: domain, type: 'domain', collection: 'accounts', encoding: 'none' }]
  const event = {
    type,
    messageId: `m${position}`,
    ...(user === null ? {} : { userId: user }),
    ...(device === null ? {} : { anonymousId: device }),
    ...(type === 'track' ? { event: each.name, properties: each.properties } : {}),
    ...(type === 'identify' ? { traits: each.userTraits } : {}),
    ...(type === 'group' ? { traits: each.accountTraits } : {}),
    ...(type === 'group' && group !== null ? { groupId: group } : {}),
    context: { externalIds, ...(type !== 'group' && group !== null ? { groupId: group } : {}) },
    integrations: {},
    timestamp,
    originalTimestamp: timestamp,
    sentAt: receivedAt,
    receivedAt,
    channel: 'server',
    projectId: each.sourceId,
    version: 2,
  } as unknown as NormalisedEvent
  return { position, sourceId: each.sourceId, event, read: readEvent(event, RULES) }
}

function seenOf(each: RandomCall, { event, position, sourceId }: StepRecord): Call {
  const { type, user, device, group, domain } = each
  const { timestamp, properties, context } = event
  return {
    user,
    device,
    group,
    domain,
    userTraits: type === 'identify' ? each.userTraits : {},
    accountTraits: type === 'group' ? each.accountTraits : {},
    event:
      type === 'track'
        ? { name: each.name, sourceId, atMs: Date.parse(timestamp), position, properties, context }
        : null,
  }
}

/**
 * Definitions that are made in the midst of a history, of accounts that are asked about their traits and their users.
 * @throws AssertionError unless what is told of accounts from then on is what the model says of definitions from the start
 */
export async function adoptAccounts(
  tested: Tested,
  [all, calls]: readonly [readonly LevelComputation[], readonly RandomCall[]],
  chunk: number,
): Promise<number> {
  const [database, model] = [new Database(tested, []), new Model(all, START_MS)]
  let nowMs = START_MS
  let adoptedMs = Number.POSITIVE_INFINITY
  let adopted: ReadonlySet<string> = new Set()
  const durations = all.flatMap(({ definition }) => spansIn(definition))
  for (const [index, each] of calls.entries()) {
    if (index === Math.floor(calls.length / 2)) {
      await database.adopt(structuredClone(all), chunk)
      adoptedMs = nowMs
      adopted = model.memberships
      // What comes next comes later.
      nowMs += 1
    }
    if (each.user === null && each.device === null) continue
    nowMs += msOf(each.pause, durations)
    const record = recordOf(each, index + 1, nowMs, nowMs)
    model.pass(nowMs)
    model.call(seenOf(each, record), record.position)
    await database.work([record], nowMs)
  }
  model.pass(nowMs + REST_MS)
  await database.work([], nowMs + REST_MS)
  const numbers = new Set(all.filter(({ level }) => level === 'accounts').map(({ number }) => number))
  const expected = new Map<string, unknown[]>([...adopted].map((name) => [name, [[adoptedMs, true]]]))
  for (const [name, changes] of model.end()) {
    const after = changes.filter(({ atMs }) => atMs > adoptedMs).map(({ atMs, value }) => [atMs, value])
    const isOfAccount = numbers.has(Number(name.split(' ')[1]))
    if (isOfAccount && after.length > 0) expected.set(name, [...(expected.get(name) ?? []), ...after])
  }
  const ofAccounts = database.told.filter(({ collection, cause }) => collection === 'accounts' && cause === 'changed')
  const told = Map.groupBy(ofAccounts, ({ profile, change }) => `${profile} ${change.computation}`)
  const found = Array.from(told, ([name, those]): [string, unknown[]] => [
    name,
    those.map(({ change: { atMs, value } }) => [atMs, value]),
  ])
  deepStrictEqual(sorted(new Map(found)), sorted(expected))
  return ofAccounts.length
}

/**
 * Those that are the same whenever they are made: without events of an account, which belong to the one that somebody was last
 * seen with by today, and without a number of people that is 0 where it once was another, and nothing where it was not.
 */
export const adoptedComputations = accountComputations
  .map((all) =>
    all.filter(({ definition, level }) =>
      level === 'accounts' ? !hasOwnEvents(definition) : definition.kind === 'audience',
    ),
  )
  .filter((all) => all.some(({ level }) => level === 'accounts'))

function hasOwnEvents(tree: unknown): boolean {
  if (typeof tree !== 'object' || tree === null) return false
  const { kind } = tree as { kind?: unknown }
  return kind === 'reduction' || (kind !== 'any' && kind !== 'all' && Object.values(tree).some(hasOwnEvents))
}
