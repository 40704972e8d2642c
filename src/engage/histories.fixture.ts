/**
 * Random histories of profiles, which an engine and the oracle both follow: late and future events, traits,
 * merges, jumps of the clock, under definitions of the whole grammar.
 */
import { deepStrictEqual } from 'node:assert/strict'
import fc from 'fast-check'
import type { Change, EngageEvent, EngageState, Turned } from './engine.ts'
import { definitionsOf } from './language/definitions.fixture.ts'
import { Oracle, spansIn } from './oracle.fixture.ts'
import type { Computation, Plan } from './plan.ts'

/** What is tested: the engine of this folder, or a copy of it. */
export type Engine = Pick<
  typeof import('./engine.ts'),
  'applyEvent' | 'applyTraits' | 'evaluateAll' | 'mergeInto' | 'NOTHING_KNOWN' | 'runTimers'
> &
  Pick<typeof import('./encoding.ts'), 'decodeState' | 'encodeState'> &
  Pick<typeof import('./plan.ts'), 'planOf'>

const HOUR = 3_600_000
const DAY = 24 * HOUR
/** Unix milliseconds at which histories begin. */
export const START_MS = Date.UTC(2026, 0, 1)
/** Milliseconds after the end of a history: longer than any window. */
export const REST_MS = 20 * DAY

/** A profile that an engine and the oracle both follow. */
class Followed {
  readonly #engine: Engine
  readonly #plan: Plan
  readonly #oracle: Oracle
  #state: EngageState
  #nowMs: number
  #changes: readonly Change[] = []
  #traits: Readonly<Record<string, unknown>> = {}

  constructor(engine: Engine, plan: Plan, nowMs: number) {
    this.#engine = engine
    this.#plan = plan
    this.#nowMs = nowMs
    this.#oracle = new Oracle(plan.computations)
    this.#state = engine.NOTHING_KNOWN
    this.#take(engine.evaluateAll(plan, this.#state, this.#view(), nowMs))
    this.#oracle.look(nowMs)
  }

  pass(untilMs: number): void {
    this.#take(this.#engine.runTimers(this.#plan, this.#state, this.#view(), untilMs))
    this.#oracle.pass(this.#nowMs, untilMs)
    this.#nowMs = untilMs
  }

  event(event: EngageEvent): void {
    const nowMs = this.#nowMs
    this.#take(this.#engine.applyEvent(this.#plan, this.#state, event, this.#view(), nowMs))
    const happened = { ...event, atMs: Math.min(event.atMs, nowMs) }
    this.#oracle.history = [...this.#oracle.history, { kind: 'event', event: happened }]
    this.#oracle.look(nowMs)
  }

  set(name: string, value: unknown): void {
    this.#traits = { ...this.#traits, [name]: value }
    this.#oracle.traits = this.#traits
    this.#take(this.#engine.applyTraits(this.#plan, this.#state, [name], this.#view(), this.#nowMs))
    this.#oracle.look(this.#nowMs)
  }

  /** Both have passed to the same time. */
  merge(other: Followed): void {
    this.#traits = { ...other.#traits, ...this.#traits }
    this.#oracle.traits = this.#traits
    this.#take(this.#engine.mergeInto(this.#plan, this.#state, other.#state, this.#view(), this.#nowMs))
    this.#oracle.merge(other.#oracle)
    this.#oracle.look(this.#nowMs)
  }

