/**
 * The event log: the ordered, durable record of what was accepted. Everything else is a consumer of it.
 * `contract.ts` holds every adapter to the promises written here.
 */

/**
 * - `event`: one normalised Segment event (the JSON of `spec`'s `NormalisedEvent`).
 * - `rejected`: what one request brought that was not accepted (the JSON of `spec`'s `RejectedReport`), so that counts
 *   survive a crash and the source debugger can show it.
 * - `command`: an instruction whose place among the events matters (a regulation).
 */
export type RecordKind = 'event' | 'rejected' | 'command'

export interface NewRecord {
  readonly kind: RecordKind
  /** The source the record came in by; for a command the empty string. */
  readonly sourceId: string
  /** UTF-8 JSON without U+0000 as such. At most 1 MiB. */
  readonly body: Uint8Array
}

export interface StoredRecord {
  readonly kind: RecordKind
  readonly sourceId: string
  /** The JSON as text: consumers parse it, and a string costs them less than bytes. */
  readonly body: string
  /** Place in the log: positive, strictly growing by append order, at most 2^53 - 1. */
  readonly position: number
}

export interface Appended {
  readonly firstPosition: number
  readonly lastPosition: number
}

/**
 * - `full`: the log reached `logBytesMax` or the disk is full; nothing was written.
 * - `timeout`: no commit within 8 s; the records may or may not be stored.
 * - `overloaded`: more than `pendingBytesMax` bytes wait for a commit; nothing was written.
 * - `unavailable`: the log cannot be written now, or the outcome of the write is not known.
 */
export type LogFailure = 'full' | 'timeout' | 'overloaded' | 'unavailable'

/** Thrown by `append`. The edge answers 503: a repeat of stored events is caught as a duplicate. */
export class LogError extends Error {
  override readonly name = 'LogError'
  readonly failure: LogFailure
  constructor(failure: LogFailure, message: string, options?: ErrorOptions) {
    super(message, options)
    this.failure = failure
  }
}

/** What ingest needs of the log. */
export interface LogWriter {
  /**
   * Resolves when the records would survive a power cut. All or nothing. Records of one call get consecutive positions
   * in the order given; calls made one after the other keep their order.
   * @throws LogError
   */
  append(records: readonly NewRecord[]): Promise<Appended>
}

/** Records that one answer of `withMessageId` has, the latest. */
export const FOUND_MAX = 100

/** What those need who ask what became of an event. */
export interface LogFinder {
  /**
   * Of the latest records those that came under this messageId, oldest first: events, accepted or not, and reports that have
   * it among their samples. How far back that is, is the adapter's: at least the last 50,000 records.
   */
  withMessageId(messageId: string): readonly StoredRecord[]
}

/** What a consumer needs of the log. Reads see durable records only. */
export interface LogReader {
  /** Up to `limit` (1 to 1,000) records after position `after`, in order; fewer where they are large. Empty at the end. */
  read(after: number, limit: number): readonly StoredRecord[]
  /** One record, or undefined when it was trimmed or never existed. */
  get(position: number): StoredRecord | undefined
  /** Position of the newest durable record; 0 when there is none yet. */
  end(): number
  /** Position of the oldest record kept; `end() + 1` when none is. */
  start(): number
}
