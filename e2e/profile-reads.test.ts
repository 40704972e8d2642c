/** Whom a text names, what is known of them, and what became of their events: what somebody with the console asks first. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { callSpace, startServer, type TestServer } from './server.fixture.ts'

let server: TestServer

beforeAll(async () => {
  server = await startServer()
  await send({ type: 'track', anonymousId: 'phone', messageId: 'm1', event: 'Viewed' })
  await send({
    type: 'identify',
    anonymousId: 'phone',
    userId: 'ada',
    messageId: 'm2',
    traits: { email: 'Ada@Example.com' },
  })
  await send({ type: 'track', userId: 'ada', messageId: 'm3', event: 'Ordered', integrations: { All: false } })
  await send({ type: 'group', userId: 'ada', messageId: 'm4', groupId: 'acme', traits: { name: 'Acme' } })
}, 60_000)

afterAll(async () => {
  await server?.[Symbol.asyncDispose]()
}, 60_000)

async function send(event: object): Promise<void> {
  const { running, quickstart } = server
  const body = JSON.stringify({ writeKey: quickstart.sources[0]?.writeKey, batch: [event] })
  expect((await fetch(`${running.url}/v1/batch`, { method: 'POST', body })).status).toBe(200)
}

// biome-ignore lint/suspicious/noExplicitAny: tests look at what they expect to be there
async function read(path: string): Promise<any> {
  const { status, data } = await callSpace(server, 'GET', path)
  expect(status).toBe(200)
  return data
}

const search = (text: string) => read(`/profiles?search=${encodeURIComponent(text)}`)

test('a text is looked for as every type of id that it can be, and each profile is there once', async () => {
  await expect.poll(async () => (await search('ada')).profiles, { timeout: 10_000 }).toHaveLength(1)
  const { lookedFor, profiles } = await search(' ada@EXAMPLE.com ')
  expect(profiles).toMatchObject([{ collection: 'users', foundBy: { type: 'email', id: 'ada@example.com' } }])
  expect(lookedFor).toContainEqual({ type: 'email', id: 'ada@example.com' })
  expect(lookedFor).toContainEqual({ type: 'user_id', id: 'ada@EXAMPLE.com' })
  const nobody = await search('nobody')
  expect(nobody.profiles).toEqual([])
  expect(nobody.lookedFor.map(({ type }: { type: string }) => type)).not.toContain('email')
  expect((await search('acme')).profiles).toMatchObject([{ collection: 'accounts' }])
})

test('what stands before a colon is the type, where there is such a type', async () => {
  expect((await search('anonymous_id:phone')).lookedFor).toEqual([{ type: 'anonymous_id', id: 'phone' }])
  expect((await search('user_id:phone')).profiles).toEqual([])
  expect((await search('urn:phone')).lookedFor.length).toBeGreaterThan(1)
})

test('a profile has its ids with the events that brought them, and its traits', async () => {
  const { profile } = await read('/profiles/email:ada@example.com')
  expect(profile.externalIds).toMatchObject([
    { type: 'anonymous_id', id: 'phone', messageId: 'm1' },
    { type: 'user_id', id: 'ada', messageId: 'm2' },
    { type: 'email', id: 'ada@example.com', messageId: 'm2' },
  ])
  expect(profile.traits).toMatchObject([
    { name: 'email', value: 'Ada@Example.com', class: 'custom', isLeftOver: false },
  ])
  expect((await callSpace(server, 'GET', '/profiles/user_id:nobody')).status).toBe(404)
  expect((await callSpace(server, 'GET', '/profiles/ada')).status).toBe(404)
})

test('what an audience is, and what one that was deleted had come to, are told apart', async () => {
  const made = await callSpace(server, 'POST', '/audiences', {
    name: 'Viewers',
    definition: { query: "event('Viewed').count() >= 1" },
  })
  const { id } = (made.data as unknown as { audience: { id: string } }).audience
  const viewers = async () =>
    (await read('/profiles/user_id:ada')).profile.traits.find(({ name }: { name: string }) => name === 'viewers')
  await expect.poll(viewers, { timeout: 10_000 }).toMatchObject({ class: 'audience', computationId: id, value: true })
  expect((await callSpace(server, 'DELETE', `/audiences/${id}`)).status).toBe(200)
  await expect.poll(viewers, { timeout: 10_000 }).toMatchObject({ class: 'custom', isLeftOver: true, value: true })
})

test('the latest calls of every type come newest first, in pages, with what became of each', async () => {
  const page = (count: number, cursor = '') =>
    read(`/profiles/user_id:ada/events?pagination.count=${count}${cursor && `&pagination.cursor=${cursor}`}`)
  const { events, pagination } = await page(2)
  expect(events).toMatchObject([
    { messageId: 'm4', type: 'group', name: null },
    { messageId: 'm3', type: 'track', name: 'Ordered' },
  ])
  expect(events[1].outcomes).toContainEqual(
    expect.objectContaining({ became: 'filtered', reason: 'FILTERED_BY_INTEGRATIONS_OBJECT' }),
  )
  const rest = await page(2, pagination.next)
  expect(rest.events.map(({ messageId }: { messageId: string }) => messageId)).toEqual(['m2', 'm1'])
  expect(rest.pagination.next).toBeUndefined()
  const viewed = async () => (await page(1, rest.pagination.current)).events[0].outcomes
  await expect.poll(viewed, { timeout: 10_000 }).toContainEqual(expect.objectContaining({ became: 'delivered' }))
})

test('a delivery of the ledger says of which event it is, and to those who may see people whose', async () => {
  const { running, quickstart } = server
  const call = async (token: string, method: string, path: string, body?: object) => {
    const response = await fetch(`${running.url}/api${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    return (await response.json()).data
  }
  const asked = { name: 'no people', scopes: ['api:read'] }
  const { token } = (await call(quickstart.publicApiToken, 'POST', '/tokens', asked)).token
  const [seen] = (await call(quickstart.publicApiToken, 'GET', '/ledger?event=Viewed')).deliveries
  const [unseen] = (await call(token, 'GET', '/ledger?event=Viewed')).deliveries
  expect(seen.event).toMatchObject({ messageId: 'm1', type: 'track', name: 'Viewed', person: 'phone' })
  expect(unseen).toEqual({ ...seen, event: { ...seen.event, person: null } })
})

test('who is forgotten is found no more', async () => {
  expect((await callSpace(server, 'DELETE', '/profiles/email:ada@example.com')).status).toBe(200)
  await expect.poll(async () => (await search('ada')).profiles, { timeout: 10_000 }).toEqual([])
  await expect.poll(async () => (await callSpace(server, 'GET', '/profiles/user_id:ada')).status).toBe(404)
})
