import type { Clock, Random } from '../ports/index.ts'
import type { Settings } from './settings.ts'
import type { Database } from './store/database.ts'
import type { Persons } from './store/persons.ts'

/** What every part of the sandbox works with. One per open file. */
export interface Context {
  readonly db: Database
  readonly persons: Persons
  readonly clock: Clock
  readonly random: Random
  /** A fresh, growing 64-bit id. */
  readonly nextId: () => string
  readonly clientId: string
  /** The switches as they are now. */
  readonly settings: () => Settings
  /** Told of every event after its effects are written, inside the same transaction. */
  readonly onEvent: (event: AppliedEvent) => void
}

/** An event after it found its person and had its effects. */
export interface AppliedEvent {
  readonly eventId: string
  readonly personId: string
  /** The name after prehandlers. */
  readonly name: string
  readonly data: ReadonlyMap<string, unknown>
  readonly eventMs: number
  readonly isDuplicate: boolean
  /** The step it made, if a business event listened and it was not a repeat. */
  readonly stepName: string | undefined
  /** Whose share code it brought. */
  readonly advocateId: string | undefined
}
