/** What is stored of one profile: one JSON text, so that a step loads and writes a profile as a whole. Pure. */
import { type EngageState, NOTHING_KNOWN } from '../engage/index.ts'
import type { Cause, HeldId, IdentityProfile, IdentityRecord, Trait, Traits } from './identity/index.ts'

/** Positions of the newest events of a profile that are remembered: the log has the events themselves. */
export const RECENT_EVENTS_MAX = 200

/** Decisions of identity that are remembered for `explain`, the first ones; of those alike one. */
export const RECORDS_MAX = 200

/** Companies of a person, or people of a company, that are remembered: those linked last. */
export const LINKS_MAX = 200

export interface Person {
  readonly identity: IdentityProfile
  readonly traits: Traits
  readonly engage: EngageState
  /** Positions in the log, oldest first. */
  readonly recent: readonly number[]
  /** How it came to be what it is, by the names that `recordKeyOf` gives. */
  readonly records: Readonly<Record<string, IdentityRecord>>
  /**
   * Numbers of the companies whose events a person was in, or of a company's people, in the order in which they were met.
   * Who became part of another profile since then is still there under the old number.
   */
  readonly links: readonly number[]
  readonly updatedBy: Cause
  /** Number of the last reading of history whose leaves are kept in `engage` (`Kept`); 0 for none. */
  readonly reading: number
}

/** Names a profile that became part of another among the keys that lead to profiles. No external id is called so. */
export const mergedKey = (id: number): string => `merged:${id}`

interface Stored {
  readonly collection: IdentityProfile['collection']
  readonly createdBy: Cause
  readonly updatedBy: Cause
  readonly mergesCount: number
  readonly ids: readonly HeldId[]
  readonly traits: readonly (readonly [string, Trait])[]
  readonly engage: EngageState
  readonly recent: readonly number[]
  readonly records: Readonly<Record<string, IdentityRecord>>
  readonly links: readonly number[]
  readonly reading: number
}

export function newPerson(identity: IdentityProfile, reading: number): Person {
  return {
    identity,
    traits: new Map(),
    engage: NOTHING_KNOWN,
    recent: [],
    records: {},
    links: [],
    updatedBy: identity.createdBy,
    reading,
  }
}

export function encodePerson({ identity, traits, engage, recent, records, links, updatedBy, reading }: Person): string {
  const { collection, createdBy, mergesCount, ids } = identity
  const stored: Stored = {
    collection,
    createdBy,
    updatedBy,
    mergesCount,
    ids,
    traits: [...traits],
    engage,
    recent,
    records,
    links,
    reading,
  }
  return JSON.stringify(stored)
}

/** @param id the profile's number in the state */
export function decodePerson(id: number, document: string): Person {
  const { traits, engage, recent, records, links, updatedBy, reading, ...identity } = JSON.parse(document) as Stored
  return {
    identity: { id: String(id), ...identity },
    traits: new Map(traits),
    engage,
    recent,
    records,
    links,
    updatedBy,
    reading,
  }
}
