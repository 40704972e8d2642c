/** What one request brought that was not accepted: one record in the log beside the accepted events of that request. */
import { SAMPLE_BYTES_MAX, SAMPLES_MAX } from './limits.ts'
import { previewJson } from './preview.ts'
import type { DropReason, RejectReason } from './reasons.ts'

export type RefusalReason = RejectReason | Extract<DropReason, 'suppressed'>

export interface RejectedSample {
  readonly reason: RejectReason
  /** The event's JSON as received, without its `writeKey`, cut to 2 KB: not always valid JSON. */
  readonly event: string
}

/** Stored as JSON in a log record of kind `rejected`, so that counts survive a crash and the debugger can show samples. */
export interface RejectedReport {
  /** ISO 8601. */
  readonly receivedAt: string
  /** How many events were refused for each reason; reasons with none are absent. */
  readonly counts: Readonly<Partial<Record<RefusalReason, number>>>
  /** The first refused events, at most three. Never one of a suppressed person. */
  readonly samples: readonly RejectedSample[]
}

/** Collects the refusals of one request. */
export class RefusalTally {
  readonly counts = new Map<RefusalReason, number>()
  readonly #samples: RejectedSample[] = []

  /** @param event as received; unused once enough samples are there */
  reject(reason: RejectReason, event: unknown): void {
    this.#count(reason, 1)
    if (this.#samples.length < SAMPLES_MAX) {
      this.#samples.push({ reason, event: previewJson(event, SAMPLE_BYTES_MAX, SECRET_FIELDS) })
    }
  }

  /** Counts `by` events that are refused unseen. */
  rejectUnseen(reason: RejectReason, by: number): void {
    if (by > 0) this.#count(reason, by)
  }

  suppress(): void {
    this.#count('suppressed', 1)
  }

  /** `undefined` when nothing was refused. */
  report(receivedAt: string): RejectedReport | undefined {
    if (this.counts.size === 0) return undefined
    return { receivedAt, counts: Object.fromEntries(this.counts), samples: this.#samples }
  }

  #count(reason: RefusalReason, by: number): void {
    this.counts.set(reason, (this.counts.get(reason) ?? 0) + by)
  }
}

const SECRET_FIELDS: ReadonlySet<string> = new Set(['writeKey'])
