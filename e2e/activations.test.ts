/** Activations in the shapes of Segment's API on the whole product, and what a destination is told by each of them. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { callSpace, startServer, type TestServer } from './server.fixture.ts'

interface Call {
  readonly type: string
  readonly event?: string
  readonly userId?: string
  readonly traits?: Readonly<Record<string, unknown>>
  readonly properties?: Readonly<Record<string, unknown>>
}

let server: TestServer
let audienceId: string
let destinationId: string
const told: Call[] = []
const hook = createServer((request, response) => {
  let text = ''
  request.on('data', (chunk) => {
    text += chunk
  })
  request.on('end', () => {
    told.push(JSON.parse(text))
    response.end()
  })
})

beforeAll(async () => {
  await new Promise<void>((ready) => hook.listen(0, '127.0.0.1', ready))
  const { port } = hook.address() as AddressInfo
  server = await startServer({ GRAPEVINE_EGRESS_ALLOW: `127.0.0.1:${port}` })
  const settings = { url: `http://127.0.0.1:${port}/`, signingSecret: 'a-secret-of-the-test-that-is-long' }
  const made = await callSpace(server, 'POST', '/audiences', {
    name: 'Pro',
    definition: { query: "trait('plan') = 'pro'" },
    destinationConnections: [],
  })
  audienceId = (made.data['audience'] as unknown as { id: string }).id
  const response = await fetch(`${server.running.url}/api/destinations`, {
    method: 'POST',
    headers: { authorization: `Bearer ${server.quickstart.publicApiToken}`, 'content-type': 'application/json' },
    body: JSON.stringify({ sourceId: server.quickstart.spaceId, metadataId: 'webhook', settings, enabled: true }),
  })
  const { data } = (await response.json()) as { data: { destination: { id: string } } }
  destinationId = data.destination.id
}, 60_000)

afterAll(async () => {
  await server?.[Symbol.asyncDispose]()
  hook.close()
}, 60_000)

const call = (method: string, path: string, body?: unknown) =>
  callSpace(server, method, `/audiences/${audienceId}${path}`, body)
const activate = (body: object) =>
  call('POST', `/destination-connections/${destinationId}/activations`, { performResync: false, ...body })
const listed = async () => (await call('GET', '/activations')).data['activations'] as unknown as Listed[]
interface Listed {
  readonly id: string
  readonly activationType: string
  readonly activationName: string
  readonly enabled: boolean
}

async function plan(userId: string, name: string): Promise<void> {
  const response = await fetch(`${server.running.url}/v1/identify`, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa(`${server.quickstart.sources[0]?.writeKey}:`)}` },
    body: JSON.stringify({ userId, traits: { plan: name } }),
  })
  expect(response.status).toBe(200)
}

/** What was told of somebody, in short. */
const toldOf = (userId: string) =>
  told
    .filter((each) => each.userId === userId)
    .map(({ type, event, traits, properties }) => [type, event ?? null, (properties ?? traits)?.['pro'] ?? null])

test('a connection has the activation that follows from its form, and the first that is made takes its place', async () => {
  expect((await call('POST', '/destination-connections', { destination: { id: destinationId } })).status).toBe(200)
  await plan('ada', 'pro')
  await expect.poll(() => toldOf('ada'), { timeout: 10_000 }).toEqual([['identify', null, true]])
  expect(await listed()).toMatchObject([{ activationType: 'Audience Membership Changed', enabled: true }])
  const made = await activate({
    activationType: 'Audience Entered',
    activationName: 'Welcome them',
    personalization: { profile: { properties: ['plan'] } },
    destinationMapping: { actionId: 'send' },
  })
  expect(made).toMatchObject({
    status: 200,
    data: {
      activation: {
        enabled: true,
        spaceId: server.quickstart.spaceId,
        audienceId,
        connectionId: destinationId,
        activationType: 'Audience Entered',
        activationName: 'Welcome them',
        personalization: { profile: { properties: ['plan'] } },
        destinationMapping: { actionId: 'send' },
        performResync: false,
      },
    },
  })
  const { id } = made.data['activation'] as unknown as Listed
  const { performResync: _, ...rest } = made.data['activation'] as unknown as Record<string, unknown>
  expect((await call('GET', `/activations/${id}`)).data['activation']).toEqual(rest)
  expect(await listed()).toMatchObject([{ id, activationName: 'Welcome them' }])
  expect((await call('GET', '/destination-connections')).data['connections']).toMatchObject([
    {
      id: destinationId,
      connectionSettings: { form: 'track', enteredEvent: 'Audience Entered', enrichTraits: ['plan'] },
    },
  ])
})

