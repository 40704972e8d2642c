/**
 * One destination instance's part in memory of its open deliveries. It holds the oldest of them; when more wait than it
 * may hold, the rest stays in the database and is loaded, in order, as there is room.
 */
import type { StoredRecord } from '../log/index.ts'
import type { DeliveryId, OpenDelivery } from '../state/index.ts'
import type { DestinationInstance } from '../workspace/index.ts'
import type { Account } from './account.ts'
import { LaneQueue } from './lanes.ts'
import { type Content, type Subject, subjectOf } from './work.ts'

/** Deliveries of one instance kept in memory. */
export const ITEMS_MAX = 10_000
/** Up to this many waiting, a delivery keeps its event ready to go. */
export const READY_SUBJECTS_MAX = 100
/** Beyond that it keeps the record's bytes, up to so many of one instance; the rest is read from the log again. */
export const RECORD_BYTES_MAX = 16 * 1024 ** 2

/** An open delivery on its way. */
export type Job = {
  -readonly [Field in keyof OpenDelivery]: OpenDelivery[Field]
} & {
  readonly position: number
  readonly route: number
  readonly lane: number
  /** At most one of the two is there. */
  subject: Subject | undefined
  record: StoredRecord | undefined
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
  #recordBytes = 0

  constructor(instance: DestinationInstance, account: Account) {
    this.instance = instance
    this.account = account
  }

  /** Whether everything open is accounted for, so that new deliveries may be queued directly. */
  get isCaughtUp(): boolean {
    return this.#isCaughtUp
  }

  /** Queues a delivery that was just committed; `later` leaves it to `refill`. */
  offer(job: Job, content: Content | undefined): 'kept' | 'spilled' | 'later' {
    if (!this.#isCaughtUp) return 'later'
    if (this.lanes.size >= ITEMS_MAX) {
      this.#isCaughtUp = false
      return 'later'
    }
    if (this.lanes.size < READY_SUBJECTS_MAX) job.subject = content?.subject
    else job.record = content?.record
    const kept = this.load(job)
    const bytes = job.record?.body.length ?? 0
    if (kept === 'spilled' || this.#recordBytes + bytes > RECORD_BYTES_MAX) job.record = undefined
    else this.#recordBytes += bytes
    return kept
  }

  /** Queues a delivery read from the database. */
  load(job: Job): 'kept' | 'spilled' {
    this.cursor = { position: job.position, route: job.route }
    const kept = this.lanes.offer(job)
    if (kept === 'kept' && job.nextAttemptAtMs > 0) this.lanes.delay(job.lane, job.nextAttemptAtMs)
    return kept
  }

  /** What the job delivers, if it is here. It is kept until the delivery has ended. */
  subjectOf(job: Job): Subject | undefined {
    if (job.record !== undefined) {
      job.subject = subjectOf(job.record)
      this.dropRecord(job)
    }
    return job.subject
  }

  dropRecord(job: Job): void {
    this.#recordBytes -= job.record?.body.length ?? 0
    job.record = undefined
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
    for (const job of spilled) {
      job.subject = undefined
      this.dropRecord(job)
    }
    return spilled
  }

  /** Takes back spilled deliveries of a lane. */
  restore(lane: number, jobs: readonly Job[]): void {
    for (const job of jobs) job.wasSpilled = true
    this.lanes.restore(lane, jobs)
  }
}
