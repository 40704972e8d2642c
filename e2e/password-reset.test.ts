/** Who forgot their password comes back in, and nobody else does. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { BrowserSession } from './browser-session.fixture.ts'
import { startServer, type TestServer } from './server.fixture.ts'

const PASSWORD = 'correct horse battery'
const NEW_PASSWORD = 'staple battery horse'

let server: TestServer
let owner: BrowserSession
let ownerId: string

beforeAll(async () => {
  server = await startServer()
  owner = new BrowserSession(server.running.url)
  const draft = { token: server.running.setUpSecret, email: 'ada@example.com', name: 'Ada', password: PASSWORD }
  ownerId = (await owner.call('POST', '/api/join', draft)).json.data.user.id
}, 60_000)

afterAll(async () => {
  await server?.[Symbol.asyncDispose]()
}, 60_000)

async function joined(email: string, roleId: string) {
  const { json } = await owner.call('POST', '/api/invites', { invites: [{ email, permissions: [{ roleId }] }] })
  const browser = new BrowserSession(server.running.url)
  const [{ token }] = json.data.tokens
  const { data } = (await browser.call('POST', '/api/join', { token, name: email, password: PASSWORD })).json
  return { browser, id: data.user.id as string, email }
}

const guest = () => new BrowserSession(server.running.url)
const signIn = async (email: string, password: string) =>
  (await guest().call('POST', '/api/session', { email, password })).status

test('an owner makes a secret that is shown once, and with it all sessions end and the new password works', async () => {
  const { browser, id, email } = await joined('grace@example.com', 'viewer')
  const made = await owner.call('POST', `/api/users/${id}/password-reset`)
  expect([made.status, made.json]).toEqual([
    201,
    {
      data: {
        passwordReset: { email, token: expect.stringMatching(/^gvr_[\w-]{43}$/), expiresAt: expect.any(String) },
      },
    },
  ])
  expect((await browser.call('GET', '/api/session')).status).toBe(200)
  const { token } = made.json.data.passwordReset
  const weak = await guest().call('POST', '/api/password-reset', { token, password: 'short' })
  expect([weak.status, weak.json.error.fields[0].field]).toEqual([422, 'password'])
  const used = await guest().call('POST', '/api/password-reset', { token, password: NEW_PASSWORD })
  expect([used.status, used.json, used.headers.getSetCookie()]).toEqual([
    200,
    { data: { user: { id, email, name: email, role: 'viewer', pii: false } } },
    [],
  ])
  expect((await browser.call('GET', '/api/session')).status).toBe(401)
  expect([await signIn(email, PASSWORD), await signIn(email, NEW_PASSWORD)]).toEqual([401, 201])
  const again = await guest().call('POST', '/api/password-reset', { token, password: PASSWORD })
  expect([again.status, again.json.error.code]).toEqual([404, 'not_found'])
  const trail = (await owner.call('GET', `/api/audit-events?resourceId=${id}`)).json.data.events
  expect(trail.map(({ type }: { type: string }) => type)).toEqual([
    'User Signed In',
    'User Password Changed',
    'User Password Reset Created',
    'User Signed In',
    'User Created',
  ])
  expect(JSON.stringify(trail)).not.toContain(token)
}, 60_000)

test('an admin resets people up to admins, not owners and not themselves, also by a token', async () => {
  const admin = await joined('admin@example.com', 'admin')
  const other = await joined('other@example.com', 'admin')
  const scopes = ['users:read', 'users:write']
  const { json } = await admin.browser.call('POST', '/api/tokens', { name: 'mine', scopes })
  const withToken = { authorization: `Bearer ${json.data.token.token}`, cookie: null, 'sec-fetch-site': null }
  for (const headers of [{}, withToken] as Record<string, string | null>[]) {
    for (const id of [ownerId, admin.id]) {
      const { status, json: said } = await admin.browser.call(
        'POST',
        `/api/users/${id}/password-reset`,
        undefined,
        headers,
      )
      expect([status, said.error.code]).toEqual([403, 'forbidden'])
    }
    expect((await admin.browser.call('POST', '/api/users/nobody/password-reset', undefined, headers)).status).toBe(404)
  }
  // The token may do less than an admin.
  const path = `/api/users/${other.id}/password-reset`
  expect((await admin.browser.call('POST', path, undefined, withToken)).status).toBe(403)
  expect((await admin.browser.call('POST', path)).status).toBe(201)
}, 60_000)

test('the last owner comes back in by the command line of the machine that the server runs on', async () => {
  const cli = (...args: string[]) =>
    promisify(execFile)(process.execPath, ['src/main.ts', ...args, '--data', server.directory])
  const { stdout } = await cli('users', 'reset-password', 'ADA@example.com')
  const [token = ''] = /gvr_[\w-]{43}/.exec(stdout) ?? []
  expect(stdout).toContain(`npx grapevine reset-password ${token} --url ${server.running.url}`)
  const command = cli('reset-password', token)
  command.child.stdin?.end(`${NEW_PASSWORD}\n`)
  expect((await command).stdout).toBe('ada@example.com has a new password, and is signed out everywhere.\n')
  expect((await owner.call('GET', '/api/session')).status).toBe(401)
  expect(await signIn('ada@example.com', NEW_PASSWORD)).toBe(201)
  await expect(cli('users', 'reset-password', 'eve@example.com')).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringContaining('nobody here has the address eve@example.com'),
  })
}, 60_000)

test('a secret crosses no network in the clear, comes from a page of this server, and is guessed ten times at most', async () => {
  const body = { token: 'gvr_guess', password: NEW_PASSWORD }
  const plain = await guest().call('POST', '/api/password-reset', body, { 'x-forwarded-for': '203.0.113.9' })
  expect([plain.status, plain.json.error.code]).toEqual([403, 'https_required'])
  const foreign = await guest().call('POST', '/api/password-reset', body, { 'sec-fetch-site': 'cross-site' })
  expect([foreign.status, foreign.json.error.code]).toEqual([403, 'csrf'])
  const statuses: number[] = []
  while (statuses.at(-1) !== 429 && statuses.length < 12)
    statuses.push((await guest().call('POST', '/api/password-reset', body)).status)
  expect(statuses.slice(0, -1)).toEqual(statuses.slice(0, -1).fill(404))
  expect(statuses.at(-1)).toBe(429)
  // The same failures count for all three ways in.
  expect(await signIn('ada@example.com', NEW_PASSWORD)).toBe(429)
}, 60_000)
