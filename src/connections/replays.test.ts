import { expect, test } from 'vitest'
import type { ReplayKind } from '../state/index.ts'
import { aConfig, aDestination, anEvent, anInstance, ok, type Running, startPipeline, status } from './builders.ts'
import { encodeCommand } from './command.ts'
import { balance } from './conservation.ts'
import { createKeyedHash } from './keyed-hash.ts'
import { LANE_ITEMS_MAX } from './lanes.ts'
import type { ReplaySelection } from './replay-selection.ts'

const to = (url: string) => ({ apiKey: 'key-of-the-test', apiBaseUrl: url })
const range = (count: number, from = 0) => Array.from({ length: count }, (_, n) => from + n)
const numbered = (count: number, userId = 'u1', from = 0) =>
  range(count, from).map((n) => anEvent({ messageId: `${userId}-${n}`, userId, properties: { n } }))
type Received = Awaited<ReturnType<typeof aDestination>>['received']
const numbersOf = (received: Received, userId = 'u1') =>
  received.filter(({ body }) => body.data?.['partner_user_id'] === userId).map(({ body }) => body.data?.['n'])
const refused = status(400, {}, '{"code":"missing_event_name","unique_id":"77"}')
const START = { position: 0, route: Number.MIN_SAFE_INTEGER }
const pause = (ms = 5) => new Promise((resolve) => setTimeout(resolve, ms))

let replays = 0
function replay(
  running: Running,
  options: { selection?: Partial<ReplaySelection>; rate?: number; kind?: ReplayKind; instance?: number } = {},
) {
  replays += 1
  const all = { untilPosition: running.log.reader.end(), diedByMs: Date.now() }
  return running.pipeline.replays.create({
    id: `rpl_${replays}`,
    kind: options.kind ?? 'dead',
    instance: options.instance ?? 1,
    selection: JSON.stringify({ ...all, ...options.selection }),
    total: 0,
    ratePerSecond: options.rate ?? 10_000,
    cursor: START,
  })
}

async function ended(running: Running, id: string) {
  for (;;) {
    const [found] = await running.state.replays({ id, limit: 1 })
    if (found !== undefined && found.state !== 'running') return found
    await pause()
  }
}

const addsUp = async (running: Running) => balance(await running.state.counts(), await running.state.pending()).holds
const deadPositions = async (running: Running) =>
  (await running.state.ledger({ state: 'dead', limit: 1_000 })).map(({ position }) => position).reverse()

test('dead letters are delivered in the order of the log for each person, and everything adds up', async () => {
  await using destination = await aDestination()
  destination.answer = refused
  await using running = await startPipeline(aConfig(anInstance({ settings: to(destination.url) })))
  await running.send(...range(40).flatMap((n) => [...numbered(1, 'u1', n), ...numbered(1, 'u2', n)]))
  await running.drained()
  expect((await deadPositions(running)).length).toBe(80)
  const before = destination.received.length
  destination.answer = ok
  const { id } = await replay(running)
  expect(await ended(running, id)).toMatchObject({ state: 'finished', counts: { revived: 80, delivered: 80, dead: 0 } })
  const sent = destination.received.slice(before)
  expect([numbersOf(sent, 'u1'), numbersOf(sent, 'u2')]).toEqual([range(40), range(40)])
  expect([await deadPositions(running), await addsUp(running)]).toEqual([[], true])
  expect(await running.state.detail({ position: 1, route: 10 })).toBeNull()
})

test('a replay renders anew: what was wrong with the settings is right in the repeat', async () => {
  await using destination = await aDestination()
  destination.answer = refused
  const instance = anInstance({ settings: to(destination.url) })
  await using running = await startPipeline(aConfig(instance))
  await running.send(anEvent({ event: 'Signed Up' }))
  await running.drained()
  const settings = { ...to(destination.url), eventNames: { 'Signed Up': 'registration' } }
  running.pipeline.configure(aConfig({ ...instance, settings }))
  destination.answer = ok
  await ended(running, (await replay(running)).id)
  expect(destination.received.map(({ body }) => body.event_name)).toEqual(['Signed Up', 'registration'])
})

