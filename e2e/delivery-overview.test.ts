/**
 * Counts over time on the whole product, read with Segment's own client: events are received, refused, filtered at the
 * source and at the destination, they fail and are delivered, and each step says exactly that, also after a kill.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import * as sdk from '@segment/public-api-sdk-typescript'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ServerProcess } from './kill/server-process.ts'
import { startServer, type TestServer } from './server.fixture.ts'

const HOUR_MS = 3_600_000
const PAGE = { count: 100 }

let server: TestServer
let sourceId: string
let writeKey: string
let destinationId: string
let subscriptionId: string
/** Requests by event, as the destination saw them. */
const tries = new Map<string, number>()
const hook = createServer((request, response) => {
  let text = ''
  request.on('data', (chunk) => {
    text += chunk
  })
  request.on('end', () => {
    const { messageId, event } = JSON.parse(text) as { messageId: string; event?: string }
    const attempt = (tries.get(messageId) ?? 0) + 1
    tries.set(messageId, attempt)
    response.statusCode = event === 'Refused' ? 400 : event === 'Flaky' && attempt === 1 ? 503 : 200
    response.end()
  })
})

interface Client {
  accessToken: string | (() => string)
}

function client<Api extends Client>(Api: new (basePath: string) => Api): Api {
  const api = new Api(`${server.running.url}/api`)
  api.accessToken = server.quickstart.publicApiToken
  return api
}

async function call(method: string, path: string, body?: unknown) {
  const response = await fetch(`${server.running.url}/api${path}`, {
    method,
    headers: { authorization: `Bearer ${server.quickstart.publicApiToken}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  return { status: response.status, ...((await response.json()) as { data: Record<string, never>; errors: never }) }
}

async function send(url: string, key: string, ...batch: object[]): Promise<void> {
  const response = await fetch(`${url}/v1/batch`, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa(`${key}:`)}`, 'content-type': 'application/json' },
    body: JSON.stringify({ batch }),
  })
  expect(response.status).toBe(200)
}

const range = (): [string, string] => {
  const now = Date.now()
  return [new Date(now - HOUR_MS).toISOString(), new Date(now + 60_000).toISOString()]
}

/** Until nothing waits any more. */
async function settled(): Promise<void> {
  for (;;) {
    const { data } = await call('GET', '/status')
    const { conservation, log } = data as unknown as {
      conservation: { holds: boolean; lines: { equation: string; parts: { pending?: number } }[] }
      log: { behind: number }
    }
    const pending = conservation.lines.reduce((sum, { parts }) => sum + (parts.pending ?? 0), 0)
    if (log.behind === 0 && pending === 0) return expect(conservation.holds).toBe(true)
    await wait(50)
  }
}

/** What a step says of each group, without its zeros. */
const brief = (body: sdk.GetEgressFailedMetricsFromDeliveryOverview200Response) => {
  const { total = -1, dataset = [] } = body.data ?? {}
  const sums = dataset.map(({ series, ...each }) => {
    expect(series.reduce((sum, { count }) => sum + count, 0)).toBe(each.total)
    expect(series.reduce((sum, { retryCount = 0 }) => sum + retryCount, 0)).toBe(each.totalRetryCount ?? 0)
    return Object.fromEntries(Object.entries(each).filter(([, value]) => value !== undefined))
  })
  expect(sums.reduce((sum, each) => sum + (each['total'] as number), 0)).toBe(total)
  return sums
}

