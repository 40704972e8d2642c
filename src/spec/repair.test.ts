import fc from 'fast-check'
import { expect, test } from 'vitest'
import { inspect, textMayNeedRepair } from './inspect.ts'
import { DEPTH_MAX } from './limits.ts'
import type { Warning } from './reasons.ts'
import { repair, truncateProperties } from './repair.ts'

function repaired(text: string): { value: unknown; warnings: Warning[] } {
  const value = JSON.parse(text) as object
  const warnings = new Set<Warning>()
  repair(value, warnings)
  return { value, warnings: [...warnings] }
}

test.each([
  ['a __proto__ key at the top', '{"__proto__":{"x":1},"a":1}', '{"a":1}', ['key_removed']],
  ['a __proto__ key far down', '{"a":[{"b":{"__proto__":1,"c":2}}]}', '{"a":[{"b":{"c":2}}]}', ['key_removed']],
  ['a __proto__ key in disguise', '{"\\u005f_proto__":1}', '{}', ['key_removed']],
  [
    'constructor and prototype stay',
    '{"constructor":{"prototype":{"x":1}}}',
    '{"constructor":{"prototype":{"x":1}}}',
    [],
  ],
  ['U+0000 in a value', '{"a":"x\\u0000y"}', '{"a":"x\uFFFDy"}', ['string_repaired']],
  ['U+0000 in a key', '{"a\\u0000":1,"b":2}', '{"a\uFFFD":1,"b":2}', ['string_repaired']],
  [
    'half a surrogate pair in a value',
    '["\\ud83d","\\ude00","\\ud83d\\ude00"]',
    '["\uFFFD","\uFFFD","😀"]',
    ['string_repaired'],
  ],
  ['half a surrogate pair in a key', '{"\\udead":1}', '{"\uFFFD":1}', ['string_repaired']],
  [
    'keys that become equal: the last wins',
    '{"\\u0000":1,"x":2,"\\ud800":3}',
    '{"\uFFFD":3,"x":2}',
    ['string_repaired'],
  ],
  ['a number beyond doubles', '{"a":1e999,"b":[-1e999]}', '{"a":null,"b":[null]}', ['number_repaired']],
  ['an integer beyond 2^53 - 1', '{"a":9007199254740993}', '{"a":9007199254740992}', ['number_imprecise']],
  ['the largest exact integers', '[9007199254740991,-9007199254740991]', '[9007199254740991,-9007199254740991]', []],
  ['a fraction', '[0.1,1e-300]', '[0.1,1e-300]', []],
])('repair: %s', (_name, text, expected, warnings) => {
  const result = repaired(text)
  expect(JSON.stringify(result.value)).toBe(expected)
  expect(result.warnings).toEqual(warnings)
})

test('the first 10,000 properties are kept, and the first 10,000 traits', () => {
  const keys = Array.from({ length: 10_001 }, (_, index) => [`k${index}`, index])
  const exact = { properties: Object.fromEntries(keys.slice(0, 10_000)) }
  const warnings = new Set<Warning>()
  truncateProperties(exact, warnings)
  expect([Object.keys(exact.properties).length, warnings.size]).toEqual([10_000, 0])
  const event = { properties: Object.fromEntries(keys), traits: Object.fromEntries(keys) }
  truncateProperties(event, warnings)
  expect(Object.keys(event.properties).at(-1)).toBe('k9999')
  expect([Object.keys(event.properties).length, Object.keys(event.traits).length]).toEqual([10_000, 10_000])
  expect([...warnings]).toEqual(['properties_truncated'])
})

test.each([DEPTH_MAX, DEPTH_MAX + 1])('nesting of %i levels', (levels) => {
  const arrays = JSON.parse('['.repeat(levels) + ']'.repeat(levels)) as unknown
  const objects = JSON.parse(`${'{"a":'.repeat(levels - 1)}{}${'}'.repeat(levels - 1)}`) as unknown
  expect(inspect(arrays, false).isTooDeep).toBe(levels > DEPTH_MAX)
  expect(inspect(objects, false).isTooDeep).toBe(levels > DEPTH_MAX)
})