test('an event that its mapping cannot use is kept as FILTERED_AT_MAPPING, and delivered once the mapping is mended', async () => {
  await using destination = await aDestination()
  const right = anInstance({ settings: to(destination.url) })
  const subscriptions = right.subscriptions.map((each) => ({ ...each, mapping: { '@nonsense': 1 } }))
  await using running = await startPipeline(aConfig({ ...right, subscriptions }))
  await running.send(anEvent({ event: 'Signed Up' }))
  await running.drained()
  const [row] = await running.state.ledger({ state: 'dead', limit: 1 })
  expect([row?.reason, destination.received.length, await addsUp(running)]).toEqual(['FILTERED_AT_MAPPING', 0, true])
  running.pipeline.configure(aConfig(right))
  const { id } = await replay(running, { selection: { reasons: ['FILTERED_AT_MAPPING'] } })
  expect((await ended(running, id)).counts).toMatchObject({ revived: 1, delivered: 1 })
  expect(destination.received.map(({ body }) => body.event_name)).toEqual(['Signed Up'])
})

test('a selection by person, event, time and reason leaves the rest alone', async () => {
  await using destination = await aDestination()
  destination.answer = refused
  await using running = await startPipeline(aConfig(anInstance({ settings: to(destination.url) })))
  const at = (hour: number) => `2026-01-02T0${hour}:00:00.000Z`
  await running.send(
    anEvent({ messageId: 'a', event: 'Signed Up', receivedAt: at(1) }),
    anEvent({ messageId: 'b', event: 'Signed Up', receivedAt: at(2) }),
    anEvent({ messageId: 'c', event: 'Left', receivedAt: at(2) }),
    anEvent({ messageId: 'd', event: 'Signed Up', receivedAt: at(2), userId: 'u2' }),
  )
  await running.drained()
  destination.answer = ok
  const lane = createKeyedHash(Buffer.alloc(32, 1)).lane('u:u1')
  const times = { fromMs: Date.parse(at(2)), toMs: Date.parse(at(3)) }
  const one = await replay(running, { selection: { lane, event: 'Signed Up', ...times, reasons: ['rejected_400'] } })
  expect((await ended(running, one.id)).counts).toMatchObject({ revived: 1, delivered: 1 })
  expect(await deadPositions(running)).toEqual([1, 3, 4])
  const none = await replay(running, { selection: { reasons: ['invalid'] } })
  expect((await ended(running, none.id)).counts.revived).toBe(0)
  const few = await replay(running, { selection: { positions: [3, 4] } })
  expect((await ended(running, few.id)).counts.revived).toBe(2)
  expect(await deadPositions(running)).toEqual([1])
})

test('what dies again stays dead, with the new reason, and is not tried for ever', async () => {
  await using destination = await aDestination()
  destination.answer = refused
  await using running = await startPipeline(aConfig(anInstance({ settings: to(destination.url) })))
  await running.send(...numbered(5))
  await running.drained()
  destination.answer = status(422, {}, '{"code":"other"}')
  const done = await ended(running, (await replay(running)).id)
  expect(done.counts).toMatchObject({ revived: 5, dead: 5, delivered: 0 })
  const [row] = await running.state.ledger({ state: 'dead', limit: 1 })
  expect(row).toMatchObject({ reason: 'rejected_422', attempts: 1, attemptsBefore: 1 })
  expect([destination.received.length, await addsUp(running)]).toEqual([10, true])
})

test('the rate is kept to, and cancelling gives back what was not tried', async () => {
  await using destination = await aDestination()
  destination.answer = refused
  await using running = await startPipeline(aConfig(anInstance({ settings: to(destination.url) })))
  await running.send(...range(60).flatMap((n) => numbered(1, `u${n % 4}`, n)))
  await running.drained()
  destination.answer = (request, response) => void setTimeout(() => ok(request, response), 20)
  const startedMs = performance.now()
  const { id } = await replay(running, { rate: 40 })
  while (destination.received.length < 75) await pause()
  const { state, counts } = (await running.pipeline.replays.cancel(id)) ?? {}
  const seconds = (performance.now() - startedMs) / 1_000
  expect(state).toBe('cancelled')
  expect(counts?.revived).toBeLessThanOrEqual(40 * seconds + 5)
  await running.drained()
  const [done] = await running.state.replays({ id, limit: 1 })
  expect((await deadPositions(running)).length).toBe(60 - (done?.counts.delivered ?? 0))
  expect(await addsUp(running)).toBe(true)
  expect(await running.pipeline.replays.cancel('rpl_unknown')).toBeNull()
})

test('a cancel that cannot be committed changes nothing: the replay goes on in order to its end', async () => {
  await using destination = await aDestination()
  destination.answer = refused
  await using running = await startPipeline(aConfig(anInstance({ settings: to(destination.url) })))
  await running.send(...numbered(20))
  await running.drained()
  const before = destination.received.length
  const held = Promise.withResolvers<void>()
  destination.answer = (request, response) => void held.promise.then(() => ok(request, response))
  const { id } = await replay(running)
  while (((await running.state.replays({ id, limit: 1 }))[0]?.counts.revived ?? 0) < 20) await pause()
  while (destination.received.length === before) await pause()
  const noAudit = () => Promise.reject(new Error('no audit row'))
  await expect(running.pipeline.replays.cancel(id, noAudit)).rejects.toThrow('no audit row')
  held.resolve()
  expect(await ended(running, id)).toMatchObject({ state: 'finished', counts: { revived: 20, delivered: 20 } })
  expect([numbersOf(destination.received.slice(before)), await addsUp(running)]).toEqual([range(20), true])
})

