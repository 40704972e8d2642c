import { createRequire } from 'node:module'
import type * as Core from '@segment/actions-core'
import { expect, test } from 'vitest'
import { anyBodyPolicy, Catalog, type CatalogEntry, type Definition, shapeOf } from '../destinations/index.ts'
import type { DestinationInstance } from '../workspace/index.ts'
import { aConfig, aDestination, anEvent, anInstance, startPipeline, status } from './builders.ts'
import { balance } from './conservation.ts'

const { MultiStatusResponse } = createRequire(import.meta.url)('@segment/actions-core') as typeof Core

/** Sends its events together and answers for each what the server says about it. */
const definition = {
  name: 'Batcher',
  mode: 'cloud',
  actions: {
    send: {
      title: 'Send',
      description: '',
      fields: { n: { label: 'n', description: '', type: 'integer', required: true } },
      perform: (request, { settings, payload }) =>
        request(`${settings['apiBaseUrl']}/one`, { method: 'post', json: payload }),
      performBatch: async (request, { settings, payload }) => {
        const response = await request(`${settings['apiBaseUrl']}/many`, {
          method: 'post',
          json: { items: payload },
          throwHttpErrors: false,
        })
        const { results } = response.data as { results?: number[] }
        if (results === undefined && !response.ok)
          throw Object.assign(new Error('refused'), { status: response.status })
        if (results === undefined) return response
        const all = new MultiStatusResponse()
        for (const [index, code] of results.entries()) {
          const sent = payload[index] as never
          if (code < 400) all.setSuccessResponseAtIndex(index, { status: code, sent, body: 'ok' })
          else all.setErrorResponseAtIndex(index, { status: code, errormessage: `no ${code}`, sent })
        }
        return all
      },
    },
  },
} satisfies Definition as Definition

const entry: CatalogEntry = {
  id: 'batcher',
  slug: 'batcher',
  name: 'Batcher',
  description: '',
  categories: [],
  methods: ['track'],
  origin: 'own',
  shape: shapeOf(definition),
  home: { kind: 'here', definition },
  answers: anyBodyPolicy,
  deleteAnswers: anyBodyPolicy,
  credentialKey: (settings) => JSON.stringify(settings),
  hasUniqueKey: () => true,
}
const catalog = new Catalog([{ list: () => [entry], load: () => entry }])

function batcher(url: string, mapping: Record<string, unknown> = {}): DestinationInstance {
  return anInstance({
    kind: 'batcher',
    settings: { apiBaseUrl: url },
    subscriptions: [
      {
        id: 'sub',
        number: 10,
        enabled: true,
        name: 'Send',
        action: 'send',
        trigger: 'type = "track"',
        mapping: { n: { '@path': '$.properties.n' }, enable_batching: true, ...mapping },
      },
    ],
  })
}

type Batch = { items: { n: number }[] }
const start = (instance: DestinationInstance) => startPipeline(aConfig(instance), undefined, catalog)
const events = (users: number, each = 1) =>
  Array.from({ length: users * each }, (_, n) =>
    anEvent({ messageId: `m${n}`, userId: `u${n % users}`, properties: { n } }),
  )
const numbersIn = (body: unknown) => (body as Batch).items.map(({ n }) => n)

test('events of different persons go together, those of one person one after another', async () => {
  await using destination = await aDestination()
  destination.answer = (_, response) => response.end('{}')
  await using running = await start(batcher(destination.url))
  await running.send(...events(40, 3))
  await running.drained()
  const batches = destination.received.map(({ body }) => numbersIn(body))
  expect(batches.length).toBeLessThan(40)
  expect(batches.flat().toSorted((a, b) => a - b)).toEqual(Array.from({ length: 120 }, (_, n) => n))
  for (const batch of batches) expect(new Set(batch.map((n) => n % 40)).size).toBe(batch.length)
  for (let user = 0; user < 40; user++)
    expect(batches.flat().filter((n) => n % 40 === user)).toEqual([user, user + 40, user + 80])
  expect(balance(await running.state.counts(), await running.state.pending()).holds).toBe(true)
})

