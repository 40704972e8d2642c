import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { instantOf } from './date.ts'
import { definitionsOf } from './definitions.fixture.ts'
import { DEPTH_MAX, NAME_CHARS_MAX, PRIMARIES_MAX, TEXT_CHARS_MAX, WINDOW_DAYS_MAX, WORDS_MAX } from './limits.ts'
import { type Level, parseAudience, parseTrait } from './parse.ts'
import { print } from './print.ts'
import { DefinitionProblem, placeOf } from './problem.ts'

const { audience, trait } = definitionsOf({
  events: ['Order Completed', "It's", 'back\\slash', 'Größe', 'a"b'],
  paths: ['total', 'a.b', 'items.$.price', 'x y'],
  traits: ['email', 'vip'],
  words: ['', "don't", 'true', 0, -1.5, 1e21, true, false],
  sources: ['s1', "s'2"],
  dates: ['2026-01-31T00:00:00Z', '2026-01-31T00:00:00.5+02:00'],
  daysMax: 30,
  isAccounts: true,
})

test('what is printed is read as the same definition', () => {
  fc.assert(
    fc.property(audience, (definition) => {
      expect(parseAudience(print(definition), 'accounts')).toEqual(definition)
    }),
    { numRuns: 2_000 },
  )
  fc.assert(
    fc.property(trait, (definition) => {
      expect(parseTrait(print(definition))).toEqual(definition)
    }),
    { numRuns: 500 },
  )
})

test('AND binds tighter than OR, and space and quotes do not matter', () => {
  const text = `trait('a') = 1 OR trait("b") = 2\n  AND NOT (trait('c') = 3 OR trait('d')   .exists())`
  expect(print(parseAudience(text))).toBe(
    "trait('a') = 1 OR trait('b') = 2 AND NOT (trait('c') = 3 OR trait('d').exists())",
  )
})

/** Texts near the limits of depth and length, with parentheses where none are needed. */
const word = fc.oneof(
  fc.constantFrom("'x'", '-0', '1e3', `"it\\'s"`),
  fc.integer({ min: 1, max: NAME_CHARS_MAX }).map((length) => `"${"'".repeat(length)}"`),
)
const oneTest = fc
  .array(word, { minLength: 1, maxLength: 60, size: 'max' })
  .map((words) => `trait('a').one_of(${words.join(',')})`)
const deepText = fc
  .tuple(
    oneTest,
    fc.array(fc.constantFrom('()', 'NOT ', ' OR ', ' AND ', 'where'), { maxLength: DEPTH_MAX + 20, size: 'max' }),
  )
  .map(([innermost, around]) =>
    around.reduce((text, each) => {
      if (each === '()') return `(${text})`
      if (each === 'NOT ') return `NOT ${text}`
      if (each === 'where') return `event('A').where(${text.replaceAll('event', 'trait')}).count()=1`
      return `${text}${each}trait('b')=1`
    }, innermost),
  )

test('whatever is read can be printed and read again, also at the limits of depth and length', () => {
  const seen = { read: 0, refused: 0 }
  fc.assert(
    fc.property(deepText, (text) => {
      if (!fits(text)) {
        seen.refused += 1
        return
      }
      seen.read += 1
      const definition = parseAudience(text)
      expect(parseAudience(print(definition))).toEqual(definition)
    }),
    { numRuns: 1_000 },
  )
  expect(Math.min(seen.read, seen.refused)).toBeGreaterThan(50)
})

test('AND inside OR has no parentheses, so that it is no deeper printed than typed', () => {
  const text = Array.from({ length: DEPTH_MAX - 1 }).reduce<string>(
    (inner) => `trait('a') = 1 AND (trait('b') = 1 OR ${inner})`,
    "trait('a') = 1",
  )
  const definition = parseAudience(text)
  expect(print(definition)).toBe(text)
})