test('entries alone are told while nobody asked for exits, by track calls with the traits that go along', async () => {
  await plan('bea', 'pro')
  await expect.poll(() => toldOf('bea'), { timeout: 10_000 }).toEqual([['track', 'Audience Entered', true]])
  expect(told.find(({ userId }) => userId === 'bea')?.properties).toMatchObject({ plan: 'pro', audience_key: 'pro' })
  await plan('bea', 'free')
  await plan('eve', 'pro')
  await expect.poll(() => toldOf('eve'), { timeout: 10_000 }).toHaveLength(1)
  expect(toldOf('bea')).toHaveLength(1)
  // Nobody who left was to be told of: nothing drifted.
  const { data } = await call('POST', '/reconcile', { dryRun: true })
  expect(data['drift']).toMatchObject({ drifted: 0 })
})

test('exits are told once they are asked for, and a connection told otherwise stays what it is', async () => {
  const made = await activate({ activationType: 'Audience Exited', activationName: 'Goodbye' })
  expect(made.status).toBe(200)
  await plan('eve', 'free')
  await expect
    .poll(() => toldOf('eve'), { timeout: 10_000 })
    .toEqual([
      ['track', 'Audience Entered', true],
      ['track', 'Audience Exited', false],
    ])
  const settings = { connectionSettings: { exitedEvent: 'Left Pro' } }
  expect((await call('PATCH', `/destination-connections/${destinationId}`, settings)).status).toBe(200)
  const { data } = await call('GET', '')
  const audience = data['audience'] as unknown as { destinationConnections: object[] }
  expect((await call('PATCH', '', { destinationConnections: audience.destinationConnections })).status).toBe(200)
  expect((await listed()).map(({ activationName }) => activationName)).toEqual(['Welcome them', 'Goodbye'])
})

test('an activation that is off tells nothing until it is on again, and a resync tells who is in', async () => {
  const [entered] = await listed()
  const path = `/activations/${entered?.id}`
  expect((await call('PATCH', path, { enabled: false })).data['activation']).toMatchObject({
    enabled: false,
    activationName: 'Welcome them',
  })
  await plan('fay', 'pro')
  await plan('eve', 'pro')
  await plan('eve', 'free')
  await expect.poll(() => toldOf('eve').at(-1), { timeout: 10_000 }).toEqual(['track', 'Left Pro', false])
  expect(toldOf('fay')).toEqual([])
  const early = await call('PATCH', path, { performResync: true })
  expect(early).toMatchObject({ status: 422, errors: [{ field: 'performResync' }] })
  const again = await call('PATCH', path, { enabled: true, performResync: true })
  expect(again).toMatchObject({ status: 200, data: { activation: { enabled: true, performResync: true } } })
  await expect.poll(() => toldOf('fay'), { timeout: 10_000 }).toEqual([['track', 'Audience Entered', true]])
  await expect.poll(() => toldOf('ada').at(-1), { timeout: 10_000 }).toEqual(['track', 'Audience Entered', true])
})

test('who changes something else does not take back a name that was given meanwhile', async () => {
  const [entered] = await listed()
  const path = `/activations/${entered?.id}`
  for (let n = 0; n < 10; n += 1) {
    const activationName = `Welcome ${n}`
    const changes = [{ activationName }, { enabled: true }, { enabled: true }]
    const statuses = (await Promise.all(changes.map((body) => call('PATCH', path, body)))).map(({ status }) => status)
    expect(statuses).toEqual([200, 200, 200])
    expect(await listed()).toContainEqual(expect.objectContaining({ id: entered?.id, activationName }))
  }
})

