/** What a deletion would do is told before it is asked for, and what it did afterwards. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startServer, type TestServer } from './server.fixture.ts'

let server: TestServer

beforeAll(async () => {
  server = await startServer()
}, 60_000)

afterAll(async () => {
  await server?.[Symbol.asyncDispose]()
}, 60_000)

async function api(
  method: string,
  path: string,
  body?: object,
  token = server.quickstart.publicApiToken,
  // biome-ignore lint/suspicious/noExplicitAny: tests look at what they expect to be there
): Promise<any> {
  const response = await fetch(`${server.running.url}/api${path}`, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  return { status: response.status, ...((await response.json()) as object) }
}

async function send(...batch: readonly object[]): Promise<void> {
  const { running, quickstart } = server
  const body = JSON.stringify({ writeKey: quickstart.sources[0]?.writeKey, batch })
  expect((await fetch(`${running.url}/v1/batch`, { method: 'POST', body })).status).toBe(200)
}

async function faults(...rules: object[]): Promise<void> {
  const { url, apiKey } = server.quickstart.extole
  await fetch(`${url}/sandbox/faults`, {
    method: 'POST',
    headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ rules }),
  })
}

const preview = async (...subjectIds: string[]) => (await api('POST', '/regulations/preview', { subjectIds })).data

test('profiles, the destinations that are told and those that cannot be, and what waits are told before', async () => {
  const settings = { url: 'https://example.com/', signingSecret: `whsec_${btoa('x'.repeat(32))}` }
  const sourceId = server.quickstart.sources[1]?.id
  const webhook = { sourceId, metadataId: 'webhook', name: 'No deletions', settings, enabled: false }
  expect((await api('POST', '/destinations', webhook)).status).toBe(200)
  await faults({ path: '/v6/', status: 503 })
  await send({ type: 'identify', userId: 'ada', traits: {} }, { type: 'track', userId: 'ada', event: 'Ordered' })
  const waits = async () =>
    (await preview('ada', 'nobody', 'ada')).destinations.map((each: { waiting: number }) => each.waiting)
  await expect.poll(waits, { timeout: 10_000 }).toContain(2)
  const { people, known, spaces, destinations, isWaitingComplete } = await preview('ada', 'nobody', 'ada')
  expect({ people, known, isWaitingComplete }).toEqual({ people: 2, known: 1, isWaitingComplete: true })
  expect(spaces).toMatchObject([{ spaceId: server.quickstart.spaceId, profiles: 1 }])
  expect(destinations.map(({ name, isTold }: { name: string; isTold: boolean }) => [name, isTold])).toEqual([
    ...server.quickstart.destinations.map(() => ['Extole Platform', true]),
    ['No deletions', false],
  ])
  // All of the quickstart lead to one account, which is told once.
  const ids = destinations.map(({ destinationId }: { destinationId: string }) => destinationId)
  expect(destinations.map((each: { sharesAccountWith: string[] }) => each.sharesAccountWith)).toEqual(
    ids.map((id: string, at: number) => (at === 3 ? [] : ids.slice(0, 3).filter((other: string) => other !== id))),
  )
  expect((await api('POST', '/regulations/preview', { subjectIds: [] })).status).toBe(422)
  expect((await preview('nobody')).spaces).toEqual([])
})

test('what was cancelled, and the answer of the destination without the name of who is forgotten, are told after', async () => {
  const asked = { regulationType: 'DELETE_ONLY', subjectType: 'USER_ID', subjectIds: ['ada'] }
  const { regulateId } = (await api('POST', '/regulations', asked)).data
  await faults()
  const progress = (token?: string) => api('GET', `/regulations/${regulateId}/progress`, undefined, token)
  await expect.poll(async () => (await progress()).data?.status, { timeout: 10_000 }).toBe('FINISHED')
  const { data } = await progress()
  const cancelled = data.destinations.map((each: { cancelled: number }) => each.cancelled)
  // One may have been under way at that moment.
  expect([1, 2]).toContain(cancelled.reduce((sum: number, each: number) => sum + each, 0))
  const told = data.destinations.filter(({ calls }: { calls: { all: number } }) => calls.all > 0)
  expect(told).toMatchObject([
    {
      sharesAccountWith: { length: 2 },
      calls: { all: 1, pending: 0, delivered: 1 },
      latest: [{ state: 'delivered', status: 200 }],
    },
  ])
  expect(JSON.parse(told[0].latest[0].answer.body)).toMatchObject({ status: 'COMPLETED', note: regulateId })
  expect(JSON.stringify(data)).not.toContain('ada')
  const { token } = (await api('POST', '/tokens', { name: 'no people', scopes: ['api:read'] })).data.token
  expect(
    (await progress(token)).data.destinations.at(-1).latest.every((each: { answer: unknown }) => each.answer === null),
  ).toBe(true)
  expect((await api('GET', '/regulations/nobody/progress')).status).toBe(404)
})

test('of a person without a user id it is told what waits for their device, and that no destination can be told', async () => {
  await faults({ path: '/v6/', status: 503 })
  await send({ type: 'identify', anonymousId: 'phone', traits: { email: 'grace@example.com' } })
  const path = `/spaces/${server.quickstart.spaceId}/profiles/email:grace@example.com`
  const before = async () => (await api('GET', `${path}/deletion-preview`)).data
  const waits = async () => (await before())?.destinations.map((each: { waiting: number }) => each.waiting)
  await expect.poll(waits, { timeout: 10_000 }).toContain(1)
  const { people, known, spaces, destinations } = await before()
  expect({ people, known, spaces }).toMatchObject({ people: 1, known: 1, spaces: [{ profiles: 1 }] })
  expect(destinations.some(({ isTold }: { isTold: boolean }) => isTold)).toBe(false)
  const { regulateId } = (await api('DELETE', path)).data
  await faults()
  const cancelled = async () =>
    (await api('GET', `/regulations/${regulateId}/progress`)).data?.destinations.map(
      (each: { cancelled: number }) => each.cancelled,
    )
  await expect.poll(cancelled, { timeout: 10_000 }).toEqual([1])
  expect((await api('GET', `${path}/deletion-preview`)).status).toBe(404)
})