  /** @returns how many changes there were. @throws AssertionError unless they, and what is kept, are the oracle's */
  compare(): number {
    deepStrictEqual(this.#changes, this.#oracle.changes)
    const values = Array.from(this.#state.values, ([number, { value }]) => [number, value])
    const expected = [...this.#oracle.values].map(([number, { value }]) => [number, value])
    deepStrictEqual(new Map(values as [number, unknown][]), new Map(expected as [number, unknown][]))
    return this.#changes.length
  }

  #view() {
    return { trait: (name: string) => this.#traits[name], isEligible: () => true }
  }

  /** As it would be read from disk. */
  #take({ state, changes }: Turned): void {
    this.#state = this.#engine.decodeState(this.#engine.encodeState(state))
    this.#changes = [...this.#changes, ...changes]
  }
}

export const DATES = ['2026-01-01T06:00:00Z', '2026-01-03T00:00:00Z', '2025-12-30T12:00:00+02:00']
export const VOCABULARY = {
  events: ['A', 'B'],
  paths: ['n', 's', 'list.$', 'd'],
  traits: ['age', 'born', 'c1', 'c2'],
  words: [0, 1, 2, '1', '1.0', 'x', true, ...DATES],
  sources: ['s1', 's2'],
  dates: DATES,
  daysMax: 4,
  isAccounts: false,
}
const definitions = definitionsOf(VOCABULARY)

/** Some count from an instant on: before, at, or in the midst of a history. */
const countsFromMs = fc.option(
  fc.integer({ min: -24, max: 96 }).map((hours) => START_MS + hours * HOUR),
  { nil: undefined, freq: 3 },
)
const someDefinition = fc.tuple(fc.oneof(definitions.audience, definitions.trait), countsFromMs)

/** Those that read another's key come after it, and none itself. */
export const computations = (max: number): fc.Arbitrary<readonly Computation[]> =>
  fc.array(someDefinition, { minLength: 1, maxLength: max }).map((found) => {
    // What is worked out of a tree is kept with it: one that counts from elsewhere is another one.
    const all = found.map(([definition, fromMs], index) => ({
      number: index + 1,
      key: `c${index + 1}`,
      definition: structuredClone(definition),
      ...(fromMs === undefined ? {} : { countsFromMs: fromMs }),
    }))
    return all.filter(
      ({ definition }, index) =>
        !all.some((each, at) => at >= index && JSON.stringify(definition).includes(`"${each.key}"`)),
    )
  })

/** Of a time: hours, a jump of days, some milliseconds, or a duration of the definitions or its part, exactly or nearly. */
export const length = fc.oneof(
  { weight: 4, arbitrary: fc.record({ of: fc.constant('hour' as const), amount: fc.nat(12) }) },
  { weight: 1, arbitrary: fc.record({ of: fc.constant('hour' as const), amount: fc.nat(200) }) },
  { weight: 1, arbitrary: fc.record({ of: fc.constant('millisecond' as const), amount: fc.nat(3_600_000) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      of: fc.constant('duration' as const),
      amount: fc.nat(9),
      share: fc.constantFrom(1, 1, 0.5, 0.25),
      nearly: fc.constantFrom(0, 0, 0, -1, 1),
    }),
  },
)
export type Length = typeof length extends fc.Arbitrary<infer T> ? T : never

export function msOf(each: Length, durations: readonly number[]): number {
  if (each.of === 'hour') return each.amount * HOUR
  if (each.of === 'millisecond') return each.amount
  const duration = durations[each.amount % durations.length] ?? HOUR
  return Math.max(0, Math.round(duration * each.share) + each.nearly)
}

const scalar = fc.oneof(fc.integer({ min: 0, max: 3 }), fc.constantFrom('1', '1.0', 'x', true, null, ...DATES))
export const fieldValue = fc.oneof(
  { weight: 6, arbitrary: scalar },
  { weight: 1, arbitrary: fc.array(scalar, { maxLength: 2 }) },
)
const step = fc.oneof(
  {
    weight: 16,
    arbitrary: fc.record({
      kind: fc.constant('event' as const),
      name: fc.constantFrom('A', 'B'),
      sourceId: fc.constantFrom('s1', 's2'),
      late: fc.oneof(fc.constant(null), length),
      /** Most that are not on time are late. */
      isFuture: fc.integer({ min: 0, max: 5 }).map((each) => each === 0),
      properties: fc.record(
        { n: fieldValue, s: fieldValue, d: fieldValue, list: fc.array(fc.nat(2), { maxLength: 2 }) },
        { requiredKeys: [] },
      ),
      context: fc.record({ n: fieldValue }, { requiredKeys: [] }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('trait' as const),
      name: fc.constantFrom('age', 'born'),
      value: fieldValue,
    }),
  },
  { weight: 3, arbitrary: fc.constant({ kind: 'merge' as const }) },
)
/** How much time passes before it, who of many (modulo their number) it is about, and what happens. */
export const turn = fc.tuple(length, fc.nat(999), step)
export type Turn = typeof turn extends fc.Arbitrary<infer T> ? T : never

/** One random history of a few people. */
export const historyOf = (all: fc.Arbitrary<readonly Computation[]>) =>
  fc.tuple(all, fc.array(turn, { maxLength: 25, size: 'max' }))
export const history = historyOf(computations(3))

/** People under one plan. */
export class Population {
  readonly #durations: readonly number[]
  #people: readonly Followed[]
  #nowMs = START_MS
  #position = 0

  constructor(engine: Engine, all: readonly Computation[], people: number) {
    const plan = engine.planOf(all)
    this.#durations = all.flatMap(({ definition }) => spansIn(definition))
    this.#people = Array.from({ length: people }, () => new Followed(engine, plan, START_MS))
  }

  take([pause, who, each]: Turn): void {
    this.#nowMs += msOf(pause, this.#durations)
    const [person, other] = [this.#people[who % this.#people.length], this.#people[(who + 1) % this.#people.length]]
    person?.pass(this.#nowMs)
    if (each.kind === 'trait') person?.set(each.name, each.value)
    else if (each.kind === 'event') {
      this.#position += 1
      const lateMs = each.late === null ? 0 : msOf(each.late, this.#durations) * (each.isFuture ? -1 : 1)
      person?.event({ ...each, position: this.#position, atMs: this.#nowMs - lateMs })
    } else if (person !== undefined && other !== undefined && person !== other) {
      other.pass(this.#nowMs)
      other.compare()
      person.merge(other)
      this.#people = this.#people.filter((one) => one !== other)
    }
  }

  /** @returns how many changes there were. @throws AssertionError unless the engine's are the oracle's */
  end(): number {
    return this.#people.reduce((changes, person) => {
      person.pass(this.#nowMs + REST_MS)
      return changes + person.compare()
    }, 0)
  }
}

/** @throws AssertionError unless the engine's changes are the oracle's */
export function followHistory(engine: Engine, [all, turns]: readonly [readonly Computation[], readonly Turn[]]): void {
  const population = new Population(engine, all, 3)
  for (const each of turns) population.take(each)
  population.end()
}
