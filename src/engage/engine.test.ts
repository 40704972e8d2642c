import fc from 'fast-check'
import { expect, test } from 'vitest'
import { applyEvent, dueAtMs, type EngageEvent, evaluateAll, NOTHING_KNOWN, runTimers } from './engine.ts'
import { followHistory, history } from './histories.fixture.ts'
import * as engine from './index.ts'
import { parseAudience, parseTrait } from './language/index.ts'
import { type Plan, planOf } from './plan.ts'

const DAY = 86_400_000
const START = Date.parse('2026-01-01T00:00:00Z')

/** Runs of the whole; `npm run test:oracle` has many more. */
const RUNS = 1_500

test('memberships and the sequence of their changes are those of a computation from the whole history', () => {
  const property = fc.property(history, (each) => followHistory(engine, each))
  fc.assert(property, { numRuns: RUNS })
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
  expect([dueAtMs(left.state), Array.from(left.state.leaves, ([, kept]) => kept)]).toEqual([
    null,
    [{ kind: 'entries', entries: [], forgotten: 0 }],
  ])
})

test('nobody is told that they are not in what they never were in', () => {
  const plan = audience("event('Order Completed').count() >= 2")
  const once = applyEvent(plan, NOTHING_KNOWN, anEvent(START), view, START)
  expect([once.changes, [...once.state.values]]).toEqual([[], []])
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
  expect([[...state.leaves].length, changes.map(({ value }) => value)]).toEqual([1, [5, 5]])
})

test('a sum beyond all numbers stays the greatest, and is never infinite', () => {
  const plan = planOf([{ number: 1, key: 'a', definition: parseTrait("event('Order Completed').sum(property('n'))") }])
  const sums = (...all: unknown[]) =>
    all.reduce<ReturnType<typeof applyEvent>>(
      ({ state }, n, index) =>
        applyEvent(plan, state, anEvent(START, { position: index + 1, properties: { n } }), view, START),
      { state: NOTHING_KNOWN, changes: [] },
    ).state
  const [huge, negative] = [sums(1.7e308, '1.7e308'), sums(-1.7e308, -1.7e308, Number.POSITIVE_INFINITY, '1e999')]
  expect(huge.values.get(1)).toMatchObject({ value: Number.MAX_VALUE })
  expect(negative.values.get(1)).toMatchObject({ value: -Number.MAX_VALUE })
  expect(engine.mergeInto(plan, huge, negative, view, START).state.values.get(1)).toMatchObject({ value: 0 })
  expect(engine.mergeInto(plan, huge, huge, view, START).state.values.get(1)).toMatchObject({ value: Number.MAX_VALUE })
})
