import fc from 'fast-check'
import { expect, test } from 'vitest'
import { definitionsOf } from '../../../../../src/engage/language/definitions.fixture.ts'
import { type Condition, type Definition, print } from '../../../../../src/engage/language/index.ts'
import { type DefinitionDraft, definitionDraft, mistakeOf, reduceDefinition } from './definition-draft.ts'
import { conditionOf, isDrawn, leafOf, testsOf, withTest } from './leaf.ts'
import { isSimple, type Path, reductionOf, type Tree, textOf, treeAt } from './tree.ts'

const anyDefinition = definitionsOf({
  events: ['Order Completed', "It's"],
  paths: ['total', 'products.$.sku'],
  traits: ['plan', 'gold'],
  words: ['pro', '10', 5, true],
  sources: ['src_1'],
  dates: ['2026-01-31T00:00:00Z'],
  daysMax: 90,
  isAccounts: false,
})
const anyOne: fc.Arbitrary<Definition> = fc.oneof(anyDefinition.audience, anyDefinition.trait)

const draftOf = (definition: Definition) => definitionDraft(definition.kind, 'users', print(definition))

/** Every place of a tree. */
function placesOf(tree: Tree, path: Path = []): readonly Path[] {
  const where = reductionOf(tree)?.events.where ?? null
  return [
    path,
    ...(where === null ? [] : placesOf(where, [...path, 'where'])),
    ...('part' in tree ? placesOf(tree.part, [...path, 'part']) : []),
    ...('parts' in tree ? tree.parts.flatMap((part, at) => placesOf(part, [...path, at])) : []),
  ]
}

test('the tree of a text is written as the same text', () => {
  fc.assert(
    fc.property(anyOne, (definition) => {
      const draft = draftOf(definition)
      expect(mistakeOf(draft)).toBeUndefined()
      expect(textOf(draft.tree)).toBe(draft.text)
    }),
  )
})

test('what the builder draws is the condition that is there', () => {
  fc.assert(
    fc.property(anyOne, (definition) => {
      const { tree } = draftOf(definition)
      if (tree === null) throw new Error('no tree')
      for (const path of placesOf(tree)) {
        const found = treeAt(tree, path)
        if (found === undefined || !isSimple(found)) continue
        expect(conditionOf(leafOf(found))).toEqual(found)
        if (isDrawn(found)) expect(testsOf(leafOf(found).of)).toContain(leafOf(found).test.name)
      }
    }),
  )
})

test('text and tree say the same after whatever is done, and what nobody touches stays as it is', () => {
  const added: Condition = { kind: 'presence', of: { kind: 'trait', key: 'added' }, test: 'exists' }
  fc.assert(
    fc.property(anyDefinition.audience, fc.array(fc.tuple(fc.nat(), fc.nat(4)), { maxLength: 6 }), (given, steps) => {
      let draft: DefinitionDraft = draftOf(given)
      for (const [pick, what] of steps) {
        const places = draft.tree === null ? [[]] : placesOf(draft.tree)
        const path = places[pick % places.length] ?? []
        const before = draft
        draft = reduceDefinition(draft, actionOf(what, path, added))
        const around = before.tree === null || draft.tree === null ? [] : siblingsOf(before.tree, draft.tree, path)
        for (const [was, is] of around) expect(is).toBe(was)
        if (draft.tree === null) expect(draft.text).toBe('')
        // Too deep or too many, which the parser says; what it reads is what is drawn.
        else if (mistakeOf(draft) === undefined)
          expect(textOf(definitionDraft('audience', 'users', draft.text).tree)).toBe(draft.text)
      }
    }),
  )
})

function actionOf(what: number, path: Path, condition: Condition) {
  if (what === 0) return { do: 'add', path, condition } as const
  if (what === 1) return { do: 'remove', path } as const
  if (what === 2) return { do: 'join', path, as: 'or' } as const
  if (what === 3) return { do: 'negate', path } as const
  return { do: 'replace', path, tree: condition } as const
}

/** Parts of a group beside the one that was touched, before and after; none where the group itself has other parts now. */
function siblingsOf(before: Tree, after: Tree, path: Path): readonly (readonly [Condition, Condition | undefined])[] {
  const at = path.at(-1)
  const group = treeAt(before, path.slice(0, -1))
  const then = treeAt(after, path.slice(0, -1))
  if (typeof at !== 'number' || group === undefined || then === undefined) return []
  if (!('parts' in group && 'parts' in then) || group.parts.length !== then.parts.length) return []
  return group.parts.flatMap((part, index) => (index === at ? [] : [[part, then.parts[index]] as const]))
}

