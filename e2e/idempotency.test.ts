/**
 * Nothing is done twice under one `Idempotency-Key`: every route that creates something, as the OpenAPI document has them,
 * on a real server. A route that takes a key and is not walked here, or takes none and is not named, fails.
 */
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { KEY_CHARS_MAX, REPEATABLE } from '../src/api/once.ts'
import { parseConfig, serve } from '../src/app/index.ts'
import { DescribedApi, type Document, operationsOf } from './openapi-client.fixture.ts'
import { PEOPLE_WALKS } from './openapi-people-walks.fixture.ts'
import { SPACE_WALKS } from './openapi-space-walks.fixture.ts'
import { CONFIGURATION_WALKS } from './openapi-walks.fixture.ts'
import { startServer, type TestServer } from './server.fixture.ts'

const LIMITS = { GRAPEVINE_API_RATE_MAX: '100000' }

let server: TestServer
let document: Document
let url: string
let token: string
let api: TwiceApi

const inState = <T>(work: (db: DatabaseSync) => T): T => {
  const db = new DatabaseSync(join(server.directory, 'state.db'), { timeout: 10_000 })
  try {
    return work(db)
  } finally {
    db.close()
  }
}
const countOf = (table: string) =>
  inState((db) => Number(db.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.['n']))
/** As after a crash between the change and its answer. */
const loseAnswers = () => inState((db) => db.exec('UPDATE idempotency_keys SET answer = NULL'))

/** Sends what creates something once more. */
class TwiceApi extends DescribedApi {
  readonly repeated = new Set<string>()
  #keys = 0

  override async ask(method: string, path: string, body?: unknown, headers: Readonly<Record<string, string>> = {}) {
    if (method !== 'POST') return super.ask(method, path, body, headers)
    this.#keys += 1
    const keyed = { ...headers, 'idempotency-key': `walk-${this.#keys}` }
    const first = await super.ask(method, path, body, keyed)
    if (first.status >= 300 || !TAKING_KEYS().has(first.name)) return first
    expect(first.told.get('idempotency-replayed'), first.where).toBeNull()
    const changes = countOf('audit_events')
    const again = await super.ask(method, path, body, keyed)
    expect(countOf('audit_events'), first.where).toBe(changes)
    // Those that only looked, as a dry run does, have changed nothing and are answered anew.
    if (again.told.get('idempotency-replayed') !== 'true') return first
    expect([again.status, again.answer], first.where).toEqual([first.status, first.answer])
    this.repeated.add(first.name)
    return first
  }
}

const takesKey = ({ operation }: ReturnType<typeof operationsOf>[number]) =>
  operation.parameters.some(({ name }) => name === 'Idempotency-Key')
const TAKING_KEYS = () =>
  new Set(
    operationsOf(document)
      .filter(takesKey)
      .map(({ name }) => name),
  )

beforeAll(async () => {
  server = await startServer(LIMITS)
  const { running, quickstart } = server
  url = running.url
  token = quickstart.publicApiToken
  const headers = { authorization: `Bearer ${token}` }
  document = await (await fetch(`${url}/api/openapi.json`, { headers })).json()
  api = new TwiceApi(url, token, document)
}, 60_000)

afterAll(async () => {
  await server?.[Symbol.asyncDispose]()
}, 60_000)

