/** The live stream shows everything, to whoever reads it however slowly. */
import { connect } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Running } from '../src/app/index.ts'
import type { EventOutcome } from '../src/connections/index.ts'
import { startServer, type TestServer } from './server.fixture.ts'

interface Message {
  readonly position: number
  readonly record: Readonly<Record<string, unknown>>
}

let server: TestServer
let running: Running

beforeAll(async () => {
  server = await startServer({
    GRAPEVINE_LOG_LEVEL: 'warn',
  })
  running = server.running
}, 60_000)

afterAll(async () => {
  await server?.[Symbol.asyncDispose]()
}, 60_000)

const token = () => running.quickstart?.publicApiToken ?? ''

async function send(batch: readonly object[]): Promise<void> {
  const writeKey = running.quickstart?.sources[0]?.writeKey
  const response = await fetch(`${running.url}/v1/batch`, { method: 'POST', body: JSON.stringify({ batch, writeKey }) })
  expect(response.status).toBe(200)
}

const aPage = (user: string, n: number, properties = {}) => ({ type: 'page', name: `p${n}`, userId: user, properties })

async function open(query: string, headers: Record<string, string> = {}) {
  const response = await fetch(`${running.url}/api/live?${query}`, {
    headers: { authorization: `Bearer ${token()}`, ...headers },
  })
  expect(response.status).toBe(200)
  return response
}

/** Reads until `count` events are there, then leaves. */
const take = (response: Response, count: number) => read<Message>(response, count, (each) => 'record' in each)

/** The same for what became of events. */
const outcomes = (response: Response, count: number) => read<EventOutcome>(response, count, (each) => 'outcome' in each)

async function read<T>(response: Response, count: number, isWanted: (each: object) => boolean): Promise<T[]> {
  const messages: T[] = []
  let rest = ''
  for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) {
      if (!line.startsWith('data: ')) continue
      const message = JSON.parse(line.slice(6))
      if (isWanted(message)) messages.push(message)
    }
    if (messages.length >= count) break
  }
  return messages
}

test('at 1,000 events a second every one is seen, once and in order', async () => {
  const seen = take(await open(''), 3_000)
  const startMs = performance.now()
  for (let at = 0; at < 3_000; at += 100) {
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, startMs + at - performance.now())))
    await send(Array.from({ length: 100 }, (_, index) => aPage('steady', at + index)))
  }
  expect(performance.now() - startMs).toBeLessThan(6_000)
  expect((await seen).map(({ record }) => record['name'])).toEqual(Array.from({ length: 3_000 }, (_, n) => `p${n}`))
}, 30_000)

test('who leaves before anything came goes on where they began', async () => {
  const [opened] = await read<{ position: number }>(await open(''), 1, (each) => 'position' in each)
  await send([aPage('early', 1)])
  const [seen] = await take(await open(`after=${opened?.position}`), 1)
  expect(seen?.record).toMatchObject({ name: 'p1', userId: 'early' })
})

test('who comes back with the last id goes on behind it', async () => {
  const stream = await open('')
  await send([aPage('back', 1), aPage('back', 2), aPage('back', 3)])
  const [first] = await take(stream, 3)
  const rest = await take(await open('', { 'last-event-id': String(first?.position) }), 2)
  expect(rest.map(({ record }) => record['name'])).toEqual(['p2', 'p3'])
})

test('filters: a user, an event, what was rejected, another source', async () => {
  const stream = await open('')
  await send([aPage('ann', 1), aPage('bob', 1), aPage('ann', 2), { type: 'nonsense', userId: 'ann' }])
  const after = `after=${((await take(stream, 1))[0]?.position ?? 0) - 1}`
  const names = async (query: string, count: number) =>
    (await take(await open(`${after}&${query}`), count)).map(({ record }) => record['name'] ?? record['counts'])
  expect(await names('user=ann', 2)).toEqual(['p1', 'p2'])
  expect(await names('event=p1', 2)).toEqual(['p1', 'p1'])
  expect(await names('event=page&user=bob', 1)).toEqual(['p1'])
  expect(await names('outcome=rejected', 1)).toEqual([{ bad_request: 1 }])
  const other = await open(`${after}&sourceId=nobody`)
  await send([aPage('ann', 3)])
  const ended = Promise.race([take(other, 1), new Promise((resolve) => setTimeout(resolve, 200, 'nothing'))])
  expect(await ended).toBe('nothing')
  await other.body?.cancel().catch(() => {})
})

const anOrder = (messageId: string, userId: string) => ({ type: 'track', event: 'conversion', messageId, userId })

test('what becomes of an event is shown: delivered, a repeat, filtered and why, dead with the status', async () => {
  const { destinationId = '', extole } = running.quickstart ?? {}
  const seen = outcomes(await open('user=zoe'), 3)
  await send([anOrder('order-1', 'zoe'), aPage('zoe', 1)])
  await send([anOrder('order-1', 'zoe')])
  const told = (await seen).map(({ outcome, destinationId, reason, status, messageId }) => ({
    outcome,
    destinationId,
    reason,
    status,
    isOrder: messageId === 'order-1',
  }))
  expect(told.toSorted((a, b) => a.outcome.localeCompare(b.outcome))).toEqual([
    { outcome: 'delivered', destinationId, reason: null, status: 200, isOrder: true },
    { outcome: 'duplicate', destinationId: null, reason: null, status: null, isOrder: true },
    { outcome: 'filtered', destinationId, reason: 'UNSUPPORTED_EVENT_TYPE', status: null, isOrder: false },
  ])
  await fetch(`${extole?.url}/sandbox/faults`, {
    method: 'POST',
    headers: { authorization: `Bearer ${extole?.apiKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      rules: [{ path: '/v6/*', status: 500, times: 1 }, { path: '/v5/*', status: 500, times: 1 }, { status: 400 }],
    }),
  })
  const dead = outcomes(await open(`destinationId=${destinationId}&outcome=dead`), 1)
  const retried = outcomes(await open('outcome=retry'), 1)
  await send([anOrder('order-2', 'zoe')])
  expect(await retried).toMatchObject([{ messageId: 'order-2', reason: 'status_500', status: 500, attempt: 1 }])
  expect(await dead).toMatchObject([{ messageId: 'order-2', reason: 'rejected_400', status: 400, attempt: 2 }])
})

test('an outcome that there is not is a mistake, and says which there are', async () => {
  const response = await fetch(`${running.url}/api/live?outcome=vanished`, {
    headers: { authorization: `Bearer ${token()}` },
  })
  expect([response.status, await response.text()]).toEqual([
    422,
    expect.stringContaining('one of accepted, rejected, dup'),
  ])
})

test('who does not read holds nobody up and gets everything in the end', async () => {
  const { hostname, port } = new URL(running.url)
  const socket = connect(Number(port), hostname)
  socket.pause()
  socket.write(`GET /api/live HTTP/1.1\r\nhost: h\r\nauthorization: Bearer ${token()}\r\n\r\n`)
  await new Promise((resolve) => setTimeout(resolve, 200))
  const filling = 'x'.repeat(20_000)
  for (let at = 0; at < 2_000; at += 100) {
    await send(Array.from({ length: 100 }, (_, index) => aPage('slow', at + index, { filling })))
  }
  // 40 MB have come in: more than sockets hold.
  let text = ''
  for await (const chunk of socket) {
    text = text.slice(-20) + chunk
    if (text.includes('"name":"p1999"')) break
  }
  expect(text).toContain('"name":"p1999"')
}, 60_000)
