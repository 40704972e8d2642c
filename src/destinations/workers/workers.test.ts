import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { systemClock } from '../../ports/index.ts'
import type { CatalogEntry } from '../catalog.ts'
import { entryOf } from '../described.ts'
import { createWorkerRunner, type WorkerLimits, type WorkerRunner } from './pool.ts'

let directory: string
let port: number
let bodies: string[] = []
const server = createServer((request, response) => {
  let body = ''
  request.on('data', (chunk) => {
    body += chunk
  })
  request.on('end', () => {
    bodies.push(body)
    response.end('{}')
  })
})

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'grapevine-workers-'))
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  port = (server.address() as AddressInfo).port
})
afterAll(async () => {
  rmSync(directory, { recursive: true })
  await new Promise((done) => server.close(done))
})

function aRunner(over: { allow?: readonly string[]; limits?: Partial<WorkerLimits> } = {}): WorkerRunner {
  const runner = createWorkerRunner({
    clock: systemClock,
    egressAllow: over.allow ?? [`127.0.0.1:${port}`],
    ...(over.limits === undefined ? {} : { limits: over.limits }),
  })
  onTestFinished(() => runner.close())
  return runner
}

let files = 0
/** A file with a definition whose one action runs this code with `request` and `url`, and the entry for it. */
function aDestination(code: string): CatalogEntry {
  files += 1
  const module = join(directory, `destination-${files}.mjs`)
  writeFileSync(
    module,
    `const address = (text) => { const { port, hostname } = new URL(text); return { port, hostname: hostname.replace(/^\\[|\\]$/g, '') } }
    export default { name: 'Test', mode: 'cloud', actions: { send: {
      title: 'Send', description: '', fields: { url: { label: 'URL', description: '', type: 'string' } },
      perform: async (request, { payload: { url } }) => { ${code} } } } }`,
  )
  return entryAt(module)
}

function entryAt(module: string): CatalogEntry {
  const summary = { id: module, slug: module, name: 'Test', description: '', categories: [] }
  return entryOf({
    summary: { ...summary, methods: ['track'], origin: 'own' },
    shape: { actions: {}, presets: [], canDelete: false, canTestAuthentication: false },
    module,
  })
}

const aRun = (url = `http://127.0.0.1:${port}/`) => ({
  action: 'send',
  settings: {},
  mapping: { url },
  event: { type: 'track' },
})
const TURNS = "await request(url, { method: 'post', json: { sent: true } })"

test('an attempt in a worker sends what the definition asks for, and a retry sends the same', async () => {
  bodies = []
  const entry = aDestination("await request(url, { method: 'post', json: { at: Math.random() } })")
  const runner = aRunner()
  const first = await runner.run(entry, aRun())
  expect(first.outcome).toMatchObject({ kind: 'answered', status: 200 })
  expect(first.request).toMatchObject({ method: 'POST', url: `http://127.0.0.1:${port}/` })
  await runner.run(entry, { ...aRun(), frozen: first.frozen })
  expect(bodies).toEqual([first.request?.body, first.request?.body])
  expect(await runner.preview(entry, aRun())).toMatchObject({ problem: null, request: { method: 'POST' } })
})

const WAYS = {
  "the framework's request": TURNS,
  fetch: 'await fetch(url)',
  'node:http':
    "const http = await import('node:http'); await new Promise((ok, no) => http.get(url, (r) => r.resume().on('end', ok)).on('error', no))",
  'node:net with a port and a host':
    "const net = await import('node:net'); const { port, hostname } = address(url); await new Promise((ok, no) => net.connect(Number(port), hostname).on('connect', ok).on('error', no))",
  'a socket of its own':
    "const net = await import('node:net'); const { port, hostname: host } = address(url); await new Promise((ok, no) => new net.Socket().connect({ port, host }, ok).on('error', no))",
  'node:tls':
    "const tls = await import('node:tls'); const { port, hostname: host } = address(url); await new Promise((ok, no) => tls.connect({ port, host }, ok).on('error', no))",
  'node:http2':
    "const http2 = await import('node:http2'); await new Promise((ok, no) => http2.connect(url).on('connect', ok).on('error', no))",
  'an error that the code wraps in one of its own':
    "try { await fetch(url) } catch { throw Object.assign(new Error('failed'), { status: 500 }) }",
}

test.each(Object.entries(WAYS))('an address that is not allowed is blocked for %s', async (_, code) => {
  const runner = aRunner({ allow: [] })
  const entry = aDestination(code)
  for (const host of ['127.0.0.1', 'localhost', '[::1]']) {
    const { outcome } = await runner.run(entry, aRun(`http://${host}:${port}/`))
    expect(outcome, host).toEqual({ kind: 'blocked', reason: 'blocked_address' })
  }
})

