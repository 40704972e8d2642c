/**
 * Credentials of destinations, on the whole product: a destination that repeats every secret it knows in what it
 * answers, and then a search of every byte that was stored, logged or shown. Reliability contract S13.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'

const secretOf = (text: string) => `whsec_${Buffer.from(text.padEnd(32, '+')).toString('base64')}`
const CANARIES = {
  apiKey: 'canary-events-key-4711',
  adminApiKey: 'canary-admin-key-4712',
  signingSecret: secretOf('canary of the new secret'),
  previousSigningSecret: secretOf('canary of the old secret'),
  alertSecret: secretOf('canary of the alerts'),
  alertToken: 'canary-alert-token-4713',
}
/** As text, without the prefix, and in the spellings in which a search of files could miss them. */
const SPELLINGS = Object.values(CANARIES).flatMap((secret) => {
  const bare = secret.replace('whsec_', '')
  return [
    bare,
    encodeURIComponent(bare),
    Buffer.from(secret).toString('base64').slice(0, -4),
    Buffer.from(bare).toString('hex'),
  ]
})

const directory = mkdtempSync(join(tmpdir(), 'grapevine-secrets-'))
let output = ''
let shown = ''
let token = ''
let url = ''

let alertPosts = 0

/** Refuses everything, and gives away what it was told and the secrets of the destination that calls. */
const tellTale = createServer((request, response) => {
  let body = ''
  request.on('data', (chunk) => {
    body += chunk
  })
  request.on('end', () => {
    const { apiKey, adminApiKey, signingSecret, previousSigningSecret, alertSecret, alertToken } = CANARIES
    const isAlert = request.url?.startsWith('/alerts')
    if (isAlert) alertPosts += 1
    const [status, known] = request.url?.startsWith('/hook')
      ? [400, { signingSecret, previousSigningSecret }]
      : isAlert
        ? [500, { alertSecret, alertToken }]
        : [401, { apiKey, adminApiKey }]
    const message = `${JSON.stringify(request.headers)} ${body} ${JSON.stringify(known)}`
    response.writeHead(status, { 'content-type': 'application/json', 'x-extole-error-message': Object.values(known) })
    response.end(JSON.stringify({ code: 'invalid_access_token', message }))
  })
})

const port = await listening()
const child = spawn(process.execPath, [resolve('src/main.ts'), 'serve'], {
  env: {
    PATH: process.env['PATH'],
    GRAPEVINE_DATA: directory,
    GRAPEVINE_PORT: '0',
    GRAPEVINE_EXTOLE_SANDBOX_PORT: 'any',
    GRAPEVINE_LOG_LEVEL: 'debug',
    GRAPEVINE_EGRESS_ALLOW: `127.0.0.1:${port}`,
    GRAPEVINE_ALERT_URL: `http://127.0.0.1:${port}/alerts?token=${CANARIES.alertToken}`,
    GRAPEVINE_ALERT_SECRET: CANARIES.alertSecret,
  },
  stdio: 'pipe',
})
for (const stream of [child.stdout, child.stderr])
  stream.on('data', (chunk) => {
    output += chunk
  })

async function listening(): Promise<number> {
  tellTale.listen(0, '127.0.0.1')
  await once(tellTale, 'listening')
  return (tellTale.address() as AddressInfo).port
}

async function eventually<T>(look: () => T | undefined | Promise<T | undefined>): Promise<T> {
  const endsAt = performance.now() + 15_000
  for (;;) {
    const found = await look()
    if (found !== undefined) return found
    if (performance.now() > endsAt) throw new Error(`waited in vain; the server said ${output}`)
    await wait(50)
  }
}

/** Keeps what was shown, answers the parsed text. */
async function call(method: string, path: string, body?: object) {
  const answer = await fetch(`${url}${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const text = await answer.text()
  shown += text
  return { status: answer.status, ...Object(JSON.parse(text)) }
}

beforeAll(async () => {
  const file = join(directory, 'quickstart.json')
  const quickstart = await eventually(() =>
    existsSync(file) && output.includes('http') ? JSON.parse(readFileSync(file, 'utf8')) : undefined,
  )
  url = quickstart.url
  token = quickstart.publicApiToken
  const [source] = quickstart.sources
  const base = `http://127.0.0.1:${(tellTale.address() as AddressInfo).port}`
  const { apiKey, adminApiKey, signingSecret, previousSigningSecret } = CANARIES
  const extole = { apiKey, adminApiKey, apiBaseUrl: base }
  const hook = { url: `${base}/hook`, signingSecret, previousSigningSecret }
  for (const [metadataId, settings] of [
    ['extole-platform', extole],
    ['webhook', hook],
  ] as const) {
    const made = await call('POST', '/api/destinations', { sourceId: source.id, metadataId, settings })
    expect(made.status).toBe(200)
    const path = `/api/destinations/${made.data.destination.id}`
    await call('PATCH', path, { settings })
    await call('POST', `${path}/test`)
    await call('POST', `${path}/test-event`, { event: { type: 'track', event: 'E', userId: 'u' }, send: true })
  }
  await fetch(`${url}/v1/track`, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa(`${source.writeKey}:`)}` },
    body: JSON.stringify({ userId: 'u', event: 'Told', messageId: 'told' }),
  })
  // The webhook's refusal is a dead letter with its answer; Extole's puts the destination on hold, which is logged.
  await eventually(async () => {
    const { data } = await call('GET', '/api/ledger?state=dead')
    return JSON.stringify(data).includes('rejected_400') ? data : undefined
  })
  await eventually(() => (output.includes('unauthorized') ? true : undefined))
  await eventually(() => (alertPosts > 0 ? true : undefined))
  for (const path of [
    '/api/destinations',
    '/api/explain/told',
    '/api/status',
    '/api/alerts',
    '/metrics',
    '/api/ledger',
  ]) {
    shown += await (await fetch(`${url}${path}`, { headers: { authorization: `Bearer ${token}` } })).text()
  }
}, 60_000)

afterAll(async () => {
  if (child.exitCode === null) {
    child.kill('SIGTERM')
    await once(child, 'exit')
  }
  tellTale.close()
  rmSync(directory, { recursive: true, force: true })
}, 60_000)

const hits = (text: string) => SPELLINGS.filter((spelling) => text.includes(spelling))

function everyFile(): string {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .map((name) => join(directory, name))
    .filter((path) => statSync(path).isFile())
    .map((path) => readFileSync(path, 'latin1'))
    .join('\n')
}

test('what the destination said is kept and logged, so that there is something to mask', () => {
  expect(everyFile()).toContain('invalid_access_token')
  expect(output).toContain('unauthorized')
  expect(shown).toContain('invalid_access_token')
})

test('no secret is in any file of the data directory, in the logs, or in anything that was shown', () => {
  expect({ files: hits(everyFile()), output: hits(output), shown: hits(shown) }).toEqual({
    files: [],
    output: [],
    shown: [],
  })
})

test('nor after the server has stopped', async () => {
  child.kill('SIGTERM')
  await once(child, 'exit')
  expect({ files: hits(everyFile()), output: hits(output) }).toEqual({ files: [], output: [] })
}, 60_000)
