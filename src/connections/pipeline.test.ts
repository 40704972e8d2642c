import { expect, test } from 'vitest'
import type { DestinationFilter } from '../workspace/index.ts'
import { type Answer, aConfig, aDestination, anEvent, anInstance, ok, startPipeline, status } from './builders.ts'
import { encodeCommand } from './command.ts'
import { balance } from './conservation.ts'
import { SUCCESS_SAMPLE } from './dispatcher.ts'
import { LANE_ITEMS_MAX } from './lanes.ts'

const to = (url: string) => ({ apiKey: 'key-of-the-test', apiBaseUrl: url })
const numbered = (count: number, userId = 'u1', from = 0) =>
  Array.from({ length: count }, (_, n) =>
    anEvent({ messageId: `${userId}-${from + n}`, userId, properties: { n: from + n } }),
  )
const numbersOf = (received: readonly { body: { data?: Record<string, unknown> } }[], userId = 'u1') =>
  received.filter(({ body }) => body.data?.['partner_user_id'] === userId).map(({ body }) => body.data?.['n'])
const range = (count: number) => Array.from({ length: count }, (_, n) => n)

async function conservation(running: Awaited<ReturnType<typeof startPipeline>>) {
  return balance(await running.state.counts(), await running.state.pending())
}

test('events arrive once, in the order of the log for each person, and everything adds up', async () => {
  await using destination = await aDestination()
  await using running = await startPipeline(aConfig(anInstance({ settings: to(destination.url) })))
  await running.send(...numbered(30, 'u1'), ...numbered(30, 'u2'), ...numbered(5, 'u1'))
  await running.drained()
  expect([numbersOf(destination.received, 'u1'), numbersOf(destination.received, 'u2')]).toEqual([range(30), range(30)])
  const { holds, lines } = await conservation(running)
  expect(holds).toBe(true)
  expect(lines.find((line) => line.equation === 'source')?.parts).toMatchObject({ duplicate: 5, accepted: 60 })
})

test('of the deliveries that succeed a sample keeps request and answer, and no second copy of the event', async () => {
  await using destination = await aDestination()
  await using running = await startPipeline(aConfig(anInstance({ settings: to(destination.url) })))
  await running.send(...numbered(SUCCESS_SAMPLE + 1))
  await running.drained()
  const rows = await running.state.ledger({ limit: 200 })
  const details = await Promise.all(rows.map(async (row) => [row.position, await running.state.detail(row)] as const))
  const kept = details.filter(([, detail]) => detail !== null)
  expect(kept).toMatchObject([[SUCCESS_SAMPLE, { body: null }]])
  const { request, response } = kept[0]?.[1] ?? {}
  expect(JSON.parse(JSON.parse(request ?? '').body).data).toMatchObject({ n: SUCCESS_SAMPLE - 1 })
  expect([JSON.parse(response ?? ''), request?.includes('key-of-the-test')]).toMatchObject([{ status: 200 }, false])
})

test('a retryable answer stops its lane only, and the order of the lane survives it', async () => {
  await using destination = await aDestination()
  let failures = 0
  destination.answer = (request, response) => {
    if (request.body.data?.['partner_user_id'] === 'u1' && failures < 2) {
      failures += 1
      return status(503)(request, response)
    }
    return ok(request, response)
  }
  await using running = await startPipeline(aConfig(anInstance({ settings: to(destination.url) })))
  await running.send(...numbered(4, 'u1'), ...numbered(4, 'u2'))
  await running.drained()
  expect(numbersOf(destination.received, 'u1')).toEqual([0, 0, 0, 1, 2, 3])
  const who = destination.received.map(({ body }) => body.data?.['partner_user_id'])
  const thirdTry = destination.received.findLastIndex(({ body }) => body.data?.['n'] === 0)
  expect(who.lastIndexOf('u2')).toBeLessThan(thirdTry)
  const rows = await running.state.ledger({ limit: 100 })
  expect(rows.find((row) => row.attempts === 3)).toMatchObject({ state: 'delivered' })
})

