import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { instantIn, numberIn, seenAt, seenOf } from './model.fixture.ts'
import {
  compare,
  datesOf,
  itemsOf,
  type Known,
  knownOf,
  numberOf,
  type Operator,
  testWords,
  valueAt,
  type WordTest,
} from './values.ts'

const OPERATORS: readonly Operator[] = ['=', '!=', '<', '<=', '>', '>=']

describe('a comparison holds of', () => {
  test.each<[left: Known, right: Known, holding: string]>([
    [1, 1, '= <= >='],
    [1, 2, '!= < <='],
    [-2, -10, '!= > >='],
    ['a', 'a', '= <= >='],
    ['B', 'a', '!= < <='],
    ['Z', 'É', '!= < <='],
    [true, true, '='],
    [true, false, '!='],
    // What is absent is neither equal nor different.
    [undefined, 1, ''],
    [1, undefined, ''],
    [undefined, undefined, ''],
    ['', '', '= <= >='],
    // A text that reads as a number is one beside a number, and is ordered as one beside another.
    ['10', 10, '= <= >='],
    ['10.0', 10, '= <= >='],
    ['10', '9', '!= > >='],
    ['10', '10.0', '!= <= >='],
    ['1e3', 1_000, '= <= >='],
    ['-.5', -0.5, '= <= >='],
    ['5.', 5, '= <= >='],
    ['ten', 10, '!='],
    ['', 0, '!='],
    [' 1', 1, '!='],
    ['+1', 1, '!='],
    ['0x10', 16, '!='],
    ['1e999', Number.MAX_VALUE, '!='],
    // true and false are no numbers and no texts.
    [true, 1, '!='],
    [true, 'true', '!='],
    [false, 0, '!='],
    // A list is compared by its items, on both sides.
    [[1, 5], 3, '!= < <= > >='],
    [[1, 3], 3, '= < <= >='],
    [['3'], 3, '= <= >='],
    [3, [1, 3], '= <= > >='],
    [[1, 2], [3, 4], '!= < <='],
    [[1, 'x', true], 'x', '= <= >='],
  ])('%j and %j: %s', (left, right, holding) => {
    expect(OPERATORS.filter((operator) => compare(left, operator, right)).join(' ')).toBe(holding)
  })
})

const WORD_TESTS: readonly WordTest[] = ['contains', 'omits', 'starts_with', 'ends_with', 'one_of', 'none_of']

describe('a test of words holds of', () => {
  test.each<[value: Known, words: readonly Known[], holding: string]>([
    ['grapevine', ['grape'], 'contains starts_with none_of'],
    ['grapevine', ['vine'], 'contains ends_with none_of'],
    ['grapevine', ['pev'], 'contains none_of'],
    ['grapevine', ['Grape'], 'omits none_of'],
    ['grapevine', ['x', 'grapevine'], 'contains starts_with ends_with one_of'],
    ['grapevine', [''], 'contains starts_with ends_with none_of'],
    ['', ['x'], 'omits none_of'],
    [undefined, ['x'], ''],
    ['x', [undefined], 'omits none_of'],
    ['x', [undefined, 'x'], 'contains starts_with ends_with one_of'],
    // Numbers and booleans are looked at as texts, but equal as what they are.
    [1234, ['2'], 'contains none_of'],
    [1234, ['1234'], 'contains starts_with ends_with one_of'],
    [true, ['tr'], 'contains starts_with none_of'],
    [true, ['true'], 'contains starts_with ends_with none_of'],
    // A list contains its items, not what is in them.
    [['red', 'green'], ['red'], 'contains starts_with ends_with one_of'],
    [['red', 'green'], ['re'], 'omits starts_with none_of'],
    [['1', 2], [1], 'contains starts_with ends_with one_of'],
    // Words may be lists themselves: a trait that is one.
    ['red', [['green', 'red']], 'contains starts_with ends_with one_of'],
  ])('%j and %j: %s', (value, words, holding) => {
    expect(WORD_TESTS.filter((each) => testWords(value, each, words)).join(' ')).toBe(holding)
  })
})

