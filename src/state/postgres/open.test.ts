import { sql } from 'kysely'
import { Client } from 'pg'
import { describe, expect, onTestFinished, test } from 'vitest'
import { systemClock } from '../../ports/index.ts'
import { type ContractTables, stateDbContract } from '../contract.ts'
import { migrate } from '../migrate.ts'
import { parseInt8 } from './dialect.ts'
import { openPostgresState } from './open.ts'
import { POSTGRES, postgresMissing, useTestPostgres } from './test-server.ts'

test.each(['0', '-1', '9007199254740991', '-9007199254740991'])('the 64-bit integer %s is read as it is', (text) => {
  expect(String(parseInt8(text))).toBe(text)
})

test.each(['9007199254740992', '-9007199254740992', '9223372036854775807'])(
  'the 64-bit integer %s is never rounded',
  (text) => {
    expect(() => parseInt8(text)).toThrow(RangeError)
  },
)

describe.skipIf(postgresMissing)(POSTGRES, () => {
  const postgres = useTestPostgres()
  const openAt = (url: string) =>
    openPostgresState<ContractTables>({ url, asyncStandbyAllowed: true, clock: systemClock })

  const aState = async () => {
    const database = await postgres.newDatabase()
    const state = await openAt(database.url)
    onTestFinished(async () => {
      await state.close()
      await database.drop()
    })
    return { state, url: database.url }
  }
  const runOn = async (url: string, statement: string) => {
    const client = new Client({ connectionString: url })
    await client.connect()
    await client.query(statement)
    await client.end()
  }

  stateDbContract('PostgreSQL', async () => {
    const database = await postgres.newDatabase()
    const db = await openAt(database.url)
    return {
      db,
      async close() {
        await db.close()
        await database.drop()
      },
    }
  })

  test('without a synchronous standby the start ends with exit code 25, unless that is accepted', async () => {
    const { url } = await aState()
    await expect(openPostgresState({ url, clock: systemClock })).rejects.toMatchObject({ exitCode: 25 })
  })

  test('a role or database that switched synchronous_commit off ends the start with exit code 25', async () => {
    const { url } = await aState()
    await runOn(url, `ALTER DATABASE ${new URL(url).pathname.slice(1)} SET synchronous_commit = off`)
    await expect(openAt(url)).rejects.toMatchObject({
      exitCode: 25,
      message: expect.stringContaining('synchronous_commit=off'),
    })
  })

  test('a server that is not there is an error, and leaves nothing running', async () => {
    await expect(openAt('postgres://nobody@127.0.0.1:1/none')).rejects.toThrow('ECONNREFUSED')
  })

  test('writers of several processes take turns', async () => {
    const { state, url } = await aState()
    const other = await openAt(url)
    onTestFinished(() => other.close())
    await state.write((tx) => sql`CREATE TABLE counts (n INTEGER)`.execute(tx))
    await state.write((tx) => sql`INSERT INTO counts VALUES (0)`.execute(tx))
    const increments = Array.from({ length: 20 }, (_, index) =>
      (index % 2 === 0 ? state : other).write(async (tx) => {
        const { rows } = await sql<{ n: number }>`SELECT n FROM counts`.execute(tx)
        await sql`UPDATE counts SET n = ${(rows[0]?.n ?? 0) + 1}`.execute(tx)
      }),
    )
    await Promise.all(increments)
    expect((await sql`SELECT n FROM counts`.execute(state.read)).rows).toEqual([{ n: 20 }])
  })

  test('processes that start at the same time apply each migration once', async () => {
    const { state, url } = await aState()
    const others = await Promise.all([openAt(url), openAt(url)])
    onTestFinished(async () => void (await Promise.all(others.map((other) => other.close()))))
    const migrations = ['a', 'b', 'c'].map((id) => {
      const statements = [`CREATE TABLE ${id} (id INTEGER)`]
      return { id, sqlite: statements, postgres: statements }
    })
    const applied = await Promise.all([state, ...others].map((db) => migrate(db, migrations)))
    expect(applied.flat().sort()).toEqual(['a', 'b', 'c'])
  })

  test('a write whose connection is lost rejects, and the next one works', async () => {
    const { state, url } = await aState()
    const lost = state.write(async (tx) => {
      const { rows } = await sql<{ pid: number }>`SELECT pg_backend_pid() AS pid`.execute(tx)
      await runOn(url, `SELECT pg_terminate_backend(${rows[0]?.pid})`)
      await sql`SELECT 1`.execute(tx)
    })
    await expect(lost).rejects.toThrow()
    await state.write((tx) => sql`SELECT 1`.execute(tx))
  })

  test('a notice is heard when it commits, also after the connection was lost', async () => {
    const { state, url } = await aState()
    let heard = Promise.withResolvers<void>()
    const stop = await state.listen('grapevine_test', () => heard.resolve())
    await state.write((tx) => sql`SELECT pg_notify('grapevine_test', '1')`.execute(tx))
    await heard.promise

    heard = Promise.withResolvers()
    await runOn(
      url,
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE query LIKE 'LISTEN%' AND datname = current_database()`,
    )
    // The reconnection itself counts as a notice: something may have been missed.
    await heard.promise

    heard = Promise.withResolvers()
    await state.write((tx) => sql`SELECT pg_notify('grapevine_test', '2')`.execute(tx))
    await heard.promise
    await stop()
  })
})
