/** A definition that is made in the midst of a history, and comes to the same as if it had always been there. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeState, encodeState } from './encoding.ts'
import {
  applyEvent,
  applyPast,
  type Change,
  type EngageEvent,
  type EngageState,
  evaluateAll,
  mergeInto,
  NOTHING_KNOWN,
  runTimers,
  settle,
  type Turned,
} from './engine.ts'
import { definitionsOf } from './language/definitions.fixture.ts'
import { parseAudience, parseTrait } from './language/index.ts'
import { Oracle } from './oracle.fixture.ts'
import { type Computation, type Plan, planOf } from './plan.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const START = Date.parse('2026-01-01T00:00:00Z')
const DATES = ['2026-01-01T06:00:00Z', '2026-01-03T00:00:00Z']
const view = { trait: (name: string) => (name === 'age' ? 2 : undefined), isEligible: () => true }

interface Logged {
  readonly event: EngageEvent
  readonly arrivedMs: number
}

/** A profile: what the engine keeps of it, and all that ever happened. */
class Person {
  state: EngageState = NOTHING_KNOWN
  changes: Change[] = []
  log: Logged[] = []
  oracle: Oracle

  constructor(plan: Plan) {
    this.oracle = new Oracle(plan.computations)
    this.oracle.traits = { age: 2 }
  }

  /** As it would be read from disk. */
  take({ state, changes }: Turned) {
    this.state = decodeState(encodeState(state))
    this.changes.push(...changes)
  }

  happened(): Oracle['history'] {
    return this.log.map(({ event, arrivedMs }) => ({
      kind: 'event',
      event: { ...event, atMs: Math.min(event.atMs, arrivedMs) },
    }))
  }
}

const definitions = definitionsOf({
  events: ['A', 'B'],
  paths: ['n', 's', 'list.$', 'd'],
  traits: ['age', 'c1', 'c2'],
  words: [0, 1, 2, '1', 'x', true, ...DATES],
  sources: ['s1', 's2'],
  dates: DATES,
  daysMax: 4,
  isAccounts: false,
})
const fieldValue = fc.oneof(fc.integer({ min: 0, max: 3 }), fc.constantFrom('1', 'x', true, null, ...DATES))
const event = fc.record({
  kind: fc.constant('event' as const),
  who: fc.nat(1),
  name: fc.constantFrom('A', 'B'),
  sourceId: fc.constantFrom('s1', 's2'),
  lateMs: fc.oneof(
    fc.constant(0),
    fc.integer({ min: -10, max: 100 }).map((hours) => hours * HOUR),
  ),
  properties: fc.record(
    { n: fieldValue, s: fieldValue, d: fieldValue, list: fc.array(fc.nat(2), { maxLength: 2 }) },
    { requiredKeys: [] },
  ),
  context: fc.record({ n: fieldValue }, { requiredKeys: [] }),
})
const step = fc.oneof(
  { weight: 10, arbitrary: event },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('merge' as const) }) },
)
const pause = fc.oneof({ weight: 6, arbitrary: fc.nat(12) }, { weight: 1, arbitrary: fc.nat(100) })
const steps = (maxLength: number) => fc.array(fc.tuple(pause, step), { maxLength })

