/**
 * Extole as a Segment source: the sandbox tells the server of what it just got from it. Without the guard an identify
 * would come back as an identify for ever.
 */
import { expect, test } from 'vitest'
import {
  aDataDirectory,
  environment,
  eventsAt,
  eventually,
  quickstartOf,
  SERVE_TEST_MS,
  send,
  settledStatus,
  started,
} from '../src/app/serve.fixture.ts'

type Running = Awaited<ReturnType<typeof started>>

/** What the sandbox tells of one advocate who shares and one friend who registers and buys. */
const TOLD = ['identify', 'referred', 'identify', 'registered', 'identify', 'purchased']

async function call(running: Running, method: string, path: string, body?: object) {
  const { publicApiToken } = quickstartOf(running)
  const answer = await fetch(`${running.url}${path}`, {
    method,
    headers: { authorization: `Bearer ${publicApiToken}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const { data, ...rest } = Object(await answer.json())
  if (!answer.ok) throw new Error(JSON.stringify(rest))
  return data
}

async function sandbox(running: Running, method: string, path: string, body?: object) {
  const answer = await fetch(`${quickstartOf(running).extole?.url}${path}`, {
    method,
    headers: { 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  expect(answer.status).toBe(200)
  return Object(await answer.json())
}

/** A source of Extole's own that, by mistake or not, is connected to Extole as well. */
async function ownSource(running: Running, settings: object = {}): Promise<string> {
  const { extole } = quickstartOf(running)
  const { source } = await call(running, 'POST', '/api/sources', { slug: 'extole', metadataId: 'extole' })
  await call(running, 'POST', '/api/destinations', {
    sourceId: source.id,
    metadataId: '5e79ef31929aef3bdfbc53a5',
    settings: { apiKey: extole?.apiKey, apiBaseUrl: extole?.url, ...settings },
  })
  return source.writeKeys[0]
}

async function tellsTo(running: Running, writeKey: string): Promise<void> {
  await sandbox(running, 'PUT', '/sandbox/segment-source', { endpoint: running.url, write_key: writeKey })
}

/** The last `count` events of the sandbox's calls, by what they say. */
async function namesAtExtole(running: Running, count: number): Promise<string[]> {
  return (await eventsAt(running, count)).map(({ body }) => JSON.parse(body).event_name)
}

async function shareRegisterBuy(running: Running): Promise<void> {
  const friends = { channel: 'EMAIL', friend_emails: ['bob@b.co'] }
  await send(running, 'track', { userId: 'ann', event: 'share', properties: { email: 'ann@b.co', ...friends } })
  await send(running, 'track', { userId: 'bob', event: 'registration', properties: { email: 'bob@b.co' } })
  const bought = { email: 'bob@b.co', partner_conversion_id: 'c1', cart_value: '9.99' }
  await send(running, 'track', { userId: 'bob', event: 'conversion', properties: bought })
}

test.each([
  { name: 'a source of its own', writeKeyOf: (running: Running) => ownSource(running) },
  {
    name: 'the write key that the shop uses too',
    writeKeyOf: async (running: Running) => quickstartOf(running).sources[0]?.writeKey ?? '',
  },
])(
  'what Extole tells through $name does not go back to it',
  async ({ writeKeyOf }) => {
    const running = await started(environment(aDataDirectory()))
    await tellsTo(running, await writeKeyOf(running))
    await shareRegisterBuy(running)
    await eventually(async () => {
      const { sent } = await sandbox(running, 'GET', '/sandbox/segment-source')
      return sent === TOLD.length ? sent : undefined
    }, 'Extole to have told of all')
    // All that was sent and told has been worked through, so whatever would go round has been at the sandbox.
    const { end, delivered, dead } = await settledStatus(running)
    expect({ end, delivered, dead }).toEqual({ end: 3 + TOLD.length, delivered: 3, dead: 0 })
    expect((await namesAtExtole(running, 3)).toSorted()).toEqual(['conversion', 'registration', 'share'])
    const metrics = await (await fetch(`${running.url}/metrics`)).text()
    const guarded = [...metrics.matchAll(/_filtered_total\{.*FILTERED_BY_LOOP_GUARD.*? (\d+)$/gm)].map(([, count]) =>
      Number(count),
    )
    expect(guarded.reduce((sum, count) => sum + count, 0)).toBe(TOLD.length)
    expect(await sandbox(running, 'GET', '/sandbox/segment-source')).toMatchObject({ sent: TOLD.length, failed: 0 })
  },
  SERVE_TEST_MS,
)

test(
  'with the guard switched off it would go round, and switching it on ends that',
  async () => {
    const running = await started(environment(aDataDirectory()))
    const writeKey = await ownSource(running, { ignoreExtoleSource: false })
    await tellsTo(running, writeKey)
    await send(running, 'identify', { userId: 'ann', traits: { email: 'ann@b.co' } })
    const names = await namesAtExtole(running, 5)
    expect(new Set(names)).toEqual(new Set(['identify']))
    const { destinations } = await call(running, 'GET', '/api/destinations')
    const looping = destinations.find(
      ({ settings }: { settings: object }) => Object(settings).ignoreExtoleSource === false,
    )
    await call(running, 'PATCH', `/api/destinations/${looping.id}`, { settings: { ignoreExtoleSource: true } })
    await eventually(async () => {
      await settledStatus(running)
      const before = (await namesAtExtole(running, 5)).length
      await new Promise((resolve) => setTimeout(resolve, 300))
      return (await namesAtExtole(running, 5)).length === before ? before : undefined
    }, 'the loop to end')
  },
  SERVE_TEST_MS,
)
