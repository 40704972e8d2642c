/**
 * What the state keeps of people: profiles as whole documents, which profile an external id leads to, who is in which
 * audience, and events that wait to be appended to the log. All of it is written in the same commit as the offset that
 * caused it (`PipelineStep.unify`). One process writes. `DESIGN.md` 4 and 8.
 */

import type { TellingState, TellingStep } from './telling-port.ts'

/** A name for an external id within its space and collection: 16 bytes of a keyed hash. */
export type IdKey = Uint8Array

export interface StoredProfile {
  /** From 1 up, given by the writer, never used twice. */
  readonly id: number
  readonly space: number
  /** JSON of the whole profile. */
  readonly document: string
  /** When something of it changes without an event: engine time, Unix milliseconds; null for never. */
  readonly dueAtMs: number | null
}

/** Somebody is in an audience, or has a value of a computed trait: which, and since when, is in the profile. */
export interface StoredMembership {
  readonly computation: number
  readonly profile: number
}

/** An event on its way into the log. */
export interface OutboxItem {
  /** From 1 up, given by the writer, in the order in which they are to be appended. */
  readonly number: number
  /** Id of the source it comes from. */
  readonly sourceId: string
  /** JSON of the event. */
  readonly body: string
}

/** How far something has come that looks at everybody, or what was so when it began. */
export interface StoredRun {
  /** E.g. `review 1`. */
  readonly name: string
  /** JSON; null when it is over. */
  readonly body: string | null
}

/** The part of a pipeline step that concerns people. Within one kind a later row wins. */
export interface UnifyStep extends TellingStep {
  /** Engine time at its end, Unix milliseconds: who comes into a computation with it, or leaves one, is counted there. */
  readonly atMs: number
  readonly profiles: readonly StoredProfile[]
  /** Profiles that are no more: they, their memberships and what was told of them go. Their ids are moved with `ids`. */
  readonly gone: readonly number[]
  /** External ids that lead nowhere any more. They go before `ids` are written. */
  readonly freed: readonly IdKey[]
  /** Where each external id leads from now on. */
  readonly ids: readonly { readonly key: IdKey; readonly profile: number }[]
  readonly memberships: readonly StoredMembership[]
  /** Memberships that are over. None of them is in `memberships`. */
  readonly forgotten: readonly StoredMembership[]
  readonly outbox: readonly OutboxItem[]
  /** Outbox items up to this number are in the log; 0 for none. */
  readonly appendedTo: number
  readonly runs: readonly StoredRun[]
}

export interface ProfileState extends TellingState {
  /** The highest ever given, 0 at first: those of profiles that are gone count too. */
  lastProfileId(): Promise<number>
  lastOutboxNumber(): Promise<number>
  /** For each key the profile it leads to, null for none. */
  profilesByIds(keys: readonly IdKey[]): Promise<readonly (number | null)[]>
  /** In the order asked, null where there is none. */
  profiles(ids: readonly number[]): Promise<readonly (StoredProfile | null)[]>
  /** Profiles of a space by id, after one. */
  profilesAfter(options: { space: number; after: number; limit: number }): Promise<readonly StoredProfile[]>
  profileCount(space: number): Promise<number>
  /** Profiles of a space that are due at or before a time, in (due, id) order. */
  due(options: { space: number; atMs: number; limit: number }): Promise<readonly StoredProfile[]>
  /** The earliest time at which any profile or telling is due, null for never. */
  nextDueMs(): Promise<number | null>
  /** By profile, after one. */
  members(options: { computation: number; after: number; limit: number }): Promise<readonly StoredMembership[]>
  memberCount(computation: number): Promise<number>
  /** What waits to be appended, oldest first. */
  outbox(limit: number): Promise<readonly OutboxItem[]>
  runs(): Promise<readonly StoredRun[]>
}
