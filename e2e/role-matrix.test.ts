/**
 * Who may call what: every route of the running server, by everybody there is. The routes are asked for, so that a new one
 * is in here by itself. A call that is let in ends at a body that is no JSON, before it does anything.
 */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { BrowserSession } from './browser-session.fixture.ts'
import { startServer, type TestServer } from './server.fixture.ts'

const PASSWORD = 'correct horse battery'
/** Written out once more: a role that gains a right by mistake is seen here. */
const RIGHTS = [
  ...['api:read', 'api:write', 'tokens:write', 'regulations:write', 'users:read', 'users:write', 'owners:write'],
  ...['audit:read', 'backups:write', 'pii:read'],
]
const ROLES: Readonly<Record<string, readonly string[]>> = {
  viewer: RIGHTS.slice(0, 1),
  editor: RIGHTS.slice(0, 2),
  admin: [...RIGHTS.slice(0, 6), 'audit:read', 'backups:write'],
  owner: RIGHTS.slice(0, 9),
}

interface Caller {
  readonly name: string
  readonly headers: Readonly<Record<string, string>>
  readonly rights: readonly string[]
  readonly by: 'session' | 'token' | 'nobody'
  /** A session whose browser does not say that a page of this server asks. */
  readonly isForeign?: boolean
}

let server: TestServer
const callers: Caller[] = [
  { name: 'nobody', headers: {}, rights: [], by: 'nobody' },
  { name: 'a token that nobody made', headers: { authorization: 'Bearer gvt_nobody' }, rights: [], by: 'nobody' },
  { name: 'a session that nobody has', headers: { cookie: 'grapevine=nobody' }, rights: [], by: 'nobody' },
]

beforeAll(async () => {
  // Most of what is asked here is refused, all from one address.
  server = await startServer({ GRAPEVINE_API_REFUSED_MAX: '100000' })
  const owner = new BrowserSession(server.running.url)
  const first = { token: server.running.setUpSecret, email: 'first@example.com', name: 'First', password: PASSWORD }
  await owner.call('POST', '/api/join', first)
  for (const [role, rights] of Object.entries(ROLES)) {
    for (const pii of [false, true]) {
      const email = `${role}-${pii}@example.com`
      const permissions = [{ roleId: role }, ...(pii ? [{ roleId: 'pii' }] : [])]
      const { json } = await owner.call('POST', '/api/invites', { invites: [{ email, permissions }] })
      const [{ token }] = json.data.tokens
      const browser = new BrowserSession(server.running.url)
      await browser.call('POST', '/api/join', { token, name: email, password: PASSWORD })
      const cookie = { cookie: browser.cookie }
      const name = `${role}${pii ? ' with pii' : ''}`
      const held = [...rights, ...(pii ? ['pii:read'] : [])]
      callers.push({ name, headers: { ...cookie, 'sec-fetch-site': 'same-origin' }, rights: held, by: 'session' })
      callers.push({
        name: `${name}, asked for by another site`,
        headers: cookie,
        rights: held,
        by: 'session',
        isForeign: true,
      })
    }
  }
  for (const scopes of [...RIGHTS.map((right) => [right]), RIGHTS]) {
    const { json } = await owner.call('POST', '/api/tokens', { name: 'matrix', scopes })
    const headers = { authorization: `Bearer ${json.data.token.token}` }
    callers.push({ name: `a token with ${scopes.join(' ')}`, headers, rights: scopes, by: 'token' })
  }
}, 120_000)

afterAll(async () => {
  await server?.[Symbol.asyncDispose]()
}, 60_000)

type Verdict = 'in' | 'unknown' | 'forbidden' | 'foreign'

function expected(right: string, method: string, url: string, { by, rights, isForeign }: Caller): Verdict {
  const isChange = method !== 'GET'
  // Sends neither Sec-Fetch-Site nor Origin.
  const isUnsaid = by === 'nobody' || by === 'token' || isForeign === true
  if (right === 'anyone') return isChange && isUnsaid ? 'foreign' : 'in'
  if (by === 'nobody') return 'unknown'
  // Profiles are for programs, and who lacks the scope is answered as Segment does it.
  if (url.startsWith('/v1/')) return by === 'token' && rights.includes(right) ? 'in' : 'unknown'
  if (isChange && isForeign === true) return 'foreign'
  if (right === 'signed-in') return by === 'session' ? 'in' : 'forbidden'
  return rights.includes(right) ? 'in' : 'forbidden'
}

async function observed(method: string, url: string, { headers }: Caller): Promise<Verdict | string> {
  const path = url.replace('*', 'x').replace(/:\w+/g, 'nobody')
  const abort = new AbortController()
  const response = await fetch(`${server.running.url}${path}`, {
    method,
    headers: { ...headers, ...(method === 'GET' ? {} : { 'content-type': 'application/json' }) },
    signal: abort.signal,
    ...(method === 'GET' ? {} : { body: '{' }),
  })
  if (response.status === 200 && response.headers.get('content-type') === 'text/event-stream') {
    abort.abort()
    return 'in'
  }
  const text = await response.text()
  if (response.status === 401) return 'unknown'
  if (response.status === 403) return /"(?:type|code)":"csrf"/.test(text) ? 'foreign' : 'forbidden'
  if (method === 'GET') return response.status < 500 || response.status === 501 ? 'in' : `${response.status} ${text}`
  return response.status === 400 ? 'in' : `${response.status} ${text}`
}

test('every route lets in whom it declares, and nobody else', async () => {
  const { routes } = server.running
  expect(routes.length).toBeGreaterThan(80)
  const wrong: string[] = []
  const rightsMet = new Set<string>()
  for (const { method, url, right } of routes) {
    rightsMet.add(right)
    const verdicts = await Promise.all(
      callers.map(async (caller) => [caller, await observed(method, url, caller)] as const),
    )
    for (const [caller, verdict] of verdicts) {
      const due = expected(right, method, url, caller)
      if (verdict !== due) wrong.push(`${method} ${url} (${right}) by ${caller.name}: ${verdict} instead of ${due}`)
    }
  }
  expect(wrong).toEqual([])
  // Nothing asks for owners:write: it is what only an owner may give.
  expect([...rightsMet].sort()).toEqual(
    [...RIGHTS.filter((right) => right !== 'owners:write'), 'anyone', 'signed-in'].sort(),
  )
}, 120_000)

test('what is open to anyone is a short list, written here', () => {
  const open = server.running.routes
    .filter(({ right }) => right === 'anyone')
    .map(({ method, url }) => `${method} ${url}`)
  expect(open.sort()).toEqual([
    'GET /',
    'GET /app',
    'GET /app/*',
    'GET /health/live',
    'GET /health/ready',
    'GET /metrics',
    'POST /api/join',
    'POST /api/password-reset',
    'POST /api/session',
  ])
})
