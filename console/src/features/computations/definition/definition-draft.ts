/** A definition while somebody works on it, as text and as a tree that the builder draws. Both say the same. Pure. */
import { type Condition, DefinitionProblem, type Level, placeOf } from '../../../../../src/engage/language/index.ts'
import { addAt, changeAt, type Path, type Tree, textOf, treeOf } from './tree.ts'

export interface DefinitionDraft {
  readonly kind: 'audience' | 'trait'
  readonly level: Level
  readonly text: string
  /** Null for nothing yet, and while the text cannot be read. */
  readonly tree: Tree | null
}

export type DefinitionAction =
  /** Somebody types. */
  | { readonly do: 'write'; readonly text: string }
  | { readonly do: 'replace'; readonly path: Path; readonly tree: Tree }
  | { readonly do: 'add'; readonly path: Path; readonly condition: Condition }
  | { readonly do: 'remove'; readonly path: Path }
  /** Whether all parts of a group are to hold, or one of them. */
  | { readonly do: 'join'; readonly path: Path; readonly as: 'and' | 'or' }
  /** Puts NOT before it, or takes it away. */
  | { readonly do: 'negate'; readonly path: Path }
  | { readonly do: 'level'; readonly level: Level }

export function definitionDraft(kind: DefinitionDraft['kind'], level: Level, text: string): DefinitionDraft {
  return { kind, level, text, tree: read(text, kind, level) }
}

export function reduceDefinition(draft: DefinitionDraft, action: DefinitionAction): DefinitionDraft {
  const { kind, level, tree } = draft
  switch (action.do) {
    case 'write':
      return definitionDraft(kind, level, action.text)
    case 'level':
      return { ...draft, level: action.level, tree: read(draft.text, kind, action.level) ?? draft.tree }
    case 'replace':
      return withTree(draft, tree === null ? action.tree : changeAt(tree, action.path, () => action.tree))
    case 'add':
      return withTree(draft, addAt(tree, action.path, action.condition))
    case 'remove':
      return withTree(draft, tree === null ? null : changeAt(tree, action.path, () => null))
    case 'join':
      return withTree(
        draft,
        change(tree, action.path, (found) => joined(found, action.as)),
      )
    case 'negate':
      return withTree(draft, change(tree, action.path, negated))
  }
}

const withTree = (draft: DefinitionDraft, tree: Tree | null): DefinitionDraft => ({
  ...draft,
  tree,
  text: textOf(tree),
})

const change = (tree: Tree | null, path: Path, how: (condition: Condition) => Condition) =>
  tree === null ? null : changeAt(tree, path, (found) => (found.kind === 'reduction' ? found : how(found)))

function joined(found: Condition, as: 'and' | 'or'): Condition {
  return found.kind === 'and' || found.kind === 'or' ? { ...found, kind: as } : { kind: as, parts: [found] }
}

const negated = (found: Condition): Condition => (found.kind === 'not' ? found.part : { kind: 'not', part: found })

function read(text: string, kind: DefinitionDraft['kind'], level: Level): Tree | null {
  try {
    return treeOf(text, kind, level)
  } catch (error) {
    if (error instanceof DefinitionProblem) return null
    throw error
  }
}

export interface Mistake {
  /** Line and column from 1, and one sentence. */
  readonly message: string
  /** Of the text, which is to be underlined: from, and before which character. */
  readonly from: number
  readonly to: number
}

/** How a number that is missing stands in the text. */
const MISSING = 'NaN'

/** What stands in the way of saving; undefined for nothing. */
export function mistakeOf({
  text,
  kind,
  level,
}: Pick<DefinitionDraft, 'text' | 'kind' | 'level'>): Mistake | undefined {
  try {
    treeOf(text, kind, level)
    return undefined
  } catch (error) {
    if (!(error instanceof DefinitionProblem)) throw error
    const { line, column } = placeOf(text, error.offset)
    const { from, to } = wordAt(text, error.offset)
    const what = text.slice(from, to) === MISSING ? 'A number is missing here.' : error.message
    return { message: `Line ${line}, column ${column}: ${what}`, from, to }
  }
}

/** The word, text in quotes or sign at a place; at the end of the text its last character. */
function wordAt(text: string, offset: number): { readonly from: number; readonly to: number } {
  const [word = ''] = /^(?:\w+|'[^']*'?|"[^"]*"?|\S)/.exec(text.slice(offset)) ?? []
  if (word !== '') return { from: offset, to: offset + word.length }
  return { from: Math.max(0, text.trimEnd().length - 1), to: Math.max(0, text.trimEnd().length) }
}