test('repeats carry the same body, also after the event names were changed in between', async () => {
  await using destination = await aDestination()
  destination.answer = status(503)
  const instance = anInstance({ settings: to(destination.url) })
  await using running = await startPipeline(aConfig(instance))
  await running.send(anEvent({ event: 'Signed Up' }))
  while (destination.received.length === 0) await new Promise((resolve) => setTimeout(resolve, 5))
  running.pipeline.configure(
    aConfig({ ...instance, settings: { ...to(destination.url), eventNames: { 'Signed Up': 'registration' } } }),
  )
  destination.answer = ok
  await running.drained()
  expect(new Set(destination.received.map(({ body }) => JSON.stringify(body))).size).toBe(1)
})

test('a refused event is a dead letter with its body, and the lane goes on', async () => {
  await using destination = await aDestination()
  destination.answer = (request, response) =>
    (request.body.data?.['n'] === 1 ? status(400, {}, '{"code":"missing_event_name","unique_id":"77"}') : ok)(
      request,
      response,
    )
  await using running = await startPipeline(aConfig(anInstance({ settings: to(destination.url) })))
  await running.send(...numbered(3))
  await running.drained()
  expect(numbersOf(destination.received)).toEqual([0, 1, 2])
  const [dead] = await running.state.ledger({ state: 'dead', limit: 10 })
  expect(dead).toMatchObject({ position: 2, reason: 'rejected_400', status: 400 })
  const detail = await running.state.detail({ position: 2, route: dead?.route ?? 0 })
  expect(JSON.parse(Buffer.from(detail?.body ?? []).toString())).toMatchObject({ messageId: 'u1-1' })
  expect(JSON.parse(JSON.parse(detail?.request ?? '{}').body).data).toMatchObject({ n: 1 })
  expect(detail?.request).not.toContain('key-of-the-test')
})

test('a refused key holds the destination without a dead letter; the events flow when the key is right', async () => {
  await using destination = await aDestination()
  destination.answer = (request, response) =>
    (request.authorization === 'Bearer the-right-key' ? ok : status(401, {}, '{"code":"invalid_access_token"}'))(
      request,
      response,
    )
  const instance = anInstance({ settings: to(destination.url) })
  await using running = await startPipeline(aConfig(instance))
  await running.send(...numbered(20, 'u1'), ...numbered(20, 'u2'))
  while (!running.told.includes('held unauthorized')) await new Promise((resolve) => setTimeout(resolve, 5))
  const before = destination.received.length
  await new Promise((resolve) => setTimeout(resolve, 300))
  expect(destination.received.length).toBeLessThanOrEqual(before + 2)
  running.pipeline.configure(aConfig({ ...instance, settings: { ...to(destination.url), apiKey: 'the-right-key' } }))
  await running.drained()
  const good = destination.received.filter(({ authorization }) => authorization === 'Bearer the-right-key')
  expect([numbersOf(good, 'u1'), numbersOf(good, 'u2')]).toEqual([range(20), range(20)])
  expect(await running.state.ledger({ state: 'dead', limit: 10 })).toEqual([])
  expect(await running.state.runtimes()).toMatchObject([{ instance: 1, hold: null }])
})

test('who does not want to wait for the next try has it now, and order, holds and counts are as ever', async () => {
  await using destination = await aDestination()
  destination.answer = status(401, {}, '{"code":"invalid_access_token"}')
  const running = await startPipeline(aConfig(anInstance({ settings: to(destination.url) })))
  await using _ = running
  await running.send(...numbered(20, 'u1'), ...numbered(20, 'u2'))
  while (!running.told.includes('held unauthorized')) await new Promise((resolve) => setTimeout(resolve, 5))
  const tries = () => destination.received.length
  const settled = async () => {
    await expect.poll(() => running.pipeline.dispatcher.states()['dst_1']?.requestsUnderWay).toBe(0)
    return tries()
  }
  const before = await settled()
  for (let times = 0; times < 3; times += 1) running.pipeline.dispatcher.tryNow('dst_1')
  await expect.poll(tries).toBeGreaterThan(before)
  // Asked three times at once, and again and again: one at a time.
  expect(await settled()).toBeLessThanOrEqual(before + 3)
  destination.answer = ok
  const good = tries()
  const startedMs = Date.now()
  running.pipeline.dispatcher.tryNow('dst_1')
  await running.drained()
  expect(Date.now() - startedMs).toBeLessThan(10_000)
  const received = destination.received.slice(good)
  expect([numbersOf(received, 'u1'), numbersOf(received, 'u2')]).toEqual([range(20), range(20)])
  expect(await running.state.runtimes()).toMatchObject([{ instance: 1, hold: null }])
  expect((await conservation(running)).holds).toBe(true)
})

