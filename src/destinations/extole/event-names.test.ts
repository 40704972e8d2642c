import fc from 'fast-check'
import { expect, test } from 'vitest'
import { extoleEventNames } from './event-names.ts'

const { read, write, sentAs, suggest } = extoleEventNames

test('any names that are set are read again, and sent so', () => {
  const anyName = fc.oneof(fc.string({ minLength: 1 }), fc.constantFrom('__proto__', 'a = b', '{', '-x\ny'))
  fc.assert(
    fc.property(fc.array(fc.tuple(anyName, anyName)), (pairs) => {
      const names = new Map(pairs)
      const settings = JSON.parse(JSON.stringify(write(names)))
      expect(new Map([...read(settings)].sort())).toEqual(new Map([...names].sort()))
      for (const [from, to] of names) expect(sentAs({ event_name: from }, settings)).toBe(to)
    }),
  )
})

test('no names at all take the setting away', () => {
  expect(write(new Map())).toEqual({ eventNames: null })
})

test('a name that is not listed is sent as it is, and an identify as what it is', () => {
  const settings = { eventNames: 'Signed Up = registration' }
  expect(sentAs({ event_name: 'signed up' }, settings)).toBe('signed up')
  expect(sentAs({ traits: {} }, settings)).toBe('identify')
})

test.each([
  ['Order Completed', 'conversion'],
  ['order_completed', 'conversion'],
  ['CompletedOrder', 'conversion'],
  ['Signed Up', 'registration'],
  ['signed-up', 'registration'],
  ['Order Refunded', null],
  ['Account Created', null],
  ['conversion', null],
])('%s is suggested to be sent as %s', (name, suggestion) => {
  expect(suggest(name)).toBe(suggestion)
})
