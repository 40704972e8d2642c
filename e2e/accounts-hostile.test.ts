/** What no honest program sends to the routes of people: an exact answer each, and never a failure of the server. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { BrowserSession } from './browser-session.fixture.ts'
import { startServer, type TestServer } from './server.fixture.ts'

let server: TestServer
let owner: BrowserSession

beforeAll(async () => {
  server = await startServer()
  owner = new BrowserSession(server.running.url)
  const draft = { token: server.running.setUpSecret, email: 'ada@example.com', name: 'Ada', password: 'correct horse' }
  await owner.call('POST', '/api/join', draft)
}, 60_000)

afterAll(async () => {
  await server?.[Symbol.asyncDispose]()
}, 60_000)

const TEXTS = [
  '\0',
  '\ud800',
  "' OR 1=1 --",
  '"; DROP TABLE users; --',
  '../../etc/passwd',
  '%00',
  '__proto__',
  'constructor',
  '<script>alert(1)</script>',
  'a\r\nset-cookie: x=y',
  '\u202eevil',
  'x'.repeat(250),
]

const routes = (text: string): [string, string, unknown?][] => {
  const part = encodeURIComponent(text.toWellFormed())
  return [
    ['POST', '/api/invites', { invites: [{ email: text, permissions: [{ roleId: text }] }] }],
    ['POST', '/api/invites', { invites: [{ email: `${text}@example.com` }] }],
    ['DELETE', `/api/invites?emails.0=${part}`],
    ['GET', `/api/users/${part}`],
    ['GET', `/api/users/${part}/groups`],
    ['PUT', `/api/users/${part}/permissions`, { permissions: [{ roleId: 'viewer' }] }],
    ['DELETE', `/api/users?userIds[0]=${part}`],
    ['POST', '/api/groups', { name: text }],
    ['PATCH', `/api/groups/${part}`, { name: 'x' }],
    ['DELETE', `/api/groups/${part}`],
    ['POST', `/api/groups/${part}/permissions`, { permissions: [] }],
    ['PUT', `/api/group/${part}/users`, { emails: [text] }],
    ['DELETE', `/api/group/${part}/users?emails.0=${part}`],
    ['POST', '/api/labels', { label: { key: text, value: text, description: text } }],
    ['DELETE', `/api/labels/${part}/${part}`],
    ['PUT', `/api/sources/${part}/labels`, { labels: [{ key: text, value: text }] }],
    ['GET', `/api/audit-events?resourceId=${part}&resourceType=${part}`],
    ['GET', `/api/audit-events?pagination.cursor=${part}`],
    ['DELETE', `/api/tokens/${part}`],
    ['PUT', '/api/session/password', { current: text, password: text }],
  ]
}

test.each(TEXTS)(
  '%j does no harm wherever it is sent',
  async (text) => {
    for (const [method, path, body] of routes(text)) {
      const { status, json } = await owner.call(method, path, body)
      expect([method, path, status < 500], JSON.stringify(json)).toEqual([method, path, true])
    }
    expect((await owner.call('GET', '/api/session')).status).toBe(200)
    const guest = new BrowserSession(server.running.url)
    guest.cookie = `grapevine=${encodeURIComponent(text.toWellFormed())}`
    expect((await guest.call('GET', '/api/session')).status).toBe(401)
    expect((await guest.call('GET', '/api/users')).status).toBe(401)
  },
  60_000,
)

test.each([
  ['__proto__', '{"email":"a@b","password":"x","__proto__":{"role":"owner"}}', 400],
  ['constructor.prototype', '{"email":"a@b","password":"x","constructor":{"prototype":{"role":"owner"}}}', 400],
  ['a role beside the password', '{"email":"a@b","password":"x","role":"owner"}', 422],
  ['an object for an address', '{"email":{"$ne":null},"password":{"$ne":null}}', 422],
  ['depth', `${'['.repeat(100_000)}${']'.repeat(100_000)}`, 422],
  ['an address with NUL', JSON.stringify({ email: 'ada@example.com\0', password: 'correct horse' }), 401],
  ['half a character', '{"email":"\\ud800@b","password":"\\ud800"}', 401],
  ['a body that is no JSON', '{"email":', 400],
  ['no body', '', 400],
])('signing in with %s is answered, and lets nobody in', async (_, body, status) => {
  const guest = new BrowserSession(server.running.url)
  const answer = await guest.call('POST', '/api/session', body)
  expect([answer.status, guest.cookie]).toEqual([status, ''])
  expect(answer.json.error).toEqual(expect.objectContaining({ code: expect.any(String), message: expect.any(String) }))
  expect(JSON.stringify(answer.json)).not.toContain('correct horse')
})