beforeAll(async () => {
  await new Promise<void>((ready) => hook.listen(0, '127.0.0.1', ready))
  const { port } = hook.address() as AddressInfo
  server = await startServer({ GRAPEVINE_EGRESS_ALLOW: `127.0.0.1:${port}` })
  const made = await call('POST', '/sources', { slug: 'counted', enabled: true, metadataId: 'http' })
  const source = made.data['source'] as unknown as { id: string; writeKeys: string[] }
  sourceId = source.id
  writeKey = source.writeKeys[0] ?? ''
  const settings = { url: `http://127.0.0.1:${port}/`, signingSecret: 'a-secret-of-the-test-that-is-long' }
  const hooked = await call('POST', '/destinations', { sourceId, metadataId: 'webhook', name: 'Hook', settings })
  destinationId = (hooked.data['destination'] as unknown as { id: string }).id
  const listed = await call('GET', `/destinations/${destinationId}/subscriptions?pagination.count=10`)
  subscriptionId = (listed.data['subscriptions'] as unknown as { id: string }[])[0]?.id ?? ''
  const filter = { title: 'No hidden ones', if: 'event = "Hidden"', actions: [{ type: 'DROP' }], enabled: true }
  expect((await call('POST', `/destination/${destinationId}/filters`, { ...filter, sourceId })).status).toBe(200)

  const track = (event: string, messageId: string) => ({ type: 'track', userId: 'u', event, messageId })
  await send(
    server.running.url,
    writeKey,
    ...[track('Order Completed', 'a'), track('Order Completed', 'b'), track('Order Completed', 'b')],
    ...[track('Refused', 'c'), track('Flaky', 'd'), track('Hidden', 'e'), track('Hidden', 'f')],
    { ...track('Order Completed', 'g'), integrations: { All: false } },
    { type: 'identify', userId: 'u', messageId: 'h', traits: {} },
    ...[
      { type: 'track', userId: 'u' },
      { type: 'track', userId: 'u', event: 7 },
      { type: 'track', event: 'Nobody' },
    ],
  )
  await settled()
}, 60_000)

afterAll(async () => {
  await server?.[Symbol.asyncDispose]()
  hook.close()
}, 60_000)

test('what arrived is told by name and type, with a point for every minute that was asked for', async () => {
  const api = client(sdk.DeliveryOverviewApi)
  const [start, end] = range()
  const all = await api.getIngressSuccessMetricsFromDeliveryOverview(sourceId, start, end, 'minute', PAGE)
  expect(brief(all.body)).toEqual([{ total: 9 }])
  const series = all.body.data?.dataset[0]?.series ?? []
  expect([61, 62]).toContain(series.length)
  expect(series[0]?.time).toBe(new Date(Math.floor(Date.parse(start) / 60_000) * 60_000).toISOString())
  const groupBy = ['eventName', 'eventType']
  const named = await api.getIngressSuccessMetricsFromDeliveryOverview(sourceId, start, end, 'minute', PAGE, groupBy)
  expect(brief(named.body)).toEqual([
    { eventName: 'Order Completed', eventType: 'track', total: 4 },
    { eventName: 'Hidden', eventType: 'track', total: 2 },
    { eventName: 'Flaky', eventType: 'track', total: 1 },
    { eventName: 'Refused', eventType: 'track', total: 1 },
    { eventType: 'identify', total: 1 },
  ])
})

test('what was rejected and what repeats are told by reason', async () => {
  const api = client(sdk.DeliveryOverviewApi)
  const [start, end] = range()
  const by = ['discardReason']
  const failed = await api.getIngressFailedMetricsFromDeliveryOverview(sourceId, start, end, 'hour', PAGE, by)
  expect(brief(failed.body)).toEqual([
    { discardReason: 'event_not_defined', total: 1 },
    { discardReason: 'event_not_string', total: 1 },
    { discardReason: 'no_user_anon_id', total: 1 },
  ])
  const filtered = await api.getFilteredAtSourceMetricsFromDeliveryOverview(sourceId, start, end, 'day', PAGE, [
    'discardReason',
    'eventName',
  ])
  expect(brief(filtered.body)).toEqual([{ discardReason: 'duplicate', eventName: 'Order Completed', total: 1 }])
})

