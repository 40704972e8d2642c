/** The browser SDK over HTTP; `e2e/browser` runs it in a browser. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { SqliteLog } from '../log/index.ts'
import { systemClock } from '../ports/index.ts'
import { hostedSdk } from './browser-sdk.ts'
import { browserSnippet } from './snippet.ts'
import { DISABLED_KEY, type RunningTracking, SHOP_KEY, sendRaw, startTracking, WRITE_KEY } from './testing.ts'

const directory = mkdtempSync(join(tmpdir(), 'grapevine-sdk-'))
const published = createRequire(import.meta.url).resolve('@segment/analytics-next/dist/umd/standalone.js')
let log: SqliteLog
let server: RunningTracking

beforeAll(async () => {
  const onFatal = (message: string) => {
    throw new Error(message)
  }
  log = await SqliteLog.open({ directory, clock: systemClock, onFatal })
  server = await startTracking(log)
}, 20_000)

afterAll(async () => {
  await server?.[Symbol.asyncDispose]()
  await log?.[Symbol.asyncDispose]()
  rmSync(directory, { recursive: true, force: true })
})

const scriptOf = (key: string) => `/analytics.js/v1/${key}/analytics.min.js`

/** As it is on the wire: nothing decompressed. */
async function get(path: string, headers: Record<string, string> = {}, method = 'GET') {
  const lines = Object.entries({ host: 'h', connection: 'close', ...headers }).map(
    ([name, value]) => `${name}: ${value}\r\n`,
  )
  return sendRaw(server.port, `${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n`, { untilClosed: true })
}

async function bytesOf(path: string, encoding: string): Promise<Buffer> {
  const response = await fetch(server.url + path, { headers: { 'accept-encoding': encoding } })
  return Buffer.from(await response.arrayBuffer())
}

test('the script of every known key is JavaScript, cached for five minutes and open to every page', async () => {
  for (const key of [WRITE_KEY, DISABLED_KEY, SHOP_KEY]) {
    const { status, headers } = await get(scriptOf(key))
    expect(status).toBe(200)
    expect(Object.fromEntries(headers)).toMatchObject({
      'content-type': 'text/javascript; charset=utf-8',
      'cache-control': 'public, max-age=300',
      'access-control-allow-origin': '*',
      'x-content-type-options': 'nosniff',
    })
  }
})

test('an unknown key is told that it is one, and a page that may not use a key is too', async () => {
  const unknown = await get(scriptOf('wk_nobody'))
  expect([unknown.status, JSON.parse(unknown.body).code]).toEqual([401, 'invalid_write_key'])
  expect((await get(scriptOf(SHOP_KEY), { origin: 'https://other.example' })).status).toBe(401)
  expect((await get(scriptOf(SHOP_KEY), { origin: 'https://shop.example' })).status).toBe(200)
})

test.each(['br', 'gzip'])(
  'the same script comes as %s, under a tag of its own, when the browser takes it',
  async (name) => {
    const plain = await bytesOf(scriptOf(WRITE_KEY), 'identity')
    expect(await bytesOf(scriptOf(WRITE_KEY), `${name}, deflate;q=0.5`)).toEqual(plain)
    const [encoded, identity] = [
      await get(scriptOf(WRITE_KEY), { 'accept-encoding': name }),
      await get(scriptOf(WRITE_KEY)),
    ]
    expect(encoded.headers.get('content-encoding')).toBe(name)
    expect(Number(encoded.headers.get('content-length'))).toBeLessThan(plain.length / 2.5)
    expect(encoded.headers.get('etag')).not.toBe(identity.headers.get('etag'))
  },
)

test('an encoding that the browser rules out is not used', async () => {
  const { headers } = await get(scriptOf(WRITE_KEY), { 'accept-encoding': 'br;q=0, gzip;q=0' })
  expect(headers.has('content-encoding')).toBe(false)
})

