import type { StoredRecord } from '../log/index.ts'
import type { NormalisedEvent } from '../spec/index.ts'

/** What the processor accepted, in order. */
export interface AcceptedRecord {
  readonly record: StoredRecord
  readonly event: NormalisedEvent
  /** Numbers of instances that got it not, because they are off or of a kind that is not there. */
  readonly unroutedTo?: readonly number[]
}
