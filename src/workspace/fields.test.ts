import { expect, test } from 'vitest'
import { checkName, checkSlug, JSON_BYTES_MAX, NAME_CHARS_MAX, SLUG_CHARS_MAX, toJson } from './fields.ts'

test.each([
  ['x', true],
  ['Überraschung 🎁', true],
  ['x'.repeat(NAME_CHARS_MAX), true],
  ['x'.repeat(NAME_CHARS_MAX + 1), false],
  ['', false],
  ['  ', false],
  ['two\nlines', false],
  ['nul\0', false],
  ['\ud800', false],
])('the name %j is fine: %s', (name, fine) => {
  expect(checkName(name).length === 0).toBe(fine)
})

test.each([
  ['a', true],
  ['My-shop_2.0', true],
  ['a'.repeat(SLUG_CHARS_MAX), true],
  ['a'.repeat(SLUG_CHARS_MAX + 1), false],
  ['', false],
  ['-a', false],
  ['a b', false],
  ['ä', false],
  ['a\n', false],
])('the slug %j is fine: %s', (slug, fine) => {
  expect(checkSlug(slug).length === 0).toBe(fine)
})

test('JSON is limited by its bytes, not its characters', () => {
  const fits = 'x'.repeat(JSON_BYTES_MAX - 2)
  expect(toJson(fits, 'mapping').problems).toEqual([])
  expect(toJson(`${fits}x`, 'mapping').problems).toMatchObject([{ field: 'mapping' }])
  expect(toJson('ä'.repeat(JSON_BYTES_MAX / 2), 'mapping').problems).toHaveLength(1)
})

test('what has no JSON is a problem, not a crash', () => {
  const cyclic: Record<string, unknown> = {}
  cyclic.self = cyclic
  let deep: unknown = 1
  for (let level = 0; level < 100_000; level += 1) deep = [deep]
  for (const value of [cyclic, deep, 1n, undefined, () => {}]) {
    expect(toJson(value, 'settings').problems).toMatchObject([{ field: 'settings' }])
  }
})
