/**
 * One SQLite connection with group commit: the writes of requests that arrive together share a transaction, and each
 * request answers only after the commit. WAL with `synchronous=NORMAL`: a killed process loses nothing it acknowledged,
 * a power cut may lose the last commits. That is right for a test double of a remote system and for nothing else.
 *
 * There is one connection, so a read sees every earlier write, committed or not: the sender reads its own writes.
 */
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import type { Clock } from '../../ports/index.ts'
import { SCHEMA } from './schema.ts'

/** How long a busy group waits for as many changes as the last one had, in milliseconds. A quiet one ends with the turn. */
const GROUP_MS = 5
/** A group of this many changes says that the next one will fill too. */
const BUSY_CHANGES = 4
/** One group in so many asks for more than the last one had. */
const GROWTH_EVERY = 8
/** Most changes in a group, which bounds the memory of the open transaction. */
const GROUP_CHANGES_MAX = 1_000

/** Pages of 4 KiB in the WAL before they move to the file: each move waits for the disk, so it must be rare. */
const CHECKPOINT_PAGES = 16_000

export type Row = Record<string, unknown>

export interface Database {
  /** Counts changes. A caller whose call moved it must await `durable` before it answers. */
  readonly changes: number
  /** False after `close`: a timer that fires late must not touch the file. */
  readonly isOpen: boolean
  /** Runs `change` in the open group, whole or not at all. Nested calls join the outer one. Must not wait inside. */
  write<T>(change: () => T): T
  /** Runs one changing statement; only inside `write`. Answers the number of rows changed. */
  run(sql: string, ...values: SQLInputValue[]): number
  get(sql: string, ...values: SQLInputValue[]): Row | undefined
  all(sql: string, ...values: SQLInputValue[]): Row[]
  /** Resolves once everything written so far is committed. Rejects when the commit failed and nothing was kept. */
  durable(): Promise<void>
  /** Commits the open group at once. */
  flush(): void
  close(): void
}

/** @param file a path, or ':memory:'. Missing tables are made. */
export function openDatabase(file: string, clock: Clock): Database {
  const sqlite = new DatabaseSync(file)
  sqlite.exec(
    `PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -65536; PRAGMA busy_timeout = 5000;
     PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES}`,
  )
  sqlite.exec(SCHEMA)
  const statements = new Map<string, StatementSync>()
  let waiting: { resolve: () => void; reject: (cause: unknown) => void }[] = []
  let hasGroup = false
  let isClosed = false
  let isInside = false
  // Senders that wait for an answer send no more: when as many changes are in as last time, nobody else is coming.
  let target = 1
  let groups = 0
  let pending = 0
  let changes = 0

  function prepared(sql: string): StatementSync {
    const known = statements.get(sql)
    if (known !== undefined) return known
    const made = sqlite.prepare(sql)
    // Every other statement, COMMIT included, reports the last rowid, which is a 64-bit id here.
    if (!/^\s*(SELECT|WITH)/i.test(sql)) made.setReadBigInts(true)
    statements.set(sql, made)
    return made
  }
  const begin = prepared('BEGIN IMMEDIATE')
  const commit = prepared('COMMIT')
  const savepoint = prepared('SAVEPOINT change')
  const release = prepared('RELEASE change')

  /** @throws what the commit threw, after telling everyone who waits. */
  function finish(): void {
    if (!hasGroup) return
    // Now and then one more than this time, so that the group can grow with the number of senders.
    target = Math.min(pending + (groups % GROWTH_EVERY === 0 ? 1 : 0), GROUP_CHANGES_MAX)
    hasGroup = false
    pending = 0
    const settled = waiting
    waiting = []
    try {
      commit.run()
    } catch (cause) {
      if (sqlite.isTransaction) sqlite.exec('ROLLBACK')
      for (const waiter of settled) waiter.reject(cause)
      throw cause
    }
    for (const waiter of settled) waiter.resolve()
  }

  /** Ends the group that was begun as number `begun`, unless it ended before. Those who wait were told of a failure. */
  function finishLater(begun: number): void {
    if (begun !== groups) return
    try {
      finish()
    } catch {
      return
    }
  }

  /** Runs a change whole or not at all, in the open transaction. */
  function saved<T>(change: () => T): T {
    isInside = true
    savepoint.run()
    try {
      const result = change()
      release.run()
      return result
    } catch (cause) {
      // A full disk may already have ended the transaction; then the whole group is lost and its commit fails.
      if (sqlite.isTransaction) sqlite.exec('ROLLBACK TO change; RELEASE change')
      throw cause
    } finally {
      isInside = false
    }
  }

  return {
    get changes() {
      return changes
    },
    get isOpen() {
      return !isClosed
    },
    write(change) {
      if (isInside) return change()
      if (!hasGroup) {
        begin.run()
        hasGroup = true
        groups += 1
        const begun = groups
        if (target > BUSY_CHANGES) clock.after(GROUP_MS, () => finishLater(begun))
        else void clock.turn().then(() => finishLater(begun))
      }
      const result = saved(change)
      changes += 1
      pending += 1
      if (target > BUSY_CHANGES && pending >= target) finish()
      return result
    },
    run: (sql, ...values) => Number(prepared(sql).run(...values).changes),
    get: (sql, ...values) => prepared(sql).get(...values),
    all: (sql, ...values) => prepared(sql).all(...values),
    durable() {
      if (!hasGroup) return Promise.resolve()
      return new Promise((resolve, reject) => waiting.push({ resolve, reject }))
    },
    flush: finish,
    close() {
      if (isClosed) return
      isClosed = true
      finish()
      sqlite.close()
    },
  }
}
