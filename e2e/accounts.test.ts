/** People sign in to the whole product, as a browser would. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { BrowserSession } from './browser-session.fixture.ts'
import { startServer, type TestServer } from './server.fixture.ts'

const EMAIL = 'ada@example.com'
const PASSWORD = 'correct horse battery'

let server: TestServer
let url: string
let setUpSecret: string
let ownerCookie = ''

beforeAll(async () => {
  server = await startServer()
  url = server.running.url
  setUpSecret = server.running.setUpSecret ?? ''
}, 60_000)

afterAll(async () => {
  await server?.[Symbol.asyncDispose]()
}, 60_000)

async function signedIn(email = EMAIL, password = PASSWORD) {
  const browser = new BrowserSession(url)
  const answer = await browser.call('POST', '/api/session', { email, password })
  expect(answer.status).toBe(201)
  return browser
}

test('there is no account before the first, which needs what the server printed and happens once', async () => {
  const browser = new BrowserSession(url)
  const nobody = await browser.call('POST', '/api/session', { email: 'admin', password: 'admin' })
  expect(nobody.status).toBe(401)
  expect(nobody.json).toEqual({
    error: { code: 'unauthenticated', message: 'E-mail address or password is wrong.' },
    requestId: nobody.headers.get('x-request-id'),
  })
  const draft = { email: EMAIL, name: 'Ada', password: PASSWORD }
  expect((await browser.call('POST', '/api/join', { ...draft, token: 'gvi_guess' })).status).toBe(404)
  const weak = await browser.call('POST', '/api/join', { ...draft, password: 'short', token: setUpSecret })
  expect([weak.status, weak.json.error]).toEqual([
    422,
    {
      code: 'invalid',
      message: 'password must have 12 to 256 characters',
      fields: [{ field: 'password', message: 'password must have 12 to 256 characters' }],
    },
  ])
  const command = promisify(execFile)(process.execPath, [
    ...['src/main.ts', 'join', setUpSecret, '--email', EMAIL, '--name', 'Ada', '--data', server.directory],
  ])
  command.child.stdin?.end(`${PASSWORD}\n`)
  expect((await command).stdout).toBe(`${EMAIL} has an account now, as owner.\n`)
  expect((await browser.call('POST', '/api/join', { ...draft, token: setUpSecret })).status).toBe(404)
  expect((await browser.call('POST', '/api/session', { ...draft, name: undefined, role: 'owner' })).status).toBe(422)
}, 30_000)

test('a session reads and changes, its cookie is out of reach of scripts, and it ends on the server', async () => {
  const browser = new BrowserSession(url)
  const answer = await browser.call('POST', '/api/session', { email: EMAIL.toUpperCase(), password: PASSWORD })
  expect(answer.headers.getSetCookie()).toEqual([
    expect.stringMatching(/^grapevine=[\w-]{43}; Path=\/; Max-Age=604800; HttpOnly; SameSite=Lax$/),
  ])
  expect(answer.json.data).toMatchObject({ user: { email: EMAIL, role: 'owner', pii: true } })
  expect((await browser.call('GET', '/api/session')).json.data).toMatchObject(answer.json.data)
  expect((await browser.call('GET', '/api/ledger')).status).toBe(200)
  const made = await browser.call('POST', '/api/sources', { slug: 'by-ada', metadataId: 'http' })
  expect(made.status).toBe(201)
  const stolen = browser.cookie
  expect((await browser.call('DELETE', '/api/session')).headers.getSetCookie()).toEqual([
    'grapevine=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax',
  ])
  browser.cookie = stolen
  const after = await browser.call('GET', '/api/session')
  expect([after.status, after.json.error.code]).toEqual([401, 'unauthenticated'])
  expect((await browser.call('GET', '/api/sources')).json.errors).toEqual([
    expect.objectContaining({ type: 'unauthorized' }),
  ])
})

test('each sign-in has a new secret, and the one before is worth nothing', async () => {
  const browser = await signedIn()
  const before = browser.cookie
  await browser.call('POST', '/api/session', { email: EMAIL, password: PASSWORD })
  expect(browser.cookie).not.toBe(before)
  expect((await browser.call('GET', '/api/session')).status).toBe(200)
  browser.cookie = before
  expect((await browser.call('GET', '/api/session')).status).toBe(401)
})

test('a new password ends every other session', async () => {
  const [browser, other] = [await signedIn(), await signedIn()]
  const wrong = await browser.call('PUT', '/api/session/password', { current: 'not it', password: `${PASSWORD}!` })
  expect(wrong.status).toBe(401)
  const right = await browser.call('PUT', '/api/session/password', { current: PASSWORD, password: `${PASSWORD}!` })
  expect(right.status).toBe(200)
  expect((await browser.call('GET', '/api/session')).status).toBe(200)
  expect((await other.call('GET', '/api/session')).status).toBe(401)
  await (await signedIn(EMAIL, `${PASSWORD}!`)).call('PUT', '/api/session/password', {
    current: `${PASSWORD}!`,
    password: PASSWORD,
  })
}, 30_000)

test('a live stream ends soon after its session does', async () => {
  const browser = await signedIn()
  const response = await fetch(`${url}/api/live`, { headers: { cookie: browser.cookie } })
  expect(response.status).toBe(200)
  const startedMs = performance.now()
  const end = response.text().then(
    () => 'ended',
    () => 'ended',
  )
  await browser.call('DELETE', '/api/session')
  expect(await end).toBe('ended')
  expect(performance.now() - startedMs).toBeLessThan(15_000)
}, 30_000)

const JSON_TYPE = { 'content-type': 'application/json' }

test.each([
  ['a page of this server', { 'sec-fetch-site': 'same-origin' }, true],
  ['an old browser on a page of this server', { 'sec-fetch-site': null, origin: 'SELF' }, true],
  ['a page of another site', { 'sec-fetch-site': 'cross-site' }, false],
  ['a page of another port', { 'sec-fetch-site': 'same-site' }, false],
  ['an address typed in', { 'sec-fetch-site': 'none' }, false],
  ['an old browser on another page', { 'sec-fetch-site': null, origin: 'http://evil.example' }, false],
  ['an old browser on the same host with another protocol', { 'sec-fetch-site': null, origin: 'HTTPS' }, false],
  ['a sandboxed frame', { 'sec-fetch-site': null, origin: 'null' }, false],
  ['nobody who says', { 'sec-fetch-site': null }, false],
  ['the right origin but the wrong site', { 'sec-fetch-site': 'cross-site', origin: 'SELF' }, false],
  ['a form', { 'content-type': 'text/plain' }, false],
  ['a form with fields', { 'content-type': 'application/x-www-form-urlencoded' }, false],
])('a change that %s asks for', async (_, headers: Record<string, string | null>, passes) => {
  const browser = new BrowserSession(url)
  browser.cookie = ownerCookie ||= (await signedIn()).cookie
  const origin = { SELF: url, HTTPS: url.replace('http:', 'https:') }[headers['origin'] ?? ''] ?? headers['origin']
  const sent = { ...JSON_TYPE, ...headers, ...(origin === undefined ? {} : { origin }) }
  for (const [method, path, body, status] of [
    ['POST', '/api/sources', {}, 422],
    ['PATCH', '/api/sources/nobody', {}, 404],
    ['PUT', '/api/session/password', {}, 422],
  ] as const) {
    const answer = await browser.call(method, path, JSON.stringify(body), sent)
    expect([method, answer.status]).toEqual([method, passes ? status : 403])
  }
  const remove = await browser.call('DELETE', '/api/sources/nobody', undefined, { ...sent, 'content-type': null })
  const isForm = headers['content-type'] !== undefined
  expect(remove.status).toBe(passes || isForm ? 404 : 403)
  expect((await browser.call('GET', '/api/sources', undefined, sent)).status).toBe(200)
  expect((await browser.call('POST', '/api/session', '{}', sent)).status).toBe(passes ? 422 : 403)
})

test('a cookie never crosses a network in the clear', async () => {
  const browser = new BrowserSession(url)
  const credentials = { email: EMAIL, password: PASSWORD }
  for (const headers of [{ 'x-forwarded-for': '203.0.113.9' }, { forwarded: 'for=203.0.113.9' }]) {
    const answer = await browser.call('POST', '/api/session', credentials, headers)
    expect([answer.status, answer.json.error.code, browser.cookie]).toEqual([403, 'https_required', ''])
  }
})

test('behind a trusted proxy with HTTPS the cookie is bound to the host, and addresses are those of people', async () => {
  await using behind = await startServer({ GRAPEVINE_TRUST_PROXY: '127.0.0.1' })
  const browser = new BrowserSession(behind.running.url)
  const proxied = {
    'x-forwarded-for': '203.0.113.9',
    'x-forwarded-proto': 'https',
    'x-forwarded-host': 'grapevine.example',
    'sec-fetch-site': null,
    origin: 'https://grapevine.example',
  }
  const draft = { token: behind.running.setUpSecret, email: EMAIL, name: 'Ada', password: PASSWORD }
  const plain = { ...proxied, 'x-forwarded-proto': 'http', origin: 'http://grapevine.example' }
  expect((await browser.call('POST', '/api/join', draft, plain)).json.error.code).toBe('https_required')
  const answer = await browser.call('POST', '/api/join', draft, proxied)
  expect(answer.headers.getSetCookie()).toEqual([
    expect.stringMatching(/^__Host-grapevine=[\w-]{43}; Path=\/; Max-Age=604800; HttpOnly; SameSite=Lax; Secure$/),
  ])
  expect((await browser.call('GET', '/api/session', undefined, proxied)).status).toBe(200)
}, 60_000)

test('eleven right passwords at once sign in or are told to come back in 5 seconds, and lock nobody out', async () => {
  const signIn = () => new BrowserSession(url).call('POST', '/api/session', { email: EMAIL, password: PASSWORD })
  const answers = await Promise.all(Array.from({ length: 11 }, signIn))
  const later = answers.filter(({ status }) => status !== 201)
  expect(later.length).toBeGreaterThan(0)
  expect(later.length).toBeLessThan(11)
  for (const { status, headers, json } of later)
    expect([status, json.error.code, headers.get('retry-after')]).toEqual([503, 'overloaded', '5'])
  expect((await signIn()).status).toBe(201)
}, 60_000)

test('the eleventh wrong password within 15 minutes is answered 429 and told how long to wait', async () => {
  const wrong = (email: string) => new BrowserSession(url).call('POST', '/api/session', { email, password: 'wrong' })
  const refused = async () => {
    for (let tried = 0; tried < 30; tried += 1) {
      const answer = await wrong('mallory@example.com')
      if (answer.status !== 401) return answer
    }
    throw new Error('never refused')
  }
  const { status, headers, json } = await refused()
  expect([status, json.error.code]).toEqual([429, 'too_many_attempts'])
  expect(Number(headers.get('retry-after'))).toBeGreaterThan(800)
  expect(Number(headers.get('retry-after'))).toBeLessThanOrEqual(900)
  // The address has failed as often as the account.
  expect((await wrong(EMAIL)).status).toBe(429)
}, 60_000)
