/** What a space has seen, over HTTP: names and types of what was sent, and values as long as their people are there. */
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { POSTGRES, postgresMissing, useTestPostgres } from '../src/state/postgres/test-server.ts'
import { callSpace, startServer, type TestServer } from './server.fixture.ts'

async function send(server: TestServer, path: string, event: object): Promise<void> {
  const response = await fetch(`${server.running.url}/v1/${path}`, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa(`${server.quickstart.sources[0]?.writeKey}:`)}` },
    body: JSON.stringify(event),
  })
  expect(response.status).toBe(200)
}

const samples = async (server: TestServer, path: string): Promise<unknown> =>
  (await callSpace(server, 'GET', `${path}/sample-values`)).data['sampleValues']

const ORDER = '/events/Order%20Completed/properties'

async function showsWhatWasSent(server: TestServer): Promise<void> {
  const order = (userId: string, properties: object) =>
    send(server, 'track', { userId, event: 'Order Completed', properties })
  await order('ada', { total: 5, coupon: 'ADA' })
  await order('bob', { total: '7', items: [{ sku: 'x' }] })
  await send(server, 'track', { userId: 'bob', event: 'a/b?c', properties: {} })
  await send(server, 'identify', { userId: 'ada', traits: { email: 'ada@example.com', city: 'Oslo' } })
  await send(server, 'identify', { userId: 'bob', traits: { city: 'Rome' } })
  await send(server, 'group', { userId: 'bob', groupId: 'acme', traits: { city: 'Bern', seats: 3 } })
  await expect.poll(() => samples(server, '/traits/seats'), { timeout: 15_000 }).toEqual([3])
  const { data } = await callSpace(server, 'GET', '/events')
  expect(data).toMatchObject({
    events: [{ name: 'Order Completed', sourceIds: [server.quickstart.sources[0]?.id] }, { name: 'a/b?c' }],
    leftOut: false,
    pagination: { totalEntries: 2 },
  })
  expect((await callSpace(server, 'GET', ORDER)).data['properties']).toEqual([
    { name: 'coupon', types: ['string'] },
    { name: 'items', types: ['array'] },
    { name: 'total', types: ['string', 'number'] },
  ])
  expect((await callSpace(server, 'GET', '/events/a%2Fb%3Fc/properties')).data['properties']).toEqual([])
  expect((await callSpace(server, 'GET', '/traits')).data['traits']).toEqual([
    { name: 'city', types: ['string'] },
    { name: 'email', types: ['string'] },
    { name: 'seats', types: ['number'] },
  ])
  expect(await samples(server, `${ORDER}/total`)).toEqual(['7', 5])
  expect(await samples(server, `${ORDER}/items`)).toEqual(['[{"sku":"x"}]'])
  expect(await samples(server, '/traits/city')).toEqual(['Bern', 'Rome', 'Oslo'])
}

/** Ada is erased by her user id, which what she did on her phone before she signed in does not have. */
async function forgetsValues(server: TestServer): Promise<void> {
  await send(server, 'track', { anonymousId: 'phone', event: 'Order Completed', properties: { total: 11 } })
  await send(server, 'group', { anonymousId: 'phone', groupId: 'acme', traits: { desk: 'window' } })
  await send(server, 'identify', { userId: 'ada', anonymousId: 'phone', traits: {} })
  await expect.poll(() => samples(server, `${ORDER}/total`), { timeout: 15_000 }).toEqual([11, '7', 5])
  const asked = await fetch(`${server.running.url}/api/regulations`, {
    method: 'POST',
    headers: { authorization: `Bearer ${server.quickstart.publicApiToken}`, 'content-type': 'application/json' },
    body: JSON.stringify({ regulationType: 'DELETE_ONLY', subjectType: 'USER_ID', subjectIds: ['ada'] }),
  })
  expect(asked.status).toBe(200)
  await expect.poll(() => samples(server, `${ORDER}/total`), { timeout: 15_000 }).toEqual(['7'])
  expect(await samples(server, `${ORDER}/coupon`)).toEqual([])
  expect(await samples(server, '/traits/email')).toEqual([])
  // Of a company that stays, but said by her.
  expect(await samples(server, '/traits/desk')).toEqual([])
  expect(await samples(server, '/traits/city')).toEqual(['Bern', 'Rome'])
  // What she did before stays unknown when she comes back, with the same phone.
  await send(server, 'track', {
    userId: 'ada',
    anonymousId: 'phone',
    event: 'Order Completed',
    properties: { total: 13 },
  })
  await expect.poll(() => samples(server, `${ORDER}/total`), { timeout: 15_000 }).toEqual([13, '7'])
  expect((await callSpace(server, 'GET', '/traits')).data['traits']).toContainEqual({
    name: 'email',
    types: ['string'],
  })
}

describe('on SQLite', () => {
  let server: TestServer
  beforeAll(async () => {
    server = await startServer()
  }, 60_000)
  afterAll(async () => {
    await server?.[Symbol.asyncDispose]()
  }, 60_000)

  test(
    'what was sent is listed with its types, and with values that people have',
    () => showsWhatWasSent(server),
    60_000,
  )

  test('values of a person who is erased are gone, and the names stay', () => forgetsValues(server), 60_000)

  test('pages and addresses are those of the other lists', async () => {
    const { data } = await callSpace(server, 'GET', '/events?pagination.count=1')
    expect(data['events']).toHaveLength(1)
    const next = encodeURIComponent(String(data['pagination']?.['next']))
    const { data: second } = await callSpace(server, 'GET', `/events?pagination.count=1&pagination.cursor=${next}`)
    expect(second['events']).toMatchObject([{ name: 'a/b?c' }])
    for (const path of [
      '/events/Nothing/properties',
      `${ORDER}/nothing/sample-values`,
      '/traits/nothing/sample-values',
    ])
      expect((await callSpace(server, 'GET', path)).status, path).toBe(404)
    expect((await callSpace(server, 'GET', '/events?pagination.count=0')).status).toBe(422)
    const elsewhere = { ...server, quickstart: { ...server.quickstart, spaceId: 'spa_nowhere' } }
    expect((await callSpace(elsewhere, 'GET', '/events')).status).toBe(404)
  })

  test('only what is asked for is read: an event that cannot be, is listed and harms no other', async () => {
    const db = new DatabaseSync(join(server.directory, 'state.db'), { timeout: 10_000 })
    const key = new Uint8Array(16)
    const torn = '{"kind":"event","name":"Torn","firstAtMs":1,"lastAtMs":2,"isCut":false,"members":[torn'
    const sourceId = server.quickstart.sources[0]?.id ?? ''
    db.prepare('INSERT INTO seen_names (source_id, key, document) VALUES (?, ?, ?)').run(sourceId, key, torn)
    onTestFinished(() => {
      db.prepare('DELETE FROM seen_names WHERE key = ?').run(key)
      db.close()
    })
    const { data } = await callSpace(server, 'GET', '/events')
    expect(data['events']).toContainEqual(expect.objectContaining({ name: 'Torn', sourceIds: [sourceId] }))
    for (const path of [ORDER, `${ORDER}/total/sample-values`, '/traits', '/traits/city/sample-values'])
      expect((await callSpace(server, 'GET', path)).status, path).toBe(200)
    const response = await fetch(
      `${server.running.url}/api/destinations/${server.quickstart.destinationId}/event-names`,
      { headers: { authorization: `Bearer ${server.quickstart.publicApiToken}` } },
    )
    expect(Object(await response.json()).data.eventNames).toContainEqual(expect.objectContaining({ name: 'Torn' }))
  })

  test('what a filter of the space keeps out, and what a device did that another space forgets, is not shown', async () => {
    const { quickstart, running } = server
    const other = async (method: string, path: string, body: object) => {
      const headers = { authorization: `Bearer ${quickstart.publicApiToken}`, 'content-type': 'application/json' }
      const response = await fetch(`${running.url}/api${path}`, { method, headers, body: JSON.stringify(body) })
      expect(response.status).toBeLessThan(300)
      return Object(await response.json()).data
    }
    const sourceIds = [quickstart.sources[0]?.id]
    const { space } = await other('POST', '/spaces', { slug: 'second', sourceIds })
    const second = { ...server, quickstart: { ...quickstart, spaceId: space.id } }
    const filter = { integrationId: space.id, name: 'No tests', if: 'properties.test = true', enabled: true }
    await other('POST', '/filters', filter)
    const visit = (anonymousId: string, properties: object) =>
      send(server, 'track', { anonymousId, event: 'Visited', properties })
    await visit('one', { at: 'door', test: false })
    await visit('two', { at: 'gate', test: false })
    await visit('two', { at: 'lab', test: true })
    const at = '/events/Visited/properties/at'
    await expect.poll(() => samples(server, at), { timeout: 15_000 }).toEqual(['lab', 'gate', 'door'])
    expect(await samples(second, at)).toEqual(['gate', 'door'])
    expect((await callSpace(server, 'DELETE', '/profiles/anonymous_id:one')).status).toBe(200)
    await expect.poll(() => samples(server, at), { timeout: 15_000 }).toEqual(['lab', 'gate'])
    expect(await samples(second, at)).toEqual(['gate'])
  }, 60_000)
})

describe.skipIf(postgresMissing)(POSTGRES, () => {
  const postgres = useTestPostgres()

  test('what was sent is listed, and values of a person who is erased are gone', async () => {
    const database = await postgres.newDatabase()
    onTestFinished(() => database.drop())
    await using server = await startServer({
      GRAPEVINE_STATE_URL: database.url,
      GRAPEVINE_UNSAFE_ASYNC_STANDBY: 'true',
    })
    await showsWhatWasSent(server)
    await forgetsValues(server)
  }, 60_000)
})
