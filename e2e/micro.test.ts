/** `grapevine micro` as somebody's CI uses it: started as a process, sent to by Segment's SDK, asked over HTTP. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { text as readAll } from 'node:stream/consumers'
import { Analytics } from '@segment/analytics-node'
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest'

const main = resolve('src/main.ts')
let directory: string
let child: ChildProcess
let micro: { url: string; writeKey: string }

const config = {
  writeKey: 'ci',
  destinations: [
    {
      metadataId: 'extole-platform',
      settings: { apiKey: 'secret-of-the-test' },
      filters: [
        { title: 'No staging', if: 'event = "Staging"', actions: [{ type: 'DROP' }] },
        { title: 'No card', if: 'all', actions: [{ type: 'DROP_PROPERTIES', fields: { properties: ['card'] } }] },
      ],
    },
    {
      metadataId: 'extole-platform',
      name: 'Refunds',
      settings: { apiKey: 'secret-of-the-test' },
      subscriptions: [{ name: 'Refunds', actionId: 'track', trigger: 'event = "Refund"', settings: {} }],
    },
  ],
}

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'grapevine-micro-'))
  writeFileSync(join(directory, 'micro.json'), JSON.stringify(config))
  child = spawn(process.execPath, [main, 'micro', '--port', '0', '--config', 'micro.json', '--json'], {
    cwd: directory,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  if (child.stdout === null) throw new Error('no output')
  const [line] = await once(createInterface(child.stdout), 'line')
  micro = JSON.parse(line)
}, 60_000)

afterAll(async () => {
  child?.kill('SIGTERM')
  if (child?.exitCode === null) await once(child, 'exit')
  rmSync(directory, { recursive: true, force: true })
}, 60_000)

beforeEach(async () => {
  await fetch(`${micro.url}/micro/reset`, { method: 'POST' })
})

const ask = async (what: string) => (await fetch(`${micro.url}/micro/${what}`)).json()

async function send(...events: Parameters<Analytics['track']>[0][]): Promise<void> {
  const analytics = new Analytics({ writeKey: micro.writeKey, host: micro.url, flushInterval: 50 })
  for (const event of events) analytics.track(event)
  await analytics.closeAndFlush()
}

test('what an SDK sent is told: accepted, filtered with the reason, and the requests that would have been made', async () => {
  expect(micro.writeKey).toBe('ci')
  await send(
    { userId: 'u1', event: 'Order', messageId: 'order', properties: { email: 'u1@example.com', card: '4711' } },
    { userId: 'u1', event: 'Staging', messageId: 'staging' },
    { userId: 'u1', event: 'Order', messageId: 'order' },
  )
  expect(await ask('all')).toEqual({ total: 3, good: 2, bad: 0, duplicates: 1, filtered: 3, requests: 1 })
  const good = await ask('good')
  expect(good.map((each: { event: { event: string } }) => each.event.event)).toEqual(['Order', 'Staging'])
  const [{ request, ...rest }] = await ask('requests')
  expect(rest).toMatchObject({ messageId: 'order', destination: 'Extole Platform', problem: null })
  expect(request.method).toBe('POST')
  expect(JSON.parse(request.body)).toMatchObject({ event_name: 'Order', data: { email: 'u1@example.com' } })
  expect(request.body).not.toContain('4711')
  expect(JSON.stringify(await ask('requests'))).not.toContain('secret-of-the-test')
  const filtered = await ask('filtered')
  expect(filtered.map((each: { messageId: string; reason: string }) => `${each.messageId} ${each.reason}`)).toEqual([
    'order NO_MATCHING_MAPPING',
    'staging FILTERED_BY_RULES',
    'staging NO_MATCHING_MAPPING',
  ])
})

test('what was rejected is told with its reason and what was sent; a mapping that makes no request with its problem', async () => {
  const response = await fetch(`${micro.url}/v1/batch`, {
    method: 'POST',
    body: JSON.stringify({
      writeKey: 'ci',
      batch: [
        { type: 'track', event: 'No person' },
        { type: 'track', event: 'Refund', userId: 'u1', messageId: 'refund' },
      ],
    }),
  })
  expect(response.status).toBe(200)
  expect(await ask('bad')).toEqual([
    {
      reason: 'no_user_anon_id',
      why: 'The event has neither userId nor anonymousId.',
      count: 1,
      events: [expect.stringContaining('No person')],
    },
  ])
  const requests = await ask('requests')
  expect(requests.find((each: { destination: string }) => each.destination === 'Refunds')).toMatchObject({
    request: null,
    problem: expect.stringMatching(/./),
  })
})

test('after a reset there is nothing, and what was sent before may come again', async () => {
  await send({ userId: 'u1', event: 'Order', messageId: 'again' })
  await fetch(`${micro.url}/micro/reset`, { method: 'POST' })
  expect(await ask('all')).toEqual({ total: 0, good: 0, bad: 0, duplicates: 0, filtered: 0, requests: 0 })
  await send({ userId: 'u1', event: 'Order', messageId: 'again' })
  expect(await ask('all')).toMatchObject({ total: 1, good: 1 })
  expect((await fetch(`${micro.url}/micro/reset`)).status).toBe(405)
  expect((await fetch(`${micro.url}/micro/nothing`)).status).toBe(404)
  expect((await fetch(`${micro.url}/v1/track`, { method: 'POST', body: '{"writeKey":"other"}' })).status).not.toBe(200)
})

test('it leaves nothing on the disk', () => {
  expect(readdirSync(directory)).toEqual(['micro.json'])
})

test("a destination of one's own is there, with the request that it would make; a broken one ends it with code 2", async () => {
  const folder = mkdtempSync(join(tmpdir(), 'grapevine-own-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const own = `export default {
    name: 'CRM', mode: 'cloud',
    actions: { order: {
      title: 'Order', description: 'Tells an order.', defaultSubscription: 'type = "track"',
      fields: { who: { label: 'User', type: 'string', description: 'Who', required: true, default: { '@path': '$.userId' } } },
      perform: (request, { payload }) => request('https://crm.example.com/orders', { method: 'post', json: payload }),
    } },
  }`
  writeFileSync(join(folder, 'crm.mjs'), own)
  const subscriptions = [
    { name: 'Orders', actionId: 'order', trigger: 'type = "track"', settings: { who: { '@path': '$.userId' } } },
  ]
  writeFileSync(
    join(folder, 'micro.json'),
    JSON.stringify({ writeKey: 'own', destinations: [{ metadataId: 'crm', subscriptions }] }),
  )
  const start = () =>
    spawn(process.execPath, [main, 'micro', '--port', '0', '--config', join(folder, 'micro.json'), '--json'], {
      cwd: folder,
      env: { ...process.env, GRAPEVINE_DESTINATIONS: folder },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
  const running = start()
  onTestFinished(() => void running.kill('SIGTERM'))
  const [line] = await once(createInterface(running.stdout), 'line')
  const { url } = JSON.parse(line)
  const event = { writeKey: 'own', userId: 'u1', event: 'Order', messageId: 'o1' }
  expect((await fetch(`${url}/v1/track`, { method: 'POST', body: JSON.stringify(event) })).status).toBe(200)
  const requests = await (await fetch(`${url}/micro/requests`)).json()
  expect(requests).toMatchObject([
    { messageId: 'o1', destination: 'CRM', request: { url: 'https://crm.example.com/orders', body: '{"who":"u1"}' } },
  ])

  writeFileSync(join(folder, 'broken.mjs'), 'export default {')
  const failing = start()
  const [[code], stderr] = await Promise.all([once(failing, 'close'), readAll(failing.stderr)])
  expect(code).toBe(2)
  expect(stderr).toContain(`The destination in ${join(folder, 'broken.mjs')} is not used`)
}, 60_000)

test('a file with mistakes ends it with code 2, and tells all of them', async () => {
  const wrong = {
    destinations: [
      { metadataId: 'nothing' },
      { ...config.destinations[0], filters: [{ title: 'x', if: 'event = ', actions: [{ type: 'DROP' }] }] },
    ],
  }
  writeFileSync(join(directory, 'wrong.json'), JSON.stringify(wrong))
  const failing = spawn(process.execPath, [main, 'micro', '--port', '0', '--config', 'wrong.json'], {
    cwd: directory,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let text = ''
  failing.stderr?.on('data', (chunk) => {
    text += chunk
  })
  const [code] = await once(failing, 'close')
  rmSync(join(directory, 'wrong.json'))
  expect(code).toBe(2)
  expect(text).toContain('destinations.0.metadataId is not in the catalog')
  expect(text).toContain('destinations.1.filters.0.if cannot be read at character 9')
}, 30_000)
