import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  applyEvent,
  applyTraits,
  type Change,
  dueAtMs,
  type EngageEvent,
  type EngageState,
  evaluateAll,
  mergeInto,
  NOTHING_KNOWN,
  runTimers,
} from './engine.ts'
import { definitionsOf } from './language/definitions.fixture.ts'
import { parseAudience, parseTrait } from './language/index.ts'
import { Oracle } from './oracle.fixture.ts'
import { type Computation, type Plan, planOf } from './plan.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const START = Date.parse('2026-01-01T00:00:00Z')

/** A profile that the engine and the oracle both follow. */
class Followed {
  readonly #plan: Plan
  readonly oracle: Oracle
  state: EngageState
  readonly changes: Change[] = []
  traits: Record<string, unknown> = {}

  constructor(plan: Plan, nowMs: number) {
    this.#plan = plan
    this.oracle = new Oracle(plan.computations)
    this.state = NOTHING_KNOWN
    this.#take(evaluateAll(plan, NOTHING_KNOWN, this.#view(), nowMs))
    this.oracle.look(nowMs)
  }

  #view() {
    return { trait: (name: string) => this.traits[name], isEligible: () => true }
  }

  /** As it would be read from disk. */
  #take({ state, changes }: { state: EngageState; changes: readonly Change[] }) {
    this.state = JSON.parse(JSON.stringify(state))
    this.changes.push(...changes)
  }

  pass(fromMs: number, untilMs: number) {
    this.#take(runTimers(this.#plan, this.state, this.#view(), untilMs))
    this.oracle.pass(fromMs, untilMs)
  }

  event(event: EngageEvent, nowMs: number) {
    this.#take(applyEvent(this.#plan, this.state, event, this.#view(), nowMs))
    this.oracle.history = [
      ...this.oracle.history,
      { kind: 'event', event: { ...event, atMs: Math.min(event.atMs, nowMs) } },
    ]
    this.oracle.look(nowMs)
  }

  set(name: string, value: unknown, nowMs: number) {
    this.traits = { ...this.traits, [name]: value }
    this.oracle.traits = this.traits
    this.#take(applyTraits(this.#plan, this.state, [name], this.#view(), nowMs))
    this.oracle.look(nowMs)
  }

  merge(other: Followed, nowMs: number) {
    this.traits = { ...other.traits, ...this.traits }
    this.oracle.traits = this.traits
    this.#take(mergeInto(this.#plan, this.state, other.state, this.#view(), nowMs))
    this.oracle.merge(other.oracle)
    this.oracle.look(nowMs)
  }
}

const DATES = ['2026-01-01T06:00:00Z', '2026-01-03T00:00:00Z', '2025-12-30T12:00:00+02:00']
const definitions = definitionsOf({
  events: ['A', 'B'],
  paths: ['n', 's', 'list.$', 'd'],
  traits: ['age', 'born', 'c1', 'c2'],
  words: [0, 1, 2, '1', '1.0', 'x', true, ...DATES],
  sources: ['s1', 's2'],
  dates: DATES,
  daysMax: 4,
  isAccounts: false,
})

const scalar = fc.oneof(fc.integer({ min: 0, max: 3 }), fc.constantFrom('1', '1.0', 'x', true, null, ...DATES))
const fieldValue = fc.oneof(
  { weight: 6, arbitrary: scalar },
  { weight: 1, arbitrary: fc.array(scalar, { maxLength: 2 }) },
)
const step = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('event' as const),
      who: fc.nat(1),
      name: fc.constantFrom('A', 'B'),
      sourceId: fc.constantFrom('s1', 's2'),
      /** Late, in time, or in the future. */
      lateMs: fc.oneof(
        fc.constant(0),
        fc.integer({ min: -10, max: 100 }).map((hours) => hours * HOUR),
        fc.integer({ min: -100, max: 1_000 }).map((seconds) => seconds * 1_000 + 1),
      ),
      properties: fc.record(
        { n: fieldValue, s: fieldValue, d: fieldValue, list: fc.array(fc.nat(2), { maxLength: 2 }) },
        { requiredKeys: [] },
      ),
      context: fc.record({ n: fieldValue }, { requiredKeys: [] }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('trait' as const),
      who: fc.nat(1),
      name: fc.constantFrom('age', 'born'),
      value: fieldValue,
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('merge' as const) }) },
)
/** Milliseconds that pass before a step; sometimes few, sometimes a jump. */
const pause = fc.oneof(
  { weight: 6, arbitrary: fc.nat(12).map((hours) => hours * HOUR) },
  { weight: 1, arbitrary: fc.nat(200).map((hours) => hours * HOUR) },
  { weight: 1, arbitrary: fc.nat(3_600_000) },
)
const history = fc.array(fc.tuple(pause, step), { maxLength: 25 })