test('a text that fits and becomes too long printed is refused, with its length', () => {
  const text = (last: number) => {
    const words = [...Array(19).fill(NAME_CHARS_MAX), last].map((length) => `"${"'".repeat(length)}"`)
    return `trait('a').one_of(${words.join(', ')})`
  }
  expect(text(NAME_CHARS_MAX).length).toBeLessThan(TEXT_CHARS_MAX)
  const longest = [...Array(NAME_CHARS_MAX).keys()].findLast((last) => last > 0 && fits(text(last))) ?? 0
  // Each quote is two characters printed.
  expect(print(parseAudience(text(longest))).length).toBeGreaterThan(TEXT_CHARS_MAX - 2)
  expect(() => parseAudience(text(longest + 1))).toThrow(/has 2000[12] characters; 20000 are allowed/)
})

test.each([
  ['2026-02-28T23:59:59.999Z', true],
  ['2024-02-29T00:00Z', true],
  ['2026-02-29T00:00:00Z', false],
  ['2026-02-31T00:00:00Z', false],
  ['2026-04-31T00:00:00Z', false],
  ['2026-13-01T00:00:00Z', false],
  ['2026-00-01T00:00:00Z', false],
  ['2026-01-00T00:00:00Z', false],
  ['2026-01-01T24:00:00Z', false],
  ['2026-01-01T00:60:00Z', false],
  ['2026-01-01T00:00:60Z', false],
  ['2026-01-01T00:00:00+24:00', false],
  ['2026-01-01T00:00:00+23:59', true],
  ['2026-01-01T00:00:00', false],
  ['2026-01-01', false],
])('%s is a date: %s', (date, isDate) => {
  expect([instantOf(date) !== undefined, fits(`trait('a').after_date('${date}')`)]).toEqual([isDate, isDate])
})

const event = "event('A')"

