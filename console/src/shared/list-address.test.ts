import { expect, test } from 'vitest'
import { listAddress } from './list-address.ts'

test.each([
  ['/sources/s1', '/sources'],
  ['/destinations/d1/mappings/m1', '/destinations'],
  ['/settings/users/u1', '/settings/users'],
  ['/settings/audit', undefined],
  ['/sources', undefined],
  ['/', undefined],
])('the list of %s is at %s', (path, list) => {
  expect(listAddress(path)).toBe(list)
})
