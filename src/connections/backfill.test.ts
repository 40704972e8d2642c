/** A definition that is made when the log already has a history: read in pages, beside live traffic and across restarts. */
import { expect, test } from 'vitest'
import { parseAudience, parseTrait } from '../engage/index.ts'
import { systemClock } from '../ports/index.ts'
import type { NormalisedEvent } from '../spec/index.ts'
import { Person } from '../unify/index.ts'
import type { ConfigSnapshot, SpaceComputation } from '../workspace/index.ts'
import { aConfig, anEvent, anInstance, startPipeline } from './builders.ts'

type Running = Awaited<ReturnType<typeof startPipeline>>

const SPACE = 'spa_1'
const HOUR_MS = 3_600_000
const PEOPLE = 20

function computation(number: number, key: string, text: string): SpaceComputation {
  const definition = text.includes('>=') ? parseAudience(text) : parseTrait(text)
  const told = { form: 'identify', enteredEvent: 'In', exitedEvent: 'Out', enrichTraits: [] } as const
  const activations = [{ ...told, destinationId: 'dst_space' }]
  return { id: `com_${number}`, number, key, definition, includesAnonymous: false, activations }
}
const ORDERS = computation(1, 'orders', "event('Order').count()")
const SPENT = computation(2, 'spent', "event('Order').sum(property('total'))")
const RECENT = computation(3, 'recent', "event('Order').within(2 hours).count() >= 3")
const VISIT = computation(4, 'visit', "event('Visit').expires_after(1 hour).count()")

/** What a space tells goes to nobody here: the log has it. */
function config(...computations: SpaceComputation[]): ConfigSnapshot {
  const made = aConfig({ ...anInstance(), enabled: false })
  const source = [...made.sources.values()][0]
  if (source === undefined) throw new Error('no source')
  const sources = new Map([...made.sources, [SPACE, { ...source, id: SPACE, kind: 'space', writeKeys: [] }]])
  return { ...made, sources, spaces: [{ id: SPACE, number: 1, sourceIds: new Set([source.id]), computations }] }
}

const startMs = systemClock.nowMs() - HOUR_MS
let sent = 0
/** Orders of everybody in turn, ten seconds apart, one in ten of them sent twice and one in seven late. */
function orders(count: number): NormalisedEvent[] {
  return Array.from({ length: count }, (): NormalisedEvent[] => {
    sent += 1
    const at = (ms: number) => new Date(ms).toISOString()
    const now = startMs + sent * 500
    const late = sent % 7 === 0 ? (sent % 5) * HOUR_MS : 0
    const who = sent % PEOPLE
    // Half of them order under a device's name at first.
    const names = who % 2 === 0 ? { userId: `u${who}` } : { anonymousId: `d${who}` }
    const event = anEvent({
      event: 'Order',
      messageId: `order-${sent}`,
      userId: undefined,
      ...names,
      properties: { total: sent % 9 },
      timestamp: at(now - late),
      receivedAt: at(now),
    } as Partial<NormalisedEvent>)
    return sent % 10 === 0 ? [event, event] : [event]
  }).flat()
}

const visit = (): NormalisedEvent =>
  ({ ...(orders(1)[0] as NormalisedEvent), event: 'Visit', userId: 'u0', anonymousId: undefined }) as never

/** Each device turns out to be somebody's. */
const known = (): NormalisedEvent[] =>
  Array.from({ length: PEOPLE }, (_, who) => {
    sent += 1
    const at = new Date(startMs + sent * 500).toISOString()
    const names = { userId: `u${who}`, anonymousId: `d${who}` }
    const times = { timestamp: at, receivedAt: at }
    return anEvent({ type: 'identify', event: undefined, messageId: `known-${sent}`, ...names, ...times } as never)
  })

/** Nothing is left to be read, worked out or told. */
async function computed(running: Running) {
  await expect.poll(() => running.pipeline.computing, { timeout: 20_000, interval: 10 }).toEqual([])
  await running.drained()
}

/** In the midst of history. */
async function midst(running: Running) {
  for (;;) {
    const [run] = running.pipeline.computing
    if (run === undefined) throw new Error('it is over already')
    if (run.phase === 'history' && run.done > 0 && run.done < run.total) return run
    await new Promise(setImmediate)
  }
}

