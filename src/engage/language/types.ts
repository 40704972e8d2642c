/**
 * Whether a test can be asked of a value. What a field holds is not known before it is seen, so a `trait`, `property`
 * or `context` may be asked anything; a reduction says what it gives:
 *
 * | Value | `= !=` | `> >= < <=` | words | `one_of none_of` | dates | `exists absent` |
 * |---|---|---|---|---|---|---|
 * | `trait` `property` `context` `first` `last` `mode` `max(… as string)` | yes | yes | yes | yes | yes | yes |
 * | `count` `sum` `unique(…).count()` | numbers | numbers | no | numbers | no | no: always there |
 * | `avg` `min` `max` | numbers | numbers | no | numbers | no | yes |
 * | `unique` | yes | no | yes | yes | yes | yes |
 * | `literal` | with what is none | with what is none | with what is none | with what is none | relative only | no |
 */
import type { Condition, Reduction, Value } from './ast.ts'
import { instantOf } from './date.ts'

export type SimpleCondition = Exclude<Condition, { kind: 'and' | 'or' | 'not' | 'any' | 'all' }>

type Type = 'number' | 'text' | 'boolean' | 'list' | 'any'

const CONSTANT = 'These are constants only, so the answer is always the same. Ask about a trait, a property or events.'
const NUMBERS_ONLY = 'A number is compared with numbers. Write it without quotes, e.g. `>= 1`.'

/** One sentence on what is wrong with the test; undefined if it can be asked. */
export function mistakeIn(condition: SimpleCondition): string | undefined {
  switch (condition.kind) {
    case 'comparison':
      return mistakeOfComparison(condition)
    case 'presence':
      if (condition.of.kind === 'literal') return CONSTANT
      return isAlwaysThere(condition.of)
        ? 'A count or sum is always there, 0 if nothing happened. Compare it, e.g. `>= 1`.'
        : undefined
    case 'words': {
      const { of, test, words } = condition
      if ([of, ...words].every(({ kind }) => kind === 'literal')) return CONSTANT
      if (typeOf(of) !== 'number') return undefined
      if (test !== 'one_of' && test !== 'none_of')
        return `${test} looks into texts and lists; this is a number. Use one_of, none_of or a comparison.`
      return words.some((word) => isNoNumber(typeOf(word))) ? NUMBERS_ONLY : undefined
    }
    case 'date':
      if (condition.of.kind === 'literal') return CONSTANT
      return typeOf(condition.of) === 'number' ? noDate(condition.test) : undefined
    case 'relative_date': {
      const { of, test } = condition
      const isNone = of.kind === 'literal' && (typeof of.value !== 'string' || instantOf(of.value) === undefined)
      return isNone || typeOf(of) === 'number' ? noDate(test) : undefined
    }
  }
}

function mistakeOfComparison({ left, operator, right }: Extract<Condition, { kind: 'comparison' }>) {
  if (left.kind === 'literal' && right.kind === 'literal') return CONSTANT
  const types = [typeOf(left), typeOf(right)]
  if (operator !== '=' && operator !== '!=') {
    if (types.includes('list')) return 'A list of values has no order. Ask what it contains, or count it with .count().'
    if (types.includes('boolean')) return 'true and false have no order. Use = or !=.'
  }
  return types.includes('number') && types.some(isNoNumber) ? NUMBERS_ONLY : undefined
}

const isNoNumber = (type: Type) => type === 'text' || type === 'boolean'

const noDate = (test: string) =>
  `${test} asks for a date with its time and zone; this is none. Ask a trait, a property, or e.g. .last(property('…')).`

function typeOf(value: Value): Type {
  if (value.kind === 'reduction') return typeOfReduction(value)
  if (value.kind !== 'literal') return 'any'
  return typeof value.value === 'string' ? 'text' : typeof value.value === 'number' ? 'number' : 'boolean'
}

function typeOfReduction({ reducer }: Reduction): Type {
  switch (reducer.kind) {
    case 'count':
    case 'unique_count':
    case 'sum':
    case 'avg':
    case 'min':
      return 'number'
    case 'max':
      return reducer.as === 'number' ? 'number' : 'any'
    case 'unique':
      return 'list'
    default:
      return 'any'
  }
}

const isAlwaysThere = (value: Value) =>
  value.kind === 'reduction' && ['count', 'unique_count', 'sum'].includes(value.reducer.kind)
