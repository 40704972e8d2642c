import fc from 'fast-check'
import { expect, test } from 'vitest'
import { idMaker, isId } from './ids.ts'
import { isObject, parseJson, textOf, toJson } from './json.ts'

test('integers of any size come back digit for digit', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }), (big) => {
      const text = `{"data":{"person_id":${big}},"list":[${big}]}`
      expect(toJson(parseJson(text))).toBe(text)
    }),
  )
})

test('any other JSON reads as it always does', () => {
  fc.assert(
    fc.property(fc.json(), (text) => {
      expect(toJson(parseJson(text))).toBe(JSON.stringify(JSON.parse(text)))
    }),
  )
})

test('what identifies is text, exactly as it was given', () => {
  const [big] = parseJson('[7059776202829706264]') as [unknown]
  expect([
    textOf(big),
    textOf('a '),
    textOf(12),
    textOf(true),
    textOf(''),
    textOf(null),
    textOf({}),
    textOf(undefined),
  ]).toEqual(['7059776202829706264', 'a ', '12', 'true', undefined, undefined, undefined, undefined])
  expect([isObject(big), isObject({}), isObject([]), isObject(null)]).toEqual([false, true, false, false])
})

test('ids grow, fit 63 bits and do not fall back with the clock or a restart', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 4_000_000_000 }), { minLength: 2, maxLength: 50 }), (seconds) => {
      let at = 0
      const clock = {
        nowMs: () => (seconds[at] ?? 0) * 1_000,
        monotonicMs: () => 0,
        after: () => ({ cancel() {} }),
        turn: async () => {},
      }
      const random = { next: () => 0.5, bytes: Buffer.alloc }
      const ids: bigint[] = []
      let next = idMaker(clock, random)
      for (; at < seconds.length; at++) {
        if (at % 7 === 3) next = idMaker(clock, random, String(ids.at(-1) ?? 0))
        const id = next()
        if (seconds[at] !== 0) expect(isId(id) || BigInt(id) > 2n ** 63n - 1n).toBe(true)
        ids.push(BigInt(id))
      }
      expect(ids.every((id, index) => index === 0 || id > (ids[index - 1] ?? 0n))).toBe(true)
    }),
  )
})

test.each([
  ['1', true],
  ['9223372036854775807', true],
  ['9223372036854775808', false],
  ['0', false],
  ['01', false],
  ['1e3', false],
  ['-1', false],
  ['', false],
])('isId(%j) is %j', (text, expected) => {
  expect(isId(text)).toBe(expected)
})
