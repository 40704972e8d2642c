import { expect, test } from 'vitest'
import { PATHS_MAX, pathsOf } from './event-paths.ts'

test('every value of an event has a path, objects too, and odd names are quoted', () => {
  expect(
    pathsOf({ userId: 'u', properties: { total: 1, 'order id': 2, 'a.b': 3, "it's": 4, list: [{ a: 1 }] } }),
  ).toEqual(['$.userId', '$.properties', '$.properties.total', "$.properties['order id']", '$.properties.list'])
})

test('an event with very many values offers so many and no more', () => {
  const wide = Object.fromEntries(Array.from({ length: PATHS_MAX + 50 }, (_, n) => [`k${n}`, n]))
  expect(pathsOf(wide)).toHaveLength(PATHS_MAX)
})
