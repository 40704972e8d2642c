/** Steps into a definition, and changes at a place of it. Pure: what is beside the place stays the very same. */
import {
  type Condition,
  type Level,
  parseAudience,
  parseTrait,
  print,
  type Reduction,
  type SimpleCondition,
  type Value,
} from '../../../../../src/engage/language/index.ts'

/** An audience's condition, or a computed trait's value. */
export type Tree = Condition | Reduction

/** A number is the part of a group; `where` what events are narrowed down by; `part` what NOT, ANY and ALL are about. */
export type Step = number | 'where' | 'part'
export type Path = readonly Step[]

export const isSimple = (tree: Tree): tree is SimpleCondition =>
  !['and', 'or', 'not', 'any', 'all', 'reduction'].includes(tree.kind)

/** The events that a condition is about. */
export function reductionOf(tree: Tree): Reduction | undefined {
  if (tree.kind === 'reduction') return tree
  if (!isSimple(tree)) return undefined
  const value: Value = tree.kind === 'comparison' ? tree.left : tree.of
  return value.kind === 'reduction' ? value : undefined
}

function withReduction(tree: Tree, change: (reduction: Reduction) => Reduction): Tree {
  const reduction = reductionOf(tree)
  if (reduction === undefined) return tree
  const after = change(reduction)
  if (tree.kind === 'reduction') return after
  if (tree.kind === 'comparison') return { ...tree, left: after }
  return isSimple(tree) ? { ...tree, of: after } : tree
}

/** @returns undefined where there is no such place */
export function treeAt(tree: Tree, path: Path): Tree | undefined {
  const [step, ...rest] = path
  if (step === undefined) return tree
  const next = childAt(tree, step)
  return next === undefined || next === null ? undefined : treeAt(next, rest)
}

function childAt(tree: Tree, step: Step): Condition | null | undefined {
  if (step === 'where') return reductionOf(tree)?.events.where
  if (step === 'part') return 'part' in tree ? tree.part : undefined
  return 'parts' in tree ? tree.parts[step] : undefined
}

/**
 * @param change gives null to take away what is there
 * @returns null where nothing is left
 */
export function changeAt(tree: Tree, path: Path, change: (tree: Tree) => Tree | null): Tree | null {
  const [step, ...rest] = path
  if (step === undefined) return change(tree)
  const child = childAt(tree, step)
  if (child === undefined || child === null) return tree
  const after = asCondition(changeAt(child, rest, change))
  if (step === 'where') return withReduction(tree, (given) => ({ ...given, events: { ...given.events, where: after } }))
  if (step === 'part') return after === null || !('part' in tree) ? null : { ...tree, part: after }
  if (!('parts' in tree)) return tree
  const parts = tree.parts.flatMap((part, at) => (at !== step ? [part] : after === null ? [] : [after]))
  return parts.length === 0 ? null : { ...tree, parts }
}

const asCondition = (tree: Tree | null): Condition | null => (tree?.kind === 'reduction' ? null : tree)

/** Puts a condition beside those that are at a place; without a place of its own yet, it begins there. */
export function addAt(tree: Tree | null, path: Path, added: Condition): Tree {
  if (tree === null) return added
  const last = path.at(-1)
  const owner = last === 'where' ? treeAt(tree, path.slice(0, -1)) : undefined
  if (owner !== undefined && reductionOf(owner)?.events.where === null)
    return (
      changeAt(tree, path.slice(0, -1), (found) =>
        withReduction(found, (given) => ({ ...given, events: { ...given.events, where: added } })),
      ) ?? added
    )
  return changeAt(tree, path, (found) => beside(found, added)) ?? added
}

function beside(found: Tree, added: Condition): Tree {
  if (found.kind === 'reduction') return found
  if (found.kind === 'and' || found.kind === 'or') return { ...found, parts: [...found.parts, added] }
  return { kind: 'and', parts: [found, added] }
}

/** Without groups of one. */
export function plain(tree: Tree): Tree {
  if (tree.kind === 'and' || tree.kind === 'or') {
    const [only, ...others] = tree.parts
    if (only !== undefined && others.length === 0) return plain(only)
    return { ...tree, parts: tree.parts.map(plainCondition) }
  }
  if ('part' in tree) return { ...tree, part: plainCondition(tree.part) }
  return withReduction(tree, (given) => {
    const { where } = given.events
    return { ...given, events: { ...given.events, where: where === null ? null : plainCondition(where) } }
  })
}

const plainCondition = (condition: Condition): Condition => asCondition(plain(condition)) ?? condition

export function textOf(tree: Tree | null): string {
  if (tree === null) return ''
  const given = plain(tree)
  return print(given.kind === 'reduction' ? { kind: 'trait', value: given } : { kind: 'audience', condition: given })
}

/** @throws DefinitionProblem */
export function treeOf(text: string, kind: 'audience' | 'trait', level: Level): Tree {
  return kind === 'audience' ? parseAudience(text, level).condition : parseTrait(text, level).value
}