function logged(running: Running, from = 0): { sourceId: string; position: number; event: NormalisedEvent }[] {
  const records = running.log.reader.read(from, 1_000)
  const last = records.at(-1)
  if (last === undefined) return []
  const events = records.filter(({ kind }) => kind === 'event')
  const read = events.map(({ sourceId, position, body }) => ({ sourceId, position, event: JSON.parse(body) }))
  return [...read, ...logged(running, last.position)]
}

/** What was told of each person, in order, each once however often the log has it. */
function toldOf(running: Running): Map<string, unknown[]> {
  const told = logged(running).filter(({ sourceId }) => sourceId === SPACE)
  const once = new Map(
    told.map(({ event }) => [event.messageId, event as unknown as { userId?: string; traits: object }]),
  )
  const all = new Map<string, unknown[]>()
  for (const { userId, traits } of once.values()) {
    const [entry = ['', undefined]] = Object.entries(traits)
    const name = `${userId} ${entry[0]}`
    all.set(name, [...(all.get(name) ?? []), entry[1]])
  }
  return all
}

/** What the log says when it is read as a whole, without any engine, of what happened from an instant on. */
function expected(running: Running, fromMs = 0): Map<string, { orders: number; spent: number }> {
  const people = new Map<string, { orders: number; spent: number }>()
  const seen = new Set<string>()
  for (const { event } of logged(running)) {
    if (event.event !== 'Order' || seen.has(event.messageId)) continue
    seen.add(event.messageId)
    const happenedMs = Math.min(Date.parse(event.timestamp), Date.parse(event.receivedAt))
    if (happenedMs < fromMs) continue
    const name = event.userId ?? `u${String(event.anonymousId).slice(1)}`
    const before = people.get(name) ?? { orders: 0, spent: 0 }
    const { total } = event.properties as { total: number }
    people.set(name, { orders: before.orders + 1, spent: before.spent + total })
  }
  return people
}

const last = (told: Map<string, unknown[]>, name: string) => told.get(name)?.at(-1)

test('history is read beside live traffic and across restarts: nothing is missed, and nobody is told twice', async () => {
  let running = await startPipeline(config())
  await running.send(...orders(6_000), ...known(), visit(), visit(), visit())
  await running.drained()
  running.pipeline.configure(config(ORDERS, SPENT, RECENT, VISIT))
  const first = await midst(running)
  expect(first).toMatchObject({ space: 1, phase: 'history', withheld: [1, 2, 3, 4] })
  await running.send(...orders(100), visit(), visit())
  running = await running.restart(config(ORDERS, SPENT, RECENT, VISIT))
  // It goes on where it was.
  expect((await midst(running)).done).toBeGreaterThanOrEqual(first.done)
  await running.send(...orders(100))
  expect(toldOf(running).size).toBe(0)
  running = await running.restart(config(ORDERS, SPENT, RECENT, VISIT))
  await computed(running)
  await running.send(...orders(100))
  await running.drained()
  await expect.poll(async () => (await running.state.people.outbox(1)).length).toBe(0)
  const told = toldOf(running)
  const all = expected(running)
  expect(all.size).toBe(PEOPLE)
  for (const [user, { orders, spent }] of all) {
    expect([user, last(told, `${user} orders`), last(told, `${user} spent`)]).toEqual([user, orders, spent])
    const counts = (told.get(`${user} orders`) ?? []).map(Number)
    expect(counts).toEqual(counts.toSorted((a, b) => a - b))
    expect(new Set(counts).size).toBe(counts.length)
    expect(told.get(`${user} recent`)).toEqual([true])
  }
  // One visit goes from history into what came while it was read.
  expect(told.get('u0 visit')).toEqual([5])
  await running[Symbol.asyncDispose]()
}, 60_000)