test('what a destination was not to get, what failed and what it got are told with reasons and retries', async () => {
  const api = client(sdk.DeliveryOverviewApi)
  const [start, end] = range()
  const of = [sourceId, destinationId, start, end] as const
  const by = ['discardReason']
  const filtered = await api.getFilteredAtDestinationMetricsFromDeliveryOverview(...of, 'hour', PAGE, by)
  expect(brief(filtered.body)).toEqual([
    { discardReason: 'FILTERED_BY_RULES', total: 2 },
    { discardReason: 'FILTERED_BY_INTEGRATIONS_OBJECT', total: 1 },
  ])
  const failed = await api.getEgressFailedMetricsFromDeliveryOverview(...of, 'minute', PAGE, [
    'discardReason',
    'eventName',
  ])
  expect(brief(failed.body)).toEqual([
    { discardReason: 'rejected_400', eventName: 'Refused', total: 1, totalRetryCount: 0 },
  ])
  const got = await api.getEgressSuccessMetricsFromDeliveryOverview(...of, 'minute', PAGE, ['eventName', 'eventType'])
  expect(brief(got.body)).toEqual([
    { eventName: 'Order Completed', eventType: 'track', total: 2, totalRetryCount: 0 },
    { eventName: 'Flaky', eventType: 'track', total: 1, totalRetryCount: 1 },
    { eventType: 'identify', total: 1, totalRetryCount: 0 },
  ])
  const second = { discardReason: ['successes.attempt.2'] }
  const later = await api.getEgressSuccessMetricsFromDeliveryOverview(...of, 'minute', PAGE, undefined, second)
  expect(brief(later.body)).toEqual([{ total: 1, totalRetryCount: 1 }])
  const none = await api.getEgressSuccessMetricsFromDeliveryOverview(...of, 'minute', PAGE, by, {}, subscriptionId)
  const other = await api.getEgressSuccessMetricsFromDeliveryOverview(...of, 'minute', PAGE, by, {}, 'another')
  const mapped = [brief(none.body), brief(other.body)].map((each) =>
    each.reduce((sum, { total }) => sum + Number(total), 0),
  )
  expect(mapped[1]).toBe(0)
  const whole = await call(
    'GET',
    `/delivery-overview/successful-delivery?${new URLSearchParams({
      sourceId,
      destinationConfigId: destinationId,
      startTime: start,
      endTime: end,
      granularity: 'MINUTE',
      groupBy: 'subscriptionId',
    })}`,
  )
  const dataset = whole.data['dataset'] as unknown as { subscriptionId: string; total: number }[]
  expect(dataset.find((each) => each.subscriptionId === subscriptionId)?.total ?? 0).toBe(mapped[0])
})

test('groups come in pages', async () => {
  const api = client(sdk.DeliveryOverviewApi)
  const [start, end] = range()
  const seen: (string | undefined)[] = []
  let cursor: string | null | undefined
  do {
    const page = { count: 2, ...(cursor == null ? {} : { cursor }) }
    const { body } = await api.getIngressSuccessMetricsFromDeliveryOverview(sourceId, start, end, 'hour', page, [
      'eventName',
    ])
    expect([body.data?.total, body.data?.pagination.totalEntries]).toEqual([9, 5])
    seen.push(...(body.data?.dataset.map(({ eventName }) => eventName) ?? []))
    cursor = body.data?.pagination.next
  } while (cursor != null)
  expect(seen).toEqual(['Order Completed', 'Hidden', 'Flaky', 'Refused', undefined])
})

