/**
 * One condition as the builder draws it: what is asked about, and what is asked of it. Pure. Both ways nothing is lost:
 * `conditionOf(leafOf(condition))` is the same condition.
 */
import {
  COMPARISONS,
  DATE_TESTS,
  type Duration,
  type Field,
  PRESENCE_TESTS,
  RELATIVE_TESTS,
  type SimpleCondition,
  type Value,
  WORD_TESTS,
} from '../../../../../src/engage/language/index.ts'

export type Test =
  | { readonly name: (typeof COMPARISONS)[number]; readonly with: Value }
  | { readonly name: (typeof PRESENCE_TESTS)[number] }
  | { readonly name: (typeof WORD_TESTS)[number]; readonly words: readonly Field[] }
  | { readonly name: (typeof DATE_TESTS)[number]; readonly date: string }
  | { readonly name: (typeof RELATIVE_TESTS)[number]; readonly duration: Duration }
export type TestName = Test['name']

export interface Leaf {
  readonly of: Value
  readonly test: Test
}

export function leafOf(condition: SimpleCondition): Leaf {
  switch (condition.kind) {
    case 'comparison':
      return { of: condition.left, test: { name: condition.operator, with: condition.right } }
    case 'presence':
      return { of: condition.of, test: { name: condition.test } }
    case 'words':
      return { of: condition.of, test: { name: condition.test, words: condition.words } }
    case 'date':
      return { of: condition.of, test: { name: condition.test, date: condition.date } }
    case 'relative_date':
      return { of: condition.of, test: { name: condition.test, duration: condition.duration } }
  }
}

export function conditionOf({ of, test }: Leaf): SimpleCondition {
  if ('with' in test) return { kind: 'comparison', left: of, operator: test.name, right: test.with }
  if ('words' in test) return { kind: 'words', of, test: test.name, words: test.words }
  if ('date' in test) return { kind: 'date', of, test: test.name, date: test.date }
  if ('duration' in test) return { kind: 'relative_date', of, test: test.name, duration: test.duration }
  return { kind: 'presence', of, test: test.name }
}

const WEEK: Duration = { amount: 7, unit: 'day' }

/** Another test of the same thing; what it is compared with is kept where the other test has it too. */
export function withTest({ of, test }: Leaf, name: TestName): Leaf {
  return { of, test: testNamed(name, test) }
}

function testNamed(name: TestName, before: Test): Test {
  const comparison = COMPARISONS.find((each) => each === name)
  if (comparison !== undefined) return { name: comparison, with: comparedWith(before) }
  const words = WORD_TESTS.find((each) => each === name)
  if (words !== undefined) return { name: words, words: wordsOf(before) }
  const date = DATE_TESTS.find((each) => each === name)
  if (date !== undefined) return { name: date, date: 'date' in before ? before.date : '' }
  const relative = RELATIVE_TESTS.find((each) => each === name)
  if (relative !== undefined) return { name: relative, duration: 'duration' in before ? before.duration : WEEK }
  return { name: name === 'absent' ? 'absent' : 'exists' }
}

function comparedWith(test: Test): Value {
  if ('with' in test) return test.with
  return ('words' in test ? test.words[0] : undefined) ?? { kind: 'literal', value: '' }
}

function wordsOf(test: Test): readonly Field[] {
  if ('words' in test) return test.words
  if (!('with' in test) || test.with.kind === 'reduction') return []
  const isNothingYet = test.with.kind === 'literal' && (test.with.value === '' || Number.isNaN(test.with.value))
  return isNothingYet ? [] : [test.with]
}

/** Whether it is a number whatever happens, so that it is compared with numbers only. */
export function isNumber(value: Value): boolean {
  if (value.kind !== 'reduction') return false
  const { reducer } = value
  if (reducer.kind === 'max') return reducer.as === 'number'
  return ['count', 'sum', 'avg', 'min', 'unique_count'].includes(reducer.kind)
}

/** Tests that can be asked of a value, as `src/engage/language/types.ts` has it. */
export function testsOf(value: Value): readonly TestName[] {
  if (value.kind === 'reduction' && value.reducer.kind === 'unique')
    return ['=', '!=', ...WORD_TESTS, ...DATE_TESTS, ...RELATIVE_TESTS, ...PRESENCE_TESTS]
  if (!isNumber(value)) return [...COMPARISONS, ...WORD_TESTS, ...DATE_TESTS, ...RELATIVE_TESTS, ...PRESENCE_TESTS]
  const isAlwaysThere = value.kind === 'reduction' && ['count', 'sum', 'unique_count'].includes(value.reducer.kind)
  return [...COMPARISONS, 'one_of', 'none_of', ...(isAlwaysThere ? [] : PRESENCE_TESTS)]
}

/** The same test of something else; one that cannot be asked of it becomes the first that can. */
export function withValue({ test }: Leaf, of: Value): Leaf {
  const needsNumber =
    isNumber(of) && 'with' in test && test.with.kind === 'literal' && typeof test.with.value !== 'number'
  if (needsNumber) return { of, test: { name: test.name, with: { kind: 'literal', value: 1 } } }
  if (testsOf(of).includes(test.name)) return { of, test }
  return { of, test: { name: isNumber(of) ? '>=' : '=', with: { kind: 'literal', value: isNumber(of) ? 1 : '' } } }
}

/**
 * Whether the builder has controls for it. It has none for a constant on the left, for figures of events on the right, and
 * for anything but constants in lists of words.
 */
export function isDrawn(condition: SimpleCondition): boolean {
  const { of, test } = leafOf(condition)
  if (of.kind === 'literal') return false
  if ('with' in test) return test.with.kind !== 'reduction'
  return !('words' in test) || test.words.every(({ kind }) => kind === 'literal')
}
