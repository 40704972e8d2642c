/** What a crash test knows at its end: what it sent, what the destination saw, what the product kept. */
import type { DeliveryState } from '../../src/state/index.ts'

/** An event as the load generator made it. */
export interface EventName {
  readonly messageId: string
  readonly userId: string
  /** Place among the user's events, from 1; an event is sent after all earlier ones of its user were settled. */
  readonly sequence: number
}

export interface SentEvent extends EventName {
  /** `abandoned`: the server died before it answered and the sender gave up; the event may be stored or not. */
  readonly outcome: 'acked' | 'abandoned'
}

/** A request that the destination carried out, in the order in which it did so. */
export type HandledEvent = EventName

/** An event as the log holds it. A repeat of the sender stands there again, at a later position. */
export interface LoggedEvent extends EventName {
  readonly position: number
}

/** A row of the ledger. */
export interface LedgerEntry {
  readonly position: number
  readonly state: DeliveryState
  readonly reason: string | null
}

export interface RunRecords {
  readonly sent: readonly SentEvent[]
  readonly handled: readonly HandledEvent[]
  readonly logged: readonly LoggedEvent[]
  readonly ledger: readonly LedgerEntry[]
  /** Of the source, from the conservation equations. */
  readonly counted: { readonly received: number; readonly accepted: number; readonly duplicate: number }
  readonly conservationHolds: boolean
  /** Of some messages where the product, asked what became of them, found them in the log. */
  readonly explained: ReadonlyMap<string, readonly number[]>
}
