import { expect, test } from 'vitest'
import { someRules } from './builders.ts'

test('by default a profile has 1 user_id and 5 of everything else, ever', () => {
  const { limitOf } = someRules()
  expect(limitOf('user_id')).toEqual({ values: 1, period: 'ever' })
  for (const type of ['email', 'anonymous_id', 'ios.idfa', 'group_id', 'shopify_id']) {
    expect(limitOf(type), type).toEqual({ values: 5, period: 'ever' })
  }
})

test('by default user_id goes before email, and both before the others in alphabetical order', () => {
  const types = ['ios.id', 'anonymous_id', 'email', 'android.id', 'user_id', 'ga_client_id']
  expect(types.sort(someRules().compareTypes)).toEqual([
    'user_id',
    'email',
    'android.id',
    'anonymous_id',
    'ga_client_id',
    'ios.id',
  ])
})

test('a priority that is set goes first, and the rest follows in alphabetical order', () => {
  const { compareTypes } = someRules({ priority: ['shopify_id', 'user_id'] })
  expect(['user_id', 'email', 'anonymous_id', 'shopify_id'].sort(compareTypes)).toEqual([
    'shopify_id',
    'user_id',
    'anonymous_id',
    'email',
  ])
})

test.each([
  ['0000-0000', true],
  ['-', true],
  ['-1', true],
  ['null', true],
  ['anonymous', true],
  ['0000-0001', false],
  ['-12', false],
  ['Null', false],
  ['anonymous1', false],
])('the suggested blocked values say of %s: %s', (value, isBlocked) => {
  expect(someRules().blockedBy({ type: 'email', value }) !== undefined).toBe(isBlocked)
})

test('a value may be blocked exactly or by an expression, for one type or for all', () => {
  const { blockedBy } = someRules({
    blocked: [{ exact: 'void' }],
    types: [
      {
        type: 'email',
        collection: 'users',
        limit: { values: 5, period: 'ever' },
        blocked: [{ regex: '@test\\.com$' }],
      },
    ],
  })
  expect(blockedBy({ type: 'user_id', value: 'void' })).toEqual({ exact: 'void' })
  expect(blockedBy({ type: 'email', value: 'void' })).toEqual({ exact: 'void' })
  expect(blockedBy({ type: 'email', value: 'a@test.com' })).toEqual({ regex: '@test\\.com$' })
  expect(blockedBy({ type: 'email', value: 'a@test.com.au' })).toBeUndefined()
  expect(blockedBy({ type: 'user_id', value: 'a@test.com' })).toBeUndefined()
})

test('an expression takes no more time than its value is long', () => {
  const { blockedBy } = someRules({ blocked: [{ regex: '^(a+)+$' }] })
  expect(blockedBy({ type: 'user_id', value: `${'a'.repeat(499)}b` })).toBeUndefined()
})
