import type { DatabaseSync, StatementSync } from 'node:sqlite'

/** The pipeline's connection: statements prepared once, days with a deduplication table, transactions. */
export class SqliteStatements {
  readonly db: DatabaseSync
  readonly #statements = new Map<string, StatementSync>()
  #dedupDays: readonly number[] = []
  #schemaVersion = -1

  constructor(db: DatabaseSync) {
    this.db = db
  }

  /** Newest first. Read again when a table was made or dropped, here or through another connection. */
  get dedupDays(): readonly number[] {
    const version = this.prepare('PRAGMA schema_version').get()?.['schema_version'] as number
    if (version !== this.#schemaVersion) {
      this.#schemaVersion = version
      this.#dedupDays = this.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name GLOB 'dedup_[0-9]*'")
        .all()
        .map((row) => Number(String(row['name']).slice('dedup_'.length)))
        .sort((a, b) => b - a)
    }
    return this.#dedupDays
  }

  prepare(sql: string): StatementSync {
    let statement = this.#statements.get(sql)
    if (statement === undefined) {
      statement = this.db.prepare(sql)
      this.#statements.set(sql, statement)
    }
    return statement
  }

  /** All of `work` or nothing of it, durable when it returns. */
  transaction<T>(work: () => T): T {
    this.db.exec('BEGIN IMMEDIATE')
    try {
      const result = work()
      this.db.exec('COMMIT')
      return result
    } catch (error) {
      // A full disk or an I/O error ends a transaction by itself (reliability contract 3).
      if (this.db.isTransaction) this.db.exec('ROLLBACK')
      throw error
    }
  }

  /** Inside of a transaction. */
  makeDay(day: number): void {
    if (this.dedupDays.includes(day)) return
    this.db.exec(`CREATE TABLE dedup_${day} (key BLOB PRIMARY KEY, position INTEGER NOT NULL) WITHOUT ROWID, STRICT`)
  }

  dropDaysBefore(day: number): void {
    const old = this.dedupDays.filter((each) => each < day)
    if (old.length === 0) return
    for (const sql of this.#statements.keys()) {
      if (old.some((each) => sql.includes(`dedup_${each} `))) this.#statements.delete(sql)
    }
    // The tables hold keyed hashes and nothing about people: writing zeros over all their pages would stop the
    // pipeline for as long as the day was busy.
    this.db.exec('PRAGMA secure_delete = OFF')
    try {
      for (const each of old) this.db.exec(`DROP TABLE dedup_${each}`)
    } finally {
      this.db.exec('PRAGMA secure_delete = ON')
    }
  }
}
