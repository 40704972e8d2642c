/** How often one may ask and how often one may be refused, over HTTP. */
import { expect, test } from 'vitest'
import { BrowserSession } from './browser-session.fixture.ts'
import { startServer, type TestServer } from './server.fixture.ts'

const DRAFT = { email: 'ada@example.com', name: 'Ada', password: 'correct horse battery' }

async function ask({ running }: TestServer, path: string, headers: Record<string, string>) {
  const response = await fetch(`${running.url}${path}`, { headers })
  return { status: response.status, headers: response.headers, text: await response.text() }
}
const bearer = (token: string) => ({ authorization: `Bearer ${token}` })

test('a person has one rate with all sessions and tokens, and the tokens of nobody have one together', async () => {
  await using server = await startServer({ GRAPEVINE_API_RATE_MAX: '8' })
  const browser = new BrowserSession(server.running.url)
  await browser.call('POST', '/api/join', { ...DRAFT, token: server.running.setUpSecret })
  const tokens: string[] = []
  for (let n = 0; n < 3; n += 1) {
    const { json } = await browser.call('POST', '/api/tokens', { name: `t${n}`, scopes: ['api:read'] })
    tokens.push(json.data.token.token)
  }
  const left = []
  for (const token of [...tokens, ...tokens]) {
    const { status, headers } = await ask(server, '/api/sources', bearer(token))
    left.push([status, headers.get('x-ratelimit-remaining')])
  }
  expect(left).toEqual([...['4', '3', '2', '1', '0'].map((remaining) => [200, remaining]), [429, '0']])
  expect((await browser.call('GET', '/api/sources')).status).toBe(429)

  const { publicApiToken } = server.quickstart
  const made = await fetch(`${server.running.url}/api/tokens`, {
    method: 'POST',
    headers: { ...bearer(publicApiToken), 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'of nobody', scopes: ['api:read'] }),
  })
  expect([made.status, made.headers.get('x-ratelimit-consumed')]).toEqual([201, '1'])
  const { data } = (await made.json()) as { data: { token: { token: string } } }
  expect((await ask(server, '/api/sources', bearer(data.token.token))).headers.get('x-ratelimit-consumed')).toBe('2')
  expect((await ask(server, '/api/sources', bearer(publicApiToken))).headers.get('x-ratelimit-consumed')).toBe('3')
}, 60_000)

test('a network that was refused too often is answered 429, even the right token, and health goes on', async () => {
  const max = 20
  await using server = await startServer({
    GRAPEVINE_API_REFUSED_MAX: String(max),
    GRAPEVINE_TRUST_PROXY: '127.0.0.1',
  })
  const { publicApiToken } = server.quickstart
  const guessing = { 'x-forwarded-for': '198.51.100.1, 203.0.113.9' }
  const statuses = await Promise.all(
    Array.from({ length: 3 * max }, async (_, n) => {
      const kinds = [bearer(`gvt_${n}`), { cookie: `grapevine=${n}` }, { authorization: `Basic ${btoa(`gvt_${n}:`)}` }]
      const path = n % 3 === 2 ? '/v1/spaces/x/collections/users/profiles/user_id:1/traits' : '/api/sources'
      return (await ask(server, path, { ...guessing, ...kinds[n % 3] } as Record<string, string>)).status
    }),
  )
  expect(statuses.filter((status) => status === 401)).toHaveLength(max)
  expect(statuses.filter((status) => status === 429)).toHaveLength(2 * max)

  const right = await ask(server, '/api/sources', { ...guessing, ...bearer(publicApiToken) })
  expect([right.status, JSON.parse(right.text)]).toEqual([
    429,
    {
      errors: [
        {
          type: 'RequestError',
          message: 'Too many requests',
          data: { remainingPoints: 0, msBeforeNext: expect.any(Number), consumedPoints: max },
        },
      ],
    },
  ])
  expect(Number(right.headers.get('retry-after'))).toBeGreaterThan(0)
  expect(Number(right.headers.get('retry-after'))).toBeLessThanOrEqual(60)
  const profile = await ask(server, '/v1/spaces/x/collections/users/profiles/user_id:1/traits', {
    ...guessing,
    ...bearer(publicApiToken),
  })
  expect([profile.status, JSON.parse(profile.text).error.code]).toEqual([429, 'rate_limit_error'])
  expect(Number(profile.headers.get('retry-after'))).toBeGreaterThan(0)

  // Whoever stands further away in the list may be invented; who came through the proxy beside them is not meant.
  for (const forwarded of ['203.0.113.9, 203.0.113.10', '203.0.113.10'])
    expect(
      (await ask(server, '/api/sources', { 'x-forwarded-for': forwarded, ...bearer(publicApiToken) })).status,
    ).toBe(200)
  expect((await ask(server, '/api/sources', bearer(publicApiToken))).status).toBe(200)
  for (const path of ['/health/live', '/health/ready', '/metrics'])
    expect([path, (await ask(server, path, guessing)).status]).toEqual([path, 200])
}, 60_000)

test('what a token may not do counts as refused', async () => {
  await using server = await startServer({ GRAPEVINE_API_REFUSED_MAX: '3' })
  const made = await fetch(`${server.running.url}/api/tokens`, {
    method: 'POST',
    headers: { ...bearer(server.quickstart.publicApiToken), 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'reads', scopes: ['api:read'] }),
  })
  const { data } = (await made.json()) as { data: { token: { token: string } } }
  const statuses = []
  for (let n = 0; n < 4; n += 1) statuses.push((await ask(server, '/api/users', bearer(data.token.token))).status)
  expect(statuses).toEqual([403, 403, 403, 429])
  expect((await ask(server, '/health/ready', {})).status).toBe(200)
}, 60_000)