test('what waits for its retry is tried when somebody asks for it, and before what came later', async () => {
  await using destination = await aDestination()
  destination.answer = status(503, { 'retry-after': '600' })
  await using running = await startPipeline(aConfig(anInstance({ settings: to(destination.url) })))
  await running.send(...numbered(3, 'u1'))
  await expect.poll(() => running.pipeline.dispatcher.states()['dst_1']?.lanesParked).toBe(1)
  destination.answer = ok
  running.pipeline.dispatcher.tryNow('dst_1')
  await running.drained()
  expect(numbersOf(destination.received.slice(1), 'u1')).toEqual(range(3))
})

test('a destination that is down opens the breaker and does not delay another', async () => {
  await using down = await aDestination()
  down.answer = status(500)
  await using healthy = await aDestination()
  const config = aConfig(
    anInstance({ number: 1, settings: to(down.url) }),
    anInstance({ number: 2, settings: to(healthy.url) }),
  )
  await using running = await startPipeline(config)
  await running.send(...range(100).flatMap((n) => numbered(1, `u${n}`)))
  while (healthy.received.length < 100) await new Promise((resolve) => setTimeout(resolve, 5))
  while (!running.told.includes('breaker opened')) await new Promise((resolve) => setTimeout(resolve, 5))
  expect((await running.state.pending()).get(1)).toBe(100)
  const { dst_1: held, dst_2: well } = running.pipeline.dispatcher.states()
  expect([held?.account, well?.account, well?.lanesWaiting]).toEqual([1, 2, 0])
  expect((held?.lanesWaiting ?? 0) + (held?.requestsUnderWay ?? 0)).toBe(100)
  expect(held?.lanesParked).toBeGreaterThan(0)
  expect(held?.nextRetryMs).toBeGreaterThan(0)
  expect(well?.nextRetryMs).toBeNull()
  const failure = { reason: 'status_500', status: 500, host: new URL(down.url).host }
  expect([held?.lastFailure, well?.lastFailure]).toEqual([{ atMs: expect.any(Number), ...failure }, null])
  down.answer = ok
  await running.drained()
  expect((await conservation(running)).holds).toBe(true)
}, 30_000)

test('a person who asks to be forgotten gets nothing more but the erasure, which goes last and once for an account', async () => {
  await using destination = await aDestination()
  let release = () => {}
  const held = new Promise<void>((resolve) => {
    release = resolve
  })
  const slowFirst: Answer = (request, response) => {
    if (request.body.data?.['n'] === 0) void held.then(() => ok(request, response))
    else ok(request, response)
  }
  destination.answer = slowFirst
  const config = aConfig(
    anInstance({ number: 1, settings: to(destination.url) }),
    anInstance({ number: 2, settings: to(destination.url) }),
  )
  await using running = await startPipeline(config)
  await running.send(...numbered(10, 'leaving'), ...numbered(2, 'staying', 1))
  while (destination.received.length < 4) await new Promise((resolve) => setTimeout(resolve, 5))
  const command = {
    command: 'erase' as const,
    regulationId: 'reg_1',
    regulationType: 'DELETE_ONLY' as const,
    userId: 'leaving',
    requestedAtMs: Date.parse('2026-01-03T00:00:00Z'),
  }
  await running.log.append([{ kind: 'command', sourceId: '', body: encodeCommand(command) }])
  await running.send(anEvent({ messageId: 'late', userId: 'leaving' }))
  while (running.pipeline.offset < running.log.reader.end()) await new Promise((resolve) => setTimeout(resolve, 5))
  expect(destination.received.some(({ path }) => path === '/v4/erasures')).toBe(false)
  release()
  await running.drained()
  expect(numbersOf(destination.received, 'leaving')).toEqual([0, 0])
  const erasures = destination.received.filter(({ path }) => path === '/v4/erasures')
  expect(erasures.map(({ body }) => body)).toEqual([{ partner_user_id: 'leaving', note: 'reg_1' }])
  expect(destination.received.at(-1)?.path).toBe('/v4/erasures')
  const { lines, holds } = await conservation(running)
  expect(holds).toBe(true)
  expect(lines.find((line) => line.equation === 'deliveries')?.parts).toMatchObject({ cancelled: 9, pending: 0 })
  expect(lines.find((line) => line.equation === 'source')?.parts).toMatchObject({ suppressed: 1 })
  expect(await running.state.regulation('reg_1')).toMatchObject({ subjects: 1, tasks: [{ state: 'delivered' }] })
})