describe('every mistake is told with its place', () => {
  test.each<[text: string, place: number, message: string]>([
    ['', 0, 'Here belongs one of event'],
    ['price > 1', 0, 'price is not known'],
    [`${event}.count()`, 18, 'Compare this'],
    [`${event} >= 1`, 11, 'Say what to make'],
    [`${event}.size() > 1`, 11, 'size cannot follow'],
    [`${event}.count().is() = 1`, 19, 'is is no comparison'],
    [`${event}.count() >= 1 trait('a') = 1`, 24, 'should end'],
    [`${event}.count() >= `, 22, 'The text ends here'],
    ["property('a') = 1", 0, 'inside where'],
    ["context('a') = 1", 0, 'inside where'],
    [`${event}.where(property(parent: 'a') = 1).count() = 1`, 26, 'no parent event'],
    [`${event}.within(parent: 5 days).count() = 1`, 11, 'no parent event'],
    [`${event}.where(event('B').where(event('C').count() = 1).count() = 1).count() = 1`, 39, 'cannot have another'],
    [`${event}.within(7 weeks).count() = 1`, 18, 'weeks is no unit'],
    [`${event}.within(0 days).count() = 1`, 18, 'whole number from 1'],
    [`${event}.within(1.5 days).count() = 1`, 18, 'whole number from 1'],
    [`${event}.between(10 days, 7 days).count() = 1`, 11, 'nearer time first'],
    [`${event}.within(7 days).between(1 days, 2 days).count() = 1`, 26, 'said already'],
    [`${event}.expires_after(1 hour).count() = 1`, 11, 'belongs to computed traits'],
    [`${event}.sources({only: ['a']}).count() = 1`, 20, 'exclude'],
    [`${event}.sum() = 1`, 15, 'Here belongs one of event'],
    [`${event}.sum(trait('a')) = 1`, 15, 'part of the event'],
    [`${event}.max(property('a') as date) = 1`, 32, 'as string or as number'],
    [`${event}.mode(property('a'), 0) = 1`, 31, 'least frequency'],
    ["trait('a').before_date('2026-01-31')", 23, 'time and zone'],
    ["trait('a').one_of(event('B').count())", 18, 'takes texts'],
    ["ANY(trait('a') = 1)", 0, 'account'],
    ["trait('a) = 1", 6, 'has no end'],
    ["trait('a') = #1", 13, 'not part of the language'],
    ["trait('a') = 1e999", 13, 'too large'],
    ['trait(a) = 1', 6, 'in quotes'],
    ["trait('') = 1", 6, '1 to 500 characters'],
    ["trait('a').before_date('2026-02-31T00:00:00Z')", 23, 'day of the calendar'],
    [`${event}.between(0 days, 0 days).count() = 1`, 27, 'whole number from 1'],
    [`${event}.within(x days).count() = 1`, 18, 'Here belongs a number'],
    [`${event}.mode(property('a'), x) = 1`, 31, 'Here belongs a number'],
    [`${event}.within(1096 days).count() = 1`, 11, '1095 days at most'],
    [`${event}.between(1 day, 1096 days).count() = 1`, 11, '1095 days at most'],
    [Array(51).fill("trait('a') = 1").join(' OR '), 50 * 18, 'at most 50 of event'],
    [`trait('a').one_of(${Array(101).fill('1').join(', ')})`, 18 + 300, '100 values at most'],
    [`${'('.repeat(20)}trait('a') = 1${')'.repeat(20)}`, 20, '20 deep at most'],
    [`${'NOT '.repeat(20)}trait('a') = 1`, 80, '20 deep at most'],
    ["trait('a') = 1".padEnd(20_001), 0, 'has 20001 characters; 20000 are allowed'],
    [`${event}.count( = 1`, 18, 'Here belongs )'],
    [`${event}.between(1 day) = 1`, 24, 'Here belongs ,'],
    [`${event}.within(7).count() = 1`, 19, 'a unit: seconds, minutes, hours or days'],
    [`${event}.count().>= 1`, 19, 'the name of a comparison'],
    [`${event}.(1) = 1`, 11, 'one of where, sources'],
    [`${event}.max(property('a') as 1) = 1`, 32, 'string or number'],
    [`${event}.sources({exclude: [a]}).count() = 1`, 30, "a source's id in quotes"],
    ['literal(a) = 1', 8, 'a text in quotes, a number, true or false'],
    // Types.
    ['literal(1) = 2', 11, 'constants only'],
    ["literal('a').one_of('a', literal('b'))", 13, 'constants only'],
    ["literal('a').exists()", 13, 'constants only'],
    ["literal('2026-01-31T00:00:00Z').before_date('2026-01-31T00:00:00Z')", 32, 'constants only'],
    ["literal('soon').within_last(1 day)", 16, 'within_last asks for a date'],
    ['literal(1).within_last(1 day)', 11, 'within_last asks for a date'],
    [`${event}.unique(property('a')) > 1`, 33, 'has no order'],
    [`1 < ${event}.count()`, 0, 'Here belongs one of event'],
    [`trait('a') <= ${event}.unique(property('a'))`, 11, 'has no order'],
    ["trait('a') > true", 11, 'true and false have no order'],
    [`${event}.count() >= '1'`, 19, 'without quotes'],
    [`${event}.avg(property('a')) = true`, 30, 'without quotes'],
    [`literal('x') != ${event}.sum(property('a'))`, 13, 'without quotes'],
    [`${event}.count().one_of(1, '2')`, 19, 'without quotes'],
    [`${event}.count().contains(1)`, 19, 'contains looks into texts'],
    [`${event}.max(property('a')).starts_with('1')`, 30, 'starts_with looks into texts'],
    [`${event}.count().exists()`, 19, 'always there'],
    [`${event}.sum(property('a')).absent()`, 30, 'always there'],
    [`${event}.unique(property('a')).count().absent()`, 41, 'always there'],
    [`${event}.count().within_last(1 day)`, 19, 'within_last asks for a date'],
    [`${event}.min(property('a')).after_date('2026-01-31T00:00:00Z')`, 30, 'after_date asks for a date'],
    [`${event}.where(event('B').count().exists()).count() = 1`, 36, 'always there'],
  ])('%s', (text, place, message) => {
    let problem: unknown
    try {
      parseAudience(text)
    } catch (error) {
      problem = error
    }
    expect(problem).toBeInstanceOf(DefinitionProblem)
    expect(problem).toMatchObject({ offset: place, message: expect.stringContaining(message) })
  })

  test('a computed trait is made of events', () => {
    expect(() => parseTrait("trait('a')")).toThrow('made of events')
  })

  test('a session ends after 30 minutes to 90 days', () => {
    const session = (length: string) => () => parseTrait(`event('A').expires_after(${length}).count()`)
    for (const length of ['1799 seconds', '29 minutes', '91 days', '2161 hours'])
      expect(session(length)).toThrow('A session ends after 30 minutes to 90 days.')
    for (const length of ['1800 seconds', '30 minutes', '90 days', '2160 hours']) expect(session(length)).not.toThrow()
  })

  test.each(["ANY(ANY(trait('a') = 1))", "ALL(NOT (trait('b') = 1 OR ANY(trait('a') = 1)))"])(
    '%s: a user has no users',
    (text) => {
      expect(() => parseAudience(text, 'accounts')).toThrow('is about the users of an account')
    },
  )

  test('people get a line and a column', () => {
    expect(placeOf('a\nbc', 3)).toEqual({ line: 2, column: 2 })
  })
})

