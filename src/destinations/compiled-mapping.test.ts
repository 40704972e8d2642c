import fc from 'fast-check'
import { expect, test } from 'vitest'
import { actionsCore } from './actions-core.ts'
import { evaluateMapping } from './compiled-mapping.ts'
import { presetsOf } from './definition.ts'
import { extolePlatform } from './extole/definition.ts'

type Mapping = Record<string, unknown>

/** The framework's own result, or its refusal. */
function byFramework(mapping: Mapping, event: Mapping): unknown {
  const { transform } = actionsCore()
  return transform(mapping as Parameters<typeof transform>[0], event as Parameters<typeof transform>[1])
}

const anyName = fc.constantFrom('a', 'b', 'userId', 'traits', 'first_name')
const anyPath = fc.array(anyName, { minLength: 1, maxLength: 3 }).map((names) => ({ '@path': `$.${names.join('.')}` }))
const anyConstant = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null))

const { field: anyField } = fc.letrec((tie) => ({
  field: fc.oneof({ maxDepth: 3 }, anyConstant, anyPath, tie('condition'), tie('object')),
  condition: fc
    .record({
      by: fc.constantFrom('exists', 'blank'),
      value: anyPath,
      // biome-ignore lint/suspicious/noThenProperty: it is the framework's word.
      then: fc.option(tie('field'), { nil: undefined }),
      else: fc.option(tie('field'), { nil: undefined }),
    })
    .map(({ by, value, ...rest }) => ({ '@if': { [by]: value, ...rest } })),
  object: fc.dictionary(anyName, tie('field'), { maxKeys: 3 }),
}))

const anyMapping = fc.dictionary(fc.constantFrom('x', 'y', 'z'), anyField) as fc.Arbitrary<Mapping>
const anyValue = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    anyConstant,
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(anyName, tie('value'), { maxKeys: 4, noNullPrototype: true }),
  ),
})).value
const anyEvent = fc.dictionary(anyName, anyValue) as fc.Arbitrary<Mapping>

test('gives what the framework gives', () => {
  fc.assert(
    fc.property(anyMapping, anyEvent, (mapping, event) => {
      const compiled = evaluateMapping(mapping, event)
      fc.pre(compiled !== null)
      expect(compiled).toEqual(byFramework(mapping, event))
    }),
    { numRuns: 2_000 },
  )
})

test.each([
  ['a template', { a: { '@template': 'Hello {{a}}' } }],
  ['a path with an index', { a: { '@path': '$.a[0]' } }],
  ['an array', { a: [1] }],
  ['two directives at once', { a: { '@path': '$.a', '@if': {} } }],
  ['an internal key', { __segment_internal_sync_mode: 'add' }],
])('leaves %s to the framework', (_, mapping) => {
  expect(evaluateMapping(mapping, {})).toBeNull()
})

test('what comes out is a copy', () => {
  const event = { traits: { list: [{ deep: 1 }] } }
  const result = evaluateMapping({ traits: { '@path': '$.traits' } }, event) as typeof event
  expect(result).toEqual(event)
  result.traits.list.push({ deep: 2 })
  expect(event.traits.list).toHaveLength(1)
})

test('the mappings that Extole instances start with are all understood', () => {
  for (const { mapping } of presetsOf(extolePlatform.definition)) expect(evaluateMapping(mapping, {})).not.toBeNull()
})
