/**
 * A definition as a tree: what computed traits and audiences are made of. `segment.md` 4.2. Positions are not part of
 * it, so that two texts that say the same are the same tree.
 */

export const UNITS = ['second', 'minute', 'hour', 'day'] as const

export interface Duration {
  /** A whole number, at least 1; 0 only as the start of `between`. */
  readonly amount: number
  readonly unit: (typeof UNITS)[number]
}

export type Scalar = string | number | boolean

/** Part of an event, of the profile, or a constant. */
export type Field =
  /** Dotted path into the event's `properties` (`traits` of an identify or group). */
  | { readonly kind: 'property'; readonly path: string; readonly ofParent: boolean }
  /** Dotted path into the event's `context`. */
  | { readonly kind: 'context'; readonly path: string }
  /** A trait of the profile, or the key of a computed trait or an audience. */
  | { readonly kind: 'trait'; readonly key: string }
  | { readonly kind: 'literal'; readonly value: Scalar }

export type Window =
  /** The last so much time, ending now. */
  | { readonly kind: 'within'; readonly duration: Duration }
  /** From `from` ago back to `to` ago. */
  | { readonly kind: 'between'; readonly from: Duration; readonly to: Duration }
  /** After the funnel's parent event, for so long. */
  | { readonly kind: 'within_parent'; readonly duration: Duration }
  /** One visit: it ends when there was no such event for so long. */
  | { readonly kind: 'session'; readonly duration: Duration }

/** Events of one name that a profile has, narrowed down. */
export interface Events {
  readonly name: string
  readonly where: Condition | null
  readonly excludedSources: readonly string[]
  readonly window: Window | null
}

export type Reducer =
  | { readonly kind: 'count' }
  | { readonly kind: 'sum' | 'avg' | 'min' | 'first' | 'last' | 'unique'; readonly of: Field }
  | { readonly kind: 'max'; readonly of: Field; readonly as: 'number' | 'string' }
  | { readonly kind: 'mode'; readonly of: Field; readonly minFrequency: number }
  /** How many different values there are. */
  | { readonly kind: 'unique_count'; readonly of: Field }

export interface Reduction {
  readonly kind: 'reduction'
  readonly events: Events
  readonly reducer: Reducer
}

export type Value = Field | Reduction

export const COMPARISONS = ['=', '!=', '>', '>=', '<', '<='] as const
export const WORD_TESTS = ['contains', 'omits', 'starts_with', 'ends_with', 'one_of', 'none_of'] as const
export const DATE_TESTS = ['before_date', 'after_date'] as const
export const RELATIVE_TESTS = ['within_last', 'within_next', 'before_last', 'after_next'] as const
export const PRESENCE_TESTS = ['exists', 'absent'] as const

export type Condition =
  | {
      readonly kind: 'comparison'
      readonly left: Value
      readonly operator: (typeof COMPARISONS)[number]
      readonly right: Value
    }
  | { readonly kind: 'presence'; readonly of: Value; readonly test: (typeof PRESENCE_TESTS)[number] }
  | {
      readonly kind: 'words'
      readonly of: Value
      readonly test: (typeof WORD_TESTS)[number]
      readonly words: readonly Field[]
    }
  /** A date of ISO 8601 with a zone. */
  | { readonly kind: 'date'; readonly of: Value; readonly test: (typeof DATE_TESTS)[number]; readonly date: string }
  | {
      readonly kind: 'relative_date'
      readonly of: Value
      readonly test: (typeof RELATIVE_TESTS)[number]
      readonly duration: Duration
    }
  | { readonly kind: 'and' | 'or'; readonly parts: readonly Condition[] }
  | { readonly kind: 'not'; readonly part: Condition }
  /** Of an account: whether any or all of its users meet the condition. */
  | { readonly kind: 'any' | 'all'; readonly part: Condition }

/** What a text says: a condition is an audience, a value a computed trait. */
export type Definition =
  | { readonly kind: 'audience'; readonly condition: Condition }
  | { readonly kind: 'trait'; readonly value: Reduction }

const UNIT_MS = { second: 1_000, minute: 60_000, hour: 3_600_000, day: 86_400_000 } as const

export function millisecondsOf({ amount, unit }: Duration): number {
  return amount * UNIT_MS[unit]
}
