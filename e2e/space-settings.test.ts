/** Settings of a space on the whole product: rules by which it tells whose an event is, and filters. */
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
      ...(method === 'PUT' ? { 'if-match': '*' } : {}),
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

let lasts = 0
/** Waits until everything sent has been worked through. */
async function workedThrough(): Promise<void> {
  lasts += 1
  await send('identify', { userId: `last-${lasts}` })
  await expect.poll(() => idsOf(`user_id:last-${lasts}`), { timeout: 10_000 }).toBeDefined()
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
  expect([status, json.error.fields.map((each: { field: string }) => each.field)]).toEqual([
    422,
    ['limits', 'types.0.type'],
  ])
  expect((await api('PUT', '/spaces/spa_nobody/identity-rules', {})).status).toBe(404)
})

/** Value of a count of what became no part of profiles. */
async function dropped(what: string, reason: string): Promise<number> {
  const response = await fetch(`${server.running.url}/metrics`)
  const line = (await response.text())
    .split('\n')
    .find((each) =>
      each.startsWith(
        `grapevine_space_dropped_total{space="${server.quickstart.spaceId}",what="${what}",reason="${reason}"}`,
      ),
    )
  return Number(line?.split(' ')[1] ?? 0)
}

test('an event that a filter keeps out goes to destinations and not to the space, is counted, and explained', async () => {
  const integrationId = server.quickstart.spaceId
  const made = await api('POST', '/filters', { integrationId, name: 'Test site', if: 'properties.env = "test"' })
  expect(made.json.data.filter).toMatchObject({ integrationId, name: 'Test site', enabled: true, drop: true })
  const { id } = made.json.data.filter
  await send('track', { messageId: 'kept-out', userId: 'zoe', event: 'Order Completed', properties: { env: 'test' } })
  await send('track', { messageId: 'no-answer', userId: 'zed', event: 'Order Completed', properties: { env: 'live' } })
  await workedThrough()
  expect([await idsOf('user_id:zoe'), await idsOf('user_id:zed')]).toEqual([undefined, ['user_id:zed']])
  expect(await dropped('event', 'space_filter')).toBe(1)
  const { events } = (await api('GET', '/explain/kept-out')).json.data
  expect(events[0].spaces).toEqual([
    {
      spaceId: integrationId,
      name: 'Space',
      skipped: 'space_filter',
      why: 'The filter "Test site" of the space keeps it out.',
      refusedIds: [],
    },
  ])
  await expect
    .poll(
      async () =>
        (await api('GET', '/explain/kept-out')).json.data.events[0].deliveries.map(
          (each: { state: string }) => each.state,
        ),
      {
        timeout: 10_000,
      },
    )
    .toContain('delivered')
  // History that a definition reads, and a preview, leave it out too.
  const definition = { query: "event('Order Completed').count() >= 1" }
  const preview = await api('POST', `/spaces/${integrationId}/audiences/previews`, { definition })
  expect(preview.json.data.audiencePreview.size.count).toBe(1)
  await send('identify', { userId: 'zoe' })
  const audience = await api('POST', `/spaces/${integrationId}/audiences`, { name: 'Ordered', definition })
  const path = `/spaces/${integrationId}/audiences/${audience.json.data.audience.id}`
  await expect.poll(async () => (await api('GET', path)).json.data.audience.size.count, { timeout: 10_000 }).toBe(1)
  await expect
    .poll(async () => (await api('GET', path)).json.data.audience.status, { timeout: 10_000 })
    .not.toBe('Preparing')
  const { members } = (await api('GET', `${path}/members`)).json.data
  expect(members.map((each: { externalIds: object[] }) => each.externalIds)).toEqual([[{ type: 'user_id', id: 'zed' }]])
  // Switched off, it keeps nothing out.
  await api('PATCH', `/filters/${id}`, { enabled: false })
  await send('track', { userId: 'zoe-two', event: 'Order Completed', properties: { env: 'test' } })
  await expect.poll(() => idsOf('user_id:zoe-two'), { timeout: 10_000 }).toBeDefined()
  expect((await api('DELETE', `/filters/${id}`)).json).toEqual({ data: { status: 'SUCCESS' } })
  expect((await api('GET', `/filters?integrationId=${integrationId}`)).json.data.filters).toEqual([])
})

