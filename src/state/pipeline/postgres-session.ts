/** Connections of the pool as the pipeline uses them. */
import { CompiledQuery, type Kysely } from 'kysely'
import type { Pool, PoolClient } from 'pg'
import type { Row } from './rows.ts'

/** A statement with a name is parsed once on each connection. */
export interface Statement {
  readonly name: string
  readonly text: string
}

export type Value = number | string | null | readonly (string | Uint8Array | null)[]

export interface Session {
  query(statement: Statement, values?: readonly Value[]): Promise<readonly Row[]>
  run(text: string): Promise<void>
}

/**
 * Statements come with arrays of some hundred keys and are planned once, perhaps when the tables were still empty: a
 * plan that reads whole tables would be kept while they grow. So only plans that look each key up are allowed.
 */
const PLAN_SETTINGS = ['seqscan', 'hashjoin', 'mergejoin', 'bitmapscan', 'material']
  .map((kind) => `SET enable_${kind} = off`)
  .concat('SET jit = off')
  .join('; ')

/**
 * For deliveries `d` that are looked up by their id. Not `d.state = 0`: the planner would see that the index of what is
 * open holds them, and read all of that for each batch.
 */
export const IS_OPEN = 'd.state < 1'

export class PostgresSessions {
  readonly #pool: Pool
  readonly #prepared = new WeakSet<PoolClient>()

  constructor(pool: Pool) {
    this.#pool = pool
  }

  /** Outside of a transaction: each statement by itself. */
  read<T>(work: (session: Session) => Promise<T>): Promise<T> {
    return this.#with((client) => work(sessionOf(client)))
  }

  /** All of `work` or nothing of it, durable when it resolves. */
  transaction<T>(work: (session: Session) => Promise<T>): Promise<T> {
    return this.#with(async (client) => {
      await client.query('BEGIN')
      try {
        const result = await work(sessionOf(client))
        await client.query('COMMIT')
        return result
      } catch (error) {
        // The first error tells what went wrong; the connection is not used again in either case.
        await client.query('ROLLBACK').catch(() => {})
        throw error
      }
    })
  }

  async #with<T>(work: (client: PoolClient) => Promise<T>): Promise<T> {
    const client = await this.#pool.connect()
    let isSound = false
    try {
      if (!this.#prepared.has(client)) {
        await client.query(PLAN_SETTINGS)
        this.#prepared.add(client)
      }
      const result = await work(client)
      isSound = true
      return result
    } finally {
      // After an error the connection's state is not known: the pool makes another.
      client.release(!isSound)
    }
  }
}

/** Hand-written statements in a transaction of the other layer. */
export function sessionIn(tx: Kysely<unknown>): Session {
  return {
    async query({ text }, values = []) {
      return (await tx.executeQuery<Row>(CompiledQuery.raw(text, [...values]))).rows
    },
    async run(text) {
      await tx.executeQuery(CompiledQuery.raw(text))
    },
  }
}

function sessionOf(client: PoolClient): Session {
  return {
    async query({ name, text }, values = []) {
      return (await client.query<Row>({ name: `pipeline ${name}`, text, values: [...values] })).rows
    },
    async run(text) {
      await client.query(text)
    },
  }
}

/** A PostgreSQL array of integers; pg's own way quotes and escapes each. */
export function integers<T>(rows: readonly T[], pick: (row: T) => number | null): string {
  return `{${rows.map((row) => pick(row) ?? 'NULL').join(',')}}`
}
