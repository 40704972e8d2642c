import type { DatabaseSync, StatementSync } from 'node:sqlite'

/** The pipeline's connection: statements prepared once, days with a deduplication table, transactions. */
export class SqliteStatements {
  readonly db: DatabaseSync
  readonly #statements = new Map<string, StatementSync>()
  #dedupDays: readonly number[]

  constructor(db: DatabaseSync) {
    this.db = db
    this.#dedupDays = db
      .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name GLOB 'dedup_[0-9]*'")
      .all()
      .map((row) => Number(String(row['name']).slice('dedup_'.length)))
      .sort((a, b) => b - a)
  }

  /** Newest first. */
  get dedupDays(): readonly number[] {
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

  /** All of `work` or nothing of it, durable when it returns. Days it makes or drops are known after it. */
  transaction<T>(work: () => T): T {
    const daysBefore = this.#dedupDays
    this.db.exec('BEGIN IMMEDIATE')
    try {
      const result = work()
      this.db.exec('COMMIT')
      return result
    } catch (error) {
      this.#dedupDays = daysBefore
      // A full disk or an I/O error ends a transaction by itself (reliability contract 3).
      if (this.db.isTransaction) this.db.exec('ROLLBACK')
      throw error
    }
  }

  /** Inside of a transaction. */
  makeDay(day: number): void {
    if (this.#dedupDays.includes(day)) return
    this.db.exec(`CREATE TABLE dedup_${day} (key BLOB PRIMARY KEY, position INTEGER NOT NULL) WITHOUT ROWID, STRICT`)
    this.#dedupDays = [day, ...this.#dedupDays].sort((a, b) => b - a)
  }

  dropDaysBefore(day: number): void {
    const old = this.#dedupDays.filter((each) => each < day)
    if (old.length === 0) return
    this.#dedupDays = this.#dedupDays.filter((each) => each >= day)
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
