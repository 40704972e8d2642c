/** Settings of a space on the whole product: rules by which it tells whose an event is. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startServer, type TestServer } from './server.fixture.ts'

let server: TestServer

beforeAll(async () => {
  server = await startServer()
}, 60_000)
afterAll(async () => {
  await server?.[Symbol.asyncDispose]()
}, 60_000)

async function api(method: string, path: string, body?: object) {
  const response = await fetch(`${server.running.url}/api${path}`, {
    method,
    headers: {
      authorization: `Bearer ${server.quickstart.publicApiToken}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  return { status: response.status, json: await response.json() }
}

const rulesPath = () => `/spaces/${server.quickstart.spaceId}/identity-rules`

async function send(type: string, event: object): Promise<void> {
  const response = await fetch(`${server.running.url}/v1/${type}`, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa(`${server.quickstart.sources[0]?.writeKey}:`)}` },
    body: JSON.stringify(event),
  })
  expect(response.status).toBe(200)
}

/** Ids of the profile that an id finds, as `type:value`; undefined for none. */
async function idsOf(lookup: string): Promise<string[] | undefined> {
  const path = `/v1/spaces/${server.quickstart.spaceId}/collections/users/profiles/${encodeURIComponent(lookup)}/external_ids`
  const response = await fetch(server.running.url + path, {
    headers: { authorization: `Basic ${btoa(`${server.quickstart.publicApiToken}:`)}` },
  })
  if (response.status === 404) return undefined
  const { data } = (await response.json()) as { data: { type: string; id: string }[] }
  return data.map(({ type, id }) => `${type}:${id}`).toSorted()
}

/** Waits until everything sent has been worked through. */
async function workedThrough(): Promise<void> {
  await send('identify', { userId: 'last' })
  await expect.poll(() => idsOf('user_id:last'), { timeout: 10_000 }).toBeDefined()
}

test('a type of the space’s own is read from traits and from context.externalIds, and finds the profile', async () => {
  const before = await api('GET', rulesPath())
  expect(before.json.data.identityRules).toMatchObject({ types: [], priority: ['user_id', 'email'] })
  const set = await api('PUT', rulesPath(), {
    types: [
      { type: 'crm_id', limit: { values: 1 } },
      { type: 'email', blocked: [{ regex: '@test\\.example$' }] },
    ],
    priority: ['user_id', 'crm_id', 'email'],
  })
  expect([set.status, set.json.data.warnings]).toEqual([
    200,
    [
      'crm_id goes from 5 ever to 1 ever: profiles that have more keep them, and events with another crm_id go to other profiles.',
    ],
  ])
  expect((await api('GET', rulesPath())).json).toEqual({ data: { identityRules: set.json.data.identityRules } })
  await send('identify', { userId: 'ada', traits: { crmId: 'c-1' } })
  const externalIds = [{ type: 'crm_id', id: 'c-1', collection: 'users', encoding: 'none' }]
  await send('track', { anonymousId: 'phone', event: 'Opened', context: { externalIds } })
  await expect
    .poll(() => idsOf('crm_id:c-1'), { timeout: 10_000 })
    .toEqual(['anonymous_id:phone', 'crm_id:c-1', 'user_id:ada'])
})

test('a blocked value names nobody, and explain tells which rule blocks it', async () => {
  await send('identify', { userId: 'tester', traits: { email: 'qa@test.example' } })
  await expect.poll(() => idsOf('user_id:tester'), { timeout: 10_000 }).toEqual(['user_id:tester'])
  expect(await idsOf('email:qa@test.example')).toBeUndefined()
  const explained = await api('GET', `/spaces/${server.quickstart.spaceId}/profiles/user_id:tester/explain`)
  expect(JSON.stringify(explained.json)).toContain('which was not used: the rules block the expression @test')
})

test('a tightened limit holds for events from then on, and profiles keep what they have', async () => {
  for (const email of ['one@example.com', 'two@example.com'])
    await send('identify', { userId: 'bob', traits: { email } })
  await expect.poll(() => idsOf('user_id:bob'), { timeout: 10_000 }).toHaveLength(3)
  const { data } = (await api('PUT', rulesPath(), { types: [{ type: 'email', limit: { values: 1 } }] })).json
  expect(data.warnings).toHaveLength(1)
  await send('identify', { userId: 'bob', traits: { email: 'three@example.com' } })
  await send('identify', { userId: 'eve', traits: { email: 'eve@example.com' } })
  await send('identify', { userId: 'eve', traits: { email: 'eve-two@example.com' } })
  await workedThrough()
  expect(await idsOf('user_id:bob')).toEqual(['email:one@example.com', 'email:two@example.com', 'user_id:bob'])
  expect(await idsOf('user_id:eve')).toEqual(['email:eve@example.com', 'user_id:eve'])
})

test('rules that are wrong are refused with every mistake and its place', async () => {
  const { status, json } = await api('PUT', rulesPath(), { types: [{ type: 'CRM' }], limits: 3 })
  expect([status, json.errors.map((each: { field: string }) => each.field)]).toEqual([422, ['limits', 'types.0.type']])
  expect((await api('PUT', '/spaces/spa_nobody/identity-rules', {})).status).toBe(404)
})