/** Runs of the whole; the long form has 20,000. */
const RUNS = Number(process.env['ENGAGE_ORACLE_RUNS'] ?? 1_500)

test('memberships and the sequence of their changes are those of a computation from the whole history', () => {
  const all = fc.tuple(
    fc.array(fc.oneof(definitions.audience, definitions.trait), { minLength: 1, maxLength: 3 }),
    history,
  )
  fc.assert(
    fc.property(all, ([found, steps]) => {
      const computations = found.map(
        (definition, index): Computation => ({ number: index + 1, key: `c${index + 1}`, definition }),
      )
      const acyclic = computations.filter(
        ({ definition }, index) =>
          !computations.some((each, at) => at >= index && JSON.stringify(definition).includes(`"${each.key}"`)),
      )
      const plan = planOf(acyclic)
      let nowMs = START
      let people = [new Followed(plan, nowMs), new Followed(plan, nowMs)]
      for (const [position, [pauseMs, each]] of steps.entries()) {
        const before = nowMs
        nowMs += pauseMs
        for (const person of people) person.pass(before, nowMs)
        if (each.kind === 'merge') {
          const [survivor, other] = people
          if (survivor === undefined || other === undefined) continue
          survivor.merge(other, nowMs)
          people = [survivor]
          continue
        }
        const person = people[each.who] ?? people[0]
        if (each.kind === 'trait') person?.set(each.name, each.value, nowMs)
        else person?.event({ ...each, position: position + 1, atMs: nowMs - each.lateMs }, nowMs)
      }
      for (const person of people) {
        person.pass(nowMs, nowMs + 20 * DAY)
        expect(person.changes).toEqual(person.oracle.changes)
      }
    }),
    { numRuns: RUNS },
  )
}, 600_000)

const audience = (query: string): Plan => planOf([{ number: 1, key: 'a', definition: parseAudience(query) }])
const anEvent = (atMs: number, over: Partial<EngageEvent> = {}): EngageEvent => ({
  name: 'Order Completed',
  sourceId: 's',
  atMs,
  position: 1,
  properties: {},
  context: {},
  ...over,
})
const view = { trait: () => undefined, isEligible: () => true }

test('who ordered is in for 30 days, and out at the very millisecond without an event', () => {
  const plan = audience("event('Order Completed').within(30 days).count() >= 1")
  const ordered = applyEvent(plan, NOTHING_KNOWN, anEvent(START), view, START)
  expect(ordered.changes).toMatchObject([{ value: true, before: null, number: 1 }])
  expect(dueAtMs(ordered.state)).toBe(START + 30 * DAY)
  expect(runTimers(plan, ordered.state, view, START + 30 * DAY - 1).changes).toEqual([])
  const left = runTimers(plan, ordered.state, view, START + 90 * DAY)
  expect(left.changes).toMatchObject([{ value: false, before: true, number: 2, atMs: START + 30 * DAY }])
  expect([dueAtMs(left.state), Object.values(left.state.leaves)]).toEqual([
    null,
    [{ kind: 'entries', entries: [], forgotten: 0 }],
  ])
})

test('nobody is told that they are not in what they never were in', () => {
  const plan = audience("event('Order Completed').count() >= 2")
  const once = applyEvent(plan, NOTHING_KNOWN, anEvent(START), view, START)
  expect([once.changes, once.state.values]).toEqual([[], {}])
})

test('a profile without an id that counts is in no audience, and in as soon as it has one', () => {
  const plan = audience("event('Order Completed').count() >= 1")
  const unknown = { ...view, isEligible: () => false }
  const { state, changes } = applyEvent(plan, NOTHING_KNOWN, anEvent(START), unknown, START)
  expect(changes).toEqual([])
  expect(evaluateAll(plan, state, view, START).changes).toMatchObject([{ value: true }])
})

test('definitions that say the same share what is kept', () => {
  const definition = parseTrait("event('Order Completed').sum(property('total'))")
  const plan = planOf([1, 2].map((number) => ({ number, key: `k${number}`, definition: structuredClone(definition) })))
  const { state, changes } = applyEvent(plan, NOTHING_KNOWN, anEvent(START, { properties: { total: 5 } }), view, START)
  expect([Object.keys(state.leaves).length, changes.map(({ value }) => value)]).toEqual([1, [5, 5]])
})
