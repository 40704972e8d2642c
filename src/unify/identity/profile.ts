/** The shapes that identity resolution reads and writes: plain data, one row or one JSON value each. */

/** Persons and companies are resolved apart: an id of one collection never meets one of the other. */
export type Collection = 'users' | 'accounts'

/** One name by which a profile is found, such as `email` `jane@example.com`. */
export interface ExternalId {
  /** Lower case, see `TYPE_PATTERN`; it has no colon. */
  readonly type: string
  /** 1 to `ID_CHARS_MAX` characters. */
  readonly value: string
}

/** The event that made something so. */
export interface Cause {
  /** In the log. */
  readonly position: number
  readonly messageId: string
  readonly sourceId: string
  /** Unix milliseconds: the latest `receivedAt` of the log up to here, so that it never goes back. */
  readonly atMs: number
}

/** An external id on a profile, with the event that first brought it: the row of a mapping. */
export interface HeldId extends ExternalId {
  readonly addedBy: Cause
}

/** What identity resolution needs to know of a profile. */
export interface IdentityProfile {
  readonly id: string
  readonly collection: Collection
  readonly createdBy: Cause
  /** How many profiles became part of this one, directly or through another: 0 to `MERGES_MAX`. */
  readonly mergesCount: number
  /** In the order in which they came, those of a merged profile at its merge. At most `MAPPINGS_MAX`. */
  readonly ids: readonly HeldId[]
}

/** Segment's cap on the merges of one profile. */
export const MERGES_MAX = 100

/** Segment's cap on the external ids of one profile. */
export const MAPPINGS_MAX = 1_000

/** Names an id among all others. */
export const idKey = (collection: Collection, { type, value }: ExternalId): string => `${collection}:${type}:${value}`

export const isSameId = (a: ExternalId, b: ExternalId): boolean => a.type === b.type && a.value === b.value
