/** FQL as a tree. What it means is in `evaluate.ts`; `parse.ts` makes it of text. */
import type { Glob } from './glob.ts'

export const COMPARISONS = ['=', '!=', '>', '>=', '<', '<=', 'in'] as const
export type Comparison = (typeof COMPARISONS)[number]

/** Functions of one value. `contains` and `match` have kinds of their own. */
export const FUNCTIONS = [
  'length',
  'lowercase',
  'uppercase',
  'snakecase',
  'kebabcase',
  'titlecase',
  'typeof',
  'bool',
  'string',
  'number',
] as const
export type FunctionName = (typeof FUNCTIONS)[number]

export type Expression =
  | { readonly kind: 'literal'; readonly value: string | number | boolean | null }
  | { readonly kind: 'list'; readonly items: readonly Expression[] }
  /** Names from the top of the event. */
  | { readonly kind: 'path'; readonly names: readonly string[] }
  /** Two items or more. */
  | { readonly kind: 'and' | 'or'; readonly items: readonly Expression[] }
  | { readonly kind: 'not'; readonly item: Expression }
  | {
      readonly kind: 'compare'
      readonly operator: Comparison
      readonly left: Expression
      readonly right: Expression
    }
  | { readonly kind: 'call'; readonly name: FunctionName; readonly argument: Expression }
  | { readonly kind: 'contains'; readonly text: Expression; readonly part: Expression }
  | { readonly kind: 'match'; readonly text: Expression; readonly glob: Glob }