test('a condition is added beside a single one, and the text has both', () => {
  const draft = definitionDraft('audience', 'users', "trait('plan') = 'pro'")
  const condition: Condition = { kind: 'presence', of: { kind: 'trait', key: 'email' }, test: 'exists' }
  const both = reduceDefinition(draft, { do: 'add', path: [], condition })
  expect(both.text).toBe("trait('plan') = 'pro' AND trait('email').exists()")
  const either = reduceDefinition(both, { do: 'join', path: [], as: 'or' })
  expect(either.text).toBe("trait('plan') = 'pro' OR trait('email').exists()")
  expect(reduceDefinition(either, { do: 'remove', path: [0] }).text).toBe("trait('email').exists()")
  expect(reduceDefinition(either, { do: 'negate', path: [1] }).text).toBe(
    "trait('plan') = 'pro' OR NOT trait('email').exists()",
  )
})

test('a number that is taken away is missed where it was, and is there again with the next one', () => {
  for (const text of [
    "event('Order Completed').count() >= 3",
    "event('Order Completed').where(property('total') > 3).count() >= 1",
  ]) {
    const draft = definitionDraft('audience', 'users', text)
    const path: Path = text.includes('where') ? ['where'] : []
    const found = draft.tree === null ? undefined : treeAt(draft.tree, path)
    if (found?.kind !== 'comparison') throw new Error('no comparison')
    const withNumber = (value: number): Condition => ({ ...found, right: { kind: 'literal', value } })
    const without = reduceDefinition(draft, { do: 'replace', path, tree: withNumber(Number.NaN) })
    expect(without.tree).not.toBeNull()
    const mistake = mistakeOf(without)
    expect(mistake?.message).toMatch(/^Line 1, column \d+: A number is missing here\.$/)
    expect(without.text.slice(mistake?.from, mistake?.to)).toBe('NaN')
    const again = reduceDefinition(without, { do: 'replace', path, tree: withNumber(3) })
    expect([again.text, mistakeOf(again)]).toEqual([text, undefined])
  }
  const audience = "event('Order Completed').within(30 days).count() >= 1"
  const { tree } = definitionDraft('audience', 'users', audience)
  if (tree?.kind !== 'comparison' || tree.left.kind !== 'reduction') throw new Error('no events')
  const window = { kind: 'within', duration: { amount: Number.NaN, unit: 'day' } } as const
  const left = { ...tree.left, events: { ...tree.left.events, window } }
  const draft = definitionDraft('audience', 'users', audience)
  expect(mistakeOf(reduceDefinition(draft, { do: 'replace', path: [], tree: { ...tree, left } }))?.message).toBe(
    'Line 1, column 33: A number is missing here.',
  )
})

test('a filter of events is added where there is none, and beside one', () => {
  const draft = definitionDraft('audience', 'users', "event('Order Completed').count() >= 1")
  const condition: Condition = {
    kind: 'comparison',
    left: { kind: 'property', path: 'total', ofParent: false },
    operator: '>',
    right: { kind: 'literal', value: 100 },
  }
  const one = reduceDefinition(draft, { do: 'add', path: ['where'], condition })
  expect(one.text).toBe("event('Order Completed').where(property('total') > 100).count() >= 1")
  const two = reduceDefinition(one, { do: 'add', path: ['where'], condition })
  expect(two.text).toContain("where(property('total') > 100 AND property('total') > 100)")
  expect(reduceDefinition(two, { do: 'remove', path: ['where'] }).text).toBe(draft.text)
})

test('a mistake is told with its place and its word, and nothing that was typed is lost', () => {
  const draft = definitionDraft('audience', 'users', "event('A').cuont() > 1")
  expect(draft.tree).toBeNull()
  const mistake = mistakeOf(draft)
  expect(mistake?.message).toMatch(/^Line 1, column 12: cuont cannot follow an event/)
  expect(draft.text.slice(mistake?.from, mistake?.to)).toBe('cuont')
  const ends = mistakeOf(definitionDraft('audience', 'users', "trait('plan') = "))
  expect([ends?.from, ends?.to]).toEqual([14, 15])
})

test('a condition that is half filled in stays drawn, and the text says what is missing', () => {
  const half: Condition = { kind: 'presence', of: { kind: 'trait', key: '' }, test: 'exists' }
  const draft = reduceDefinition(definitionDraft('audience', 'users', ''), { do: 'add', path: [], condition: half })
  expect(draft.tree).toEqual(half)
  expect(mistakeOf(draft)?.message).toContain('1 to 500 characters')
})

test('another test keeps what it is compared with', () => {
  const leaf = leafOf({
    kind: 'comparison',
    left: { kind: 'trait', key: 'plan' },
    operator: '=',
    right: { kind: 'literal', value: 'pro' },
  })
  const among = withTest(leaf, 'one_of')
  expect(among.test).toEqual({ name: 'one_of', words: [{ kind: 'literal', value: 'pro' }] })
  const empty = { ...leaf, test: { name: '=', with: { kind: 'literal', value: '' } } } as const
  expect(withTest(empty, 'contains').test).toEqual({ name: 'contains', words: [] })
  expect(withTest(among, '!=').test).toEqual({ name: '!=', with: { kind: 'literal', value: 'pro' } })
})
