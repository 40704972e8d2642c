/** Unmodified SDKs, with only the host changed, and requests as the SDKs of other languages put them on the wire. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { Analytics } from '@segment/analytics-node'
import { Analytics as Analytics2 } from 'analytics-node-2'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { SqliteLog } from '../log/index.ts'
import { systemClock } from '../ports/index.ts'
import { aPost, basic, type RunningTracking, sendRaw, startTracking, WRITE_KEY } from './testing.ts'

const directory = mkdtempSync(join(tmpdir(), 'grapevine-tracking-'))
let log: SqliteLog
let server: RunningTracking

beforeAll(async () => {
  const onFatal = (message: string) => {
    throw new Error(message)
  }
  log = await SqliteLog.open({ directory, clock: systemClock, onFatal })
  server = await startTracking(log)
})

afterAll(async () => {
  await server[Symbol.asyncDispose]()
  await log[Symbol.asyncDispose]()
  rmSync(directory, { recursive: true, force: true })
})

function eventsAfter(position: number): Record<string, unknown>[] {
  return log.reader
    .read(position, 1_000)
    .map(({ body }) => JSON.parse(Buffer.from(body).toString()) as Record<string, unknown>)
}

test.each([
  ['@segment/analytics-node 3', () => new Analytics({ writeKey: WRITE_KEY, host: server.url, flushAt: 4 })],
  ['@segment/analytics-node 2', () => new Analytics2({ writeKey: WRITE_KEY, host: server.url, flushAt: 4 })],
])('%s', async (_name, open) => {
  const before = log.reader.end()
  const failures: unknown[] = []
  // The two versions differ in types only where nothing of this is concerned.
  const analytics = open() as Analytics
  analytics.on('error', (error) => failures.push(error))
  analytics.identify({ userId: 'u1', traits: { email: 'jane@example.com', plan: 'gold' } })
  analytics.track({
    userId: 'u1',
    event: 'Order Completed',
    properties: { revenue: 99.5 },
    timestamp: new Date('2026-01-02T03:04:05.678Z'),
  })
  analytics.page({ anonymousId: 'a1', name: 'Home', category: 'Docs' })
  analytics.screen({ userId: 'u1', name: 'Cart' })
  analytics.group({ userId: 'u1', groupId: 'g1', traits: { plan: 'team' } })
  analytics.alias({ userId: 'u1', previousId: 'a1' })
  await analytics.closeAndFlush()
  expect(failures).toEqual([])
  const events = eventsAfter(before)
  expect(events.map(({ type }) => type)).toEqual(['identify', 'track', 'page', 'screen', 'group', 'alias'])
  expect(events[0]).toMatchObject({
    userId: 'u1',
    traits: { email: 'jane@example.com', plan: 'gold' },
    channel: 'server',
    version: 2,
  })
  expect(events[1]).toMatchObject({
    event: 'Order Completed',
    properties: { revenue: 99.5 },
    originalTimestamp: '2026-01-02T03:04:05.678Z',
  })
  expect(Math.abs(Date.parse(String(events[1]?.timestamp)) - Date.parse('2026-01-02T03:04:05.678Z'))).toBeLessThan(
    5_000,
  )
  expect(events[4]).toMatchObject({ groupId: 'g1' })
  for (const event of events) {
    expect(event).not.toHaveProperty('writeKey')
    expect(event).not.toHaveProperty('_warnings')
    expect(event.messageId).toMatch(/^node-next-/)
    expect(event.context).toMatchObject({ library: { name: '@segment/analytics-node' } })
  }
})

test('analytics-node 3 hears of a wrong key', async () => {
  const analytics = new Analytics({ writeKey: 'wrong', host: server.url, maxRetries: 0 })
  const failure = new Promise((resolve) => analytics.on('error', resolve))
  analytics.track({ userId: 'u', event: 'E' })
  await analytics.closeAndFlush()
  expect(await failure).toMatchObject({ code: 'delivery_failure' })
})

const SENT_AT = '2026-02-01T10:00:00.000Z'
const anEvent = (over: object = {}) => ({
  type: 'track',
  event: 'E',
  anonymousId: 'a',
  messageId: crypto.randomUUID(),
  timestamp: SENT_AT,
  ...over,
})

test('Kotlin: gzip, chunked, text/plain, the key in the body, client channel', async () => {
  const before = log.reader.end()
  const body = gzipSync(
    JSON.stringify({
      batch: [anEvent(), anEvent({ type: 'screen', name: 'S' })],
      sentAt: SENT_AT,
      writeKey: WRITE_KEY,
    }),
  )
  const head =
    'POST /v1/b HTTP/1.1\r\nHost: api.segment.io\r\nContent-Type: text/plain\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n'
  const chunks = [body.subarray(0, 50), body.subarray(50)].map((chunk) =>
    Buffer.concat([Buffer.from(`${chunk.length.toString(16)}\r\n`), chunk, Buffer.from('\r\n')]),
  )
  const answer = await sendRaw(server.port, [head, ...chunks, '0\r\n\r\n'])
  expect([answer.status, answer.body]).toEqual([200, '{"success":true}'])
  expect(eventsAfter(before)).toMatchObject([
    { type: 'track', channel: 'client', context: { ip: '127.0.0.1' }, sentAt: SENT_AT },
    { type: 'screen', channel: 'client' },
  ])
})

test('Python: gzip, application/json, the key in the body, exactly 200', async () => {
  const before = log.reader.end()
  const body = JSON.stringify({
    batch: [anEvent({ properties: { name: 'J\u00f6rg \ud83d\ude00' } })],
    sentAt: SENT_AT,
    writeKey: WRITE_KEY,
  })
  // Python escapes whatever is not ASCII.
  const escaped = body.replace(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
  const headers = {
    'content-type': 'application/json',
    'content-encoding': 'gzip',
    'user-agent': 'analytics-python/2.3.4',
  }
  const answer = await sendRaw(server.port, aPost('/v1/batch', gzipSync(escaped), headers))
  expect(answer.status).toBe(200)
  const events = eventsAfter(before)
  expect(events).toMatchObject([{ properties: { name: 'J\u00f6rg \ud83d\ude00' }, channel: 'server' }])
  expect(events[0]).not.toHaveProperty('_warnings')
})

test('Python reads code and message of a refusal', async () => {
  const answer = await sendRaw(server.port, aPost('/v1/batch', '{', { 'content-type': 'application/json' }))
  expect(JSON.parse(answer.body)).toMatchObject({ code: 'invalid_json', message: expect.any(String) })
})

test('Swift: a batch as application/json; charset=utf-8 with X-Retry-Count', async () => {
  const headers = { 'content-type': 'application/json; charset=utf-8', 'x-retry-count': '2' }
  const body = JSON.stringify({ batch: [anEvent()], sentAt: SENT_AT, writeKey: WRITE_KEY })
  expect((await sendRaw(server.port, aPost('/v1/b', body, headers))).status).toBe(200)
})

test("Segment's import tool: a batch with Basic to /v1/import/", async () => {
  const body = JSON.stringify({ batch: [anEvent()], sentAt: SENT_AT })
  expect(
    (await sendRaw(server.port, aPost('/v1/import/', body, { authorization: basic(`${WRITE_KEY}:`) }))).status,
  ).toBe(200)
})

test('the browser of today: preflight, then text/plain with Basic and the key in the body', async () => {
  const before = log.reader.end()
  const origin = 'https://shop.example'
  const preflight = await fetch(`${server.url}/v1/t`, {
    method: 'OPTIONS',
    headers: {
      origin,
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'authorization,content-type',
    },
  })
  expect([preflight.status, preflight.headers.get('access-control-allow-headers')]).toEqual([
    204,
    'authorization,content-type',
  ])
  const event = anEvent({
    writeKey: WRITE_KEY,
    sentAt: SENT_AT,
    _metadata: { bundled: ['Segment.io'], unbundled: [] },
    userId: null,
  })
  const answer = await fetch(`${server.url}/v1/t`, {
    method: 'POST',
    headers: { origin, 'content-type': 'text/plain', authorization: basic(`${WRITE_KEY}:`) },
    body: JSON.stringify(event),
  })
  expect([answer.status, await answer.json()]).toEqual([200, { success: true }])
  expect(answer.headers.get('access-control-allow-origin')).toBe(origin)
  expect(eventsAfter(before)).toMatchObject([
    { anonymousId: 'a', channel: 'client', _metadata: { bundled: ['Segment.io'] } },
  ])
})

test('the browser of yesterday: text/plain, no preflight, only the key in the body', async () => {
  const body = JSON.stringify(anEvent({ writeKey: WRITE_KEY, sentAt: SENT_AT }))
  const answer = await fetch(`${server.url}/v1/t`, { method: 'POST', body })
  expect(answer.status).toBe(200)
})

test('a client that fetches more than it should send can read the refusal', async () => {
  const answer = await fetch(`${server.url}/v1/batch`, { method: 'POST', body: 'x'.repeat(6_000_000) })
  expect([answer.status, ((await answer.json()) as { code: string }).code]).toEqual([400, 'body_too_large'])
})
