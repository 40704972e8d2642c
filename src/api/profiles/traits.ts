/** Traits of a profile as the Profile API shows them: its own, and those that its space works out. Pure. */
import { formatIso } from '../../spec/index.ts'
import { currentTraits, type Person, withRetained } from '../../unify/index.ts'
import type { SpaceConfig } from '../../workspace/index.ts'

export const TRAIT_CLASSES = ['audience', 'computed_trait'] as const
export type TraitClass = (typeof TRAIT_CLASSES)[number]

export interface ShownTrait {
  readonly name: string
  readonly class: TraitClass | 'custom'
  readonly value: unknown
  /** Of a computed one the space's. */
  readonly sourceId: string
  readonly updatedAtMs: number
}

/**
 * Sorted by name. An audience is there for who is in (`true`) and who was (`false`); what a space works out goes before a
 * trait of the same name that somebody sent. What one that was deleted had come to is a custom trait.
 */
export function traitsShown(
  { traits, engage }: Pick<Person, 'traits' | 'engage'>,
  { id, computations, deleted = [] }: Pick<SpaceConfig, 'id' | 'computations' | 'deleted'>,
): readonly ShownTrait[] {
  // Also of who was not looked at since one was deleted, or came back.
  const own = withRetained(traits, engage.values, { spaceId: id, deleted })
  const shown = new Map<string, ShownTrait>()
  for (const [name, { value, sourceId, updatedAtMs }] of currentTraits(own))
    shown.set(name, { name, class: 'custom', value, sourceId, updatedAtMs })
  for (const { number, key: name, definition } of computations) {
    const known = engage.values.get(number)
    if (known === undefined || known.value === null) continue
    const of = definition.kind === 'audience' ? 'audience' : 'computed_trait'
    shown.set(name, { name, class: of, value: known.value, sourceId: id, updatedAtMs: known.sinceMs })
  }
  return [...shown.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** By name, which may be any text. */
export function traitsAnswer(traits: readonly ShownTrait[], isVerbose: boolean): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    traits.map(({ name, value, sourceId, updatedAtMs }) => [
      name,
      isVerbose ? { value, source_id: sourceId, updated_at: formatIso(updatedAtMs) } : value,
    ]),
  )
}