test('a lane longer than its part in memory keeps its order', async () => {
  await using destination = await aDestination()
  await using running = await startPipeline(aConfig(anInstance({ settings: to(destination.url) })))
  const count = LANE_ITEMS_MAX * 5 + 17
  await running.send(...numbered(count))
  await running.drained()
  expect(numbersOf(destination.received)).toEqual(range(count))
})

test('a restart goes on where the last process stopped: nothing lost, nothing twice, retries remembered', async () => {
  await using destination = await aDestination()
  destination.answer = (request, response) =>
    ((request.body.data?.['n'] as number) >= 3 ? status(503) : ok)(request, response)
  const config = aConfig(anInstance({ settings: to(destination.url) }))
  const first = await startPipeline(config)
  await first.send(...numbered(300))
  while (destination.received.length < 5) await new Promise((resolve) => setTimeout(resolve, 5))
  destination.answer = ok
  await using second = await first.restart(config)
  await second.send(...numbered(1, 'u2'))
  await second.drained()
  const delivered = numbersOf(destination.received)
  expect([...new Set(delivered)]).toEqual(range(300))
  expect(delivered.filter((n) => n !== 3)).toEqual(range(300).filter((n) => n !== 3))
  const retried = (await second.state.ledger({ position: 4, limit: 10 }))[0]
  expect(retried?.attempts).toBeGreaterThanOrEqual(2)
})

test('a new instance starts at its position and not before', async () => {
  await using destination = await aDestination()
  await using running = await startPipeline(aConfig(anInstance({ settings: to(destination.url), startPosition: 2 })))
  await running.send(...numbered(4))
  await running.drained()
  expect(numbersOf(destination.received)).toEqual([2, 3])
})

test('what waits at an instance that is switched off flows when it is switched on', async () => {
  await using destination = await aDestination()
  destination.answer = status(503)
  const instance = anInstance({ settings: to(destination.url) })
  await using running = await startPipeline(aConfig(instance))
  await running.send(...numbered(2))
  while (destination.received.length === 0) await new Promise((resolve) => setTimeout(resolve, 5))
  running.pipeline.configure(aConfig({ ...instance, enabled: false }))
  destination.answer = ok
  await new Promise((resolve) => setTimeout(resolve, 1_500))
  expect((await running.state.pending()).get(1)).toBe(2)
  running.pipeline.configure(aConfig(instance))
  await running.drained()
  expect(numbersOf(destination.received).at(-1)).toBe(1)
})

const aFilter = (condition: string, ...actions: DestinationFilter['actions']): DestinationFilter => ({
  id: condition,
  title: condition,
  description: null,
  if: condition,
  actions,
  enabled: true,
  createdAtMs: 0,
  updatedAtMs: 0,
})

test('a destination never sees what a filter took away, also in retries, and what is dropped adds up', async () => {
  await using destination = await aDestination()
  const seen: string[] = []
  destination.answer = (request, response) => {
    seen.push(JSON.stringify(request.body))
    return (seen.length <= 2 ? status(503) : ok)(request, response)
  }
  const filters = [
    aFilter('properties.secret != null', { type: 'DROP_PROPERTIES', fields: { properties: ['secret'] } }),
    aFilter('event = "Internal"', { type: 'DROP' }),
    aFilter('contains(properties.text, "x")', { type: 'DROP' }),
    aFilter('event = "Sampled"', { type: 'SAMPLE', percent: 0.5 }),
  ]
  await using running = await startPipeline(aConfig(anInstance({ settings: to(destination.url), filters })))
  const sampled = Array.from({ length: 40 }, (_, n) => anEvent({ messageId: `s${n}`, event: 'Sampled' }))
  await running.send(
    anEvent({ messageId: 'kept', event: 'Kept', properties: { secret: 'canary-1', open: 1 } }),
    anEvent({ messageId: 'internal', event: 'Internal' }),
    anEvent({ messageId: 'unclear', event: 'Unclear', properties: { text: 5 } }),
    ...sampled,
  )
  await running.drained()
  expect(seen.filter((body) => body.includes('Kept')).length).toBeGreaterThan(1)
  expect(seen.join()).not.toContain('canary-1')
  expect(seen.join()).not.toMatch(/Internal|Unclear/)
  const { holds, lines } = await conservation(running)
  expect(holds).toBe(true)
  expect(lines.find((line) => line.equation === 'routing')).toMatchObject({ left: 43, right: 43 })
  const counts = Object.fromEntries((await running.state.counts()).map(({ name, by }) => [name, by]))
  expect(counts['filtered:FILTER_NOT_EVALUATED']).toBe(1)
  const leftOut = (counts['filtered:FILTERED_BY_RULES'] ?? 0) - 1
  expect(leftOut).toBeGreaterThan(5)
  expect(counts['delivered']).toBe(1 + 40 - leftOut)
})