test('event volume is told by source, name and type, and a destination has its summary', async () => {
  const [start, end] = range()
  const events = client(sdk.EventsApi)
  const { data } = (await events.getEventsVolumeFromWorkspace('MINUTE', start, end, ['source'], [sourceId])).body
  expect(data?.result.map(({ source, total }) => [source, total])).toEqual([
    [{ id: sourceId, name: 'counted', slug: 'counted' }, 9],
  ])
  expect(data?.query.workspaceId).toEqual(expect.any(String))
  const by = ['eventName', 'eventType']
  const named = await events.getEventsVolumeFromWorkspace('HOUR', start, end, by, [sourceId], ['Hidden', 'Flaky'])
  expect(named.body.data?.result.map(({ eventName, eventType, total }) => [eventName, eventType, total])).toEqual([
    ['Hidden', 'track', 2],
    ['Flaky', 'track', 1],
  ])
  const destinations = client(sdk.DestinationsApi)
  const { body } = await destinations.listDeliveryMetricsSummaryFromDestination(destinationId, sourceId)
  const metrics = body.data?.deliveryMetricsSummary.metrics ?? []
  expect(metrics.map(({ metricName, total }) => [metricName, total])).toEqual([
    ['successes', 4],
    ['failures', 1],
    ['filtered', 3],
    ['cancelled', 0],
    ['retries', 1],
  ])
  expect(metrics[0]?.breakdown).toEqual([
    { metricName: 'successes.attempt.1', value: 3 },
    { metricName: 'successes.attempt.2', value: 1 },
  ])
})

test('how long deliveries took is told in percentiles', async () => {
  const [startTime, endTime] = range()
  const query = new URLSearchParams({ startTime, endTime, granularity: 'HOUR' })
  const { data } = await call('GET', `/destinations/${destinationId}/latency?${query}`)
  const { count, p50Ms, p95Ms, p99Ms, series } = data as unknown as Record<
    'count' | 'p50Ms' | 'p95Ms' | 'p99Ms',
    number
  > & {
    series: { count: number; p50Ms: number | null }[]
  }
  expect(count).toBe(4)
  // One of four was answered 503 first, and waited for its retry.
  expect(p50Ms).toBeLessThanOrEqual(p95Ms)
  expect(p95Ms).toBe(p99Ms)
  expect(p95Ms).toBeGreaterThan(p50Ms)
  expect(series.map((each) => each.count).reduce((sum, each) => sum + each)).toBe(4)
  expect(series.every((each) => (each.p50Ms === null) === (each.count === 0))).toBe(true)
})

test('of all deliveries there is what became of them, how long they took and why some failed, in one answer', async () => {
  const [startTime, endTime] = range()
  const query = { startTime, endTime, granularity: 'HOUR', destinationId }
  const volume = async (asked: object) =>
    call('GET', `/deliveries/volume?${new URLSearchParams({ ...query, ...asked })}`)
  const { data } = await volume({})
  expect(data).toMatchObject({
    delivered: 4,
    dead: 1,
    latency: { count: 4 },
    failures: [{ reason: 'rejected_400', total: 1 }],
    // It succeeded at its second attempt: what was in the way is seen all the same.
    retried: 1,
    retries: [{ reason: 'status_503', total: 1 }],
  })
  const { series, failures } = data as unknown as Record<
    'series' | 'failures',
    { delivered: number; series: object[] }[]
  >
  expect(series.reduce((sum, { delivered }) => sum + delivered, 0)).toBe(4)
  expect(failures[0]?.series).toHaveLength(series.length)
  const times = new URLSearchParams({ startTime, endTime, granularity: 'HOUR' })
  const { series: _, ...latency } = Object((await call('GET', `/destinations/${destinationId}/latency?${times}`)).data)
  expect(Object(data).latency).toEqual(latency)
  expect((await volume({ destinationId: 'nobody' })).status).toBe(404)
})

