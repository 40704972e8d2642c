/** What the files of the console are sent with (reliability contract S19): asked for by hand, as somebody hostile would. */
import { request } from 'node:http'
import Fastify from 'fastify'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { consoleRoutes } from '../../src/api/console.ts'
import { ports } from '../../src/app/state.ts'
import { startServer, type TestServer } from '../server.fixture.ts'

let server: TestServer
let url: string

beforeAll(async () => {
  server = await startServer()
  url = server.running.url
}, 60_000)

afterAll(async () => {
  await server?.[Symbol.asyncDispose]()
}, 60_000)

/** The path as it is written: `fetch` would resolve dots before it sends them. */
function asWritten(path: string): Promise<{ status: number; type: string; text: string }> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve, reject) => {
    request({ hostname, port, path }, (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => {
        text += chunk
      })
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, type: response.headers['content-type'] ?? '', text }),
      )
    })
      .on('error', reject)
      .end()
  })
}

const directivesOf = (policy: string) => policy.split('; ').sort()

test('every address of the console is the page, with a policy that lets nothing in and a nonce of its own', async () => {
  const nonces = new Set<string>()
  for (const path of [
    '/app',
    '/app/',
    '/app/sign-in',
    '/app/settings/tokens',
    '/app/no/such/page',
    '/app/%22%3E%3Cscript%3E',
  ]) {
    const response = await fetch(`${url}${path}`)
    const page = await response.text()
    expect([response.status, response.headers.get('content-type')], path).toEqual([200, 'text/html; charset=utf-8'])
    const policy = response.headers.get('content-security-policy') ?? ''
    const nonce = /'nonce-([^']+)'/.exec(policy)?.[1] ?? ''
    nonces.add(nonce)
    expect(Buffer.from(nonce, 'base64').length).toBeGreaterThanOrEqual(16)
    expect(directivesOf(policy.replace(nonce, '…'))).toEqual([
      "base-uri 'none'",
      "default-src 'self'",
      "form-action 'self'",
      "frame-ancestors 'none'",
      "img-src 'self'",
      "object-src 'none'",
      "require-trusted-types-for 'script'",
      "script-src 'self'",
      "style-src 'self' 'nonce-…'",
      'trusted-types default',
    ])
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
      'cache-control': 'no-store',
      'permissions-policy': 'camera=(), geolocation=(), microphone=()',
    })
    expect(page).toContain(`nonce="${nonce}"`)
    expect(page).not.toMatch(/<script(?![^>]*\bsrc=)|<style|\son\w+=|javascript:/i)
    expect(page).not.toContain('no/such')
  }
  expect(nonces.size).toBe(6)
})

test('files that are named by their content stay for a year, in the shortest form that the browser takes', async () => {
  const page = await (await fetch(`${url}/app/`)).text()
  const names = [...page.matchAll(/"(\/app\/assets\/[^"]+)"/g)].map(([, name = '']) => name)
  expect(names.length).toBeGreaterThan(1)
  for (const name of names) {
    const lengths: number[] = []
    for (const encoding of ['identity', 'gzip', 'br']) {
      const response = await fetch(`${url}${name}`, { headers: { 'accept-encoding': encoding } })
      expect(Object.fromEntries(response.headers)).toMatchObject({
        'cache-control': 'public, max-age=31536000, immutable',
        vary: 'accept-encoding',
        'x-content-type-options': 'nosniff',
        'content-type': name.endsWith('.css') ? 'text/css; charset=utf-8' : 'text/javascript; charset=utf-8',
      })
      expect(response.headers.get('content-encoding')).toBe(encoding === 'identity' ? null : encoding)
      lengths.push(Number(response.headers.get('content-length')))
    }
    const [identity = 0, gzip = 0, br = 0] = lengths
    expect(gzip).toBeLessThan(identity)
    expect(br).toBeLessThan(identity)
  }
  const icon = await fetch(`${url}/app/grapevine.svg`)
  expect([icon.headers.get('cache-control'), icon.headers.get('content-type')]).toEqual(['no-cache', 'image/svg+xml'])
})

test('a file that is not there is not there, and is never the page', async () => {
  for (const path of ['/app/assets/index-nothing.js', '/app/assets/a/b.css', '/app/assets/..%2findex.html']) {
    const response = await fetch(`${url}${path}`)
    expect([response.status, response.headers.get('content-type')], path).toEqual([
      404,
      expect.stringMatching(/^application\/json/),
    ])
  }
})

test('no path leads out of the built console', async () => {
  const outside = [
    ...['/app/../package.json', '/app/../../package.json', '/app/assets/../../package.json', '/app//etc/passwd'],
    ...['/app/%2e%2e/package.json', '/app/..%2f..%2fpackage.json', '/app/%2e%2e%2f%2e%2e%2fetc%2fpasswd'],
    ...[
      '/app/..\\..\\package.json',
      '/app/assets/%00',
      '/app/.built-of',
      '/app/.vite/manifest.json',
      '/app/index.html',
    ],
    ...['/app/....//....//etc/passwd', '/app/%252e%252e%252fetc%252fpasswd', '/app/assets/%5c..%5c..%5cpackage.json'],
  ]
  for (const path of outside) {
    const { status, type, text } = await asWritten(path)
    expect(text, path).not.toMatch(/"dependencies"|root:|__GRAPEVINE_NONCE__|"file":/)
    // The page itself, which knows no such address, or nothing at all.
    if (status === 200) expect(type, path).toBe('text/html; charset=utf-8')
    else expect([400, 404], path).toContain(status)
  }
})

test('a console that was not built says what to do, and nothing of it is kept', async () => {
  const app = Fastify()
  consoleRoutes(app as never, {
    console: { file: () => undefined, page: () => undefined },
    random: ports.random,
  })
  const response = await app.inject('/app/settings')
  expect([response.statusCode, response.headers['content-type'], response.body]).toEqual([
    503,
    'text/plain; charset=utf-8',
    'The console is not built: run `npm run console:build`, then start again.\n',
  ])
  await app.close()
})
