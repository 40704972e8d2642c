import type { Kysely } from 'kysely'

/**
 * The database that holds everything but the event log. `contract.ts` holds every adapter to these promises:
 *
 * - Writers take turns: `write` calls run one after the other, in the order they were made, each alone.
 * - All or nothing: when `work` throws, or any statement in it failed (even if `work` caught that), nothing is kept.
 * - `write` resolves once its changes would survive a power cut. When the connection is lost while it commits, it
 *   rejects and nobody knows whether the changes were kept: read, then decide.
 * - A transaction reads its own writes; `read` sees committed changes only, and all of them once `write` has resolved.
 * - A transaction handed to `work` is refused after `work` ended. `write` inside of `write` throws at once; it would
 *   otherwise wait for itself.
 * - What goes in comes out unchanged or is refused (`ValueError`), never silently altered: text with U+0000 or a lone
 *   surrogate, NaN and infinities, dates, objects and booleans (use 0 and 1) are refused as parameters, `bigint` outside
 *   64 bits too. An integer column that holds more than ±(2^53 - 1) fails to be read as a number; read it by casting
 *   it to text. Bytes are `Uint8Array`.
 */
export interface StateDb<Tables = unknown> {
  readonly dialect: 'sqlite' | 'postgres'
  /** Reads outside a transaction: each statement sees one consistent moment. A change through it is refused. */
  readonly read: Kysely<Tables>
  /** Runs `work` alone in one transaction. Rolls back, and rejects with the same error, when it throws. */
  write<T>(work: (tx: Kysely<Tables>) => Promise<T>): Promise<T>
  /** Waits for the writers in line, then lets go of files and connections. Calls made after it reject. */
  close(): Promise<void>
}

/** A `StateDb` of whatever tables. */
export interface AnyStateDb {
  readonly dialect: StateDb['dialect']
  readonly read: object
  write(work: never): Promise<unknown>
  close(): Promise<void>
}

/** The same database seen by a domain that knows its own tables only. The migrations vouch for the tables. */
export function withTables<Tables>(db: AnyStateDb): StateDb<Tables> {
  return db as unknown as StateDb<Tables>
}

/** The same of a transaction that another domain has begun. */
export function txWithTables<Tables>(tx: Kysely<unknown>): Kysely<Tables> {
  return tx as unknown as Kysely<Tables>
}