test.each<[path: string, value: Known]>([
  ['a', 1],
  ['b.c', 'deep'],
  ['b.missing', undefined],
  ['a.b', undefined],
  ['nothing', undefined],
  ['zero', 0],
  ['no', false],
  ['empty', ''],
  ['none', undefined],
  ['nulls', undefined],
  ['items', ['{"price":1,"tags":["x"]}', '{"price":2,"tags":["y","z"]}', '{}']],
  ['items.$.price', [1, 2]],
  ['items.$.tags', ['x', 'y', 'z']],
  ['items.$.tags.$', ['x', 'y', 'z']],
  ['items.$', ['{"price":1,"tags":["x"]}', '{"price":2,"tags":["y","z"]}', '{}']],
  ['items.1.price', 2],
  ['items.price', undefined],
  ['items.$.missing', undefined],
  ['a.$', undefined],
  ['one.$', ['x']],
  ['nested', ['[1,2]', '[]']],
  ['b', '{"c":"deep"}'],
  ['toString', undefined],
])('at %s stands %j', (path, value) => {
  const properties = {
    a: 1,
    b: { c: 'deep' },
    nothing: null,
    zero: 0,
    no: false,
    empty: '',
    none: [],
    nulls: [null],
    items: [{ price: 1, tags: ['x'] }, { price: 2, tags: ['y', 'z'] }, {}],
    one: ['x', null],
    nested: [[1, 2], []],
  }
  expect(valueAt(properties, path)).toEqual(value)
})

test('a trait that is an empty list is absent, as a property that is one', () => {
  expect([knownOf([]), knownOf([null]), valueAt({ a: [] }, 'a')]).toEqual([undefined, undefined, undefined])
})

test('dates are read to the millisecond, in their zone, and only where they are ones', () => {
  const midnight = Date.UTC(2026, 0, 31)
  expect(
    datesOf([
      '2026-01-31T00:00Z',
      '2026-01-31T00:00:00.001Z',
      '2026-01-31T00:00:00.0019Z',
      '2026-01-31T02:00:00+02:00',
      '2026-01-30T22:30:00-01:30',
      '2026-02-31T00:00:00Z',
      '2026-01-31T00:00:00',
      '2026-01-31',
      'soon',
      midnight,
      true,
    ]),
  ).toEqual([midnight, midnight + 1, midnight + 1, midnight, midnight])
  expect(datesOf(undefined)).toEqual([])
})

const scalar = fc.oneof(
  fc.constantFrom('', 'a', 'ab', 'b', '1', '01', '1.0', '1e0', '.5', '5.', '.', '-', '-1', ' 1', '+1', '1e999', 'NaN'),
  fc.constantFrom(true, false, 'true', 0, 1, 1.5, -1, 5, 0.5, 1e21),
  fc.integer({ min: -20, max: 20 }),
  fc.integer({ min: -20, max: 20 }).map(String),
)
const json = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    { weight: 3, arbitrary: fc.oneof(scalar, fc.constant(null)) },
    { weight: 2, arbitrary: fc.array(tie('value'), { maxLength: 3 }) },
    { weight: 3, arbitrary: fc.dictionary(fc.constantFrom('a', 'b', '0'), tie('value'), { maxKeys: 3 }) },
  ),
})).value
const path = fc.array(fc.constantFrom('a', 'b', '0', '$'), { minLength: 1, maxLength: 4 }).map((all) => all.join('.'))
const known = (value: Known) => ({ items: value === undefined ? [] : itemsOf(value), isList: Array.isArray(value) })

test('what stands in a value is what the simple model sees', () => {
  const compared = (found: Known, seen: { items: readonly unknown[]; isList: boolean }) =>
    expect(known(found)).toEqual({ items: seen.items, isList: seen.isList && seen.items.length > 0 })
  fc.assert(
    fc.property(json, path, (root, at) => {
      compared(valueAt(root, at), seenAt(root, at))
      compared(knownOf(root), seenOf(root))
    }),
    { numRuns: 5_000 },
  )
})

test('numbers and dates are those of the simple model', () => {
  const part = fc.constantFrom('0', '1', '9', '.', 'e', 'E', '-', '+', ' ', 'x')
  const digits = (length: number, max: number) => fc.nat(max).map((each) => String(each).padStart(length, '0'))
  const date = fc
    .tuple(
      fc.constantFrom('0000', '0099', '1900', '1969', '1970', '2000', '2024', '2026', '2100', '9999'),
      digits(2, 13),
      digits(2, 32),
      digits(2, 24),
      digits(2, 60),
      fc.constantFrom('', ':00', ':59', ':60', ':00.5', ':59.9999', ':01.', '.5'),
      fc.constantFrom('Z', '+00:00', '-11:30', '+23:59', '+24:00', '+01:60', '', 'z', '+0100'),
    )
    .map(([year, month, day, hour, minute, rest, zone]) => `${year}-${month}-${day}T${hour}:${minute}${rest}${zone}`)
  fc.assert(
    fc.property(
      fc.oneof(
        scalar,
        fc.array(part, { maxLength: 6 }).map((all) => all.join('')),
      ),
      date,
      (item, text) => {
        expect(numberOf(item) ?? Number.NaN).toBe(numberIn(item))
        expect(datesOf(text)[0] ?? Number.NaN).toBe(instantIn(text))
      },
    ),
    { numRuns: 20_000 },
  )
})
