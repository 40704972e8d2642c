/** Nobody overwrites what they have not seen: `ETag` and `If-Match` of every single thing that can be changed. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { THINGS } from '../src/api/preconditions.ts'
import { startServer, type TestServer } from './server.fixture.ts'

interface Case {
  /** As it is served. */
  readonly url: string
  readonly method: 'PATCH' | 'PUT'
  readonly isRequired: boolean
  /** What its address says beside that of what it is read with. */
  readonly below?: string
  /** Where one of them is. */
  path(): Promise<string>
  /** Another one for each number. */
  body(number: number): object
}

let server: TestServer

beforeAll(async () => {
  server = await startServer()
}, 60_000)

afterAll(async () => {
  await server?.[Symbol.asyncDispose]()
}, 60_000)

async function call(method: string, path: string, body?: object, ifMatch?: string) {
  const response = await fetch(`${server.running.url}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${server.quickstart.publicApiToken}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(ifMatch === undefined ? {} : { 'if-match': ifMatch }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  return { status: response.status, tag: response.headers.get('etag') ?? '', json: await response.json() }
}

/** Of the bodies that are sent. */
const NUMBERS = [1, 2, 3, 4, 9, ...Array.from({ length: 10 }, (_, at) => 100 + at)]

let made = 0
async function make(path: string, body: object, name: string): Promise<string> {
  const { status, json } = await call('POST', path, body)
  expect(status, JSON.stringify(json)).toBeLessThan(300)
  return `${path}/${json.data[name].id}`
}
const fresh = (word: string) => {
  made += 1
  return `${word}-${made}`
}
const space = () => `/api/spaces/${server.quickstart.spaceId}`
const newSpace = () => make('/api/spaces', { slug: fresh('space') }, 'space')
const named = (number: number) => ({ name: `Name ${number}` })

const CASES: readonly Case[] = [
  {
    url: '/api/sources/:id',
    method: 'PATCH',
    isRequired: false,
    path: () => make('/api/sources', { slug: fresh('source'), metadataId: 'node' }, 'source'),
    body: named,
  },
  {
    url: '/api/sources/:id/labels',
    method: 'PUT',
    isRequired: false,
    below: '/labels',
    async path() {
      // Only labels of the workspace can be given.
      for (const value of NUMBERS.map(String)) await call('POST', '/api/labels', { label: { key: 'place', value } })
      return make('/api/sources', { slug: fresh('source'), metadataId: 'node' }, 'source')
    },
    body: (number) => ({ labels: [{ key: 'place', value: String(number) }] }),
  },
  {
    url: '/api/destinations/:id',
    method: 'PATCH',
    isRequired: false,
    path: async () => `/api/destinations/${server.quickstart.destinationId}`,
    body: named,
  },
  {
    url: '/api/destinations/:id/event-names',
    method: 'PUT',
    isRequired: true,
    path: async () => `/api/destinations/${server.quickstart.destinationId}/event-names`,
    body: (number) => ({ eventNames: { [`Event ${number}`]: 'registration' } }),
  },
  {
    url: '/api/destinations/:id/subscriptions/:subscriptionId',
    method: 'PATCH',
    isRequired: false,
    async path() {
      const list = `/api/destinations/${server.quickstart.destinationId}/subscriptions`
      return `${list}/${(await call('GET', list)).json.data.subscriptions[0].id}`
    },
    body: (number) => ({ input: named(number) }),
  },
  {
    url: '/api/destination/:id/filters/:filterId',
    method: 'PATCH',
    isRequired: false,
    path: () =>
      make(
        `/api/destination/${server.quickstart.destinationId}/filters`,
        { title: fresh('filter'), if: 'all', actions: [{ type: 'DROP' }], enabled: false },
        'filter',
      ),
    body: (number) => ({ title: `Title ${number}` }),
  },
  { url: '/api/spaces/:space', method: 'PATCH', isRequired: true, path: newSpace, body: named },
  {
    url: '/api/spaces/:space/identity-rules',
    method: 'PUT',
    isRequired: true,
    path: async () => `${await newSpace()}/identity-rules`,
    body: (number) => ({ types: [{ type: `crm_${number}` }] }),
  },
  {
    url: '/api/spaces/:space/:collection/:id',
    method: 'PATCH',
    isRequired: false,
    path: () =>
      make(
        `${space()}/audiences`,
        { name: fresh('who'), definition: { query: "event('a').count() >= 1" } },
        'audience',
      ),
    body: named,
  },
  {
    url: '/api/filters/:id',
    method: 'PATCH',
    isRequired: false,
    path: () =>
      make('/api/filters', { integrationId: server.quickstart.spaceId, name: fresh('filter'), if: 'all' }, 'filter'),
    body: named,
  },
  {
    url: '/api/groups/:id',
    method: 'PATCH',
    isRequired: false,
    path: async () =>
      `/api/groups/${(await call('POST', '/api/groups', { name: fresh('group') })).json.data.userGroup.id}`,
    body: named,
  },
]

const changed = ({ below = '' }: Case, path: string) => `${path}${below}`

test('everything that has a tag is tried here', () => {
  expect(CASES.map(({ url }) => url).sort()).toEqual([...THINGS.keys()].sort())
})

test.each(CASES)('$url: a change of what has been seen is made, a change of what is gone is not', async (each) => {
  const path = await each.path()
  const seen = await call('GET', path)
  expect(seen.tag).toMatch(/^"[\w-]{22}"$/)
  expect((await call('GET', path)).tag).toBe(seen.tag)

  expect((await call(each.method, changed(each, path), each.body(1), seen.tag)).status).toBe(200)
  const now = await call('GET', path)
  expect(now.tag).not.toBe(seen.tag)

  const late = await call(each.method, changed(each, path), each.body(2), seen.tag)
  const problem = each.isRequired ? { error: { code: 'stale' } } : { errors: [{ type: 'stale' }] }
  expect(late).toMatchObject({ status: 412, json: problem })
  expect(await call('GET', path)).toEqual(now)

  const tags = [`"other", ${now.tag}`, '*']
  for (const [at, tag] of tags.entries())
    expect((await call(each.method, changed(each, path), each.body(3 + at), tag)).status).toBe(200)
  for (const tag of [`W/${(await call('GET', path)).tag}`, '""'])
    expect((await call(each.method, changed(each, path), each.body(9), tag)).status).toBe(412)
})

test.each(CASES)('$url: of ten changes at once of what all have seen, one is made', async (each) => {
  const path = await each.path()
  const { tag } = await call('GET', path)
  const numbers = Array.from({ length: 10 }, (_, at) => 100 + at)
  const answers = await Promise.all(
    numbers.map((number) => call(each.method, changed(each, path), each.body(number), tag)),
  )
  const statuses = answers.map(({ status }) => status)
  expect(statuses.toSorted()).toEqual([200, ...Array.from({ length: 9 }, () => 412)])
})

test.each(CASES)('$url: without If-Match our own routes ask for one, and those of Segment do not', async (each) => {
  const path = await each.path()
  const before = await call('GET', path)
  const answer = await call(each.method, changed(each, path), each.body(1))
  if (!each.isRequired) return expect(answer.status).toBe(200)
  expect(answer).toMatchObject({ status: 428, json: { error: { code: 'precondition_required' } } })
  expect(await call('GET', path)).toEqual(before)
})

test.each(['seen', '"a', 'W/*', '"a" "b"', Array.from({ length: 21 }, () => '"a"').join(',')])(
  'an If-Match that is none is refused: %s',
  async (header) => {
    const path = `/api/destinations/${server.quickstart.destinationId}`
    const answer = await call('PATCH', path, { name: 'No' }, header)
    expect(answer).toMatchObject({ status: 422, json: { errors: [{ field: 'If-Match' }] } })
  },
)

test('what is not there is not found, with If-Match and without', async () => {
  for (const tag of [undefined, '"a"', '*'])
    expect((await call('PUT', '/api/spaces/spa_nobody/identity-rules', {}, tag)).status).toBe(404)
})

test('a deletion can be bound to what has been seen', async () => {
  const path = await make('/api/sources', { slug: fresh('source'), metadataId: 'node' }, 'source')
  const { tag } = await call('GET', path)
  expect((await call('PATCH', path, { name: 'Other' })).status).toBe(200)
  expect((await call('DELETE', path, undefined, tag)).status).toBe(412)
  expect((await call('DELETE', path, undefined, (await call('GET', path)).tag)).status).toBe(200)
})
