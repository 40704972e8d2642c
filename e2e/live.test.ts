/** The live stream shows everything, to whoever reads it however slowly. */
import { mkdtempSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parseConfig, type Running, serve } from '../src/app/index.ts'

interface Message {
  readonly position: number
  readonly record: Readonly<Record<string, unknown>>
}

let running: Running
let directory: string

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'grapevine-live-'))
  const environment = {
    GRAPEVINE_DATA: directory,
    GRAPEVINE_PORT: '0',
    GRAPEVINE_EXTOLE_SANDBOX_PORT: 'any',
    GRAPEVINE_LOG_LEVEL: 'warn',
  }
  running = await serve(parseConfig(environment), (_, message) => {
    throw new Error(message)
  })
}, 60_000)

afterAll(async () => {
  await running?.[Symbol.asyncDispose]()
  rmSync(directory, { recursive: true, force: true })
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

/** Reads until `count` messages are there, then leaves. */
async function take(response: Response, count: number): Promise<Message[]> {
  const messages: Message[] = []
  let rest = ''
  for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) if (line.startsWith('data: ')) messages.push(JSON.parse(line.slice(6)))
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
