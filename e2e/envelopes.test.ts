/**
 * In which form a problem is told: every route of the running server, with everything that can be wrong before its own
 * work begins, and with what it says itself of a body and of ids that are not there.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { OWN_ROUTES } from '../src/api/envelopes.ts'
import { LEFT_OUT } from '../src/api/left-out.ts'
import { startServer, type TestServer } from './server.fixture.ts'

/** More than this file asks, but where it means to. */
const RATE_MAX = 2_000
const REQUESTS_AT_ONCE = 20

interface Told {
  readonly route: string
  readonly envelope: 'segment' | 'own'
  readonly status: number
  readonly requestId: string | null
  readonly retryAfter: string | null
  readonly body: unknown
}

let server: TestServer
let weakToken: string

async function tokenWith(scopes: readonly string[]): Promise<string> {
  const response = await fetch(`${server.running.url}/api/tokens`, {
    method: 'POST',
    headers: { authorization: `Bearer ${server.quickstart.publicApiToken}`, 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'of this test', scopes }),
  })
  return (await response.json()).data.token.token
}

beforeAll(async () => {
  server = await startServer({ GRAPEVINE_API_RATE_MAX: String(RATE_MAX), GRAPEVINE_API_REFUSED_MAX: '100000' })
  weakToken = await tokenWith(['audit:read'])
}, 60_000)

afterAll(async () => {
  await server?.[Symbol.asyncDispose]()
}, 60_000)

/** Routes of programs and people under `/api`; the Profile API has an envelope of Segment's own. */
const routes = () => server.running.routes.filter(({ url }) => url.startsWith('/api'))

/** Asks every route in one way, some at a time. What is answered well is left out. */
async function problems(token: string | undefined, body: string): Promise<Told[]> {
  const told: Told[] = []
  const left = [...routes()]
  const askOn = async () => {
    for (let route = left.pop(); route !== undefined; route = left.pop()) {
      const problem = await problemAt(route, token, body)
      if (problem !== undefined) told.push(problem)
    }
  }
  await Promise.all(Array.from({ length: REQUESTS_AT_ONCE }, askOn))
  return told
}

async function problemAt(
  { method, url, envelope }: TestServer['running']['routes'][number],
  token: string | undefined,
  body: string,
): Promise<Told | undefined> {
  const abort = new AbortController()
  const response = await fetch(`${server.running.url}${url.replace('*', 'x').replace(/:\w+/g, 'nobody')}`, {
    method,
    signal: abort.signal,
    headers: {
      // As a page of this server: what needs no token can be asked so.
      'sec-fetch-site': 'same-origin',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(method === 'GET' ? {} : { 'content-type': 'application/json' }),
    },
    ...(method === 'GET' ? {} : { body }),
  })
  if (response.ok) {
    abort.abort()
    return undefined
  }
  const { status, headers } = response
  const [requestId = null, retryAfter = null] = ['x-request-id', 'retry-after'].map((name) => headers.get(name))
  return { route: `${method} ${url}`, envelope, status, requestId, retryAfter, body: await response.json() }
}

/** What Segment's API has and the installed version of its SDK does not know yet (segment contract 8.2). */
const YOUNGER = [
  'POST /spaces/{}/audiences',
  'POST /spaces/{}/audiences/previews',
  'GET /spaces/{}/audiences/previews/{}',
  'GET /spaces/{}/audiences/{}/audience-references',
  'GET /spaces/{}/audienceType/{}/supported-destinations',
  'GET /spaces/{}/audiences/{}/destination-connections',
  'POST /spaces/{}/audiences/{}/destination-connections',
  'PATCH /spaces/{}/audiences/{}/destination-connections/{}',
  'DELETE /spaces/{}/audiences/{}/destination-connections/{}',
  'POST /spaces/{}/audiences/{}/destination-connections/{}/activations',
  'GET /spaces/{}/audiences/{}/activations',
  'GET /spaces/{}/audiences/{}/activations/{}',
  'PATCH /spaces/{}/audiences/{}/activations/{}',
  'DELETE /spaces/{}/audiences/{}/activations/{}',
  'GET /spaces/{}/events',
  'GET /spaces/{}/events/{}/properties',
  'GET /spaces/{}/events/{}/properties/{}/sample-values',
  'GET /spaces/{}/traits',
  'GET /spaces/{}/traits/{}/sample-values',
  'GET /filters',
  'POST /filters',
  'GET /filters/{}',
  'PATCH /filters/{}',
  'DELETE /filters/{}',
]

/** What Segment's SDK can ask for, parameters as `{}`. */
function segmentRoutes(): ReadonlySet<string> {
  const directory = join(dirname(fileURLToPath(import.meta.resolve('@segment/public-api-sdk-typescript'))), 'api')
  const calls = readdirSync(directory)
    .filter((file) => file.endsWith('Api.js'))
    .flatMap((file) => [
      ...readFileSync(join(directory, file), 'utf8').matchAll(/basePath \+\s*'([^']+)'.*?method: '([A-Z]+)'/gs),
    ])
  return new Set([
    ...YOUNGER,
    ...calls.map(([, path = '', method = '']) => `${method} ${path.replace(/\{\w+\}/g, '{}')}`),
  ])
}