test('an event that a filter has no answer for is kept out, and explain says which and why', async () => {
  const integrationId = server.quickstart.spaceId
  const body = { integrationId, name: 'Totals', if: 'contains(properties.total, "5")' }
  const { id } = (await api('POST', '/filters', body)).json.data.filter
  await send('track', { messageId: 'undecided', userId: 'yan', event: 'Order Completed', properties: { total: 5 } })
  await workedThrough()
  expect(await idsOf('user_id:yan')).toBeUndefined()
  expect(await dropped('event', 'space_filter_not_evaluated')).toBeGreaterThan(0)
  const { events } = (await api('GET', '/explain/undecided')).json.data
  expect(events[0].spaces[0].why).toContain('The filter "Totals" of the space cannot be evaluated')
  await api('DELETE', `/filters/${id}`)
})

test('a filter of a space is refused with what is wrong, and found under its own id only', async () => {
  const integrationId = server.quickstart.spaceId
  const wrong = await api('POST', '/filters', { integrationId, name: 'a', if: 'event =' })
  expect([wrong.status, wrong.json.errors[0].field]).toEqual([422, 'if'])
  expect((await api('POST', '/filters', { integrationId, name: 'a', if: 'all', drop: false })).status).toBe(422)
  expect((await api('POST', '/filters', { integrationId: 'spa_nobody', name: 'a', if: 'all' })).status).toBe(404)
  expect((await api('GET', '/filters?integrationId=spa_nobody')).status).toBe(404)
  for (const method of ['GET', 'DELETE']) expect((await api(method, '/filters/nobody')).status).toBe(404)
})

test('what Segment drops without a word is counted and explained', async () => {
  const traits = Object.fromEntries(Array.from({ length: 300 }, (_, at) => [`t${at}`, at]))
  const cases: [string, string, object][] = [
    ['too_many_keys', 'identify', { traits }],
    ['group_id_invalid', 'track', { event: 'A', context: { groupId: '' } }],
    ['alias', 'alias', { previousId: 'x' }],
    [
      'timestamp_ancient',
      'track',
      { event: 'A', timestamp: '1969-01-01T00:00:00.000Z', sentAt: new Date(Date.now()).toISOString() },
    ],
  ]
  for (const [reason, type, event] of cases) await send(type, { messageId: `drop-${reason}`, userId: 'xen', ...event })
  await send('identify', { messageId: 'bad-trait', userId: 'wes', traits: { long: 'x'.repeat(9_000), email: 'null' } })
  await workedThrough()
  expect(await idsOf('user_id:xen')).toBeUndefined()
  for (const [reason] of cases) {
    expect(await dropped('event', reason), reason).toBe(1)
    const { events } = (await api('GET', `/explain/drop-${reason}`)).json.data
    expect(events[0].spaces[0].skipped).toBe(reason)
  }
  expect(await dropped('trait', 'value_too_large')).toBe(1)
  expect(await dropped('id', 'blocked')).toBeGreaterThan(0)
  const { events } = (await api('GET', '/explain/bad-trait')).json.data
  expect(events[0].spaces[0].refusedIds).toEqual(['carried email null, which was not used: the rules block "null".'])
})

test('a person is erased by any of their ids, with or without a userId, and nothing leads to them any more', async () => {
  const path = (lookup: string) => `/spaces/${server.quickstart.spaceId}/profiles/${encodeURIComponent(lookup)}`
  await send('identify', { userId: 'uma', anonymousId: 'uma-phone', traits: { email: 'uma@example.com' } })
  await send('identify', { anonymousId: 'ghost', traits: { email: 'ghost@example.com' } })
  await workedThrough()
  const names = [
    'user_id:uma',
    'anonymous_id:uma-phone',
    'email:uma@example.com',
    'anonymous_id:ghost',
    'email:ghost@example.com',
  ]
  for (const name of names) expect(await idsOf(name), name).toBeDefined()
  const erased = await api('DELETE', path('email:uma@example.com'))
  expect(erased).toMatchObject({ status: 200, json: { data: { regulateId: expect.stringMatching(/^reg_/) } } })
  expect((await api('DELETE', path('email:ghost@example.com'))).status).toBe(200)
  await workedThrough()
  for (const name of names) expect(await idsOf(name), name).toBeUndefined()
  const { regulateId } = erased.json.data
  expect((await api('GET', `/regulations/${regulateId}`)).json.data.regulation.id).toBe(regulateId)
  const { events } = (await api('GET', '/audit-events')).json.data
  expect(events.filter((each: { resourceId: string }) => each.resourceId === regulateId)).toMatchObject([
    { type: 'Regulation Requested' },
  ])
  expect((await api('DELETE', path('email:uma@example.com'))).status).toBe(404)
})
