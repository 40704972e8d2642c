/** The Profile API on the whole product: the quickstart's space, events over the Tracking API, tokens as people make them. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Quickstart, Running } from '../src/app/index.ts'
import { startServer, type TestServer } from './server.fixture.ts'

let server: TestServer
let running: Running
let quickstart: Quickstart

beforeAll(async () => {
  server = await startServer()
  ;({ running, quickstart } = server)
}, 60_000)

afterAll(async () => {
  await server?.[Symbol.asyncDispose]()
}, 60_000)

async function profile(path: string, token = quickstart.publicApiToken) {
  const response = await fetch(`${running.url}/v1/spaces/${quickstart.spaceId}/collections/${path}`, {
    headers: { authorization: `Basic ${btoa(`${token}:`)}` },
  })
  return { status: response.status, json: (await response.json()) as Record<string, unknown> }
}

async function api(path: string, body: object) {
  const response = await fetch(`${running.url}/api${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${quickstart.publicApiToken}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  expect(response.status).toBeLessThan(300)
  return (await response.json()) as { data: Record<string, unknown> }
}

async function send(source: number, type: string, event: object): Promise<void> {
  const response = await fetch(`${running.url}/v1/${type}`, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa(`${quickstart.sources[source]?.writeKey}:`)}` },
    body: JSON.stringify(event),
  })
  expect(response.status).toBe(200)
}

test('a person of two sources is read by any of their ids: traits, audiences, ids, events, metadata', async () => {
  const query = { type: 'USERS', query: "event('Order Completed').within(30 days).count() >= 1" }
  await api(`/spaces/${quickstart.spaceId}/audiences`, { name: 'Order Completed Last 30days', definition: query })
  await send(1, 'page', { anonymousId: 'browser-1', name: 'Home' })
  await send(1, 'identify', { anonymousId: 'browser-1', userId: 'jane', traits: { email: 'Jane+1@Example.com' } })
  await send(0, 'track', { userId: 'jane', event: 'Order Completed', properties: { total: 12.5 } })
  const byEmail = `users/profiles/email:${encodeURIComponent('jane+1@example.COM')}`
  await expect
    .poll(async () => (await profile(`${byEmail}/traits`)).json['traits'], { timeout: 10_000 })
    .toEqual({ email: 'Jane+1@Example.com', order_completed_last_30days: true })
  const { json } = await profile('users/profiles/anonymous_id:browser-1/external_ids')
  expect((json['data'] as { type: string; source_id: string }[]).map((each) => [each.type, each.source_id])).toEqual([
    ['anonymous_id', quickstart.sources[1]?.id],
    ['user_id', quickstart.sources[1]?.id],
    ['email', quickstart.sources[1]?.id],
  ])
  expect((await profile('users/profiles/user_id:jane/events')).json['data']).toMatchObject([
    { type: 'track', event: 'Order Completed', properties: { total: 12.5 }, source_id: quickstart.sources[0]?.id },
    { type: 'page', event: 'Home', source_id: quickstart.sources[1]?.id },
  ])
  expect((await profile('users/profiles/user_id:jane/metadata')).json['metadata']).toMatchObject({
    first_source_id: quickstart.sources[1]?.id,
    last_source_id: quickstart.sources[0]?.id,
  })
})

test('the values of an audience that was deleted stay as custom traits, and its key is its own', async () => {
  const audiences = `/spaces/${quickstart.spaceId}/audiences`
  const body = { name: 'Visitors', definition: { query: "event('Visit').count() >= 1" } }
  const call = async (method: string, path: string, sent?: object) => {
    const response = await fetch(`${running.url}/api${audiences}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${quickstart.publicApiToken}`,
        ...(sent === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(sent === undefined ? {} : { body: JSON.stringify(sent) }),
    })
    return { status: response.status, text: await response.text() }
  }
  const { id } = (await api(audiences, body)).data['audience'] as { id: string }
  await send(0, 'track', { userId: 'liz', event: 'Visit' })
  const traits = async (query = '') => (await profile(`users/profiles/user_id:liz/traits${query}`)).json['traits']
  await expect.poll(() => traits('?class=audience'), { timeout: 10_000 }).toEqual({ visitors: true })
  expect((await call('DELETE', `/${id}`)).status).toBe(200)
  expect(await traits('?class=audience')).toEqual({})
  expect(await traits()).toEqual({ visitors: true })
  expect(await traits('?verbose=true')).toMatchObject({ visitors: { source_id: quickstart.spaceId } })
  const again = await call('POST', '', body)
  expect(again.status).toBe(409)
  expect(again.text).toContain('which was deleted at')
  // What is sent later than it changed counts.
  await send(0, 'identify', { userId: 'liz', traits: { visitors: 'many' } })
  await expect.poll(() => traits(), { timeout: 10_000 }).toEqual({ visitors: 'many' })
  await expect.poll(async () => (await call('POST', '/visitors/restore')).status, { timeout: 10_000 }).toBe(200)
  await expect.poll(() => traits('?class=audience'), { timeout: 10_000 }).toEqual({ visitors: true })
  await expect.poll(async () => (await call('GET', `/${id}/members`)).text, { timeout: 10_000 }).toContain('liz')
  // With exits nothing stays.
  expect((await call('DELETE', `/${id}?sendExits=true`)).status).toBe(200)
  await expect.poll(() => traits(), { timeout: 10_000 }).toEqual({ visitors: 'many' })
  await expect.poll(async () => (await call('POST', '/nobody/restore')).status, { timeout: 10_000 }).toBe(404)
}, 60_000)

test('who was forgotten is not found', async () => {
  await send(0, 'identify', { userId: 'joe', traits: { email: 'joe@example.com' } })
  const status = async () => (await profile('users/profiles/email:joe%40example.com/traits')).status
  await expect.poll(status, { timeout: 10_000 }).toBe(200)
  await api('/regulations', { regulationType: 'DELETE_ONLY', subjectType: 'USER_ID', subjectIds: ['joe'] })
  await expect.poll(status, { timeout: 10_000 }).toBe(404)
})

test('a token needs the scope pii:read', async () => {
  const made = await api('/tokens', { name: 'no people', scopes: ['api:read'] })
  const { token } = made.data['token'] as { token: string }
  const refused = await profile('users/profiles/user_id:jane/traits', token)
  expect([refused.status, refused.json]).toMatchObject([401, { error: { code: 'unauthorized' } }])
  const nobody = await profile('users/profiles/user_id:jane/traits', 'nobody')
  expect([nobody.status, nobody.json]).toMatchObject([401, { error: { code: 'authentication_error' } }])
})

test('an id that is not percent-encoded is answered in the envelope of Segment too', async () => {
  const { status, json } = await profile('users/profiles/user_id:50%/traits')
  expect([status, json]).toEqual([400, { error: { code: 'invalid_request_error', message: expect.any(String) } }])
  const response = await fetch(`${running.url}/api/sources/50%`)
  expect([response.status, await response.json()]).toMatchObject([400, { errors: [{ type: 'bad-request' }] }])
})

test('an id of 500 characters that all need encoding finds its profile', async () => {
  await send(0, 'identify', { userId: 'ü'.repeat(500), traits: { long: true } })
  const lookup = `user_id:${encodeURIComponent('ü'.repeat(500))}`
  await expect
    .poll(async () => (await profile(`users/profiles/${lookup}/traits`)).status, { timeout: 10_000 })
    .toBe(200)
})
