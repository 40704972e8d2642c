/**
 * One destination instance's part in memory of its open deliveries. It holds the oldest of them; when more wait than it
 * may hold, the rest stays in the database and is loaded, in order, as there is room.
 */
import type { StoredRecord } from '../log/index.ts'
import type { DeliveryId, OpenDelivery } from '../state/index.ts'
import type { DestinationInstance } from '../workspace/index.ts'
import type { Account } from './account.ts'
import { LANE_ITEMS_MAX, LaneQueue } from './lanes.ts'
import { type Content, type Subject, subjectOf } from './work.ts'

/** Deliveries kept in memory, of all instances together; each has its share, and at least `ITEMS_MIN`. */
export const ITEMS_MAX = 12_000
export const ITEMS_MIN = 500
/** Up to this many waiting, a delivery keeps its event ready to go. */
export const READY_SUBJECTS_MAX = 100
/** Beyond that it keeps the record's text, up to so many characters of all instances; the rest is read again. */
export const RECORD_CHARS_MAX = 4 * 1024 ** 2
/** A lane that ran empty reads back at least so many deliveries, and at most LANE_ITEMS_MAX. */
export const RESTORE_ROWS_MIN = 10

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
  /** A batch with it did not come to an end: it goes by itself. */
  isAlone: boolean
  /** The person asked to be forgotten while it was under way. */
  isForgotten: boolean
}

/** An attempt that failed. */
export interface Failure {
  /** Unix milliseconds. */
  readonly atMs: number
  /** Such as `status_503`, `ECONNREFUSED` or `unauthorized`. */
  readonly reason: string
  /** HTTP status; null when there was no answer. */
  readonly status: number | null
  /** Host that was asked; null when there was no request. */
  readonly host: string | null
}

export class InstanceQueue {
  instance: DestinationInstance
  account: Account
  /** How many instances share the memory. */
  instances = 1
  readonly lanes = new LaneQueue<Job>()
  /** Under way, by lane. */
  readonly flying = new Map<number, Job>()
  /** Everything up to here is in memory, spilled, or over. */
  cursor: DeliveryId = { position: 0, route: Number.MIN_SAFE_INTEGER }
  /** There were too few for a batch: not looked for again before then, Unix ms. */
  nextGatherMs = 0
  /** Of those that are made again. */
  lastFailure: Failure | null = null
  #isCaughtUp = false
  #recordChars = 0

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
    if (this.lanes.size >= this.#itemsMax()) {
      this.#isCaughtUp = false
      return 'later'
    }
    if (this.lanes.size < READY_SUBJECTS_MAX) job.subject = content?.subject
    else job.record = content?.record
    const kept = this.load(job)
    const chars = job.record?.body.length ?? 0
    if (kept === 'spilled' || this.#recordChars + chars > RECORD_CHARS_MAX / this.instances) job.record = undefined
    else this.#recordChars += chars
    return kept
  }

  /** Queues a delivery read from the database. */
  load(job: Job): 'kept' | 'spilled' {
    this.cursor = { position: job.position, route: job.route }
    const kept = this.lanes.offer(job)
    if (kept === 'kept' && job.nextAttemptAtMs > 0) this.lanes.delay(job.lane, job.nextAttemptAtMs)
    return kept
  }

  /**
   * Queues a delivery that a replay made pending. It is older than the cursor as a rule; one that is not, of an instance
   * that has fallen behind, is left to `refill`, which would read it too.
   */
  revive(job: Job): 'kept' | 'spilled' | 'later' {
    const isNewer = isAfter(job, this.cursor)
    if (isNewer && !this.#isCaughtUp) return 'later'
    if (isNewer) this.cursor = { position: job.position, route: job.route }
    return this.lanes.offer(job)
  }

  /** Takes out what a replay made pending and was not attempted; of a lane in its order. */
  withdraw(replay: number): readonly Job[] {
    const jobs = this.lanes.withdraw((each) => each.replay === replay && each.attempts === 0)
    for (const job of jobs) this.dropRecord(job)
    return jobs
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
    this.#recordChars -= job.record?.body.length ?? 0
    job.record = undefined
  }

  loaded(wasLast: boolean): void {
    this.#isCaughtUp = wasLast
  }

  wantsMore(): boolean {
    return !this.#isCaughtUp && this.lanes.size < this.#itemsMax() / 2
  }

  /**
   * Frees memory when it is full of lanes that wait, or when few lanes fill half of it while others are left to the
   * database; returns what is to be recorded as spilled.
   */
  relieve(): readonly Job[] {
    const half = this.#itemsMax() / 2
    const spilled = this.lanes.size < this.#itemsMax() ? [] : [...this.lanes.relieve(half)]
    if (!this.#isCaughtUp) spilled.push(...this.lanes.level(half))
    for (const job of spilled) {
      job.subject = undefined
      this.dropRecord(job)
    }
    return spilled
  }

  /** Rows that a lane which ran empty may have back at once. */
  restoreRows(): number {
    const share = Math.floor(this.#itemsMax() / this.lanes.lanes)
    return Math.max(RESTORE_ROWS_MIN, Math.min(LANE_ITEMS_MAX, share))
  }

  /** Takes back spilled deliveries of a lane. */
  restore(lane: number, jobs: readonly Job[]): void {
    for (const job of jobs) job.wasSpilled = true
    this.lanes.restore(lane, jobs)
  }

  #itemsMax(): number {
    return Math.max(ITEMS_MIN, Math.floor(ITEMS_MAX / this.instances))
  }
}

function isAfter(a: DeliveryId, b: DeliveryId): boolean {
  return a.position > b.position || (a.position === b.position && a.route > b.route)
}
