/** What really came in, to try mappings and filters with. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { FILTER_SAMPLES_MAX, LATEST_EVENTS_MAX } from '../src/api/latest-events.ts'
import { startServer, type TestServer } from './server.fixture.ts'

let server: TestServer

beforeAll(async () => {
  server = await startServer()
  const batch = Array.from({ length: 250 }, (_, n) => ({
    type: 'track',
    event: n % 5 === 0 ? 'Page Tested' : 'Order Completed',
    userId: `u${n}`,
    properties: { n, card: '4111', isTest: n % 5 === 0, ...(n === 249 ? { coupon: 5 } : {}) },
  }))
  await send(0, batch)
  await send(1, [{ type: 'track', event: 'Elsewhere', userId: 'u1' }])
}, 60_000)

afterAll(async () => {
  await server?.[Symbol.asyncDispose]()
}, 60_000)

async function send(source: number, batch: readonly object[]): Promise<void> {
  const { running, quickstart } = server
  const authorization = `Basic ${Buffer.from(`${quickstart.sources[source]?.writeKey}:`).toString('base64')}`
  const headers = { authorization, 'content-type': 'application/json' }
  const answer = await fetch(`${running.url}/v1/batch`, { method: 'POST', headers, body: JSON.stringify({ batch }) })
  expect(answer.status).toBe(200)
}

async function call(method: string, path: string, body?: unknown) {
  const headers = {
    authorization: `Bearer ${server.quickstart.publicApiToken}`,
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
  }
  const init = { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) }
  const answer = await fetch(`${server.running.url}/api${path}`, init)
  return { status: answer.status, ...(await answer.json()) }
}

const latest = (query = '') => call('GET', `/sources/${server.quickstart.sources[0]?.id}/latest-events${query}`)
const tryFilter = (condition: string, action: object, count?: number) =>
  call('POST', `/destinations/${server.quickstart.destinationId}/filters/test`, {
    filter: { if: condition, actions: [action] },
    ...(count === undefined ? {} : { count }),
  })

test('events come newest first, of one source only, as many as are asked for', async () => {
  const { data } = await latest('?count=3')
  expect(data.events.map((each: { event: { properties: { n: number } } }) => each.event.properties.n)).toEqual([
    249, 248, 247,
  ])
  expect((await latest()).data.events).toHaveLength(20)
  expect((await latest(`?count=${LATEST_EVENTS_MAX}`)).data.events).toHaveLength(LATEST_EVENTS_MAX)
  expect((await latest(`?count=${LATEST_EVENTS_MAX + 1}`)).status).toBe(422)
  expect((await latest('?count=0')).status).toBe(422)
  expect((await call('GET', '/sources/nobody/latest-events')).status).toBe(404)
})

test('a filter says how many of the latest events it would drop, and shows the latest of them', async () => {
  const { data } = await tryFilter('properties.isTest = true', { type: 'DROP' })
  expect(data).toMatchObject({ events: 200, kept: 160, dropped: 40, changed: 0, undecided: 0 })
  expect(data.samples).toHaveLength(FILTER_SAMPLES_MAX)
  expect(data.samples[0]).toMatchObject({ outcome: 'DROPPED', event: { properties: { n: 245 } }, result: null })
  expect((await tryFilter('all', { type: 'DROP' }, 10)).data).toMatchObject({ events: 10, dropped: 10 })
  expect((await tryFilter('all', { type: 'SAMPLE', percent: 0 }, 10)).data).toMatchObject({ dropped: 10 })
})

test('properties that it takes away are told apart from events that pass as they are', async () => {
  const { data } = await tryFilter('properties.isTest = true', {
    type: 'DROP_PROPERTIES',
    fields: { properties: ['card'] },
  })
  expect(data).toMatchObject({ kept: 160, changed: 40, dropped: 0 })
  expect(data.samples[0].event.properties.card).toBe('4111')
  expect(data.samples[0].result.properties).toEqual({ n: 245, isTest: true })
})

test('an event for which the condition has no answer is said to be kept back, and why', async () => {
  const { data } = await tryFilter('contains(properties.coupon, "5")', { type: 'DROP' }, 2)
  expect(data).toMatchObject({ undecided: 1, kept: 1 })
  expect(data.samples[0].problem).toEqual(expect.any(String))
})

test('what is no filter is refused by the field, and a destination that is not there', async () => {
  expect((await tryFilter('properties.', { type: 'DROP' })).error.fields[0].field).toBe('if')
  expect((await tryFilter('all', { type: 'SAMPLE', percent: 2 })).status).toBe(422)
  const nobody = { filter: { if: 'all', actions: [{ type: 'DROP' }] } }
  expect((await call('POST', '/destinations/nobody/filters/test', nobody)).status).toBe(404)
})
