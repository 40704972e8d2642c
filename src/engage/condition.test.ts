import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { holds, type Surroundings } from './condition.ts'
import { definitionsOf } from './language/definitions.fixture.ts'
import { type Condition, parseAudience, type Value } from './language/index.ts'
import { judge, seenOf, spanOf } from './model.fixture.ts'
import { knownOf } from './values.ts'

const DATE = '2026-01-31T12:00:00.500Z'
const AT = Date.UTC(2026, 0, 31, 12, 0, 0, 500)
const HOUR = 3_600_000
const DAY = 24 * HOUR

/** @returns the answer, and the instants that were told of */
function ask(condition: Condition, traits: Readonly<Record<string, unknown>>, nowMs = AT): [boolean, number[]] {
  const told: number[] = []
  const here: Surroundings = {
    nowMs,
    onChangeAt: (ms) => told.push(ms),
    users: (kind) => kind === 'any',
    resolve: (value) => knownOf(standing(value, traits)),
  }
  return [holds(condition, here), told.toSorted((a, b) => a - b)]
}

function standing(value: Value, traits: Readonly<Record<string, unknown>>): unknown {
  if (value.kind === 'literal') return value.value
  return value.kind === 'trait' ? traits[value.key] : traits['events']
}

const { condition: presence } = parseAudience("trait('a').exists()")
const { condition: absence } = parseAudience("trait('a').absent()")
test.each([
  [0, true],
  [false, true],
  ['', true],
  [['x'], true],
  [{}, true],
  [null, false],
  [undefined, false],
  [[], false],
  [[null], false],
])('%j exists: %s', (a, exists) => {
  expect([ask(presence, { a })[0], ask(absence, { a })[0]]).toEqual([exists, !exists])
})

describe('dates', () => {
  const before = parseAudience(`trait('a').before_date('${DATE}')`).condition
  const after = parseAudience(`trait('a').after_date('${DATE}')`).condition
  test.each([
    ['2026-01-31T12:00:00.499Z', true, false],
    ['2026-01-31T12:00:00.500Z', false, false],
    ['2026-01-31T12:00:00.501Z', false, true],
    ['2026-01-31T14:00:00.499+02:00', true, false],
    [['2026-01-31T12:00:00.499Z', '2026-01-31T12:00:00.501Z'], true, true],
    ['2026-01-31', false, false],
    ['2025-02-31T00:00:00Z', false, false],
    [AT + 1, false, false],
    [null, false, false],
  ])('%j is before and after: %s, %s', (a, isBefore, isAfter) => {
    expect([ask(before, { a })[0], ask(after, { a })[0]]).toEqual([isBefore, isAfter])
  })
})

describe('a date beside the clock, to the millisecond', () => {
  test.each<[test: string, offsetMs: number, isHolding: boolean, told: number[]]>([
    ['within_last(2 days)', -1, false, [0, 2 * DAY]],
    ['within_last(2 days)', 0, true, [2 * DAY]],
    ['within_last(2 days)', 2 * DAY - 1, true, [2 * DAY]],
    ['within_last(2 days)', 2 * DAY, false, []],
    ['before_last(2 days)', -1, false, [0, 2 * DAY]],
    ['before_last(2 days)', 2 * DAY - 1, false, [2 * DAY]],
    ['before_last(2 days)', 2 * DAY, true, []],
    ['within_next(3 hours)', -3 * HOUR - 1, false, [-3 * HOUR, 0]],
    ['within_next(3 hours)', -3 * HOUR, true, [0]],
    ['within_next(3 hours)', -1, true, [0]],
    ['within_next(3 hours)', 0, false, []],
    ['after_next(3 hours)', -3 * HOUR - 1, true, [-3 * HOUR, 0]],
    ['after_next(3 hours)', -3 * HOUR, false, [0]],
    ['after_next(3 hours)', 0, false, []],
    ['within_last(1 minute)', 60_000 - 1, true, [60_000]],
    ['within_last(1 second)', 1_000, false, []],
  ])('%s, %d ms after the date: %s', (text, offsetMs, isHolding, told) => {
    const { condition } = parseAudience(`trait('a').${text}`)
    expect(ask(condition, { a: DATE }, AT + offsetMs)).toEqual([isHolding, told.map((ms) => AT + ms)])
  })

  test('what is no date is in no time, and will not be', () => {
    const { condition } = parseAudience("trait('a').before_last(1 day)")
    for (const a of [undefined, 'soon', 1, true, '2026-02-31T00:00:00Z'])
      expect(ask(condition, { a })).toEqual([false, []])
  })

  test('a list is in a time with any of its dates, and tells of all', () => {
    const { condition } = parseAudience("trait('a').within_last(1 day)")
    expect(ask(condition, { a: ['2026-01-29T00:00:00Z', DATE, '2026-02-01T00:00:00Z'] })).toEqual([
      true,
      [Date.UTC(2026, 1, 1), AT + DAY, Date.UTC(2026, 1, 2)],
    ])
  })
})