test('who has the script is not sent it again', async () => {
  const { headers } = await get(scriptOf(WRITE_KEY), { 'accept-encoding': 'gzip' })
  const etag = headers.get('etag') ?? ''
  const again = await get(scriptOf(WRITE_KEY), { 'accept-encoding': 'gzip', 'if-none-match': `"other", W/${etag}` })
  expect([again.status, again.body, again.headers.get('etag')]).toEqual([304, '', etag])
  expect((await get(scriptOf(WRITE_KEY), { 'accept-encoding': 'gzip', 'if-none-match': '"other"' })).status).toBe(200)
})

test('every part that the SDK may load is there, and may be kept for ever', async () => {
  const parts = readdirSync(dirname(published)).filter((name) => /\.bundle\..*\.js$/.test(name))
  expect(parts.length).toBeGreaterThan(5)
  for (const name of parts) {
    const { status, headers } = await get(`/analytics-next/bundles/${name}`)
    expect([name, status, headers.get('cache-control')]).toEqual([name, 200, 'public, max-age=31536000, immutable'])
  }
})

test.each([
  '/analytics-next/bundles/standalone.js',
  '/analytics-next/bundles/nothing.bundle.00.js',
  '/analytics-next/bundles/..',
  '/analytics-next/bundles/%2e%2e%2f%2e%2e%2fpackage.json',
  '/analytics-next/bundles/../../package.json',
  '/analytics-next',
  `/analytics.js/v1/${WRITE_KEY}/analytics.classic.js`,
  `/analytics.js/v1/${WRITE_KEY}/`,
])('%s is not there', async (path) => {
  const { status, body } = await get(path)
  expect([status, JSON.parse(body).code]).toEqual([404, 'not_found'])
})

test('HEAD has the headers of GET and no body; POST is refused', async () => {
  const [head, whole] = [await get(scriptOf(WRITE_KEY), {}, 'HEAD'), await get(scriptOf(WRITE_KEY))]
  expect([head.status, head.body, head.headers.get('etag')]).toEqual([200, '', whole.headers.get('etag')])
  expect((await get(scriptOf(WRITE_KEY), { 'content-length': '0' }, 'POST')).status).toBe(405)
})

test('the script names no host that it could send to or load from', async () => {
  const script = (await bytesOf(scriptOf(WRITE_KEY), 'identity')).toString()
  // With this it recognises addresses that its settings name; ours name none.
  const own = script.replace('new RegExp("https://cdn.segment.(com|build)")', '')
  const hosts = new Set([...own.matchAll(/["'](?:https?:)?\/\/([\w.-]+)/g)].map(([, host]) => host))
  // A link in a message on the console.
  expect([...hosts]).toEqual(['segment.com'])
  expect(script).not.toMatch(/api\.segment\.io|cdn\.segment\.com\/|__WRITE_KEY__/)
})

test('a published file that this was not written for is refused, not served', () => {
  const file = readFileSync(published, 'utf8')
  expect(() => hostedSdk(file.replace('"api.segment.io/v1"', '"api.segment.io/v2"'))).toThrow(
    '"api.segment.io/v1" 0 times',
  )
  expect(() => hostedSdk(`"https://cdn.segment.com";${file}`)).toThrow('2 times')
})

test('both compressions of a part give the part', async () => {
  const name = readdirSync(dirname(published)).find((each) => /^ajs-destination\.bundle\..*\.js$/.test(each)) ?? ''
  const file = readFileSync(join(dirname(published), name))
  const { packagedSdkFiles } = await import('./sdk-files.ts')
  const part = await packagedSdkFiles().bundle(name)
  expect(part && [gunzipSync(part.gzip), brotliDecompressSync(part.br)]).toEqual([file, file])
})

test('a snippet cannot be ended from within its key or host', () => {
  const snippet = browserSnippet('https://h.example/</script><b>', '"</script>')
  expect(snippet.match(/<\/script>/g)).toHaveLength(1)
})
