import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseQuery } from './query.ts'

test.each([
  ['pagination.count=3&pagination.cursor=Mw%3D%3D', { 'pagination.count': '3', 'pagination.cursor': 'Mw==' }],
  ['pagination[count]=3&pagination%5Bcursor%5D=Mw%3D%3D', { 'pagination.count': '3', 'pagination.cursor': 'Mw==' }],
  ['groupBy.1=b&groupBy.0=a', { groupBy: ['a', 'b'] }],
  ['groupBy[0]=a&groupBy%5B1%5D=b', { groupBy: ['a', 'b'] }],
  ['groupBy=a&groupBy=b', { groupBy: ['a', 'b'] }],
  ['groupBy=a', { groupBy: 'a' }],
  ['filter[eventName][0]=x&filter.eventName.1=y', { 'filter.eventName': ['x', 'y'] }],
  ['filter[eventName]=x', { 'filter.eventName': 'x' }],
  ['pagination[count]=1&pagination.count=2', { 'pagination.count': ['1', '2'] }],
  ['sourceId=a.b&a.100=c', { sourceId: 'a.b', 'a.100': 'c' }],
])('%s is read', (text, expected) => {
  expect({ ...parseQuery(text) }).toEqual(expected)
})

test('whatever is asked, nothing is thrown and no prototype is reached', () => {
  const name = fc.oneof(fc.string(), fc.constantFrom('__proto__', 'constructor.0', '__proto__[0]', 'a[__proto__]'))
  fc.assert(
    fc.property(fc.array(fc.tuple(name, fc.string())), (pairs) => {
      const query = parseQuery(new URLSearchParams(pairs).toString())
      expect(Object.getPrototypeOf(query)).toBeNull()
      expect(Object.hasOwn(Object.prototype, '0')).toBe(false)
    }),
  )
})
