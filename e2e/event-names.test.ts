/** The names of a source's events at Extole: what was seen, what it is sent as, and what is usual; set, sent and audited. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { NAME_SET_CHARS_MAX, NAMES_SET_MAX } from '../src/api/event-names.ts'
import { startServer, type TestServer } from './server.fixture.ts'

let server: TestServer
beforeAll(async () => {
  server = await startServer()
}, 60_000)
afterAll(async () => {
  await server?.[Symbol.asyncDispose]()
}, 60_000)

async function api(method: string, path: string, body?: unknown) {
  const response = await fetch(`${server.running.url}/api${path}`, {
    method,
    headers: {
      authorization: `Bearer ${server.quickstart.publicApiToken}`,
      ...(method === 'PUT' ? { 'if-match': '*' } : {}),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  return { status: response.status, ...Object(await response.json()) }
}

async function send(...names: string[]): Promise<void> {
  const batch = names.map((event) => ({ type: 'track', userId: 'ada', event, properties: { total: 5 } }))
  const { writeKey } = server.quickstart.sources[0] ?? {}
  const body = JSON.stringify({ batch, writeKey })
  expect((await fetch(`${server.running.url}/v1/batch`, { method: 'POST', body })).status).toBe(200)
}

const path = () => `/destinations/${server.quickstart.destinationId}/event-names`
const listed = async () => (await api('GET', `${path()}?pagination.count=200`)).data.eventNames
const brief = (names: readonly Record<string, unknown>[]) =>
  names.map(({ name, renamedTo, sentAs, suggestion }) => [name, renamedTo, sentAs, suggestion])

/** Names of the events that the sandbox was sent. */
async function arrived(): Promise<readonly string[]> {
  const { requests } = Object(await (await fetch(`${server.quickstart.extole.url}/sandbox/requests?limit=1000`)).json())
  return requests.flatMap(({ path: asked, body }: { path: string; body: string }) =>
    asked.endsWith('/async-events') ? [JSON.parse(body).event_name] : [],
  )
}

test('events that came are listed with what they are sent as and what is usual, and are sent as it is set', async () => {
  await send('Order Completed', 'Signed Up', 'Button Clicked')
  await expect
    .poll(async () => brief(await listed()), { timeout: 15_000 })
    .toEqual([
      ['Button Clicked', null, ['Button Clicked'], null],
      ['Order Completed', null, ['Order Completed'], 'conversion'],
      ['Signed Up', null, ['Signed Up'], 'registration'],
    ])
  const eventNames = { 'Order Completed': 'conversion', 'Never Seen': 'share' }
  const { status, data } = await api('PUT', path(), { eventNames })
  expect(status).toBe(200)
  expect(brief(data.eventNames)).toEqual([
    ['Button Clicked', null, ['Button Clicked'], null],
    ['Never Seen', 'share', ['share'], null],
    ['Order Completed', 'conversion', ['conversion'], null],
    ['Signed Up', null, ['Signed Up'], 'registration'],
  ])
  expect(data.eventNames.map(({ lastSeenAt }: { lastSeenAt: unknown }) => lastSeenAt === null)).toEqual([
    false,
    true,
    false,
    false,
  ])
  const { destination } = (await api('GET', `/destinations/${server.quickstart.destinationId}`)).data
  expect(destination.settings).toMatchObject({ eventNames })
  await send('Order Completed')
  await expect.poll(arrived, { timeout: 15_000 }).toContain('conversion')
  const { events } = (await api('GET', `/audit-events?resourceId=${server.quickstart.destinationId}`)).data
  expect(events[0]).toMatchObject({ resourceId: server.quickstart.destinationId })
  expect(JSON.stringify(events[0])).toContain('conversion')
})

test('names that are set in the settings are those of this list, and what is left out of it is set no more', async () => {
  const settings = { eventNames: 'Signed Up = registration' }
  await api('PATCH', `/destinations/${server.quickstart.destinationId}`, { settings })
  expect((await listed()).find(({ name }: { name: string }) => name === 'Signed Up')).toMatchObject({
    renamedTo: 'registration',
    sentAs: ['registration'],
    suggestion: null,
  })
  await api('PUT', path(), { eventNames: {} })
  const { destination } = (await api('GET', `/destinations/${server.quickstart.destinationId}`)).data
  expect(destination.settings).not.toHaveProperty('eventNames')
})

test('what the mappings and filters do with a name is seen', async () => {
  const { destinationId } = server.quickstart
  const { subscriptions } = (await api('GET', `/destinations/${destinationId}/subscriptions`)).data
  const { id } = subscriptions.find(({ actionSlug }: { actionSlug: string }) => actionSlug === 'track')
  const one = `/destinations/${destinationId}/subscriptions/${id}`
  const input = { trigger: 'type = "track" and event = "Order Completed"', settings: { event_name: 'bought' } }
  await api('PATCH', one, { input })
  await api('PUT', path(), { eventNames: { bought: 'conversion' } })
  const names = await listed()
  expect(names.find(({ name }: { name: string }) => name === 'Order Completed')).toMatchObject({
    renamedTo: null,
    sentAs: ['conversion'],
    suggestion: null,
  })
  expect(names.find(({ name }: { name: string }) => name === 'Signed Up')).toMatchObject({
    sentAs: [],
    filtered: 'NO_MATCHING_MAPPING',
    suggestion: 'registration',
  })
})

test('a table that is too long, a name that is too long or empty, and another kind of destination are refused', async () => {
  const table = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, at) => [`n${at}`, 'x']))
  const fits = 'x'.repeat(NAME_SET_CHARS_MAX)
  expect((await api('PUT', path(), { eventNames: { [fits]: fits } })).status).toBe(200)
  for (const eventNames of [
    { [`${fits}x`]: 'x' },
    { x: `${fits}x` },
    { '': 'x' },
    { x: '' },
    { x: 1 },
    table(NAMES_SET_MAX + 1),
  ])
    expect((await api('PUT', path(), { eventNames })).status).toBe(422)
  expect((await api('PUT', path(), { eventNames: table(NAMES_SET_MAX) })).status).toBe(200)
  expect(await listed()).toHaveLength(200)
  const { source } = (await api('POST', '/sources', { slug: 'other', metadataId: 'node' })).data
  const settings = { url: 'https://example.com/', signingSecret: `whsec_${btoa('a secret that is long enough')}` }
  const hook = { sourceId: source.id, metadataId: 'webhook', settings, enabled: false }
  const { id } = (await api('POST', '/destinations', hook)).data.destination
  for (const destinationId of [id, 'dst_nowhere']) {
    const names = `/destinations/${destinationId}/event-names`
    expect((await api('GET', names)).status).toBe(404)
    expect((await api('PUT', names, { eventNames: {} })).status).toBe(404)
  }
})