test('half a million brackets are looked at without a stack', () => {
  const deep = JSON.parse('['.repeat(250_000) + ']'.repeat(250_000)) as unknown
  expect(inspect(deep, true).isTooDeep).toBe(true)
})

// Texts, not values: JSON can say what fc.jsonValue never makes.
const anyText = fc.oneof(
  fc.string({ unit: 'grapheme' }).map((text) => JSON.stringify(text)),
  fc.constantFrom(
    '"\\u0000"',
    '"\\ud800x"',
    '"a\\udc00"',
    '"__proto__"',
    '"\\u005f_proto__"',
    '"\\ud83d\\ude00"',
    '"\\n\\""',
    '"\\u0001"',
  ),
)
const anyNumber = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => JSON.stringify(value)),
  fc.constantFrom('1e999', '-1e400', '9007199254740993', '-9007199254740992', '1e20', '9007199254740991', '-0'),
)
const { json: anyJson } = fc.letrec<{ json: string }>((tie) => ({
  json: fc.oneof(
    { maxDepth: 4 },
    anyText,
    anyNumber,
    fc.constantFrom('null', 'true', 'false'),
    fc.array(tie('json'), { maxLength: 4 }).map((items) => `[${items.join(',')}]`),
    fc
      .array(fc.tuple(anyText, tie('json')), { maxLength: 4 })
      .map((members) => `{${members.map(([key, value]) => `${key}:${value}`).join(',')}}`),
  ),
}))

/** The rules once more, recursively and without care for speed. */
function naive(value: unknown, warnings: Set<Warning>): unknown {
  const text = (given: string) => {
    const fixed = given.replace(/[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]|\0/g, '\uFFFD')
    if (fixed !== given) warnings.add('string_repaired')
    return fixed
  }
  if (typeof value === 'string') return text(value)
  if (typeof value === 'number') {
    if (Math.abs(value) === Number.POSITIVE_INFINITY) {
      warnings.add('number_repaired')
      return null
    }
    if (Math.floor(value) === value && Math.abs(value) > 2 ** 53 - 1) warnings.add('number_imprecise')
    return value
  }
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map((item) => naive(item, warnings))
  const members = new Map<string, unknown>()
  for (const [key, item] of Object.entries(value)) {
    if (key === '__proto__') warnings.add('key_removed')
    else members.set(text(key), naive(item, warnings))
  }
  return Object.fromEntries(members)
}

test('agrees with a recursive model, and finds every value that needs repair', () => {
  fc.assert(
    fc.property(anyJson, (text) => {
      const holder = `{"v":${text}}`
      const expectedWarnings = new Set<Warning>()
      const expected = naive(JSON.parse(holder), expectedWarnings)
      const { value, warnings } = repaired(holder)
      expect(JSON.stringify(value)).toBe(JSON.stringify(expected))
      expect(new Set(warnings)).toEqual(expectedWarnings)
      const mayNeedStrings = textMayNeedRepair(holder)
      expect(inspect(JSON.parse(holder), true).needsRepair).toBe(expectedWarnings.size > 0)
      // Skipping the strings is safe whenever the text says so.
      expect(inspect(JSON.parse(holder), mayNeedStrings).needsRepair).toBe(expectedWarnings.size > 0)
    }),
    { numRuns: 2_000 },
  )
})

test('the estimate of bytes is never too low', () => {
  fc.assert(
    fc.property(anyJson, (text) => {
      const bytes = Buffer.byteLength(JSON.stringify(JSON.parse(text)))
      expect(inspect(JSON.parse(text), true).bytesBound).toBeGreaterThanOrEqual(bytes)
      expect(inspect(JSON.parse(text), textMayNeedRepair(text)).bytesBound).toBeGreaterThanOrEqual(bytes)
    }),
    { numRuns: 2_000 },
  )
})
