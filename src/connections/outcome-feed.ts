/**
 * What becomes of events behind the log, for people who look on: nothing is made while nobody does, nothing is kept,
 * and no more is told in a second than `OUTCOMES_PER_SECOND_MAX`. The ledger knows all of it for good.
 */
import type { Clock } from '../ports/index.ts'
import type { NormalisedEvent } from '../spec/index.ts'

/** Outcomes told in one second of the clock; of those above it only the number is. */
export const OUTCOMES_PER_SECOND_MAX = 5_000

/** What can become of an event behind the log, and of each of its deliveries. */
type Outcome = 'duplicate' | 'suppressed' | 'filtered' | 'delivered' | 'retry' | 'dead' | 'held' | 'cancelled'

export interface EventOutcome {
  readonly position: number
  readonly outcome: Outcome
  readonly sourceId: string
  readonly messageId: string
  readonly type: string
  /** Name of the event, page or screen, if it has one. */
  readonly name: string | null
  readonly userId: string | null
  readonly anonymousId: string | null
  /** Null for what concerns no destination. */
  readonly destinationId: string | null
  /** Why, as in the ledger. */
  readonly reason: string | null
  /** HTTP status of the destination's answer. */
  readonly status: number | null
  /** Of a delivery, counted from 1. */
  readonly attempt: number | null
  /** Unix milliseconds. */
  readonly atMs: number
}

type Said = Pick<EventOutcome, 'position' | 'outcome'> &
  Partial<Pick<EventOutcome, 'destinationId' | 'reason' | 'status' | 'attempt'>>

export class OutcomeFeed {
  readonly #clock: Pick<Clock, 'nowMs'>
  readonly #tell: (outcomes: readonly EventOutcome[], leftOut: number) => void
  #isWanted = false
  #pending: EventOutcome[] = []
  #leftOut = 0
  #second = 0
  #toldInSecond = 0

  constructor(clock: Pick<Clock, 'nowMs'>, tell: (outcomes: readonly EventOutcome[], leftOut: number) => void) {
    this.#clock = clock
    this.#tell = tell
  }

  /** Ask before anything is made for `publish`. */
  get isWanted(): boolean {
    return this.#isWanted
  }

  want(isWanted: boolean): void {
    this.#isWanted = isWanted
    if (isWanted) return
    this.#pending = []
    this.#leftOut = 0
  }

  publish(event: NormalisedEvent, sourceId: string, said: Said): void {
    if (!this.#isWanted) return
    const atMs = this.#clock.nowMs()
    const second = Math.floor(atMs / 1_000)
    if (second !== this.#second) {
      this.#second = second
      this.#toldInSecond = 0
    }
    if (this.#toldInSecond >= OUTCOMES_PER_SECOND_MAX) {
      this.#leftOut += 1
      return
    }
    this.#toldInSecond += 1
    const { messageId, type, userId, anonymousId } = event
    const name = type === 'track' ? event.event : event.name
    this.#pending.push({
      sourceId,
      messageId,
      type,
      // Of somebody who asked to be forgotten nothing is told but that something came.
      name: said.outcome === 'suppressed' ? null : (name ?? null),
      userId: said.outcome === 'suppressed' ? null : (userId ?? null),
      anonymousId: said.outcome === 'suppressed' ? null : (anonymousId ?? null),
      destinationId: null,
      reason: null,
      status: null,
      attempt: null,
      ...said,
      atMs,
    })
  }

  /** Tells what was published since the last call. */
  flush(): void {
    if (this.#pending.length === 0 && this.#leftOut === 0) return
    this.#tell(this.#pending, this.#leftOut)
    this.#pending = []
    this.#leftOut = 0
  }
}
