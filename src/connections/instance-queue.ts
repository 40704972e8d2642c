/**
 * One destination instance's part in memory of its open deliveries. It holds the oldest of them; when more wait than it
 * may hold, the rest stays in the database and is loaded, in order, as there is room.
 */
import type { DeliveryId, OpenDelivery } from '../state/index.ts'
import type { DestinationInstance } from '../workspace/index.ts'
import type { Account } from './account.ts'
import { LaneQueue } from './lanes.ts'
import type { Subject } from './work.ts'

/** Deliveries of one instance kept in memory. */
export const ITEMS_MAX = 50_000
/** Of these, how many keep their event as well; the others read it from the log when their turn comes. */
export const SUBJECTS_MAX = 5_000

/** An open delivery on its way. */
export type Job = {
  -readonly [Field in keyof OpenDelivery]: OpenDelivery[Field]
} & {
  readonly position: number
  readonly route: number
  readonly lane: number
  subject: Subject | undefined
  /** A row says that it was left to the database. */
  wasSpilled: boolean
  /** The person asked to be forgotten while it was under way. */
  isForgotten: boolean
}

export class InstanceQueue {
  instance: DestinationInstance
  account: Account
  readonly lanes = new LaneQueue<Job>()
  /** Under way, by lane. */
  readonly flying = new Map<number, Job>()
  /** Everything up to here is in memory, spilled, or over. */
  cursor: DeliveryId = { position: 0, route: Number.MIN_SAFE_INTEGER }
  #isCaughtUp = false

  constructor(instance: DestinationInstance, account: Account) {
    this.instance = instance
    this.account = account
  }

  /** Whether everything open is accounted for, so that new deliveries may be queued directly. */
  get isCaughtUp(): boolean {
    return this.#isCaughtUp
  }

  /** Queues a delivery that was just committed; `later` leaves it to `refill`. */
  offer(job: Job): 'kept' | 'spilled' | 'later' {
    if (!this.#isCaughtUp) return 'later'
    if (this.lanes.size >= ITEMS_MAX) {
      this.#isCaughtUp = false
      return 'later'
    }
    return this.load(job)
  }

  /** Queues a delivery read from the database. */
  load(job: Job): 'kept' | 'spilled' {
    this.cursor = { position: job.position, route: job.route }
    if (this.lanes.size >= SUBJECTS_MAX) job.subject = undefined
    const kept = this.lanes.offer(job)
    if (kept === 'kept' && job.nextAttemptAtMs > 0) this.lanes.delay(job.lane, job.nextAttemptAtMs)
    return kept
  }

  loaded(wasLast: boolean): void {
    this.#isCaughtUp = wasLast
  }

  wantsMore(): boolean {
    return !this.#isCaughtUp && this.lanes.size < ITEMS_MAX / 2
  }

  /** Frees memory when it is full of lanes that wait; returns what is to be recorded as spilled. */
  relieve(): readonly Job[] {
    if (this.lanes.size < ITEMS_MAX) return []
    const spilled = this.lanes.relieve(ITEMS_MAX / 2)
    for (const job of spilled) job.subject = undefined
    return spilled
  }

  /** Takes back spilled deliveries of a lane. */
  restore(lane: number, jobs: readonly Job[]): void {
    for (const job of jobs) job.wasSpilled = true
    this.lanes.restore(lane, jobs)
  }
}
