import { expect, test } from 'vitest'
import { checkIdentityRules, limitText, tightenings } from './check-identity-rules.ts'
import {
  BLOCKED_CHARS_MAX,
  BLOCKED_MAX,
  DEFAULT_RULES,
  type IdentityRules,
  LIMIT_VALUES_MAX,
  TYPES_MAX,
} from './identity-rules.ts'

const problemsOf = (input: unknown) => {
  const checked = checkIdentityRules(input)
  return checked.ok ? [] : checked.problems.map(({ field, message }) => `${field} ${message}`)
}

const rulesOf = (input: unknown): IdentityRules => {
  const checked = checkIdentityRules(input)
  if (!checked.ok) throw new Error(JSON.stringify(checked.problems))
  return checked.rules
}

test('rules that say nothing are the defaults', () => {
  expect(rulesOf({})).toEqual(DEFAULT_RULES)
})

test('what a type leaves out has its default', () => {
  expect(rulesOf({ types: [{ type: 'group_id' }, { type: 'crm_id', limit: { values: 2 } }] }).types).toEqual([
    { type: 'group_id', collection: 'accounts', limit: { values: 5, period: 'ever' }, blocked: [] },
    { type: 'crm_id', collection: 'users', limit: { values: 2, period: 'ever' }, blocked: [] },
  ])
})

test.each<[string, unknown, string]>([
  ['no object', [], ' must be an object with types, priority, blocked'],
  ['a field that is not known', { limits: {} }, 'limits is not known; known are types, priority, blocked'],
  [
    'a limit of 0',
    { types: [{ type: 'a', limit: { values: 0 } }] },
    'types.0.limit.values must be a whole number from 1 to 1000',
  ],
  [
    'a limit of half',
    { types: [{ type: 'a', limit: { values: 1.5 } }] },
    'types.0.limit.values must be a whole number from 1 to 1000',
  ],
  [
    'a limit that is too high',
    { types: [{ type: 'a', limit: { values: LIMIT_VALUES_MAX + 1 } }] },
    'types.0.limit.values must be a whole number from 1 to 1000',
  ],
  [
    'a period that is not known',
    { types: [{ type: 'a', limit: { values: 1, period: 'daily' } }] },
    'types.0.limit.period must be one of ever, weekly, monthly, annually',
  ],
  [
    'a type in upper case',
    { types: [{ type: 'shopifyId' }] },
    'types.0.type must be a lower-case name of at most 64 characters, such as shopify_id',
  ],
  ['a type twice', { types: [{ type: 'a' }, { type: 'a' }] }, 'types.1 must not name a a second time'],
  ['a priority twice', { priority: ['email', 'user_id', 'email'] }, 'priority.2 must not name email a second time'],
  [
    'a person’s id for companies',
    { types: [{ type: 'email', collection: 'accounts' }] },
    'types.0.collection must be users for email',
  ],
  [
    'a collection that is not known',
    { types: [{ type: 'a', collection: 'things' }] },
    'types.0.collection must be users or accounts',
  ],
  [
    'a blocked value without a value',
    { blocked: [{}] },
    'blocked.0 must have either exact or regex, such as {"exact": "test"}',
  ],
  [
    'a blocked value of both kinds',
    { blocked: [{ exact: 'a', regex: 'a' }] },
    'blocked.0 must have either exact or regex, such as {"exact": "test"}',
  ],
  ['an empty blocked value', { blocked: [{ exact: '' }] }, 'blocked.0 must hold a text of 1 to 500 characters'],
  [
    'a blocked value that is too long',
    { blocked: [{ exact: 'a'.repeat(BLOCKED_CHARS_MAX + 1) }] },
    'blocked.0 must hold a text of 1 to 500 characters',
  ],
  [
    'too many blocked values',
    { blocked: Array.from({ length: BLOCKED_MAX + 1 }, (_, index) => ({ exact: `${index}` })) },
    'blocked must be a list of at most 100 values',
  ],
  [
    'too many types',
    { types: Array.from({ length: TYPES_MAX + 1 }, (_, index) => ({ type: `t${index}` })) },
    'types must be a list of at most 100 types',
  ],
  [
    'an expression that cannot be read',
    { blocked: [{ regex: '[' }] },
    'blocked.0.regex must be an expression of RE2 (no look-around, no back-references): error parsing regexp: missing closing ]: `[`',
  ],
  [
    'an expression that is too large',
    { blocked: [{ regex: '(abcdef){900}' }] },
    'blocked.0.regex must be simpler: repeat less',
  ],
])('%s is told', (_, input, problem) => {
  expect(problemsOf(input)).toEqual([problem])
})

test('every mistake is told at once', () => {
  expect(problemsOf({ priority: 'email', types: [{ type: 'a', limit: 5 }, { type: '' }] })).toHaveLength(4)
})

test('limits at their edges are taken', () => {
  const types = Array.from({ length: TYPES_MAX }, (_, index) => ({
    type: `t${index}`,
    limit: { values: LIMIT_VALUES_MAX },
  }))
  const blocked = Array.from({ length: BLOCKED_MAX }, (_, index) => ({ exact: `${index}`.padEnd(BLOCKED_CHARS_MAX) }))
  expect(problemsOf({ types, blocked })).toEqual([])
})

test('tightening a rule is warned of, loosening is not', () => {
  const withLimit = (values: number, period: string) =>
    rulesOf({ types: [{ type: 'email', limit: { values, period } }] })
  expect(tightenings(DEFAULT_RULES, withLimit(2, 'ever'))).toEqual([
    'email goes from 5 ever to 2 ever: profiles that have more keep them, and events with another email go to other profiles.',
  ])
  expect(tightenings(withLimit(5, 'weekly'), withLimit(5, 'monthly'))).toHaveLength(1)
  expect(tightenings(withLimit(5, 'monthly'), withLimit(5, 'weekly'))).toEqual([])
  expect(tightenings(DEFAULT_RULES, withLimit(6, 'ever'))).toEqual([])
  expect(tightenings(withLimit(6, 'ever'), DEFAULT_RULES)).toHaveLength(1)
})

test('a limit is written as it counts', () => {
  expect(limitText({ values: 1, period: 'ever' })).toBe('1 ever')
  expect(limitText({ values: 5, period: 'annually' })).toBe('5 in 365 days')
})