test("the routes in Segment's envelope are those that Segment has, and no other", () => {
  const known = segmentRoutes()
  expect(known.size).toBeGreaterThan(150)
  const wrong = routes().flatMap(({ method, url, envelope }) => {
    const path = url.slice('/api'.length) || '/'
    if (LEFT_OUT.has(path.replace(/\/\*$/, ''))) return envelope === 'segment' ? [] : [`${method} ${url}`]
    const isKnown = ['audiences', 'computed-traits'].some((collection) =>
      known.has(`${method} ${path.replace(':collection', collection).replace(/:\w+/g, '{}')}`),
    )
    return isKnown === (envelope === 'segment') ? [] : [`${method} ${url} is declared ${envelope}`]
  })
  expect(wrong).toEqual([])
})

test('every route that is listed as our own is served', () => {
  const served = new Set(server.running.routes.map(({ method, url }) => `${method} ${url}`))
  expect([...OWN_ROUTES].filter((each) => !served.has(each))).toEqual([])
})

const TEXT = expect.stringMatching(/./)

function expectEnvelopes(told: readonly Told[]): void {
  for (const { route, envelope, status, requestId, body } of told) {
    expect(requestId, route).toMatch(/^[0-9a-f]{24}$/)
    const due =
      envelope === 'segment'
        ? { errors: expect.arrayContaining([expect.objectContaining({ type: TEXT, message: TEXT })]) }
        : { error: expect.objectContaining({ code: expect.stringMatching(/^[a-z_]+$/), message: TEXT }), requestId }
    expect([status, body], route).toEqual([status, due])
    expect(status, route).not.toBe(500)
  }
}

const statusesOf = (told: readonly Told[], envelope: 'segment' | 'own') =>
  new Set(told.filter((each) => each.envelope === envelope).map(({ status }) => status))

test('without a token, and without the right, every route says so in the envelope that it declares', async () => {
  const unknown = await problems(undefined, '{}')
  const forbidden = await problems(weakToken, '{}')
  expectEnvelopes([...unknown, ...forbidden])
  const guarded = routes().filter(({ right }) => right !== 'anyone')
  expect(unknown.filter(({ status }) => status === 401)).toHaveLength(guarded.length)
  const beyond = guarded.filter(({ right }) => right !== 'audit:read')
  expect(forbidden.filter(({ status }) => status === 403)).toHaveLength(beyond.length)
  for (const { envelope, status, body } of [...unknown, ...forbidden]) {
    if (envelope !== 'own' || (status !== 401 && status !== 403)) continue
    expect(body).toMatchObject({ error: { code: status === 401 ? 'unauthenticated' : 'forbidden' } })
  }
})

test('what is no JSON, what no field may be, and what is not there is told in the envelope that a route declares', async () => {
  const token = server.quickstart.publicApiToken
  const told = [
    ...(await problems(token, '{')),
    ...(await problems(token, '{"no":1}')),
    ...(await problems(token, '{}')),
  ]
  expectEnvelopes(told)
  expect([...statusesOf(told, 'segment')]).toEqual(expect.arrayContaining([400, 404, 422, 501]))
  expect([...statusesOf(told, 'own')]).toEqual(expect.arrayContaining([400, 404, 422]))
})

test('one request too many is told in the envelope that a route declares, with the seconds to wait', async () => {
  const token = server.quickstart.publicApiToken
  for (let asked = 0; asked < RATE_MAX; asked += REQUESTS_AT_ONCE) {
    const batch = Array.from({ length: REQUESTS_AT_ONCE }, () =>
      fetch(`${server.running.url}/api/echo`, { headers: { authorization: `Bearer ${token}` } }),
    )
    for (const response of await Promise.all(batch)) await response.arrayBuffer()
  }
  const told = (await problems(token, '{}')).filter(({ status }) => status === 429)
  expectEnvelopes(told)
  expect([statusesOf(told, 'segment').size, statusesOf(told, 'own').size]).toEqual([1, 1])
  for (const { retryAfter, body, envelope } of told) {
    expect(Number(retryAfter)).toBeGreaterThan(0)
    if (envelope === 'own') expect(body).toMatchObject({ error: { code: 'rate_limited' } })
    else expect(body).toMatchObject({ errors: [{ type: 'RequestError', data: { remainingPoints: 0 } }] })
  }
})

test('an address that nothing is at, and one that cannot be read, are told in the envelope of Segment', async () => {
  for (const path of ['/api/nothing', '/api/sources/%zz']) {
    const response = await fetch(`${server.running.url}${path}`)
    expect(await response.json()).toEqual({ errors: [{ type: TEXT, message: TEXT }] })
    expect(response.headers.get('x-request-id')).toMatch(/^[0-9a-f]{24}$/)
  }
})
