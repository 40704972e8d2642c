/**
 * Flat matching (Segment's Unify, identity resolution): which profile an event belongs to. Pure.
 *
 * All profiles that have one of the event's ids match. None: a new profile. One: the event's other ids are added to it.
 * Several: they become one. Where that would break a limit, the id of lowest priority is left out of the match, and the
 * rest is tried again; the last id alone always fits. So two persons who share a device stay two persons.
 */

import { PERIOD_MS } from '../../workspace/index.ts'
import type { CompiledRules } from './compiled-rules.ts'
import { type Match, oldestOf } from './merge.ts'
import { type ExternalId, type IdentityProfile, MAPPINGS_MAX, MERGES_MAX } from './profile.ts'
import type { Conflict, RefusedId } from './refusals.ts'

export type Decision =
  /** The event has no id that can be used: it belongs to no profile. */
  | { readonly kind: 'none'; readonly refused: readonly RefusedId[] }
  /** `create`: a new profile with `ids`. `add`: one that is there; `ids` are new on it, and often none. */
  | {
      readonly kind: 'create' | 'add'
      readonly profileId: string
      readonly ids: readonly ExternalId[]
      readonly refused: readonly RefusedId[]
    }
  /** The profiles of `merged` become part of `profileId`, which then also gets `ids`. */
  | {
      readonly kind: 'merge'
      readonly profileId: string
      /** The event's id by which the profile that stays was found. */
      readonly by: ExternalId
      readonly merged: readonly MergedProfile[]
      readonly ids: readonly ExternalId[]
      readonly refused: readonly RefusedId[]
    }

export interface MergedProfile {
  readonly profileId: string
  /** The event's id by which it was found; the highest in priority. */
  readonly by: ExternalId
}

export interface Incoming {
  /** Highest priority first, none twice, all of one collection: as `externalIdsOf` gives them. */
  readonly ids: readonly ExternalId[]
  /** What was refused before any matching. */
  readonly refused: readonly RefusedId[]
  /** See `Cause.atMs`. */
  readonly atMs: number
}

export interface ResolveOptions {
  readonly ownerOf: (id: ExternalId) => IdentityProfile | undefined
  readonly rules: CompiledRules
  /** An id that no profile has had. Asked only where a profile is created. */
  readonly newProfileId: () => string
}

/** An id of the event, and the profile that has it. */
interface Owned {
  readonly id: ExternalId
  readonly owner: IdentityProfile | undefined
}

interface Demoted extends Owned {
  readonly conflict: Conflict
}

export function resolve({ ids, refused, atMs }: Incoming, { ownerOf, rules, newProfileId }: ResolveOptions): Decision {
  const tried: Owned[] = ids.map((id) => ({ id, owner: ownerOf(id) }))
  const demoted: Demoted[] = []
  for (;;) {
    const matched = matchesOf(tried)
    const { added, full } = newIds(tried, matched)
    const conflict = conflictOf(matched, added, rules, atMs)
    const last = conflict === undefined ? undefined : tried.pop()
    if (conflict !== undefined && last !== undefined) {
      demoted.push({ ...last, conflict })
      continue
    }
    const all = [...refused, ...refusedBecauseOf(demoted, matched), ...full]
    return decisionFor(matched, added, all, newProfileId)
  }
}

function decisionFor(
  matched: readonly Match[],
  ids: readonly ExternalId[],
  refused: readonly RefusedId[],
  newProfileId: () => string,
): Decision {
  const survivor = oldestOf(matched)
  if (survivor === undefined) {
    return ids.length === 0 ? { kind: 'none', refused } : { kind: 'create', profileId: newProfileId(), ids, refused }
  }
  const { profile, by } = survivor
  if (matched.length === 1) return { kind: 'add', profileId: profile.id, ids, refused }
  const merged = matched
    .filter((match) => match !== survivor)
    .map((match) => ({ profileId: match.profile.id, by: match.by }))
  return { kind: 'merge', profileId: profile.id, by, merged, ids, refused }
}

/** The profiles that have one of the ids, each once, with the first id that found it. */
function matchesOf(tried: readonly Owned[]): Match[] {
  const matches = new Map<string, Match>()
  for (const { id, owner } of tried) {
    if (owner !== undefined && !matches.has(owner.id)) matches.set(owner.id, { profile: owner, by: id })
  }
  return [...matches.values()]
}

/** The ids that nobody has: as many as there is room for. */
function newIds(tried: readonly Owned[], matched: readonly Match[]) {
  const nobodys = tried.filter(({ owner }) => owner === undefined).map(({ id }) => id)
  const room = Math.max(0, MAPPINGS_MAX - sumOf(matched, ({ profile }) => profile.ids.length))
  return {
    added: nobodys.slice(0, room),
    full: nobodys.slice(room).map((id) => ({ ...id, reason: 'full' as const })),
  }
}

function conflictOf(
  matched: readonly Match[],
  added: readonly ExternalId[],
  rules: CompiledRules,
  atMs: number,
): Conflict | undefined {
  const isMerge = matched.length > 1
  if (!isMerge && added.length === 0) return undefined
  if (isMerge) {
    const merges = sumOf(matched, ({ profile }) => profile.mergesCount) + matched.length - 1
    if (merges > MERGES_MAX) return { kind: 'merges', count: merges }
    const mappings = sumOf(matched, ({ profile }) => profile.ids.length)
    if (mappings > MAPPINGS_MAX) return { kind: 'mappings', count: mappings }
  }
  const counts = new Map<string, TypeCount>()
  for (const { profile } of matched) countHeld(profile, counts, rules, atMs)
  for (const { type } of added) {
    const before = counts.get(type)
    counts.set(type, { values: (before?.values ?? 0) + 1, from: undefined, grows: true })
  }
  for (const [type, { values, grows }] of counts) {
    const limit = rules.limitOf(type)
    if (grows && values > limit.values) return { kind: 'limit', type, limit, values }
  }
  return undefined
}

/** Values of a type within its period. Only what grows is held to the limit: rules apply to what is new. */
interface TypeCount {
  values: number
  /** The only profile that has some of them. */
  from: IdentityProfile | undefined
  grows: boolean
}

function countHeld(profile: IdentityProfile, counts: Map<string, TypeCount>, rules: CompiledRules, atMs: number): void {
  for (const { type, addedBy } of profile.ids) {
    if (addedBy.atMs <= atMs - PERIOD_MS[rules.limitOf(type).period]) continue
    const count = counts.get(type)
    if (count === undefined) counts.set(type, { values: 1, from: profile, grows: false })
    else {
      count.values += 1
      if (count.from !== profile) count.grows = true
    }
  }
}

function refusedBecauseOf(demoted: readonly Demoted[], matched: readonly Match[]): RefusedId[] {
  const isThere = ({ owner }: Demoted) => matched.some(({ profile }) => profile.id === owner?.id)
  return demoted
    .filter((each) => !isThere(each))
    .map(({ id, owner, conflict }) => ({ ...id, reason: 'demoted', conflict, heldBy: owner?.id }))
}

const sumOf = <T>(list: readonly T[], number: (item: T) => number): number =>
  list.reduce((sum, item) => sum + number(item), 0)
