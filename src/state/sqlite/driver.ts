/** Kysely's view of one node:sqlite connection. */
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import {
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely'
import { assertStorable, type StorableValue } from '../values.ts'

/** Prepared statements kept by a connection, newest used last. Each costs a few kilobytes. */
const STATEMENTS_MAX = 256

export function sqliteDialect(connection: DatabaseSync): Dialect {
  return {
    createDriver: () => new SqliteStateDriver(connection),
    createQueryCompiler: () => new SqliteQueryCompiler(),
    createAdapter: () => new SqliteAdapter(),
    createIntrospector: (db) => new SqliteIntrospector(db),
  }
}

class SqliteStateDriver implements Driver {
  readonly #sqlite: DatabaseSync
  readonly #connection: SqliteConnection

  constructor(sqlite: DatabaseSync) {
    this.#sqlite = sqlite
    this.#connection = new SqliteConnection(sqlite)
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<DatabaseConnection> {
    return this.#connection
  }

  async beginTransaction(): Promise<void> {
    // A deferred transaction could fail to become a writer half-way through.
    this.#sqlite.exec('BEGIN IMMEDIATE')
    this.#connection.failed = false
  }

  async commitTransaction(): Promise<void> {
    // PostgreSQL refuses to commit after a failed statement; SQLite would keep the rest.
    if (this.#connection.failed) throw new Error('a statement of this transaction failed: nothing was kept')
    this.#sqlite.exec('COMMIT')
  }

  async rollbackTransaction(): Promise<void> {
    // A full disk or an I/O error ends a transaction by itself (reliability contract 3).
    if (this.#sqlite.isTransaction) this.#sqlite.exec('ROLLBACK')
  }

  async releaseConnection(): Promise<void> {}

  async destroy(): Promise<void> {
    this.#connection.forget()
    if (this.#sqlite.isOpen) this.#sqlite.close()
  }
}

class SqliteConnection implements DatabaseConnection {
  /** A statement failed since the transaction began. */
  failed = false
  readonly #sqlite: DatabaseSync
  readonly #statements = new Map<string, StatementSync>()

  constructor(sqlite: DatabaseSync) {
    this.#sqlite = sqlite
  }

  async executeQuery<R>({ sql, parameters }: CompiledQuery): Promise<QueryResult<R>> {
    try {
      const values = parameters.map(toSqlite)
      const statement = this.#prepared(sql)
      // `run` answers no rows, also to INSERT … RETURNING: what has columns must be read.
      if (statement.columns().length > 0) return { rows: statement.all(...values) as R[] }
      const { changes, lastInsertRowid } = statement.run(...values)
      return { rows: [], insertId: BigInt(lastInsertRowid), numAffectedRows: BigInt(changes) }
    } catch (error) {
      this.failed = true
      throw error
    }
  }

  // biome-ignore lint/correctness/useYield: it only refuses
  async *streamQuery<R>(): AsyncIterableIterator<QueryResult<R>> {
    // One open iterator keeps the WAL from being checkpointed; reads are pages instead.
    throw new Error('streaming is not supported: read in pages')
  }

  forget(): void {
    this.#statements.clear()
  }

  #prepared(sql: string): StatementSync {
    const kept = this.#statements.get(sql)
    const statement = kept ?? this.#sqlite.prepare(sql)
    this.#statements.delete(sql)
    this.#statements.set(sql, statement)
    if (this.#statements.size > STATEMENTS_MAX) {
      for (const oldest of this.#statements.keys()) {
        this.#statements.delete(oldest)
        break
      }
    }
    return statement
  }
}

/** Whole numbers are bound as integers: as doubles they would come back from untyped expressions as `1.0`. */
function toSqlite(value: unknown): StorableValue {
  assertStorable(value)
  return Number.isSafeInteger(value) && !Object.is(value, -0) ? BigInt(value as number) : value
}
