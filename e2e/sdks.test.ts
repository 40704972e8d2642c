/** Segment's published SDKs, unmodified, and requests as its other SDKs send them: all accepted, all at Extole. */

import { request } from 'node:http'
import { gzipSync } from 'node:zlib'
import { Analytics } from '@segment/analytics-node'
import { Analytics as Analytics2 } from 'analytics-node-2'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Running } from '../src/app/index.ts'
import { startServer, type TestServer } from './server.fixture.ts'

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

const writeKey = () => running.quickstart?.sources[0]?.writeKey ?? ''

/** The data of the person with this user id at Extole, once it is there. */
async function atExtole(userId: string): Promise<Record<string, unknown>> {
  const { url, apiKey } = running.quickstart?.extole ?? { url: '', apiKey: '' }
  const get = async (path: string) =>
    (await fetch(`${url}${path}`, { headers: { authorization: `Bearer ${apiKey}` } })).json()
  for (;;) {
    const [person] = await get(`/v5/persons?person_keys=${encodeURIComponent(`partner_user_id:${userId}`)}`)
    if (person !== undefined) {
      const data: Record<string, { value: unknown }> = await get(`/v5/persons/${person.id}/data`)
      return Object.fromEntries(Object.entries(data).map(([name, { value }]) => [name, value]))
    }
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

function post(
  path: string,
  headers: Record<string, string>,
  body: Buffer | string,
  isChunked = false,
): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = request(`${running.url}${path}`, { method: 'POST', headers }, (response) => {
      response.resume()
      response.on('end', () => resolve(response.statusCode ?? 0))
    })
    sent.on('error', reject)
    if (!isChunked) return void sent.end(body)
    for (let at = 0; at < body.length; at += 40) sent.write(body.slice(at, at + 40))
    sent.end()
  })
}

test.each([
  ['the newest Node SDK', Analytics],
  // The two majors differ in the types of events that are not used here.
  ['an older major of the Node SDK', Analytics2 as unknown as typeof Analytics],
])('%s', async (name, Sdk) => {
  const userId = `user of ${name}`
  const analytics = new Sdk({ writeKey: writeKey(), host: running.url, flushInterval: 50 })
  const failures: unknown[] = []
  analytics.on('error', (error) => failures.push(error))
  analytics.identify({
    userId,
    traits: { email: `${name.replaceAll(' ', '.')}@example.com`, firstName: 'Ada', age: 36 },
  })
  analytics.track({ userId, event: 'registration', properties: { plan: 'gold' } })
  await analytics.closeAndFlush()
  expect(failures).toEqual([])
  expect(await atExtole(userId)).toMatchObject({ first_name: 'Ada', age: 36, partner_user_id: userId })
})

test('as the Kotlin and Swift SDKs send: gzip, chunked, text/plain, write key in the body, /v1/b', async () => {
  const batch = [
    { type: 'identify', userId: 'kotlin', traits: { email: 'kotlin@example.com', lastName: 'K' }, messageId: 'k1' },
  ]
  const body = gzipSync(JSON.stringify({ batch, sentAt: new Date().toISOString(), writeKey: writeKey() }))
  expect(await post('/v1/b', { 'content-type': 'text/plain', 'content-encoding': 'gzip' }, body, true)).toBe(200)
  expect(await atExtole('kotlin')).toMatchObject({ last_name: 'K' })
})

test('as the Python SDK sends: JSON without a header of authorization, write key in the body', async () => {
  const batch = [
    { type: 'identify', userId: 'python', traits: { email: 'python@example.com', plan: 'silver' }, messageId: 'p1' },
  ]
  const body = JSON.stringify({ batch, sentAt: new Date().toISOString(), writeKey: writeKey() })
  expect(await post('/v1/batch', { 'content-type': 'application/json' }, body)).toBe(200)
  expect(await atExtole('python')).toMatchObject({ plan: 'silver' })
})

test('as the browser SDK sends: preflight, then text/plain to /v1/i', async () => {
  const origin = 'https://shop.example.com'
  const preflight = await fetch(`${running.url}/v1/i`, {
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
  const event = {
    type: 'identify',
    userId: 'browser',
    anonymousId: 'anon',
    traits: { email: 'browser@example.com' },
    messageId: 'ajs-next-1',
    writeKey: writeKey(),
    sentAt: new Date().toISOString(),
  }
  const response = await fetch(`${running.url}/v1/i`, {
    method: 'POST',
    headers: { origin, 'content-type': 'text/plain', authorization: `Basic ${btoa(`${writeKey()}:`)}` },
    body: JSON.stringify(event),
  })
  expect([response.status, response.headers.get('access-control-allow-origin')]).toEqual([
    200,
    expect.stringMatching(/^\*$|^https:\/\/shop/),
  ])
  expect(await atExtole('browser')).toMatchObject({ email: 'browser@example.com' })
})