test('a definition that is changed in the midst is read for anew, and one that is deleted is not told', async () => {
  await using running = await startPipeline(config())
  await running.send(...orders(6_000), ...known(), visit(), visit(), visit())
  await running.drained()
  running.pipeline.configure(config(ORDERS))
  await midst(running)
  running.pipeline.configure(config())
  await computed(running)
  expect(toldOf(running).size).toBe(0)
  running.pipeline.configure(config(ORDERS))
  await midst(running)
  running.pipeline.configure(config(ORDERS, SPENT))
  await midst(running)
  running.pipeline.configure(config(SPENT))
  await running.send(...orders(50))
  await computed(running)
  await expect.poll(async () => (await running.state.people.outbox(1)).length).toBe(0)
  const told = toldOf(running)
  const all = expected(running)
  expect([...told.keys()].toSorted()).toEqual([...all.keys()].map((user) => `${user} spent`).toSorted())
  for (const [user, { spent }] of all) expect(last(told, `${user} spent`)).toBe(spent)
}, 60_000)

test('a definition that comes back counts nothing twice, also for those nobody looked at in between', async () => {
  await using running = await startPipeline(config(ORDERS))
  await running.send(...orders(600), ...known())
  await running.drained()
  running.pipeline.configure(config())
  running.pipeline.configure(config(ORDERS))
  await computed(running)
  for (let round = 0; round < 3; round += 1) {
    running.pipeline.configure(config(SPENT))
    await running.send(...orders(30))
    await running.drained()
    running.pipeline.configure(config(ORDERS, VISIT))
    await running.send(...orders(30))
    await running.drained()
  }
  await computed(running)
  const people = await running.state.people.profilesAfter({ space: 1, after: 0, limit: 1_000 })
  const all = expected(running)
  expect(people).toHaveLength(PEOPLE)
  for (const { id, document } of people) {
    const { identity, engage } = Person.decode(id, document)
    const user = identity.ids.find(({ type }) => type === 'user_id')?.value ?? ''
    expect([user, engage.values.get(1)?.value]).toEqual([user, all.get(user)?.orders])
  }
}, 60_000)

test('a definition that is switched off and on again tells everybody once more', async () => {
  await using running = await startPipeline(config(RECENT))
  await running.send(...orders(300), ...known())
  await running.drained()
  const told = () => [...toldOf(running).values()].flat()
  await expect.poll(told).toEqual(Array(PEOPLE).fill(true))
  running.pipeline.configure(config())
  await computed(running)
  running.pipeline.configure(config(RECENT))
  await computed(running)
  await expect.poll(told).toEqual(Array(2 * PEOPLE).fill(true))
}, 30_000)

test('without history only what comes from now on counts, though another definition asks the same of the past', async () => {
  const fromNow = { ...computation(5, 'orders_since', "event('Order').count()"), includesHistory: false }
  await using running = await startPipeline(config(ORDERS))
  await running.send(...orders(300), ...known())
  await running.drained()
  running.pipeline.configure(config(ORDERS, fromNow))
  await computed(running)
  await running.send(...orders(2 * PEOPLE))
  await running.drained()
  const all = expected(running)
  await expect.poll(() => last(toldOf(running), 'u0 orders')).toBe(all.get('u0')?.orders)
  await expect.poll(() => toldOf(running).get('u0 orders_since')).toEqual([1, 2])
}, 30_000)

test('with a look-back what happened since then counts, whenever it arrives, beside others that look back elsewhere', async () => {
  // In the midst of the late ones and of those on time.
  const fromMs = [startMs + (sent + 150) * 500, startMs - 2 * HOUR_MS]
  const since = fromMs.map((countsFromMs, at) => ({
    ...computation(6 + at, `since_${at}`, "event('Order').count()"),
    countsFromMs,
  }))
  await using running = await startPipeline(config(ORDERS))
  await running.send(...orders(300), ...known())
  await running.drained()
  running.pipeline.configure(config(ORDERS, ...since))
  await computed(running)
  await running.send(...orders(5 * PEOPLE))
  await running.drained()
  await expect.poll(async () => (await running.state.people.outbox(1)).length).toBe(0)
  const told = toldOf(running)
  const [all, ...parts] = [0, ...fromMs].map((from) => expected(running, from))
  const counts = (name: string) => Array.from({ length: PEOPLE }, (_, who) => last(told, `u${who} ${name}`))
  const wanted = (one: typeof all) => Array.from({ length: PEOPLE }, (_, who) => one?.get(`u${who}`)?.orders)
  expect(counts('orders')).toEqual(wanted(all))
  for (const [at, part] of parts.entries()) {
    expect(counts(`since_${at}`)).toEqual(wanted(part))
    expect(wanted(part)).not.toEqual(wanted(all))
  }
}, 30_000)
