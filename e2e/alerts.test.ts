/** Alerts of a running server: shown, and posted to a real receiver that checks the signature. */
import { execFile } from 'node:child_process'
import { createHmac } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Running } from '../src/app/index.ts'
import { startServer, type TestServer } from './server.fixture.ts'

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url))
const KEY = Buffer.alloc(32, 5)
const SECRET = `whsec_${KEY.toString('base64')}`
let server: TestServer
let running: Running
let receiver: Server
/** How the next posts are answered; after that with 204. */
const answers: number[] = []
const posted: { id: string; body: { type: string; data: { kind: string; since: string } } }[] = []

beforeAll(async () => {
  receiver = createServer(async (request, response) => {
    let text = ''
    for await (const chunk of request) text += chunk
    const headers = request.headers as Record<string, string>
    const signed = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${text}`
    expect(headers['webhook-signature']).toBe(`v1,${createHmac('sha256', KEY).update(signed).digest('base64')}`)
    posted.push({ id: headers['webhook-id'] ?? '', body: JSON.parse(text) })
    response.writeHead(answers.shift() ?? 204).end()
  })
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve))
  const { port } = receiver.address() as AddressInfo
  server = await startServer({
    GRAPEVINE_ALERT_URL: `http://127.0.0.1:${port}/alerts`,
    GRAPEVINE_ALERT_SECRET: SECRET,
    GRAPEVINE_EGRESS_ALLOW: `127.0.0.1:${port}`,
  })
  running = server.running
}, 60_000)

afterAll(async () => {
  await server?.[Symbol.asyncDispose]()
  receiver.close()
}, 60_000)

async function api(method: string, path: string, body?: unknown) {
  const response = await fetch(`${running.url}${path}`, {
    method,
    headers: { authorization: `Bearer ${running.quickstart?.publicApiToken}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  return path === '/metrics'
    ? response.text()
    : ((await response.json()) as { data: { alerts: object[]; closed: object[] } }).data
}

async function faults(...rules: object[]): Promise<void> {
  await fetch(`${running.quickstart?.extole?.url}/sandbox/faults`, {
    method: 'POST',
    headers: { authorization: `Bearer ${running.quickstart?.extole?.apiKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ rules }),
  })
}

const open = async () => ((await api('GET', '/api/alerts')) as { alerts: { kind: string }[] }).alerts
const isOpen = async () => (await open()).length > 0

/** In another process: the server must go on answering. */
async function doctorExitCode(): Promise<number> {
  const args = [MAIN, 'doctor', '--data', server.directory]
  return new Promise((resolve) => execFile(process.execPath, args, (error) => resolve(Number(error?.code ?? 0))))
}

test('a hold is shown and posted when it opens and when it ends, once each, also past a receiver that fails', async () => {
  expect(await api('GET', '/api/alerts')).toEqual({ alerts: [], closed: [] })
  answers.push(500)
  await faults({ status: 401, body: { code: 'invalid_access_token' } })
  await fetch(`${running.url}/v1/track`, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa(`${running.quickstart?.sources[0]?.writeKey}:`)}` },
    body: JSON.stringify({ userId: 'u', event: 'conversion' }),
  })
  await expect.poll(isOpen, { timeout: 10_000 }).toBe(true)
  const { alerts } = (await api('GET', '/api/alerts')) as { alerts: { detail?: string }[] }
  expect(alerts).toMatchObject([
    { kind: 'hold', nextStep: expect.stringContaining('key'), detail: expect.stringContaining('invalid_access_token') },
  ])
  // Quickstart's three destinations have one key between them.
  expect(alerts[0]).toMatchObject({ destinations: [{}, {}, {}] })
  expect(await api('GET', '/metrics')).toContain('grapevine_alerts_open{kind="hold"} 1')
  await expect.poll(() => posted.length, { timeout: 20_000 }).toBe(2)
  const { detail: _, ...told } = alerts[0] ?? {}
  expect(posted[0]?.body).toEqual({ type: 'alert.opened', timestamp: expect.any(String), data: told })
  expect(posted[1]).toEqual(posted[0])

  await faults()
  await api('PATCH', `/api/destinations/${running.quickstart?.destinationId}`, { settings: { container: 'test' } })
  await expect.poll(isOpen, { timeout: 10_000 }).toBe(false)
  await expect.poll(() => posted.length, { timeout: 10_000 }).toBe(3)
  expect(posted[2]?.body).toMatchObject({ type: 'alert.closed', data: { kind: 'hold' } })
  expect(posted[2]?.id).not.toBe(posted[0]?.id)
  expect(await api('GET', '/api/alerts')).toMatchObject({
    alerts: [],
    closed: [{ kind: 'hold', closedAt: expect.any(String) }],
  })
  expect(await api('GET', '/metrics')).toContain('grapevine_alert_posts_total{result="posted"} 2')
}, 60_000)

test('dead letters that were added are an alert, and none of a destination that is switched off, for doctor neither', async () => {
  await faults({ status: 400, body: { code: 'invalid_event_name' } })
  await fetch(`${running.url}/v1/track`, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa(`${running.quickstart?.sources[0]?.writeKey}:`)}` },
    body: JSON.stringify({ userId: 'u2', event: 'conversion' }),
  })
  await expect.poll(isOpen, { timeout: 10_000 }).toBe(true)
  const { alerts } = (await api('GET', '/api/alerts')) as { alerts: { destinations: { id: string }[] }[] }
  expect(alerts[0]).toMatchObject({ kind: 'dead_letters', nextStep: expect.stringContaining('--state dead') })

  await faults({ path: '/v6/', status: 401, body: { code: 'invalid_access_token' } })
  await fetch(`${running.url}/v1/track`, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa(`${running.quickstart?.sources[0]?.writeKey}:`)}` },
    body: JSON.stringify({ userId: 'u3', event: 'conversion' }),
  })
  const kinds = async () => (await open()).map(({ kind }) => kind)
  await expect.poll(kinds, { timeout: 10_000 }).toContain('hold')
  expect(await doctorExitCode()).toBe(1)
  for (const { id } of running.quickstart?.destinations ?? []) {
    await api('PATCH', `/api/destinations/${id}`, { enabled: false })
  }
  await expect.poll(kinds).toEqual([])
  expect(await doctorExitCode()).toBe(0)
}, 60_000)
