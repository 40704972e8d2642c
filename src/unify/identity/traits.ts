/**
 * What is known of a profile, from all sources (Segment's Unify): of each trait the most recently updated value. Pure.
 *
 * - The event's `timestamp` decides; of two at one millisecond, the later in the log.
 * - `null` removes a trait. That is remembered as long as a value would be, so that an older event which arrives late
 *   does not bring it back. An empty text is a value.
 * - A profile keeps its `TRAITS_MAX` most recently updated traits.
 *
 * So the traits do not depend on the order in which events arrive, nor on whether profiles are merged before or after.
 */
import { isDeepStrictEqual } from 'node:util'
import type { JsonObject, NormalisedEvent } from '../../spec/index.ts'
import type { Collection } from './profile.ts'

/** Traits of a profile, removed ones included. */
export const TRAITS_MAX = 1_000
/** Longest name, in UTF-16 units. */
export const TRAIT_NAME_CHARS_MAX = 255
/** Largest value, in bytes of its JSON as UTF-8. */
export const TRAIT_VALUE_BYTES_MAX = 8_192

export interface Trait {
  /** `null` when it was removed: then it is only a mark. */
  readonly value: unknown
  readonly sourceId: string
  /** The event's `timestamp`, Unix milliseconds. */
  readonly updatedAtMs: number
  /** Of the event in the log. */
  readonly position: number
}

/** By name; any text is a name. As JSON they are `[...traits]`, since an object cannot have every name. */
export type Traits = ReadonlyMap<string, Trait>

export interface TraitUpdate {
  readonly traits: JsonObject
  readonly sourceId: string
  readonly updatedAtMs: number
  readonly position: number
}

export interface RefusedTrait {
  /** Cut to `TRAIT_NAME_CHARS_MAX`. */
  readonly name: string
  readonly reason: 'name_invalid' | 'value_too_large'
}

export interface TraitChange {
  readonly traits: Traits
  /** Names whose value is another than before; also those that were let go. */
  readonly changed: readonly string[]
  /** Names that gave way to more recently updated ones. */
  readonly dropped: readonly string[]
  readonly refused: readonly RefusedTrait[]
}

/** The traits an event sets, by collection: identify those of a person, group those of a company, others none. */
export function traitsOf(event: Pick<NormalisedEvent, 'type' | 'traits'>): Readonly<Record<Collection, JsonObject>> {
  return {
    users: (event.type === 'identify' ? event.traits : undefined) ?? {},
    accounts: (event.type === 'group' ? event.traits : undefined) ?? {},
  }
}

export function updateTraits(before: Traits, { traits, sourceId, updatedAtMs, position }: TraitUpdate): TraitChange {
  const refused: RefusedTrait[] = []
  const updates = new Map<string, Trait>()
  for (const [name, value] of Object.entries(traits)) {
    if (value === undefined) continue
    const reason = reasonAgainst(name, value)
    if (reason === undefined) updates.set(name, { value, sourceId, updatedAtMs, position })
    else refused.push({ name: name.slice(0, TRAIT_NAME_CHARS_MAX), reason })
  }
  return { ...combine(before, [updates]), refused }
}

/** The traits of a profile that took in others. `changed` is said of the first, the one that stays. */
export function mergeTraits(survivor: Traits, others: readonly Traits[]): TraitChange {
  return { ...combine(survivor, others), refused: [] }
}

/** The traits to show: those that were not removed. */
export function currentTraits(traits: Traits): ReadonlyMap<string, Trait> {
  return new Map([...traits].filter(([, { value }]) => value !== null))
}

function combine(before: Traits, others: readonly Traits[]): Omit<TraitChange, 'refused'> {
  const traits = new Map(before)
  const written = new Set<string>()
  for (const each of others) {
    for (const [name, trait] of each) {
      const known = traits.get(name)
      if (known !== undefined && !isLater(trait, known)) continue
      traits.set(name, trait)
      written.add(name)
    }
  }
  const dropped = dropOldest(traits)
  const names = [...new Set([...written, ...dropped])]
  return { traits, changed: names.filter((name) => !isSameValue(before.get(name), traits.get(name))), dropped }
}

function dropOldest(traits: Map<string, Trait>): string[] {
  if (traits.size <= TRAITS_MAX) return []
  const oldestFirst = [...traits].sort(
    ([aName, a], [bName, b]) =>
      // Of one event the names decide, so that any order of arrival keeps the same ones.
      a.updatedAtMs - b.updatedAtMs || a.position - b.position || (aName < bName ? -1 : 1),
  )
  const dropped = oldestFirst.slice(0, traits.size - TRAITS_MAX).map(([name]) => name)
  for (const name of dropped) traits.delete(name)
  return dropped
}

const isLater = (a: Trait, b: Trait): boolean =>
  a.updatedAtMs > b.updatedAtMs || (a.updatedAtMs === b.updatedAtMs && a.position > b.position)

function isSameValue(a: Trait | undefined, b: Trait | undefined): boolean {
  const [left, right] = [a?.value ?? null, b?.value ?? null]
  return left === right || isDeepStrictEqual(left, right)
}

function reasonAgainst(name: string, value: unknown): RefusedTrait['reason'] | undefined {
  if (name === '' || name.length > TRAIT_NAME_CHARS_MAX) return 'name_invalid'
  // JSON of a text has at most 6 bytes a unit: short ones need no counting.
  if (typeof value === 'string' && value.length * 6 + 2 <= TRAIT_VALUE_BYTES_MAX) return undefined
  return Buffer.byteLength(JSON.stringify(value)) > TRAIT_VALUE_BYTES_MAX ? 'value_too_large' : undefined
}
