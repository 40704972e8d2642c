/**
 * Identity of the events of one step, in order: what one event did is seen by the next, though nothing is stored yet.
 * Pure: what was stored comes in, what is to be stored goes out. Steps of any size give the same profiles.
 */
import type { CompiledRules } from './compiled-rules.ts'
import { type EligibilityEvent, type SkipReason, skipReasonOf } from './eligibility.ts'
import { type EventIds, externalIdsOf, type IdsEvent } from './external-ids.ts'
import { absorb, type MergeRow, withIds } from './merge.ts'
import { type Cause, type Collection, type ExternalId, type HeldId, type IdentityProfile, idKey } from './profile.ts'
import { type Decision, resolve } from './resolve.ts'

export interface IdentityStepOptions {
  readonly rules: CompiledRules
  /**
   * What is stored of the names that `keysToLoad` gave for the events of the step: the id of the profile that has each,
   * nothing where none has. A name left out by mistake would end up on two profiles.
   */
  readonly owners: ReadonlyMap<string, string>
  /** The profiles that `owners` leads to, whole. */
  readonly profiles: Iterable<IdentityProfile>
  /** An id that no profile has had. The same events must give the same ids, or a replay gives other profiles. */
  readonly newProfileId: (collection: Collection, cause: Cause) => string
}

/** What is to be stored after a step. */
export interface IdentityChanges {
  /** Profiles that are new or different, whole. */
  readonly profiles: readonly IdentityProfile[]
  /** Ids that are new or have moved, with the profile that has them now. */
  readonly mappings: readonly IdMapping[]
  /** In the order in which they happened. The profiles of `mergedId` are gone. */
  readonly merges: readonly MergeRow[]
}

export interface IdMapping extends HeldId {
  readonly collection: Collection
  readonly profileId: string
}

export interface Resolution {
  /** Why the event has no part in profiles: then both decisions are `none`. */
  readonly skipped: SkipReason | undefined
  readonly users: Decision
  readonly accounts: Decision
}

/** An event as identity sees it: read once, before the step, to know what to load. */
export interface ReadEvent {
  readonly skipped: SkipReason | undefined
  readonly ids: EventIds
}

/** @param event whole: filters may ask for any field of it */
export function readEvent(event: IdsEvent & EligibilityEvent, rules: CompiledRules): ReadEvent {
  const skipped = skipReasonOf(event, rules)
  return { skipped, ids: skipped === undefined ? externalIdsOf(event, rules) : NO_IDS }
}

const NO_IDS: EventIds = { users: [], accounts: [], refused: { users: [], accounts: [] } }

/** Names of all ids of the events: what has to be looked up before a step. */
export function keysToLoad(events: Iterable<ReadEvent>): Set<string> {
  const keys = new Set<string>()
  for (const { ids } of events) {
    for (const id of ids.users) keys.add(idKey('users', id))
    for (const id of ids.accounts) keys.add(idKey('accounts', id))
  }
  return keys
}

export class IdentityStep {
  readonly #options: IdentityStepOptions
  readonly #profiles = new Map<string, IdentityProfile>()
  readonly #owners: Map<string, string>
  readonly #changed = new Set<string>()
  readonly #moved = new Map<string, { readonly collection: Collection; readonly id: HeldId }>()
  readonly #merges: MergeRow[] = []

  constructor(options: IdentityStepOptions) {
    this.#options = options
    this.#owners = new Map(options.owners)
    for (const profile of options.profiles) this.#profiles.set(profile.id, profile)
  }

  /** Decides and takes effect. Events come in the order of the log. */
  resolve({ skipped, ids }: ReadEvent, cause: Cause): Resolution {
    return {
      skipped,
      users: this.#resolveIn('users', ids.users, ids.refused.users, cause),
      accounts: this.#resolveIn('accounts', ids.accounts, ids.refused.accounts, cause),
    }
  }

  profile(id: string): IdentityProfile | undefined {
    return this.#profiles.get(id)
  }

  /** The profile that has an id now. @throws when the step was given an owner without its profile */
  ownerOf(collection: Collection, id: ExternalId): IdentityProfile | undefined {
    const owner = this.#owners.get(idKey(collection, id))
    if (owner === undefined) return undefined
    const profile = this.#profiles.get(owner)
    if (profile === undefined) throw new Error(`${owner} has an id of the step and was not loaded`)
    return profile
  }

  /** All that came of the step up to here. A profile that was made and merged in it leaves a merge and no row. */
  changes(): IdentityChanges {
    return {
      profiles: [...this.#changed].flatMap((id) => this.#profiles.get(id) ?? []),
      mappings: [...this.#moved].flatMap(([key, { collection, id }]) => {
        const profileId = this.#owners.get(key)
        return profileId === undefined ? [] : { ...id, collection, profileId }
      }),
      merges: this.#merges,
    }
  }

  #resolveIn(collection: Collection, ids: readonly ExternalId[], refused: Decision['refused'], cause: Cause): Decision {
    const { rules, newProfileId } = this.#options
    const decision = resolve(
      { ids, refused, atMs: cause.atMs },
      {
        rules,
        ownerOf: (id) => this.ownerOf(collection, id),
        newProfileId: () => newProfileId(collection, cause),
      },
    )
    this.#apply(collection, decision, cause)
    return decision
  }

  #apply(collection: Collection, decision: Decision, cause: Cause): void {
    if (decision.kind === 'none' || (decision.kind === 'add' && decision.ids.length === 0)) return
    const { profileId } = decision
    const before = this.#profiles.get(profileId) ?? {
      id: profileId,
      collection,
      createdBy: cause,
      mergesCount: 0,
      ids: [],
    }
    const merged = decision.kind === 'merge' ? this.#takeAway(decision.merged, profileId, cause) : []
    const after = withIds(absorb(before, merged), decision.ids, cause)
    this.#profiles.set(profileId, after)
    this.#changed.add(profileId)
    for (const id of after.ids.slice(before.ids.length)) {
      const key = idKey(collection, id)
      this.#owners.set(key, profileId)
      this.#moved.set(key, { collection, id })
    }
  }

  #takeAway(merged: readonly { readonly profileId: string }[], intoId: string, cause: Cause): IdentityProfile[] {
    return merged.flatMap(({ profileId: mergedId }) => {
      const profile = this.#profiles.get(mergedId)
      this.#profiles.delete(mergedId)
      this.#merges.push({ mergedId, intoId, cause })
      return profile ?? []
    })
  }
}
