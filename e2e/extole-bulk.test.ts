/** Identifies in bulk, from the Tracking API through the product to the sandbox. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Quickstart, Running } from '../src/app/index.ts'
import { startServer, type TestServer } from './server.fixture.ts'

const USERS = 300
let server: TestServer
let running: Running
let quickstart: Quickstart
let extole: { url: string; apiKey: string }

beforeAll(async () => {
  server = await startServer()
  ;({ running, quickstart } = server)
  extole = server.quickstart.extole
  const { apiKey } = extole
  // The quickstart's key is one of the sandbox's client, which may do everything there.
  await api('PATCH', `/destinations/${quickstart.destinationId}`, { settings: { adminApiKey: apiKey } })
}, 60_000)

afterAll(async () => {
  await server?.[Symbol.asyncDispose]()
}, 60_000)

async function api(method: string, path: string, body?: unknown): Promise<Record<string, never>> {
  const response = await fetch(`${running.url}/api${path}`, {
    method,
    headers: { authorization: `Bearer ${quickstart.publicApiToken}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`)
  return ((await response.json()) as { data: Record<string, never> }).data
}

async function atExtole(path: string): Promise<unknown> {
  const response = await fetch(`${extole.url}${path}`, { headers: { authorization: `Bearer ${extole.apiKey}` } })
  return response.json()
}

async function identify(name: string, traits: (n: number) => Record<string, unknown>): Promise<void> {
  const batch = Array.from({ length: USERS }, (_, n) => ({
    type: 'identify',
    messageId: `${name}-${n}`,
    userId: `${name}-${n}`,
    traits: { email: `${name}-${n}@example.com`, ...traits(n) },
  }))
  const response = await fetch(`${running.url}/v1/batch`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ writeKey: quickstart.sources[0]?.writeKey, batch }),
  })
  expect(response.status).toBe(200)
}

async function delivered(count: number): Promise<void> {
  await expect
    .poll(async () => partsOf(await api('GET', '/status')), { timeout: 30_000, interval: 100 })
    .toMatchObject({ delivered: count, pending: 0 })
}

function partsOf(status: Record<string, never>): unknown {
  const { conservation, destinations } = status as unknown as {
    conservation: { lines: { equation: string; id: string; parts: Record<string, number> }[] }
    destinations: { id: string; number: number }[]
  }
  const number = destinations.find(({ id }) => id === quickstart.destinationId)?.number
  return conservation.lines.find(({ equation, id }) => equation === 'deliveries' && id === String(number))?.parts
}

async function personOf(userId: string): Promise<{ id: string; identity_key_value: string }> {
  const found = await atExtole(`/v5/persons?person_keys=partner_user_id:${userId}`)
  return (found as { id: string; identity_key_value: string }[])[0] ?? { id: '', identity_key_value: '' }
}

const jobs = async () => (await atExtole('/v6/batches')) as { status: string; success_rows: number }[]

test('identifies of many persons are one job at Extole, and each person has what was said', async () => {
  await identify('bulk', (n) => ({ firstName: `Ada, "the ${n}th"`, order_completed_last_30days: n % 2 === 0 }))
  await delivered(USERS)
  const done = await jobs()
  expect(done.length).toBeGreaterThan(0)
  expect(done.every(({ status }) => status === 'DONE')).toBe(true)
  expect(done.reduce((sum, { success_rows }) => sum + success_rows, 0)).toBeGreaterThanOrEqual(200)
  for (const n of [0, 151, USERS - 1]) {
    const { id, identity_key_value } = await personOf(`bulk-${n}`)
    const data = Object.values(
      (await atExtole(`/v5/persons/${id}/data`)) as Record<string, { name: string; value: unknown }>,
    )
    const said = Object.fromEntries(data.map(({ name, value }) => [name, value]))
    expect(identity_key_value).toBe(`bulk-${n}@example.com`)
    expect(said).toMatchObject({ first_name: `Ada, "the ${n}th"`, order_completed_last_30days: n % 2 === 0 })
  }
})

test('what a file cannot say goes one by one, and so do the events of a job that Extole cannot make', async () => {
  const before = (await jobs()).length
  await identify('nested', (n) => ({ address: { city: `City ${n}` } }))
  await delivered(2 * USERS)
  expect(await jobs()).toHaveLength(before)
  await fetch(`${extole.url}/sandbox/faults`, {
    method: 'POST',
    headers: { authorization: `Bearer ${extole.apiKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ rules: [{ path: '/v6/batches', method: 'POST', status: 500 }] }),
  })
  await identify('refused', () => ({}))
  await delivered(3 * USERS)
  expect((await personOf('refused-7')).identity_key_value).toBe('refused-7@example.com')
})
