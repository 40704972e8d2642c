/**
 * The sync ledger: what each destination was last told of somebody, for each computation. It is written in the same commit
 * as the events that tell it, so that it never says more or less than what was handed over. `DESIGN.md` 8.
 */

export interface TellingKey {
  readonly computation: number
  /** Number of the destination instance. */
  readonly destination: number
  readonly profile: number
}

/** What a destination is told. */
export interface ToldValue {
  /** JSON: `true` or `false` of an audience, the value of a computed trait. */
  readonly value: string
  /** Engine time, Unix milliseconds. */
  readonly atMs: number
  /**
   * What the `messageId` of each of its events begins with: finds it among dead letters. From 0 to 2^48 - 1. Null: it did
   * not get there.
   */
  readonly message: number | null
  /** Number of the run that told it, null for a change that was told by itself. */
  readonly run: number | null
}

/** Something that is to be looked at, and told if it is another than what was told. */
export interface Due {
  /** Engine time, Unix milliseconds. */
  readonly atMs: number
  /** It is told also when it is the same: somebody has got another id. */
  readonly anew: boolean
  /** Number of the run that it is part of, null for a change by itself: that of the newest change. */
  readonly run: number | null
}

/** A change of one row. Within a step the later of two for the same row wins. */
export interface NewTelling extends TellingKey {
  /** Null leaves what was told before. */
  readonly told: ToldValue | null
  /** Without `told` the earlier time of two stays. Null: nothing is to be looked at any more. */
  readonly due: Due | null
}

export interface StoredTelling extends TellingKey {
  /** Null: it was never told anything. */
  readonly told: ToldValue | null
  /** JSON of what it had been told before the run that told it last; null for nothing, or when no run did. */
  readonly before: string | null
  readonly due: Due | null
}

/** Of two profiles that are one from now on. What was told of the one was told of the other. */
export interface Joined {
  readonly profile: number
  readonly into: number
  /**
   * Where different things were told of the two, one that is no end stays, and is looked at anew from now on: engine time,
   * Unix milliseconds.
   */
  readonly atMs: number
}

/** What was told last, if it was told with this message, did not get there. */
export interface LostTellings {
  readonly computation: number
  readonly destinations: readonly number[]
  readonly profile: number
  readonly message: number
}

/**
 * What was told is told to further ids. Where something else was told last, nothing was, or it did not get there, this
 * changes nothing: the ids of before hear it no second time.
 */
export interface ToldAgain extends TellingKey {
  readonly value: string
  readonly atMs: number
  readonly message: number
}

/**
 * The part of a step that concerns the ledger: first what is joined, then who is gone, then what was lost and is told, and
 * at last what is told again.
 */
export interface TellingStep {
  readonly joined: readonly Joined[]
  readonly lost: readonly LostTellings[]
  readonly tellings: readonly NewTelling[]
  readonly again: readonly ToldAgain[]
  /** Rows of all destinations that are forgotten, after the others are written. */
  readonly untold: readonly Omit<TellingKey, 'destination'>[]
}

export interface TellingState {
  /** Members of a computation, and those of whom some destination was told a value of it: by profile, after one. */
  standings(options: { computation: number; after: number; limit: number }): Promise<readonly number[]>
  standingCount(computation: number): Promise<number>
  /** Of profiles after one, up to and with another, by profile and destination. */
  tellings(options: { computation: number; after: number; to: number }): Promise<readonly StoredTelling[]>
  /** Due at or before a time, in (time, computation, profile, destination) order. */
  dueTellings(options: { atMs: number; limit: number }): Promise<readonly StoredTelling[]>
}
