import fc from 'fast-check'
import { expect, test } from 'vitest'
import { capture, decimalOf, listenerOf, RESERVED } from './program.ts'

const captureOf = (name: string, data: Record<string, unknown>, strict = false) =>
  capture(listenerOf(name), new Map(Object.entries(data)), strict)

test('event names are compared without regard to case and by nothing else', () => {
  expect(
    ['CONVERSION', 'conversion', 'conversions', ' conversion', 'Order Completed'].map((name) => listenerOf(name)?.name),
  ).toEqual(['conversion', 'conversion', undefined, undefined, undefined])
})

test('identify makes every other key PUBLIC and keeps the scopes of the standard ones', () => {
  const { profile } = captureOf('identify', {
    email: 'a@b.co',
    first_name: 'A',
    last_name: 'B',
    partner_user_id: 'u',
    age: 25,
  })
  expect(Object.fromEntries(profile.map((one) => [one.name, one.scope]))).toEqual({
    email: 'PRIVATE',
    first_name: 'PUBLIC',
    last_name: 'PRIVATE',
    partner_user_id: 'PRIVATE',
    age: 'PUBLIC',
  })
})

test('an event nobody listens for still brings names and ids, and nothing else', () => {
  const { profile, step, uniqueKeys } = captureOf('Login Button Clicked', {
    email: 'a@b.co',
    partner_user_id: 'u',
    plan: 'pro',
  })
  expect(profile.map((one) => one.name)).toEqual(['email', 'partner_user_id'])
  expect([uniqueKeys.length, step.some((one) => one.name === 'plan')]).toEqual([0, false])
})

test('the strict reading drops what is not mapped', () => {
  expect(captureOf('identify', { email: 'a@b.co', age: 25 }, true).profile.map((one) => one.name)).toEqual(['email'])
})

test('every key of an identify is stored exactly once or is reserved', () => {
  const anyName = fc.oneof(fc.constantFrom('email', 'age', 'labels', '__proto__', 'constructor'), fc.string())
  fc.assert(
    fc.property(fc.dictionary(anyName, fc.jsonValue()), (data) => {
      const names = captureOf('identify', data).profile.map((one) => one.name)
      expect(names.sort()).toEqual(
        Object.keys(data)
          .filter((name) => !RESERVED.has(name))
          .sort(),
      )
    }),
  )
})

test.each([
  ['conversion', { partner_conversion_id: 'c' }, [{ name: 'partner_conversion_id', value: 'c' }]],
  ['conversion', { partner_conversion_id: ' c ' }, [{ name: 'partner_conversion_id', value: ' c ' }]],
  ['conversion', { partner_conversion_id: 12 }, [{ name: 'partner_conversion_id', value: '12' }]],
  ['conversion', { partner_conversion_id: '' }, []],
  ['conversion', { partner_conversion_id: null }, []],
  ['registration', { partner_user_id: 'u' }, [{ name: 'partner_user_id', value: 'u' }]],
  ['shipped', { partner_conversion_id: 'c' }, []],
  ['identify', { partner_user_id: 'u' }, []],
])('%s with %j is one event by %j', (name, data, keys) => {
  expect(captureOf(name, data).uniqueKeys).toEqual(keys)
})

test.each([
  ['99.99', 99.99],
  ['5', 5],
  [' 5.00 ', 5],
  ['-1', -1],
  ['1e3', undefined],
  ['$5', undefined],
  ['', undefined],
  ['1,000', undefined],
])('the value of %j is %j', (text, value) => {
  expect(decimalOf(text)).toBe(value)
})
