/** How many are in an audience or have a computed trait, over time and now, and who they are as a file. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readCsv } from '../src/api/csv.fixture.ts'
import { parseConfig, type Running, serve } from '../src/app/index.ts'
import { callSpace, startServer, type TestServer } from './server.fixture.ts'

const MINUTE_MS = 60_000
let server: TestServer
let again: Running | undefined

beforeAll(async () => {
  server = await startServer()
}, 60_000)

afterAll(async () => {
  await again?.[Symbol.asyncDispose]()
  await server?.[Symbol.asyncDispose]()
}, 60_000)

const running = () => again ?? server.running
const api = async (method: string, path: string, body?: unknown) => {
  const { status, data } = await callSpace({ ...server, running: running() }, method, path, body)
  expect(status).toBe(200)
  return data as unknown as Record<string, unknown>
}

async function send(type: string, event: object): Promise<void> {
  const response = await fetch(`${running().url}/v1/${type}`, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa(`${server.quickstart.sources[0]?.writeKey}:`)}` },
    body: JSON.stringify(event),
  })
  expect(response.status).toBe(200)
}

const is = (userId: string, plan: string) => send('identify', { userId, traits: { plan } })

interface Point {
  readonly time: string
  readonly count: number
  readonly entered: number
  readonly left: number
}

async function sizeOf(path: string, granularity: string, backMs: number) {
  const startTime = new Date(Date.now() - backMs).toISOString()
  const { size, series } = await api('GET', `${path}/size?${new URLSearchParams({ granularity, startTime })}`)
  return { size: size as { count: number; type: string }, series: series as readonly Point[] }
}

const sumOf = (series: readonly Point[], of: 'entered' | 'left') => series.reduce((sum, each) => sum + each[of], 0)

/** In every granularity: nobody at first, then as many more at each end as came in and did not leave. */
async function expectSize(path: string, came: number, went: number): Promise<void> {
  const { pagination } = await api('GET', `${path}/members`)
  const { totalEntries } = pagination as { totalEntries: number }
  expect(totalEntries).toBe(came - went)
  const spans = { MINUTE: 60 * MINUTE_MS, HOUR: 7 * 24 * 60 * MINUTE_MS, DAY: 30 * 24 * 60 * MINUTE_MS - MINUTE_MS }
  for (const [granularity, backMs] of Object.entries(spans)) {
    const { size, series } = await sizeOf(path, granularity, backMs)
    expect(size).toEqual({ count: totalEntries, type: 'USERS' })
    expect([series[0]?.count, series.at(-1)?.count]).toEqual([0, totalEntries])
    expect([sumOf(series, 'entered'), sumOf(series, 'left')]).toEqual([came, went])
    for (const [at, { count, entered, left }] of series.entries())
      expect(count).toBe((series[at - 1]?.count ?? 0) + entered - left)
    expect(Date.parse(series.at(-1)?.time ?? '')).toBeLessThanOrEqual(Date.now())
  }
}

test('the size over time ends with who is in: after a backfill, changes and a deletion, and after a restart', async () => {
  for (const userId of ['ada', 'bob', 'eve', 'dan']) await is(userId, 'gold')
  const definition = { query: "trait('plan') = 'gold'" }
  const { audience } = await api('POST', '/audiences', { name: 'Gold', definition })
  const path = `/audiences/${(audience as { id: string }).id}`
  const count = async () => ((await api('GET', path))['audience'] as { size: { count: number } }).size.count
  await expect.poll(count, { timeout: 10_000 }).toBe(4)
  await expectSize(path, 4, 0)
  await is('bob', 'none')
  await expect.poll(count, { timeout: 10_000 }).toBe(3)
  const deleted = await fetch(`${running().url}/api/spaces/${server.quickstart.spaceId}/profiles/user_id:eve`, {
    method: 'DELETE',
    headers: { authorization: `Bearer ${server.quickstart.publicApiToken}` },
  })
  expect(deleted.ok).toBe(true)
  await expect.poll(count, { timeout: 10_000 }).toBe(2)
  await expectSize(path, 4, 2)

  await server.running[Symbol.asyncDispose]()
  again = await serve(
    parseConfig({ GRAPEVINE_DATA: server.directory, GRAPEVINE_PORT: '0', GRAPEVINE_LOG_LEVEL: 'error' }),
    (_, message) => {
      throw new Error(message)
    },
  )
  await expectSize(path, 4, 2)
  await is('bob', 'gold')
  await expect.poll(count, { timeout: 10_000 }).toBe(3)
  await expectSize(path, 5, 2)
}, 60_000)