test.each([
  { batch_size: 7, largest: 7 },
  { batch_size: 1, largest: 1 },
  // Each event's fields are {"n":n}, 7 bytes up to 9 and 8 from 10 on.
  { batch_bytes: 21, largest: 3 },
  { batch_bytes: 1, largest: 1 },
])(
  'no batch is larger than its mapping says: $batch_size events, $batch_bytes bytes',
  async ({ largest, ...mapping }) => {
    await using destination = await aDestination()
    destination.answer = (_, response) => response.end('{}')
    await using running = await start(batcher(destination.url, mapping))
    await running.send(...events(20))
    await running.drained()
    const sent = destination.received.map(({ body, path }) =>
      path === '/many' ? numbersIn(body) : [Number(Object(body).n)],
    )
    expect(sent.flat().toSorted((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, n) => n))
    expect(Math.max(...sent.map((numbers) => numbers.length))).toBe(largest)
  },
)

test('keys keep apart what differs in them', async () => {
  await using destination = await aDestination()
  destination.answer = (_, response) => response.end('{}')
  await using running = await start(batcher(destination.url, { batch_keys: ['n'] }))
  await running.send(...events(20))
  await running.drained()
  expect(destination.received.map(({ body }) => numbersIn(body).length)).toEqual(Array(20).fill(1))
})

test('pace and breaker see what came of the request, whatever its events came to', async () => {
  await using destination = await aDestination()
  let requests = 0
  destination.answer = ({ body }, response) => {
    requests += 1
    if (requests > 1) return void response.end('{}')
    response.statusCode = 429
    response.setHeader('retry-after', '1').setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ results: numbersIn(body).map((_, at) => (at === 0 ? 200 : 429)) }))
  }
  await using running = await start(batcher(destination.url))
  const sentMs = Date.now()
  // The first of all is one that no mapping can fill.
  await running.send(anEvent({ messageId: 'bad', userId: 'bad', properties: { n: 'many' } }), ...events(5))
  await running.drained()
  expect(destination.received.map(({ atMs }) => atMs - sentMs).at(1)).toBeGreaterThanOrEqual(1_000)
  const ledger = await running.state.ledger({ limit: 20 })
  expect(ledger.map(({ state }) => state).toSorted()).toEqual(['dead', ...Array(5).fill('delivered')])
})

test('each event of a batch ends as the destination says about it', async () => {
  await using destination = await aDestination()
  const seen = new Map<number, number>()
  destination.answer = ({ body }, response) => {
    const results = numbersIn(body).map((n) => {
      seen.set(n, (seen.get(n) ?? 0) + 1)
      if (n === 3) return 422
      return n === 5 && seen.get(n) === 1 ? 503 : 200
    })
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ results }))
  }
  await using running = await start(batcher(destination.url))
  await running.send(...events(10))
  await running.drained()
  const ledger = await running.state.ledger({ limit: 20 })
  const reasons = ledger.map(({ state, reason }) => reason ?? state).toSorted()
  expect(reasons).toEqual([...Array(9).fill('delivered'), 'rejected_422'])
  expect([seen.get(5), seen.get(3), seen.get(4)]).toEqual([2, 1, 1])
})

test('a batch that is refused as a whole makes no dead letter of the events that are in order', async () => {
  await using destination = await aDestination()
  destination.answer = (request, response) => {
    const { items, n } = request.body as { items?: { n: number }[]; n?: number }
    const isBad = n === 4 || items?.some((each) => each.n === 4) === true
    if (isBad) status(400)(request, response)
    else response.end('{}')
  }
  await using running = await start(batcher(destination.url))
  await running.send(...events(10))
  await running.drained()
  const ledger = await running.state.ledger({ limit: 20 })
  expect(ledger.filter(({ state }) => state === 'dead').map(({ reason }) => reason)).toEqual(['rejected_400'])
  expect(ledger.filter(({ state }) => state === 'delivered')).toHaveLength(9)
  expect(balance(await running.state.counts(), await running.state.pending()).holds).toBe(true)
})

test('a batch without an answer is sent again, and events that no mapping can fill are told apart', async () => {
  await using destination = await aDestination()
  let requests = 0
  destination.answer = (_, response) => {
    requests += 1
    if (requests === 1) response.destroy()
    else response.end('{}')
  }
  await using running = await start(batcher(destination.url))
  await running.send(...events(5), anEvent({ messageId: 'bad', userId: 'bad', properties: { n: 'many' } }))
  await running.drained()
  const ledger = await running.state.ledger({ limit: 20 })
  expect(ledger.map(({ state }) => state).toSorted()).toEqual(['dead', ...Array(5).fill('delivered')])
  expect(requests).toBeGreaterThan(1)
})