test('a filter made stricter holds for what still waits, and one that cannot be decided makes a dead letter', async () => {
  await using destination = await aDestination()
  const waiting: (() => void)[] = []
  destination.answer = (request, response) => void waiting.push(() => ok(request, response))
  const instance = anInstance({ settings: to(destination.url) })
  await using running = await startPipeline(aConfig(instance))
  await running.send(
    anEvent({ messageId: 'first' }),
    anEvent({ messageId: 'second', properties: { secret: 'canary-2' } }),
    anEvent({ messageId: 'third', properties: { secret: 7 } }),
  )
  while (waiting.length === 0) await new Promise((resolve) => setTimeout(resolve, 5))
  const condition = 'properties.secret = null or contains(properties.secret, "canary")'
  const filters = [aFilter(condition, { type: 'DROP_PROPERTIES', fields: { properties: ['secret'] } })]
  running.pipeline.configure(aConfig({ ...instance, filters }))
  destination.answer = ok
  for (const go of waiting) go()
  await running.drained()
  expect(destination.received).toHaveLength(2)
  expect(JSON.stringify(destination.received)).not.toContain('canary-2')
  const rows = await running.state.ledger({ limit: 10 })
  expect(rows.map(({ state, reason }) => [state, reason])).toEqual([
    ['dead', 'invalid'],
    ['delivered', null],
    ['delivered', null],
  ])
  expect((await conservation(running)).holds).toBe(true)
})

test('what a deleted destination had not delivered is cancelled with a reason, and everything adds up', async () => {
  await using destination = await aDestination()
  const waiting: (() => void)[] = []
  destination.answer = (request, response) => void waiting.push(() => ok(request, response))
  const instance = anInstance({ number: 1, settings: to(destination.url) })
  const other = anInstance({ number: 2, name: 'Other', settings: { ...to(destination.url), apiKey: 'another-key' } })
  await using running = await startPipeline(aConfig(instance, other))
  await running.send(...numbered(1_200, 'u1'), ...numbered(3, 'u2'))
  while (waiting.length < 4) await new Promise((resolve) => setTimeout(resolve, 5))
  running.pipeline.configure(aConfig(other))
  destination.answer = ok
  for (const go of waiting) go()
  await running.drained()
  const counts = new Map(
    (await running.state.counts()).map(({ scope, id, name, by }) => [`${scope} ${id} ${name}`, by]),
  )
  // One attempt of each person was under way.
  expect(counts.get('destination 1 delivered')).toBe(2)
  expect(counts.get('destination 1 cancelled')).toBe(1_201)
  expect(counts.get('destination 2 delivered')).toBe(1_203)
  expect((await conservation(running)).holds).toBe(true)
  const rows = await running.state.ledger({ instance: 1, state: 'cancelled', limit: 10 })
  expect(new Set(rows.map(({ reason }) => reason))).toEqual(new Set(['destination_deleted']))
}, 30_000)

test('a destination that was deleted while nothing ran leaves nothing pending at the next start', async () => {
  await using destination = await aDestination()
  destination.answer = status(503)
  const first = await startPipeline(aConfig(anInstance({ settings: to(destination.url) })))
  await first.send(...numbered(5))
  while (destination.received.length === 0) await new Promise((resolve) => setTimeout(resolve, 5))
  await using again = await first.restart(aConfig())
  await again.drained()
  expect((await again.state.ledger({ limit: 10 })).map(({ state, reason }) => [state, reason])).toEqual(
    range(5).map(() => ['cancelled', 'destination_deleted']),
  )
  expect((await conservation(again)).holds).toBe(true)
})