test('what is not counted, too long or too old is refused with a sentence', async () => {
  const now = Date.now()
  const iso = (ago: number) => new Date(now - ago).toISOString()
  const ask = async (step: string, parts: Record<string, string> = {}) => {
    const query = { sourceId, startTime: iso(HOUR_MS), endTime: iso(0), granularity: 'MINUTE', ...parts }
    const { status, errors } = await call('GET', `/delivery-overview/${step}?${new URLSearchParams(query)}`)
    return [status, (errors as { message: string }[] | undefined)?.[0]?.message]
  }
  const of = { destinationConfigId: destinationId }
  const by = 'cannot be appVersion: failed-delivery is counted by eventName, eventType, discardReason, subscriptionId'
  expect(await ask('failed-delivery', { ...of, groupBy: 'appVersion' })).toEqual([422, `groupBy ${by}`])
  expect(await ask('failed-delivery', { ...of, 'filter.appVersion': '1' })).toEqual([422, `filter ${by}`])
  expect(await ask('failed-on-ingest', { groupBy: 'eventName' })).toEqual([
    422,
    'groupBy cannot be eventName: failed-on-ingest is counted by discardReason',
  ])
  expect((await ask('successfully-received', { startTime: iso(4 * HOUR_MS + 60_000) }))[0]).toBe(422)
  expect((await ask('successfully-received', { startTime: iso(49 * HOUR_MS), endTime: iso(48 * HOUR_MS) }))[0]).toBe(
    422,
  )
  expect((await ask('successfully-received', { sourceId: 'nobody' }))[0]).toBe(404)
  expect((await ask('failed-delivery', { destinationConfigId: 'nobody' }))[0]).toBe(404)
  expect((await ask('failed-delivery'))[0]).toBe(422)
  expect((await ask('never-heard-of'))[0]).toBe(404)
  const [start, end] = range()
  const volume = client(sdk.EventsApi).getEventsVolumeFromWorkspace('DAY', start, end, [], [], [], [], ['1.0'])
  await expect(volume).rejects.toMatchObject({ statusCode: 422 })
})

test('killed in the middle of it, what is counted over time is what the counters have', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'grapevine-volume-'))
  await using process = new ServerProcess(directory)
  try {
    const EVENTS = 3_000
    const { url } = await process.start()
    const {
      publicApiToken,
      sources,
      destinationId: toExtole,
    } = JSON.parse(readFileSync(join(directory, 'quickstart.json'), 'utf8')) as {
      publicApiToken: string
      sources: { id: string; writeKey: string }[]
      destinationId: string
    }
    const [first] = sources
    const headers = { authorization: `Bearer ${publicApiToken}` }
    for (let sent = 0; sent < EVENTS; sent += 500) {
      const batch = Array.from({ length: 500 }, (_, index) => {
        return { type: 'track', userId: `u${index}`, event: `Event ${index % 7}`, messageId: `m${sent + index}` }
      })
      await send(url, first?.writeKey ?? '', ...batch)
    }
    await process.kill()
    const again = await process.start()
    const get = async (path: string) => {
      const response = await fetch(`${again.url}/api${path}`, { headers })
      return ((await response.json()) as { data: never }).data
    }
    let parts: Record<string, number> = {}
    do {
      await wait(50)
      const { conservation, destinations } = (await get('/status')) as {
        conservation: { lines: { id: string; equation: string; parts: Record<string, number> }[] }
        destinations: { id: string; number: number }[]
      }
      const number = destinations.find(({ id }) => id === toExtole)?.number
      const line = conservation.lines.find(({ id, equation }) => equation === 'deliveries' && id === String(number))
      parts = line?.parts ?? {}
    } while ((parts['delivered'] ?? 0) + (parts['dead'] ?? 0) < EVENTS)
    const [startTime, endTime] = range()
    const query = new URLSearchParams({
      sourceId: first?.id ?? '',
      startTime,
      endTime,
      granularity: 'HOUR',
      groupBy: 'eventName',
    })
    const { total, dataset } = (await get(`/delivery-overview/successfully-received?${query}`)) as {
      total: number
      dataset: { eventName: string; total: number }[]
    }
    expect([total, dataset.length]).toEqual([EVENTS, 7])
    for (const [step, part] of [['successful-delivery', 'delivered'] as const, ['failed-delivery', 'dead'] as const]) {
      const sums = (await get(`/delivery-overview/${step}?${query}&destinationConfigId=${toExtole}`)) as {
        total: number
      }
      expect(sums.total).toBe(parts[part])
    }
  } finally {
    await process.kill()
    rmSync(directory, { recursive: true, force: true })
  }
}, 120_000)
