/**
 * Replays: deliveries that are made once more because a person asked, some at a time, with a cursor that moves in the
 * same commit as the rows it passed. `replay-contract.ts` holds every adapter to the promises written here.
 *
 * What is replayed goes through the same ledger rows as before: a dead letter becomes pending again under its own id,
 * an event from history becomes a new delivery. The row carries the replay's number from then on.
 */
import type { Kysely } from 'kysely'
import type { DeliveryId, LedgerRow, NewDelivery, OpenDelivery } from './port.ts'

/** The number is the code on disk: append only. */
export const REPLAY_STATES = ['running', 'finished', 'cancelled'] as const
export type ReplayState = (typeof REPLAY_STATES)[number]
export type ReplayKind = 'dead' | 'history'

export interface NewReplay {
  readonly id: string
  readonly kind: ReplayKind
  /** Number of the destination instance. */
  readonly instance: number
  /** JSON of what is to be replayed, without anything that names a person. */
  readonly selection: string
  /** Deliveries that the selection had when it was asked for. */
  readonly total: number
  /** Deliveries made pending a second, at most. */
  readonly ratePerSecond: number
  readonly createdAtMs: number
  /** Where the cursor begins: nothing at or before it is looked at. */
  readonly cursor: DeliveryId
}

export interface Replay extends NewReplay {
  /** Small positive integer that stands for `id` in ledger rows. */
  readonly number: number
  /** Everything was looked at that the selection could hold; what is pending of it may not have ended yet. */
  readonly isRead: boolean
  readonly state: ReplayState
  readonly endedAtMs: number | null
  readonly counts: ReplayCounts
}

/** Each grows only. What was made pending and has not ended is `revived` minus all the others but `skipped`. */
export interface ReplayCounts {
  /** Deliveries that were made pending. */
  readonly revived: number
  /** Deliveries of the selection that were left alone: their person asked to be forgotten. */
  readonly skipped: number
  readonly delivered: number
  /** Dead letters once more. */
  readonly dead: number
  readonly erased: number
  readonly cancelled: number
  /** Dead letters that the replay gave back untried when it was cancelled. */
  readonly returned: number
}

export interface ReplayAdvance {
  readonly number: number
  /** Cursor this was computed from. @throws OffsetConflict when the stored one differs or the replay is not running. */
  readonly from: DeliveryId
  readonly to: DeliveryId
  readonly isRead: boolean
  /** Dead letters to be made pending; those that are none (any more) are passed over. */
  readonly revive: readonly DeliveryId[]
  /** Deliveries to be made; those whose id has a row are passed over. Each made counts as one of `deliveries`. */
  readonly insert: readonly NewDelivery[]
  readonly skipped: number
}

export interface ReplayEnd {
  readonly number: number
  readonly state: Exclude<ReplayState, 'running'>
  readonly atMs: number
  /** Deliveries that keep going although the replay is cancelled: an attempt has begun or its outcome is on the way. */
  readonly spare: readonly DeliveryId[]
}

/** Another replay of the same destination is running: two would mix up the order of a person's events. */
export class ReplayConflict extends Error {
  override readonly name = 'ReplayConflict'
}

/**
 * What another domain keeps of the same change, such as its row of the audit trail: written in the same transaction, so
 * that neither is there without the other, whatever happens. When it throws, nothing is kept.
 * @param tx of whatever tables; nothing else is in between on its connection
 */
export type Alongside = (tx: Kysely<unknown>, replay: Replay) => Promise<void>

export interface ReplayStore {
  /** @throws ReplayConflict */
  createReplay(replay: NewReplay, alongside?: Alongside): Promise<Replay>
  /** Newest first. */
  replays(options: { id?: string; number?: number; state?: ReplayState; limit: number }): Promise<readonly Replay[]>
  /** Dead letters after `after`, in (position, route) order. */
  deadLetters(options: {
    instance: number
    after: DeliveryId
    limit: number
    route?: number
    lane?: number
    reasons?: readonly string[]
  }): Promise<readonly LedgerRow[]>
  /** Moves the cursor and makes deliveries pending, in one commit. Answers those it made pending, in order. */
  advanceReplay(advance: ReplayAdvance): Promise<readonly OpenDelivery[]>
  /**
   * Ends a running replay. When it is cancelled, what it made pending and what was not attempted ends in the same
   * commit: dead letters are dead letters again with the reason they had, new deliveries are cancelled.
   * @throws OffsetConflict when it is not running
   */
  endReplay(end: ReplayEnd, alongside?: Alongside): Promise<void>
}