test('a restart in the midst goes on: each letter has its effect, in order', async () => {
  await using destination = await aDestination()
  destination.answer = refused
  const config = aConfig(anInstance({ settings: to(destination.url) }))
  const first = await startPipeline(config)
  await first.send(...range(50).flatMap((n) => [...numbered(1, 'u1', n), ...numbered(1, 'u2', n)]))
  await first.drained()
  const before = destination.received.length
  destination.answer = ok
  const { id } = await replay(first, { rate: 200 })
  while (destination.received.length < before + 20) await pause()
  await using second = await first.restart(config)
  expect((await ended(second, id)).counts).toMatchObject({ revived: 100, delivered: 100 })
  const sent = destination.received.slice(before)
  expect([numbersOf(sent, 'u1'), numbersOf(sent, 'u2')]).toEqual([range(50), range(50)])
  expect(await addsUp(second)).toBe(true)
})

test('a person who asked to be forgotten is not replayed', async () => {
  await using destination = await aDestination()
  destination.answer = refused
  await using running = await startPipeline(aConfig(anInstance({ settings: to(destination.url) })))
  await running.send(...numbered(3, 'leaving'), ...numbered(2, 'staying'))
  await running.drained()
  destination.answer = ok
  const erase = { command: 'erase', regulationId: 'reg_1', regulationType: 'DELETE_ONLY', userId: 'leaving' } as const
  const body = encodeCommand({ ...erase, requestedAtMs: Date.parse('2026-01-03T00:00:00Z') })
  await running.log.append([{ kind: 'command', sourceId: '', body }])
  await running.drained()
  const done = await ended(running, (await replay(running)).id)
  expect(done.counts).toMatchObject({ revived: 2, delivered: 2, skipped: 3 })
  expect(numbersOf(destination.received, 'leaving')).toEqual([0, 1, 2])
})

test('letters of a lane that is longer than its part in memory are neither lost nor sent twice', async () => {
  await using destination = await aDestination()
  destination.answer = refused
  await using running = await startPipeline(aConfig(anInstance({ settings: to(destination.url) })))
  const old = LANE_ITEMS_MAX * 2 + 10
  await running.send(...numbered(old))
  await running.drained()
  const before = destination.received.length
  // The lane waits with more behind it than memory holds.
  destination.answer = status(503)
  await running.send(...numbered(old, 'u1', old))
  while (destination.received.length === before) await pause()
  while (running.pipeline.offset < running.log.reader.end()) await pause()
  const { id } = await replay(running)
  while (((await running.state.replays({ id, limit: 1 }))[0]?.counts.revived ?? 0) < old) await pause()
  destination.answer = ok
  await ended(running, id)
  await running.drained()
  const delivered = numbersOf(destination.received.slice(before)) as number[]
  const isNew = (n: number) => n >= old
  const retried = delivered.filter((n) => n === old).length
  expect(delivered.filter(isNew).slice(retried - 1)).toEqual(range(old, old))
  expect(delivered.filter((n) => !isNew(n))).toEqual(range(old))
  expect(await addsUp(running)).toBe(true)
}, 20_000)

test('a new destination is filled from history by its own mappings, in order, without repeats and live events', async () => {
  await using old = await aDestination()
  await using fresh = await aDestination()
  const instances = [
    anInstance({ number: 1, settings: to(old.url) }),
    anInstance({ number: 2, settings: to(fresh.url), startPosition: 22 }),
  ]
  await using running = await startPipeline(aConfig(...instances))
  await running.send(...numbered(20), ...numbered(2))
  await running.drained()
  await running.send(...numbered(1, 'u1', 20))
  await running.drained()
  const { id } = await replay(running, { kind: 'history', instance: 2 })
  expect((await ended(running, id)).counts).toMatchObject({ revived: 20, delivered: 20 })
  expect(numbersOf(fresh.received)).toEqual([20, ...range(20)])
  const again = await replay(running, { kind: 'history', instance: 2 })
  expect((await ended(running, again.id)).counts.revived).toBe(0)
  expect([old.received.length, await addsUp(running)]).toEqual([21, true])
})
