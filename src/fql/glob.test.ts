import fc from 'fast-check'
import { expect, test } from 'vitest'
import { GLOB_CHARS_MAX, matchesGlob, parseGlob } from './glob.ts'
import { containsText } from './search.ts'

function matches(pattern: string, text: string): boolean {
  const result = parseGlob(pattern)
  if ('problem' in result) throw new Error(result.problem)
  return matchesGlob(result.glob, text)
}

test.each([
  ['a*d', 'abcd', true],
  ['*', '', true],
  ['ab', 'abc', false],
  ['a??d', 'abcd', true],
  ['*d', 'abcd', true],
  ['ab\\*d', 'ab*d', true],
  ['ab\\*d', 'abcd', false],
  ['ab[cC]d', 'abCd', true],
  ['ab[a-z]d', 'abcd', true],
  ['ab[A-Z]d', 'abcd', false],
  ['[\\]]', ']', true],
  ['[a-]', '-', true],
  ['?', '😀', true],
  ['', '', true],
  ['', 'a', false],
  ['**a**', 'bab', true],
])('%j matches %j: %s', (pattern, text, expected) => {
  expect(matches(pattern, text)).toBe(expected)
})

/** Tries every way, one character after the other. Knows no classes. */
function naive(pattern: readonly string[], text: readonly string[]): boolean {
  const [place, ...rest] = pattern
  if (place === undefined) return text.length === 0
  if (place === '*') return naive(rest, text) || (text.length > 0 && naive(pattern, text.slice(1)))
  return text.length > 0 && (place === '?' || place === text[0]) && naive(rest, text.slice(1))
}

test('matches what trying every way finds', () => {
  const pattern = fc.array(fc.constantFrom('a', 'b', '*', '?', '😀'), { maxLength: 8 })
  const text = fc.array(fc.constantFrom('a', 'b', 'c', '😀'), { maxLength: 10 })
  fc.assert(
    fc.property(pattern, text, (one, other) => {
      expect(matches(one.join(''), other.join(''))).toBe(naive(one, other))
    }),
    { numRuns: 5_000 },
  )
})

test('patterns longer than a word of bits match the same', () => {
  const text = fc.array(fc.constantFrom('a', 'b'), { minLength: 30, maxLength: 150 })
  fc.assert(
    fc.property(text, fc.array(fc.nat(), { maxLength: 20 }), (characters, places) => {
      const pattern: string[] = [...characters]
      for (const place of places) pattern[place % pattern.length] = place % 2 === 0 ? '?' : '[ab]'
      expect(matches(pattern.join(''), characters.join(''))).toBe(true)
      expect(matches(`${pattern.join('')}?`, characters.join(''))).toBe(false)
      expect(matches(`*${pattern.slice(7).join('')}*`, characters.join(''))).toBe(true)
    }),
    { numRuns: 300 },
  )
})

test('a pattern may have GLOB_CHARS_MAX characters and no more', () => {
  expect(matches('a'.repeat(GLOB_CHARS_MAX), 'a'.repeat(GLOB_CHARS_MAX))).toBe(true)
  expect(parseGlob('a'.repeat(GLOB_CHARS_MAX + 1))).toEqual({
    problem: `a pattern has at most ${GLOB_CHARS_MAX} characters`,
  })
})

test.each(['[', '[]', '[b-a]', 'a\\', '[a'])('%j is no pattern', (pattern) => {
  expect(parseGlob(pattern)).toEqual({ problem: expect.any(String) })
})

/** Patterns that other matchers take for ever over, and a thousand random ones. */
test('no pattern takes long over 32 KB', () => {
  const text = 'a'.repeat(32_000)
  const evil = [
    '*a'.repeat(100),
    `${'*a'.repeat(100)}b`,
    `${'a*'.repeat(200)}b`,
    `${'?*'.repeat(200)}b`,
    `*${'[a-z]'.repeat(60)}b`,
  ]
  const random = fc.sample(
    fc.array(fc.constantFrom('a', 'b', '*', '?', '[a-c]'), { maxLength: 12 }).map((parts) => parts.join('')),
    { numRuns: 1_000, seed: 1 },
  )
  const timeMs = (pattern: string) => {
    const startedAt = performance.now()
    matches(pattern, text)
    return performance.now() - startedAt
  }
  for (const pattern of evil) {
    timeMs(pattern)
    expect(Math.min(timeMs(pattern), timeMs(pattern), timeMs(pattern)), pattern.slice(0, 20)).toBeLessThan(20)
  }
  const startedAt = performance.now()
  for (const pattern of random) timeMs(pattern)
  expect((performance.now() - startedAt) / random.length).toBeLessThan(5)
})

test('a part is found where the built-in search finds it', () => {
  const letters = (maxLength: number) => fc.array(fc.constantFrom('a', 'b'), { maxLength }).map((all) => all.join(''))
  fc.assert(
    fc.property(letters(10), letters(4), fc.nat(40), letters(60), (part, tail, times, before) => {
      const long = `${part.repeat(times)}${tail}`
      const text = `${before}${part.repeat(times)}${before}${long}`
      expect(containsText(text, long)).toBe(true)
      expect(containsText(before, long)).toBe(before.includes(long))
      expect(containsText(`${before}${part.repeat(times)}`, `${long}b`)).toBe(
        `${before}${part.repeat(times)}`.includes(`${long}b`),
      )
    }),
  )
})