test('what an activation cannot be is refused with what to do, and nothing of it is kept', async () => {
  const before = await listed()
  const base = { activationType: 'Audience Entered', activationName: 'Other' }
  for (const [body, status, field, message] of [
    [base, 409, 'activationType', 'of this type already'],
    [{ ...base, activationType: 'Audience Membership Changed' }, 409, 'activationType', 'change or delete that'],
    [{ ...base, activationType: 'Entity Added' }, 422, 'activationType', 'must be one of Audience Membership Changed'],
    [{ ...base, personalization: { entities: [{}] } }, 422, 'personalization.entities', 'leave them out'],
    [{ ...base, personalization: { profile: { mapping: { a: 'b' } } } }, 422, 'personalization.profile.mapping', 'own'],
    [{ ...base, destinationMapping: { actionId: 'nothing' } }, 422, 'destinationMapping.actionId', 'send'],
    [
      { ...base, destinationMapping: { actionId: 'send', settings: { a: 1 } } },
      422,
      'destinationMapping.settings',
      'subscriptions',
    ],
    [{ ...base, unknown: 'x' }, 422, 'unknown', ''],
  ] as const) {
    const refused = await activate(body)
    expect([refused.status, refused.errors?.[0]?.field]).toEqual([status, field])
    expect(refused.errors?.[0]?.message).toContain(message)
  }
  const path = `/activations/${before[0]?.id}`
  expect(await call('PATCH', path, { personalization: { profile: { properties: [] } } })).toMatchObject({
    status: 422,
    errors: [{ field: 'personalization.profile.properties', message: expect.stringContaining('now plan') }],
  })
  expect(await call('PATCH', path, { activationName: 'Goodbye' })).toMatchObject({ status: 409 })
  const form = { connectionSettings: { form: 'identify' } }
  expect(await call('PATCH', `/destination-connections/${destinationId}`, form)).toMatchObject({ status: 422 })
  expect((await call('GET', '/activations/nothing')).status).toBe(404)
  expect(await listed()).toEqual(before)
})

test('audiences that read one, and destinations that can be told of one, are listed', async () => {
  const query = "trait('pro') = true AND event('Order').count() > 1"
  await callSpace(server, 'POST', '/audiences', { name: 'Reader', definition: { query }, destinationConnections: [] })
  expect((await call('GET', '/audience-references')).data).toMatchObject({
    audiences: [{ name: 'Reader', audienceType: 'USERS' }],
    pagination: { totalEntries: 1 },
  })
  const supported = async (type: string) => callSpace(server, 'GET', `/audienceType/${type}/supported-destinations`)
  const names = async (type: string) => {
    const found = (await supported(type)).data['destinations'] as unknown as {
      id: string
      metadata: { slug: string }
    }[]
    return found.map(({ metadata }) => metadata.slug)
  }
  expect(new Set(await names('USERS'))).toEqual(new Set(['extole-platform', 'webhook']))
  expect(await names('ACCOUNTS')).toEqual(['webhook'])
  expect(await supported('LINKED')).toMatchObject({ status: 422, errors: [{ field: 'audienceType' }] })
})

test('what is deleted is told no more, and the connection stays', async () => {
  for (const { id } of await listed()) expect((await call('DELETE', `/activations/${id}`)).status).toBe(200)
  expect(await listed()).toEqual([])
  expect((await call('GET', '/destination-connections')).data['connections']).toHaveLength(1)
  await plan('gil', 'pro')
  const size = async () =>
    ((await call('GET', '')).data['audience'] as unknown as { size: { count: number } }).size.count
  await expect.poll(size, { timeout: 10_000 }).toBe(3)
  expect((await activate({ activationType: 'Audience Membership Changed', activationName: 'Both' })).status).toBe(200)
  await plan('gil', 'free')
  await expect.poll(() => toldOf('gil'), { timeout: 10_000 }).toEqual([['track', 'Left Pro', false]])
})