test.each(Object.entries(WAYS).filter(([name]) => name !== 'node:tls'))(
  'an address that is allowed is reached by %s',
  async (_, code) => {
    const { outcome } = await aRunner().run(aDestination(code), aRun())
    expect(outcome).toMatchObject({ kind: 'answered', status: code === TURNS ? 200 : 204 })
  },
)

test('a connection of its own that is refused is tried again, however the code words it', async () => {
  const { outcome } = await aRunner({ allow: ['127.0.0.1:1'] }).run(
    aDestination(WAYS['node:net with a port and a host']),
    aRun('http://127.0.0.1:1/'),
  )
  expect(outcome).toEqual({ kind: 'not_sent', reason: 'ECONNREFUSED' })
})

test.each([
  ['another program', "(await import('node:child_process')).spawn('true')"],
  ['a datagram', "(await import('node:dgram')).createSocket('udp4')"],
  ['a thread', "new (await import('node:worker_threads')).Worker('', { eval: true })"],
  [
    'a local socket',
    "const net = await import('node:net'); await new Promise((ok, no) => net.connect('/tmp/s').on('connect', ok).on('error', no))",
  ],
])('there is no way around through %s', async (_, code) => {
  const { outcome } = await aRunner().run(aDestination(code), aRun())
  expect(['invalid', 'blocked']).toContain(outcome.kind)
  expect(JSON.stringify(outcome)).toMatch(/may not be called|blocked_address/)
})

const CALM = 'if (!url.endsWith("/calm"))'
test.each([
  ['ends its thread', `${CALM} process.exit(1)`, 'ECONNRESET'],
  [
    'throws where nobody catches',
    `${CALM} { setTimeout(() => { throw new Error('lost') }); await new Promise(() => {}) }`,
    'ECONNRESET',
  ],
  [
    'takes all the memory there is',
    `${CALM} { const all = []; for (;;) all.push(new Array(1e5).fill({})) }`,
    'ECONNRESET',
  ],
  ['never ends', `${CALM} for (;;);`, 'ETIMEDOUT'],
])('code that %s ends its own attempt only, and the next one runs', async (_, code, reason) => {
  const runner = aRunner({ limits: { heapMbMax: 32, attemptMs: 5_000, pingMs: 200 } })
  const entry = aDestination(`${code}; ${TURNS}`)
  const { outcome } = await runner.run(entry, aRun())
  expect(outcome).toEqual({ kind: 'ambiguous', reason })
  await expect
    .poll(async () => (await runner.run(entry, aRun(`http://127.0.0.1:${port}/calm`))).outcome, { timeout: 15_000 })
    .toMatchObject({ kind: 'answered', status: 200 })
})

test('an attempt that takes too long leaves the others of its worker alone', async () => {
  const runner = aRunner({ limits: { attemptMs: 1_500, pingMs: 500 } })
  const entry = aDestination(`if (url.endsWith('/slow')) await new Promise(() => {}); ${TURNS}`)
  const slow = runner.run(entry, aRun(`http://127.0.0.1:${port}/slow`))
  expect((await slow).outcome).toEqual({ kind: 'ambiguous', reason: 'ETIMEDOUT' })
  expect((await runner.run(entry, aRun())).outcome).toMatchObject({ status: 200 })
})

test('code that does not load is tried again, and says what is wrong', async () => {
  const module = join(directory, 'broken.mjs')
  writeFileSync(module, 'export default { name: "Broken", mode: "cloud", actions: {} }')
  const { outcome } = await aRunner().run(entryAt(module), aRun())
  expect(outcome).toMatchObject({ kind: 'answered', status: 503, body: expect.stringContaining('`actions` is empty') })
})

test('more destinations than workers take turns', async () => {
  const runner = aRunner({ limits: { workersMax: 1 } })
  const entries = [aDestination(TURNS), aDestination(TURNS), aDestination(TURNS)]
  const attempts = await Promise.all(entries.map((entry) => runner.run(entry, aRun())))
  expect(attempts.map(({ outcome }) => outcome)).toMatchObject(entries.map(() => ({ status: 200 })))
})

test("a definition sees its libraries' environment, and neither the program's settings nor proxies", async () => {
  process.env['GRAPEVINE_SECRET_KEY'] = 'secret'
  process.env['HTTPS_PROXY'] = 'http://127.0.0.1:1'
  process.env['AWS_REGION'] = 'eu-west-1'
  onTestFinished(() => {
    for (const name of ['GRAPEVINE_SECRET_KEY', 'HTTPS_PROXY', 'AWS_REGION']) delete process.env[name]
  })
  bodies = []
  const names = "['GRAPEVINE_SECRET_KEY', 'HTTPS_PROXY', 'AWS_REGION'].map((name) => process.env[name] ?? null)"
  await aRunner().run(aDestination(`await request(url, { method: 'post', json: ${names} })`), aRun())
  expect(JSON.parse(bodies[0] ?? '')).toEqual([null, null, 'eu-west-1'])
})
