/** How several profiles become one. Pure; `traits.ts` says what becomes of their traits. */
import type { Cause, ExternalId, HeldId, IdentityProfile } from './profile.ts'

/** A profile that has an id of the event. */
export interface Match {
  readonly profile: IdentityProfile
  /** The event's id by which it was found; the highest in priority. */
  readonly by: ExternalId
}

/** The profile that stays: the oldest, by the place in the log of the event that made it. No two share one. */
export function oldestOf(matches: readonly Match[]): Match | undefined {
  return matches.reduce<Match | undefined>(
    (oldest, match) =>
      oldest === undefined || match.profile.createdBy.position < oldest.profile.createdBy.position ? match : oldest,
    undefined,
  )
}

/** The profile that stays, with what it gets: all ids of the others, as old as they are, and their merges. */
export function absorb(survivor: IdentityProfile, others: readonly IdentityProfile[]): IdentityProfile {
  return {
    ...survivor,
    mergesCount: others.reduce((sum, { mergesCount }) => sum + mergesCount + 1, survivor.mergesCount),
    ids: [survivor, ...others].flatMap(({ ids }) => ids),
  }
}

export function withIds(profile: IdentityProfile, ids: readonly ExternalId[], addedBy: Cause): IdentityProfile {
  const held: HeldId[] = ids.map(({ type, value }) => ({ type, value, addedBy }))
  return { ...profile, ids: [...profile.ids, ...held] }
}

/** The row that says what became of a profile. */
export interface MergeRow {
  readonly mergedId: string
  readonly intoId: string
  readonly cause: Cause
}

/** The profile that has what `profileId` had: itself, unless it was merged. At most `MERGES_MAX` steps. */
export function currentProfileId(profileId: string, mergedInto: ReadonlyMap<string, string>): string {
  let current = profileId
  for (let next = mergedInto.get(current); next !== undefined; next = mergedInto.get(current)) current = next
  return current
}
