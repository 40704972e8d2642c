/** Who is erased leaves nothing in the tables of people, on either database: looked up in the tables themselves. */
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Client } from 'pg'
import { describe, expect, onTestFinished, test } from 'vitest'
import { POSTGRES, postgresMissing, useTestPostgres } from '../src/state/postgres/test-server.ts'
import { startServer, type TestServer } from './server.fixture.ts'

/** Rows of each table of people. */
type Rows = Readonly<Record<string, number>>
const TABLES = ['profiles', 'external_ids', 'members', 'sync_ledger']

async function erases(server: TestServer, rowsOf: (table: string) => Promise<number>): Promise<void> {
  const { running, quickstart } = server
  const send = async (event: object) => {
    const response = await fetch(`${running.url}/v1/identify`, {
      method: 'POST',
      headers: { authorization: `Basic ${btoa(`${quickstart.sources[0]?.writeKey}:`)}` },
      body: JSON.stringify(event),
    })
    expect(response.status).toBe(200)
  }
  const api = async (method: string, path: string, body?: object) => {
    const response = await fetch(`${running.url}/api/spaces/${quickstart.spaceId}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${quickstart.publicApiToken}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    expect(response.status).toBeLessThan(300)
  }
  const rows = async (): Promise<Rows> => {
    const counts: [string, number][] = []
    for (const table of TABLES) counts.push([table, await rowsOf(table)])
    return Object.fromEntries(counts)
  }
  const destinationId = quickstart.destinations.at(-1)?.id
  const audience = {
    name: 'Pro',
    definition: { query: "trait('plan') = 'pro'" },
    destinationConnections: [{ destinationId }],
  }
  await api('POST', '/audiences', audience)
  const traits = { plan: 'pro', email: 'ada@example.com' }
  await send({ userId: 'ada', traits })
  await send({ anonymousId: 'phone', traits: {} })
  await send({ userId: 'ada', anonymousId: 'phone', traits })
  // A name for each of three ids, and one for the profile that became part of hers.
  await expect.poll(rows, { timeout: 15_000 }).toEqual({ profiles: 1, external_ids: 4, members: 1, sync_ledger: 1 })
  await api('DELETE', '/profiles/email:ada@example.com')
  await expect.poll(rows, { timeout: 15_000 }).toEqual({ profiles: 0, external_ids: 0, members: 0, sync_ledger: 0 })
}

test('a person who is erased by an email leaves no row, on SQLite', async () => {
  await using server = await startServer()
  const db = new DatabaseSync(join(server.directory, 'state.db'), { readOnly: true })
  onTestFinished(() => db.close())
  await erases(server, async (table) => Number(db.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.['n']))
}, 60_000)

describe.skipIf(postgresMissing)(POSTGRES, () => {
  const postgres = useTestPostgres()

  test('a person who is erased by an email leaves no row', async () => {
    const database = await postgres.newDatabase()
    onTestFinished(() => database.drop())
    const client = new Client({ connectionString: database.url })
    await client.connect()
    try {
      await using server = await startServer({
        GRAPEVINE_STATE_URL: database.url,
        GRAPEVINE_UNSAFE_ASYNC_STANDBY: 'true',
      })
      await erases(server, async (table) =>
        Number((await client.query(`SELECT count(*) AS n FROM ${table}`)).rows[0].n),
      )
    } finally {
      await client.end()
    }
  }, 60_000)
})
