import { chmodSync, closeSync, existsSync, openSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { Kysely } from 'kysely'
import type { StateDb } from '../db.ts'
import { assertSqliteDurable, assertSqliteVersion, EXIT_STATE_DISAGREES, GateError } from '../gates.ts'
import { Turns } from '../turns.ts'
import { sqliteDialect } from './driver.ts'

/** SQLite's result codes CORRUPT and NOTADB. */
const DAMAGED: ReadonlySet<number | undefined> = new Set([11, 26])
/** How long a statement waits for a lock of another connection before it fails. */
const BUSY_TIMEOUT_MS = 5_000
/** Page cache of the writing connection, and of one that only reads now and then. */
const CACHE_KIBIBYTES = 32_000
const READER_CACHE_KIBIBYTES = 2_000
/**
 * Pages of 4 KiB that a commit may leave in the WAL before it is checkpointed. Random message ids touch a page of the
 * deduplication table each: the later the checkpoint, the more versions of one page it writes as one.
 */
const WAL_PAGES_BEFORE_CHECKPOINT = 16_000
/** A checkpointed WAL is cut back to this, so that one large transaction does not keep the disk for ever. */
const WAL_BYTES_KEPT = 64 * 1024 * 1024

export interface SqliteState<Tables = unknown> extends StateDb<Tables> {
  readonly dialect: 'sqlite'
  /**
   * The writing connection (the reading one of a read-only state). Use it inside of `exclusive` only, and never across
   * an `await` while a transaction is open.
   */
  readonly connection: DatabaseSync
  /**
   * Runs `work` alone on the writing connection, in turn with `write`. Begins no transaction: that is up to `work`.
   * A transaction left open is rolled back, and the call rejects.
   */
  exclusive<T>(work: () => T | Promise<T>): Promise<T>
}

export interface SqliteStateOptions {
  /** Path of `state.db`. Made with mode 0600 where it does not exist; its directory must. */
  readonly file: string
  /** For threads that must not write: `write` and `exclusive` reject, the file must exist. Default false. */
  readonly readOnly?: boolean
}

/** @throws GateError 20, 21, and 26 for a file that is damaged or no database */
export function openSqliteState<Tables = unknown>(options: SqliteStateOptions): SqliteState<Tables> {
  try {
    return open(options)
  } catch (error) {
    throw DAMAGED.has(sqliteCodeOf(error)) ? damaged(options.file, error) : error
  }
}

/**
 * Reads every page: seconds for each gigabyte. For `doctor`, and for a start after which something looked wrong.
 * @throws GateError 26
 */
export async function assertSqliteIntact({ connection }: Pick<SqliteState, 'connection'>): Promise<void> {
  let answer: unknown
  try {
    answer = answerOf(connection, 'PRAGMA quick_check(1)')
  } catch (error) {
    if (!DAMAGED.has(sqliteCodeOf(error))) throw error
    throw damaged(String(connection.location()), error)
  }
  if (answer !== 'ok') throw damaged(String(connection.location()), new Error(String(answer)))
}

function open<Tables>({ file, readOnly = false }: SqliteStateOptions): SqliteState<Tables> {
  const writer = readOnly ? undefined : openWriter(file)
  let reader: DatabaseSync
  try {
    reader = openReader(file)
  } catch (error) {
    writer?.close()
    throw error
  }
  return new SqliteStateDb<Tables>(reader, writer)
}

class SqliteStateDb<Tables> implements SqliteState<Tables> {
  readonly dialect = 'sqlite'
  readonly read: Kysely<Tables>
  readonly connection: DatabaseSync
  readonly #reader: DatabaseSync
  readonly #writing: Kysely<Tables> | undefined
  readonly #turns = new Turns()

  constructor(reader: DatabaseSync, writer: DatabaseSync | undefined) {
    this.connection = writer ?? reader
    this.#reader = reader
    this.read = new Kysely<Tables>({ dialect: sqliteDialect(reader) })
    this.#writing = writer && new Kysely<Tables>({ dialect: sqliteDialect(writer) })
  }

  async write<T>(work: (tx: Kysely<Tables>) => Promise<T>): Promise<T> {
    const writing = this.#writing
    if (writing === undefined) throw new Error('this state was opened read-only')
    return this.#turns.take(() => writing.transaction().execute(work))
  }

  async exclusive<T>(work: () => T | Promise<T>): Promise<T> {
    if (this.#writing === undefined) throw new Error('this state was opened read-only')
    return this.#turns.take(async () => {
      try {
        const result = await work()
        if (this.connection.isTransaction) throw new Error('the work left its transaction open: nothing was kept')
        return result
      } finally {
        if (this.connection.isTransaction) this.connection.exec('ROLLBACK')
      }
    })
  }

  async close(): Promise<void> {
    await this.#turns.close()
    await this.read.destroy()
    await this.#writing?.destroy()
    // Kysely leaves connections open through which it never ran a statement.
    for (const connection of [this.#reader, this.connection]) {
      if (connection.isOpen) connection.close()
    }
  }
}

function openWriter(file: string): DatabaseSync {
  // SQLite makes files readable by everybody; the WAL and its index take over the mode of the main file. A file that
  // exists is not opened here: closing it again would drop the locks other connections of this process hold on it.
  if (existsSync(file)) chmodSync(file, 0o600)
  else closeSync(openSync(file, 'ax', 0o600))
  const connection = new DatabaseSync(file, { timeout: BUSY_TIMEOUT_MS, enableForeignKeyConstraints: true })
  try {
    assertSqliteVersion(String(answerOf(connection, 'SELECT sqlite_version()')))
    connection.exec(`
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = FULL;
      PRAGMA secure_delete = ON;
      PRAGMA trusted_schema = OFF;
      PRAGMA cache_size = -${CACHE_KIBIBYTES};
      PRAGMA wal_autocheckpoint = ${WAL_PAGES_BEFORE_CHECKPOINT};
      PRAGMA journal_size_limit = ${WAL_BYTES_KEPT};
    `)
    assertSqliteDurable(file, {
      journalMode: answerOf(connection, 'PRAGMA journal_mode'),
      synchronous: answerOf(connection, 'PRAGMA synchronous'),
    })
    return connection
  } catch (error) {
    connection.close()
    throw error
  }
}

function openReader(file: string): DatabaseSync {
  const connection = new DatabaseSync(file, { readOnly: true, timeout: BUSY_TIMEOUT_MS })
  try {
    connection.exec(`PRAGMA trusted_schema = OFF; PRAGMA cache_size = -${READER_CACHE_KIBIBYTES};`)
    return connection
  } catch (error) {
    connection.close()
    throw error
  }
}

function answerOf(connection: DatabaseSync, query: string): unknown {
  return Object.values(connection.prepare(query).get() ?? {})[0]
}

/** The primary result code; the upper bytes hold details. */
function sqliteCodeOf(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number') return undefined
  return error.errcode & 0xff
}

const damaged = (file: string, cause: unknown) =>
  new GateError(EXIT_STATE_DISAGREES, `${file} is damaged`, 'Restore a backup.', { cause })
