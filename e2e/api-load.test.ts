/** Ingest goes on while the Public API is used: the figures are the bench's (`npm run bench -- --only api`), this is that nothing stalls. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startServer, type TestServer } from './server.fixture.ts'

/** No event may wait longer for its answer, in milliseconds: much more than a loaded machine takes, much less than a stall. */
const ACK_MS_MAX = 3_000
const CHANGES = 100
const BEFORE = 20_000
const BATCH = 500

let server: TestServer
beforeAll(async () => {
  server = await startServer()
}, 60_000)
afterAll(() => server[Symbol.asyncDispose](), 60_000)

async function send(events: readonly object[]): Promise<void> {
  const writeKey = server.quickstart.sources[1]?.writeKey
  const response = await fetch(`${server.running.url}/v1/batch`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ writeKey, batch: events }),
  })
  expect(response.status).toBe(200)
}

const track = (messageId: string) => ({ type: 'track', event: 'Seen', userId: 'u', messageId })

async function call(method: string, path: string, body?: unknown) {
  const response = await fetch(`${server.running.url}/api${path}`, {
    method,
    headers: {
      authorization: `Bearer ${server.quickstart.publicApiToken}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  expect(response.ok, `${method} ${path}: ${response.status} ${text.slice(0, 200)}`).toBe(true)
  return JSON.parse(text).data
}

test('no event waits while the configuration is changed a hundred times and everything is read', {
  timeout: 90_000,
}, async () => {
  for (let sent = 0; sent < BEFORE; sent += BATCH) {
    await send(Array.from({ length: BATCH }, (_, index) => track(`before-${sent + index}`)))
  }
  let isOver = false
  const acks: number[] = []
  const ingest = (async () => {
    for (let number = 0; !isOver; number += 1) {
      const sentMs = performance.now()
      await send([track(`beside-${number}`)])
      acks.push(performance.now() - sentMs)
    }
  })()
  const reads = (async () => {
    while (!isOver) {
      const paths = ['/explain/before-19999', '/ledger?pagination.count=50', '/catalog/destinations', '/openapi.json']
      for (const path of [...paths, '/status', '/audit-events/verification']) await call('GET', path)
    }
  })()
  const filters = `/destination/${server.quickstart.destinationId}/filters`
  const rule = { title: 'Some', if: 'event = "Nothing"', actions: [{ type: 'DROP' }], enabled: true }
  for (let made = 0; made < CHANGES; made += 2) {
    const { filter } = await call('POST', filters, rule)
    await call('DELETE', `${filters}/${filter.id}`)
  }
  isOver = true
  await Promise.all([ingest, reads])
  expect(acks.length).toBeGreaterThan(10)
  expect(Math.max(...acks)).toBeLessThan(ACK_MS_MAX)
  expect(await call('GET', filters)).toMatchObject({ filters: [] })
})