test.each([
  // What a field holds is known only when it is seen.
  ...[
    '= 1',
    "!= 'x'",
    '> 1',
    "<= 'x'",
    '= true',
    ".contains('x')",
    '.one_of(1, true)',
    '.exists()',
    '.before_last(1 day)',
  ].flatMap((asked) =>
    [
      "trait('a')",
      `${event}.first(property('a'))`,
      `${event}.max(property('a') as string)`,
      `${event}.mode(property('a'))`,
    ].map((of) => (asked.startsWith('.') ? of : `${of} `) + asked),
  ),
  `${event}.count() >= 1`,
  `${event}.count() >= trait('limit')`,
  `${event}.count() > event('B').count()`,
  `${event}.count().one_of(1, 2, trait('a'))`,
  `${event}.avg(property('a')).exists()`,
  `literal(3) <= ${event}.count()`,
  "literal('a').one_of(trait('a'), 'b')",
  "literal('2026-01-31T00:00:00Z').within_last(30 days)",
  `${event}.unique(property('a')) = 'x'`,
  `${event}.unique(property('a')).contains('x', trait('a'))`,
  `${event}.unique(property('a')).within_last(1 day)`,
  `${event}.unique(property('a')).absent()`,
  `${event}.unique(property('a')).count() > 1`,
])('%s is accepted', (text) => {
  expect(fits(text)).toBe(true)
})

const fits = (text: string, level: Level = 'users') => {
  try {
    parseAudience(text, level)
    return true
  } catch (error) {
    if (error instanceof DefinitionProblem) return false
    throw error
  }
}

test.each([
  { name: 'primaries', max: PRIMARIES_MAX, text: (n: number) => Array(n).fill("trait('a') = 1").join(' OR ') },
  { name: 'depth', max: DEPTH_MAX - 1, text: (n: number) => `${'('.repeat(n)}trait('a') = 1${')'.repeat(n)}` },
  { name: 'characters of a name', max: NAME_CHARS_MAX, text: (n: number) => `trait('${'x'.repeat(n)}') = 1` },
  { name: 'words', max: WORDS_MAX, text: (n: number) => `trait('a').one_of(${Array(n).fill(1).join(', ')})` },
  { name: 'days', max: WINDOW_DAYS_MAX, text: (n: number) => `${event}.within(${n} days).count() = 1` },
  { name: 'characters', max: TEXT_CHARS_MAX, text: (n: number) => "trait('a') = 1".padEnd(n, ' ') },
])('$name: $max fit, one more does not', ({ max, text }) => {
  expect([fits(text(max)), fits(text(max + 1))]).toEqual([true, false])
})

test('whatever the text is, it is read or told what is wrong with it', () => {
  const piece = fc.constantFrom(
    'event',
    '(',
    ')',
    "'A'",
    '.',
    'count',
    '>=',
    '1',
    'AND',
    'NOT',
    'where',
    'within',
    '7 days',
    'parent',
    ':',
    '{',
    ' ',
  )
  fc.assert(
    fc.property(
      fc.array(piece).map((all) => all.join('')),
      (text) => {
        fits(text, 'accounts')
      },
    ),
    { numRuns: 3_000 },
  )
})
