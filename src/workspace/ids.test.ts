import fc from 'fast-check'
import { expect, test } from 'vitest'
import { systemRandom } from '../ports/index.ts'
import { newId, newToken, newWriteKey } from './ids.ts'

test('ids, write keys and tokens have their documented shapes, and none repeats', () => {
  const made = Array.from({ length: 1_000 }, () => newId(systemRandom, 'spa_'))
  expect(new Set(made).size).toBe(1_000)
  for (const id of made) expect(id).toMatch(/^spa_[0-9A-Za-z]{22}$/)
  expect(newWriteKey(systemRandom)).toMatch(/^[0-9A-Za-z]{32}$/)
  expect(newToken(systemRandom)).toMatch(/^gvt_[0-9A-Za-z_-]{43}$/)
})

/** A source of chance that gives one byte value, then another from the second call on. */
function constant(first: number, then = first) {
  let calls = 0
  return {
    next: () => 0,
    bytes(count: number) {
      calls += 1
      return Buffer.alloc(count, calls === 1 ? first : then)
    },
  }
}

test('every letter is equally likely: four byte values each; the eight left over are skipped', () => {
  const values = Array.from({ length: 248 }, (_, byte) => newId(constant(byte)).charAt(0))
  const counts = Map.groupBy(values, (letter) => letter)
  expect(counts.size).toBe(62)
  for (const sameLetter of counts.values()) expect(sameLetter).toHaveLength(4)
  for (let byte = 248; byte < 256; byte += 1) expect(newId(constant(byte, 61))).toBe('z'.repeat(22))
})

test('any source of bytes gives complete ids', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 300 }), (pattern) => {
      // A pattern of skipped bytes only would never end; the operating system's source has none.
      fc.pre(pattern.some((byte) => byte < 248))
      let next = 0
      const random = {
        next: () => 0,
        bytes: (count: number) =>
          Buffer.from(Array.from({ length: count }, () => pattern[next++ % pattern.length] ?? 0)),
      }
      expect(newId(random)).toHaveLength(22)
    }),
  )
})
