/** What of an event does not become part of profiles. Pure. */
import type { RefusedId, RefusedTrait, Resolution, SkipReason } from './identity/index.ts'

export type Dropped =
  | { readonly what: 'event'; readonly reason: SkipReason }
  /** Of `demoted` ids, those that a hard cap keeps out have its name. */
  | { readonly what: 'id'; readonly reason: RefusedId['reason'] | 'merges_max' | 'mappings_max' }
  /** `too_many`: it gave way to one that was updated later. */
  | { readonly what: 'trait'; readonly reason: RefusedTrait['reason'] | 'too_many' }

const NONE: readonly Dropped[] = []

export function dropsOf({ skipped, users, accounts }: Resolution): readonly Dropped[] {
  if (skipped !== undefined) return [{ what: 'event', reason: skipped }]
  if (users.refused.length + accounts.refused.length === 0) return NONE
  return [...users.refused, ...accounts.refused].map((refused) => ({ what: 'id', reason: reasonOf(refused) }))
}

function reasonOf(refused: RefusedId): Extract<Dropped, { what: 'id' }>['reason'] {
  if (refused.reason !== 'demoted' || refused.conflict.kind === 'limit') return refused.reason
  return refused.conflict.kind === 'merges' ? 'merges_max' : 'mappings_max'
}

export const traitDropsOf = (change: {
  readonly refused: readonly RefusedTrait[]
  readonly dropped: readonly string[]
}): Dropped[] => [
  ...change.refused.map(({ reason }): Dropped => ({ what: 'trait', reason })),
  ...change.dropped.map((): Dropped => ({ what: 'trait', reason: 'too_many' })),
]