test('of a computed trait they are those who have a value', async () => {
  for (const userId of ['ada', 'ada', 'bob']) await send('track', { userId, event: 'Seen' })
  const definition = { query: "event('Seen').count()" }
  const { computedTrait } = await api('POST', '/computed-traits', { name: 'Seen', definition })
  const path = `/computed-traits/${(computedTrait as { id: string }).id}`
  const size = async () => (await sizeOf(path, 'MINUTE', MINUTE_MS)).size.count
  await expect.poll(size, { timeout: 10_000 }).toBe(2)
  await expectSize(path, 2, 0)
})

test('a time that is too long ago, and what is not there, is refused', async () => {
  const status = async (path: string, query: Record<string, string>) =>
    (await callSpace({ ...server, running: running() }, 'GET', `${path}/size?${new URLSearchParams(query)}`)).status
  const { audiences } = await api('GET', '/audiences')
  const path = `/audiences/${(audiences as { id: string }[])[0]?.id}`
  const startTime = new Date(Date.now() - 5 * 60 * MINUTE_MS).toISOString()
  expect(await status(path, { granularity: 'MINUTE', startTime })).toBe(422)
  expect(await status(path, { granularity: 'HOUR', startTime })).toBe(200)
  expect(await status('/audiences/aud_none', { granularity: 'HOUR', startTime })).toBe(404)
})

test('the members come as a file that a spreadsheet opens and does not run, with everybody in it once', async () => {
  const plan = '=1+1'
  const ids = Array.from({ length: 450 }, (_, n) => `file-${String(n).padStart(3, '0')}`)
  for (const userId of [...ids, '=HYPERLINK("http://evil.example")', '+49 170', '@sum(a)', 'a,"b"\r\nc'])
    await is(userId, plan)
  const definition = { query: "trait('plan').one_of('=1+1')" }
  const { audience } = await api('POST', '/audiences', { name: 'In a file', definition })
  const { id } = audience as { id: string }
  const count = async () => (await sizeOf(`/audiences/${id}`, 'MINUTE', MINUTE_MS)).size.count
  await expect.poll(count, { timeout: 20_000 }).toBe(ids.length + 4)
  const file = await fetch(`${running().url}/api/spaces/${server.quickstart.spaceId}/audiences/${id}/members/export`, {
    headers: { authorization: `Bearer ${server.quickstart.publicApiToken}` },
  })
  expect(Object.fromEntries(file.headers)).toMatchObject({
    'content-type': 'text/csv; charset=utf-8',
    'content-disposition': 'attachment; filename="in_a_file.csv"',
    'x-total-count': String(ids.length + 4),
  })
  const [columns = [], ...lines] = readCsv(await file.text())
  expect(columns).toEqual(['profile_id', 'user_id', 'email', 'phone', 'anonymous_id', 'other_ids', 'value', 'since'])
  const rows = lines.map((line) => Object.fromEntries(columns.map((column, at) => [column, line[at]])))
  const users = rows.map((row) => row['user_id'])
  expect(users.toSorted()).toEqual(
    [...ids, `'=HYPERLINK("http://evil.example")`, "'+49 170", "'@sum(a)", 'a,"b"\r\nc'].toSorted(),
  )
  expect(rows[0]).toMatchObject({ email: '', other_ids: '', value: 'true', since: expect.stringMatching(/^20/) })
}, 60_000)