test('made in the midst of a history, it comes to the same as if it had always been there', () => {
  const seen = { withMerges: 0, withLive: 0, values: 0 }
  const all = fc.record({
    found: fc.array(fc.oneof(definitions.audience, definitions.trait), { minLength: 1, maxLength: 3 }),
    /** Hours after the beginning at which a definition begins to count; all counts where there is none. */
    countFrom: fc.array(fc.option(fc.integer({ min: -24, max: 96 }), { nil: undefined }), { maxLength: 3 }),
    before: steps(20),
    during: steps(8),
    after: steps(6),
    /** Events of history that are read after each step. */
    page: fc.integer({ min: 0, max: 6 }),
  })
  fc.assert(
    fc.property(all, ({ found, countFrom, before, during, after, page }) => {
      const made = found.map((definition, at): Computation => {
        const hours = countFrom[at]
        // What is worked out of a tree is kept with it: one that counts from elsewhere is another one.
        const computation = { number: at + 1, key: `c${at + 1}`, definition: structuredClone(definition) }
        return hours === undefined ? computation : { ...computation, countsFromMs: START + hours * HOUR }
      })
      // One that asks nothing of events has no history to wait for.
      const computations = made.filter(
        ({ definition }, at) =>
          JSON.stringify(definition).includes('"reduction"') &&
          !made.some((each, other) => other >= at && JSON.stringify(definition).includes(`"${each.key}"`)),
      )
      const plan = planOf(computations)
      const filling = planOf(computations, new Set(plan.leaves.keys()))
      // A session of two profiles that become one while history is read is not exact: what is read of each by then is joined.
      if (JSON.stringify(found).includes('"session"')) fc.pre(during.every(([, { kind }]) => kind !== 'merge'))
      let [nowMs, position] = [START, 0]
      let people = [new Person(plan), new Person(plan)]
      const next = (phase: 'before' | 'during' | 'after', [hours, each]: (typeof before)[number]) => {
        const fromMs = nowMs
        nowMs += hours * HOUR
        position += 1
        const [first, other] = people
        if (phase === 'after') {
          for (const person of people) {
            person.take(runTimers(plan, person.state, view, nowMs))
            person.oracle.pass(fromMs, nowMs)
          }
        }
        if (each.kind === 'merge') {
          if (first === undefined || other === undefined) return
          people = [first]
          seen.withMerges += 1
          first.log = [...first.log, ...other.log].toSorted((a, b) => a.event.position - b.event.position)
          if (phase !== 'before')
            first.take(mergeInto(phase === 'during' ? filling : plan, first.state, other.state, view, nowMs))
          if (phase !== 'after') return
          first.oracle.merge(other.oracle)
          first.oracle.look(nowMs)
          return
        }
        const person = people[each.who] ?? first
        if (person === undefined) return
        const { lateMs, name, sourceId, properties, context } = each
        const event = { name, sourceId, properties, context, position, atMs: nowMs - lateMs }
        person.log.push({ event, arrivedMs: nowMs })
        if (phase === 'during') person.take(applyEvent(filling, person.state, event, view, nowMs))
        if (phase !== 'after') return
        person.take(applyEvent(plan, person.state, event, view, nowMs))
        const counted = { ...event, atMs: Math.min(event.atMs, nowMs) }
        person.oracle.history = [...person.oracle.history, { kind: 'event', event: counted }]
        person.oracle.look(nowMs)
      }
      for (const each of before) next('before', each)

      const until = position
      let readTo = 0
      const read = (count: number) => {
        for (const person of people) {
          const wanted = person.log.filter(
            (each) => each.event.position > readTo && each.event.position <= Math.min(until, readTo + count),
          )
          for (const past of wanted) person.state = applyPast(filling, person.state, past.event, past.arrivedMs, nowMs)
          person.state = decodeState(encodeState(person.state))
        }
        readTo += count
      }
      for (const each of during) {
        next('during', each)
        if (each[1].kind === 'event') seen.withLive += 1
        read(page)
        for (const person of people) expect(person.changes).toEqual([])
      }
      read(until)

      for (const person of people) {
        person.take(evaluateAll(plan, settle(plan, person.state), view, nowMs))
        person.oracle.history = person.happened()
        person.oracle.look(nowMs)
        expect(person.changes).toEqual(person.oracle.changes)
        seen.values += person.changes.length
      }
      for (const each of after) next('after', each)
      for (const person of people) {
        person.take(runTimers(plan, person.state, view, nowMs + 20 * DAY))
        person.oracle.pass(nowMs, nowMs + 20 * DAY)
        expect(person.changes).toEqual(person.oracle.changes)
      }
    }),
    { numRuns: Number(process.env['ENGAGE_BACKFILL_RUNS'] ?? 1_000) },
  )
  expect(Math.min(seen.withMerges, seen.withLive, seen.values)).toBeGreaterThan(100)
}, 600_000)

test('while history is read, neither a definition nor one that reads it is told, and others are', () => {
  const old = { number: 1, key: 'old', definition: parseTrait("event('A').count()") }
  const fresh = { number: 2, key: 'fresh', definition: parseAudience("event('A').within(1 day).count() >= 1") }
  const reader = { number: 3, key: 'reader', definition: parseAudience("trait('fresh') = true") }
  const whole = planOf([old, fresh, reader])
  const fillingKeys = [...whole.leaves.values()].flatMap(({ key, events }) => (events.window === null ? [] : [key]))
  const plan = planOf([old, fresh, reader], new Set(fillingKeys))
  const a: EngageEvent = { name: 'A', sourceId: 's', atMs: START, position: 9, properties: {}, context: {} }
  const { state, changes } = applyEvent(plan, NOTHING_KNOWN, a, view, START)
  expect(changes.map(({ key, value }) => [key, value])).toEqual([['old', 1]])
  const past = applyPast(plan, state, { ...a, position: 1, atMs: START - HOUR }, START - HOUR, START)
  expect(evaluateAll(whole, past, view, START).changes.map(({ key, value }) => [key, value])).toEqual([
    ['fresh', true],
    ['reader', true],
  ])
  const due = new Map([[2, { computed: undefined, dueMs: START }]])
  expect(runTimers(plan, { ...past, values: past.values.with(due) }, view, START).changes).toEqual([])
})