test('NOT of what is absent holds, whatever is asked', () => {
  const texts = [
    "trait('a') != 1",
    "trait('a').omits('x')",
    "trait('a').none_of('x')",
    `trait('a').before_date('${DATE}')`,
  ]
  for (const text of texts) {
    expect(ask(parseAudience(text).condition, {})[0]).toBe(false)
    expect(ask(parseAudience(`NOT ${text}`).condition, {})[0]).toBe(true)
  }
})

test('every part is asked, so that no instant is missed when another part decides', () => {
  const date = "trait('a').within_last(1 day)"
  for (const text of [`trait('b') = 2 AND ${date}`, `trait('b') = 1 OR ${date}`, `NOT (trait('b') = 1 OR ${date})`])
    expect(ask(parseAudience(text).condition, { a: DATE, b: 1 })[1]).toEqual([AT + DAY])
})

test('an account asks its users', () => {
  expect(ask(parseAudience("ANY(trait('a') = 1)", 'accounts').condition, {})[0]).toBe(true)
  expect(ask(parseAudience("ALL(trait('a') = 1)", 'accounts').condition, {})[0]).toBe(false)
})

const DATES = [
  '2026-01-31T11:00:00Z',
  '2026-01-31T14:00:00.500+02:00',
  '2026-01-28T00:00:00Z',
  '2026-02-03T12:00:00.5Z',
]
const { audience } = definitionsOf({
  events: ['A'],
  paths: ['p'],
  traits: ['a', 'b'],
  words: [0, 1, '1', '1.0', '', 'x', 'xy', true, 'true', ...DATES],
  sources: ['s'],
  dates: DATES,
  daysMax: 4,
  isAccounts: true,
})
const scalar = fc.constantFrom(null, 0, 1, '1', '1.0', '', 'x', 'xy', true, false, 'true', ...DATES)
const traits = fc.record({
  a: fc.oneof(scalar, fc.array(scalar, { maxLength: 3 })),
  b: fc.oneof(scalar, fc.array(scalar, { maxLength: 3 })),
  events: scalar,
})

test('conditions hold when the simple model says so, and change only at instants that were told of', () => {
  const spans = [...Array(4).keys()].flatMap((days) => [...Array(24).keys()].map((hours) => days * DAY + hours * HOUR))
  fc.assert(
    fc.property(
      audience,
      traits,
      fc.constantFrom(...spans),
      fc.constantFrom(-1, 0, 1),
      (definition, all, span, edge) => {
        const { condition } = definition
        const judged = (nowMs: number) =>
          judge(condition, { nowMs, users: (kind) => kind === 'any', see: (value) => seenOf(standing(value, all)) })
        for (const nowMs of [AT, AT + span + edge, AT - span + edge])
          expect(ask(condition, all, nowMs)[0]).toBe(judged(nowMs))
        const [isNow, told] = ask(condition, all, AT)
        const next = Math.min(...told)
        for (const later of [1, span + edge, spanOf({ amount: 4, unit: 'day' })])
          if (later > 0 && AT + later < next) expect(judged(AT + later)).toBe(isNow)
      },
    ),
    { numRuns: 5_000 },
  )
})