async function post(path: string, body: object, key: string | undefined, bearer = token) {
  const response = await fetch(`${url}${path}`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${bearer}`,
      'content-type': 'application/json',
      ...(key === undefined ? {} : { 'idempotency-key': key }),
    },
    body: JSON.stringify(body),
  })
  const isRepeated = response.headers.get('idempotency-replayed') === 'true'
  return { status: response.status, json: await response.json(), isRepeated }
}

test('a POST takes a key, or is named as one that may be repeated', () => {
  const posts = operationsOf(document).filter(({ method }) => method === 'POST')
  const without = posts.filter((each) => !takesKey(each)).map(({ path }) => path)
  expect(without.sort()).toEqual([...REPEATABLE].map((path) => path.replace(/:(\w+)/g, '{$1}')).sort())
  expect(TAKING_KEYS().size).toBeGreaterThan(20)
})

const WALKS = { ...CONFIGURATION_WALKS, ...SPACE_WALKS, ...PEOPLE_WALKS }
test.each(Object.entries(WALKS))(
  'sent again, all that creates something gives the first answer: %s',
  async (_, walk) => {
    await walk(api, server)
  },
  120_000,
)

/** Walked as a dry run only; its run is begun as that of `sync` is. */
const NOT_WALKED = ['POST /api/spaces/{space}/{collection}/{id}/reconcile']

test('no route that takes a key was left out', () => {
  expect([...TAKING_KEYS()].filter((name) => !api.repeated.has(name))).toEqual(NOT_WALKED)
})

/** With the rows of the audit trail that one of them makes: a space is a source too. */
test.each([
  ['/api/sources', 1, (word: string) => ({ slug: word, metadataId: 'node' })],
  ['/api/spaces', 2, (word: string) => ({ slug: word })],
] as const)('%s: of twenty at once under one key one creates, and all are told of it', async (path, rows, body) => {
  const [before, audited] = [countOf('sources'), countOf('audit_events')]
  const word = `twenty-${path.split('/').at(-1)}`
  const answers = await Promise.all(Array.from({ length: 20 }, () => post(path, body(word), `twenty-${path}`)))
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]))
  expect(new Set(answers.map(({ json }) => JSON.stringify(json))).size).toBe(1)
  expect(answers.filter(({ isRepeated }) => !isRepeated)).toHaveLength(1)
  expect([countOf('sources'), countOf('audit_events')]).toEqual([before + 1, audited + rows])
})

test('another body or address under the same key is a conflict, in the form of its route', async () => {
  expect((await post('/api/sources', { slug: 'mine', metadataId: 'node' }, 'used')).status).toBe(201)
  const before = countOf('audit_events')
  expect(await post('/api/sources', { slug: 'other', metadataId: 'node' }, 'used')).toMatchObject({
    status: 409,
    json: { errors: [{ type: 'idempotency-conflict', message: expect.stringContaining('a key of its own') }] },
  })
  expect(await post('/api/spaces', { slug: 'other' }, 'used')).toMatchObject({
    status: 409,
    json: { error: { code: 'idempotency_conflict' } },
  })
  expect(countOf('audit_events')).toBe(before)
})

test('keys of others are others', async () => {
  const made = await post('/api/tokens', { name: 'second', scopes: ['api:read', 'api:write'] }, undefined)
  const bearer = made.json.data.token.token
  const [one, two] = ['of-the-first', 'of-the-second'].map((slug) => ({ slug, metadataId: 'node' }))
  expect(await post('/api/sources', one ?? {}, 'shared')).toMatchObject({ status: 201, isRepeated: false })
  expect(await post('/api/sources', two ?? {}, 'shared', bearer)).toMatchObject({ status: 201, isRepeated: false })
})

test('what failed may be tried again under its key, and what a key is for is set by what succeeds', async () => {
  const body = { slug: 'freed', metadataId: 'node' }
  const { json } = await post('/api/sources', body, undefined)
  expect((await post('/api/sources', body, 'patient')).status).toBe(409)
  const headers = { authorization: `Bearer ${token}` }
  await fetch(`${url}/api/sources/${json.data.source.id}`, { method: 'DELETE', headers })
  expect(await post('/api/sources', body, 'patient')).toMatchObject({ status: 201, isRepeated: false })
  expect(await post('/api/sources', body, 'patient')).toMatchObject({ status: 201, isRepeated: true })
})

test('a key has 1 to 255 visible characters', async () => {
  const body = (slug: string) => ({ slug, metadataId: 'node' })
  expect((await post('/api/sources', body('shortest'), '!')).status).toBe(201)
  expect((await post('/api/sources', body('longest'), '~'.repeat(KEY_CHARS_MAX))).status).toBe(201)
  for (const key of ['', 'a b', 'ä', '~'.repeat(KEY_CHARS_MAX + 1)])
    expect(await post('/api/sources', body('refused'), key)).toMatchObject({
      status: 422,
      json: { errors: [{ field: 'Idempotency-Key' }] },
    })
})

test('a secret that is told once is told again under its key, and is nowhere in the clear', async () => {
  const body = { name: 'sealed', scopes: ['api:read'] }
  const first = await post('/api/tokens', body, 'canary-key-4711')
  expect(await post('/api/tokens', body, 'canary-key-4711')).toEqual({ ...first, isRepeated: true })
  const kept = inState((db) => JSON.stringify(db.prepare('SELECT * FROM idempotency_keys').all()))
  expect(kept).not.toContain(first.json.data.token.token)
  expect(kept).not.toContain('canary')
})

test('after a restart, and where the answer was lost before it was sent, it is known what was done', async () => {
  const asked = [
    { path: '/api/sources', body: { slug: 'lasting', metadataId: 'node' } },
    { path: '/api/spaces', body: { slug: 'lasting-space' } },
    { path: '/api/tokens', body: { name: 'lasting', scopes: ['api:read'] } },
    { path: '/api/groups', body: { name: 'Lasting' } },
    { path: '/api/labels', body: { label: { key: 'lasts', value: 'yes' } } },
    { path: '/api/regulations', body: { regulationType: 'DELETE_ONLY', subjectType: 'USER_ID', subjectIds: ['gone'] } },
  ]
  const first = await Promise.all(asked.map(({ path, body }) => post(path, body, `lasting-${path}`)))
  expect(first.map(({ status }) => status)).toEqual([201, 201, 201, 200, 201, 200])
  await server.running[Symbol.asyncDispose]()
  const { directory } = server
  const environment = { GRAPEVINE_DATA: directory, GRAPEVINE_PORT: '0', GRAPEVINE_EXTOLE_SANDBOX_PORT: 'any' }
  const running = await serve(
    parseConfig({ ...environment, GRAPEVINE_LOG_LEVEL: 'error', ...LIMITS }),
    (_, message) => {
      throw new Error(message)
    },
  )
  server = { ...server, running, [Symbol.asyncDispose]: () => running[Symbol.asyncDispose]() }
  url = running.url
  const changes = countOf('audit_events')
  for (const isLost of [false, true]) {
    if (isLost) loseAnswers()
    for (const [at, { path, body }] of asked.entries()) {
      const again = await post(path, body, `lasting-${path}`)
      expect(again, path).toEqual({ ...first[at], isRepeated: !isLost })
    }
  }
  expect(countOf('audit_events')).toBe(changes)
}, 60_000)
