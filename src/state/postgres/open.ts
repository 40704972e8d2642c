import { Kysely, sql } from 'kysely'
import { Pool, type PoolConfig } from 'pg'
import type { Clock } from '../../ports/index.ts'
import type { StateDb } from '../db.ts'
import { assertPostgresDurable, type PostgresDurability } from '../gates.ts'
import { Turns } from '../turns.ts'
import { columnTypes, postgresDialect } from './dialect.ts'
import { listen } from './listen.ts'

const READ_CONNECTIONS_MAX = 6
/** One for `write`, which takes turns; the others for the pipeline's own transactions. */
const WRITE_CONNECTIONS_MAX = 4
const CONNECT_TIMEOUT_MS = 10_000

/** Advisory lock that makes writers of all processes take turns. Any constant that nobody else uses in this database. */
const WRITE_LOCK = 7_262_841

export interface PostgresState<Tables = unknown> extends StateDb<Tables> {
  readonly dialect: 'postgres'
  /** Writing connections, for hand-written statements. 64-bit integers are read as with `StateDb`. */
  readonly pool: Pool
  /**
   * Calls `onNotice` when somebody notifies `channel`, and after a lost connection was made again. Answers the way to
   * stop, which `close` does too.
   */
  listen(channel: string, onNotice: () => void): Promise<() => Promise<void>>
}

export interface PostgresStateOptions {
  /** `postgres://user:password@host:port/database`. */
  readonly url: string
  /** The operator's `GRAPEVINE_UNSAFE_ASYNC_STANDBY`: no synchronous standby is needed. Default false. */
  readonly asyncStandbyAllowed?: boolean
  readonly clock: Pick<Clock, 'after'>
  /** A connection was lost while nobody used it. The next call makes a new one. */
  readonly onConnectionError?: (error: unknown) => void
}

/** @throws GateError 25; the driver's own error when there is no connection to be had */
export async function openPostgresState<Tables = unknown>(
  options: PostgresStateOptions,
): Promise<PostgresState<Tables>> {
  const state = new PostgresStateDb<Tables>(options)
  try {
    assertPostgresDurable(await state.durability(), options.asyncStandbyAllowed ?? false)
    return state
  } catch (error) {
    await state.close()
    throw error
  }
}

class PostgresStateDb<Tables> implements PostgresState<Tables> {
  readonly dialect = 'postgres'
  readonly read: Kysely<Tables>
  readonly pool: Pool
  readonly #readPool: Pool
  readonly #writing: Kysely<Tables>
  readonly #turns = new Turns()
  readonly #options: PostgresStateOptions
  readonly #config: PoolConfig
  readonly #listeners = new Set<() => Promise<void>>()

  constructor(options: PostgresStateOptions) {
    this.#options = options
    this.#config = {
      connectionString: options.url,
      application_name: 'grapevine',
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      keepAlive: true,
      types: columnTypes,
    }
    this.pool = new Pool({ ...this.#config, max: WRITE_CONNECTIONS_MAX })
    this.#readPool = new Pool({ ...this.#config, max: READ_CONNECTIONS_MAX })
    for (const pool of [this.pool, this.#readPool]) {
      // Without listeners the loss of a connection would end the process: the pool hears of idle ones only, and one
      // that is in use fails its next statement.
      pool.on('error', (error) => options.onConnectionError?.(error))
      pool.on('connect', (client) => void client.on('error', () => {}))
    }
    this.#writing = new Kysely<Tables>({ dialect: postgresDialect(this.pool, false) })
    this.read = new Kysely<Tables>({ dialect: postgresDialect(this.#readPool, true) })
  }

  async write<T>(work: (tx: Kysely<Tables>) => Promise<T>): Promise<T> {
    return this.#turns.take(() =>
      this.#writing.transaction().execute(async (tx) => {
        // The first statement: what the work reads is then at least as new as the last writer's commit.
        await sql`SELECT pg_advisory_xact_lock(${WRITE_LOCK})`.execute(tx)
        return work(tx)
      }),
    )
  }

  async listen(channel: string, onNotice: () => void): Promise<() => Promise<void>> {
    const { clock, onConnectionError = () => {} } = this.#options
    const stop = await listen({ config: this.#config, channel, onNotice, onError: onConnectionError, clock })
    this.#listeners.add(stop)
    return async () => {
      this.#listeners.delete(stop)
      await stop()
    }
  }

  async close(): Promise<void> {
    await this.#turns.close()
    await Promise.all([...this.#listeners].map((stop) => stop()))
    this.#listeners.clear()
    // Kysely would leave a pool open through which it never ran a statement.
    await Promise.all([this.pool, this.#readPool].filter((pool) => !pool.ending).map((pool) => pool.end()))
  }

  /** As the writing connections see it: roles and databases can have settings of their own. */
  async durability(): Promise<PostgresDurability> {
    const { rows } = await this.pool.query<PostgresDurability>(`SELECT
      current_setting('fsync') AS "fsync",
      current_setting('full_page_writes') AS "fullPageWrites",
      current_setting('synchronous_commit') AS "synchronousCommit",
      current_setting('synchronous_standby_names') AS "synchronousStandbyNames",
      current_setting('server_encoding') AS "serverEncoding"`)
    const [found] = rows
    if (found === undefined) throw new Error('PostgreSQL answered no settings')
    return found
  }
}
