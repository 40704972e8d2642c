/** Computed traits and audiences of accounts in the pipeline: loaded, told, worked out anew, and without who is forgotten. */
import { expect, test } from 'vitest'
import { parseAudience, parseTrait } from '../engage/index.ts'
import { systemClock } from '../ports/index.ts'
import type { NormalisedEvent } from '../spec/index.ts'
import type { ConfigSnapshot, SpaceComputation } from '../workspace/index.ts'
import { aConfig, anEvent, anInstance, startPipeline } from './builders.ts'
import { encodeCommand } from './command.ts'

type Running = Awaited<ReturnType<typeof startPipeline>>

const SPACE = 'spa_1'
const HOUR_MS = 3_600_000

function computation(number: number, key: string, text: string, over: object = {}): SpaceComputation {
  const isAudience = text.includes('ANY') || text.includes('ALL') || text.includes('>=')
  const level = 'level' in over && over.level === 'users' ? 'users' : 'accounts'
  const definition = isAudience ? parseAudience(text, level) : parseTrait(text, level)
  const told = { form: 'group', enteredEvent: 'In', exitedEvent: 'Out', enrichTraits: ['industry'] } as const
  const activations = [{ ...told, destinationId: 'dst_space' }]
  return { id: `com_${number}`, number, key, level, definition, includesAnonymous: false, activations, ...over }
}
const ORDERS = computation(1, 'orders', "event('Order').count()")
const ACTIVE = computation(2, 'active', "ANY(event('Order').within(6 hours).count() >= 1)")
const EVERYBODY = computation(3, 'everybody', "ALL(trait('spent') >= 10)")
const SPENT = computation(4, 'spent', "event('Order').sum(property('total'))", { level: 'users', activations: [] })

/** What a space tells goes to nobody here: the log has it. */
function config(...computations: SpaceComputation[]): ConfigSnapshot {
  const made = aConfig({ ...anInstance(), enabled: false })
  const source = [...made.sources.values()][0]
  if (source === undefined) throw new Error('no source')
  const sources = new Map([...made.sources, [SPACE, { ...source, id: SPACE, kind: 'space', writeKeys: [] }]])
  return { ...made, sources, spaces: [{ id: SPACE, number: 1, sourceIds: new Set([source.id]), computations }] }
}

/** Engine time is the latest arrival: no tick of the clock comes between. */
const startMs = systemClock.nowMs()
let sent = 0
/** @param hours after the start */
function call(type: NormalisedEvent['type'], hours: number, over: object): NormalisedEvent {
  sent += 1
  const at = new Date(startMs + hours * HOUR_MS).toISOString()
  const times = { timestamp: at, originalTimestamp: at, sentAt: at, receivedAt: at }
  return anEvent({ type, event: undefined, messageId: `m${sent}`, ...times, ...over } as never)
}
const group = (hours: number, userId: string, groupId: string) =>
  call('group', hours, { userId, groupId, traits: { industry: 'wine' } })
const order = (hours: number, userId: string, total = 1, groupId?: string) =>
  call('track', hours, {
    event: 'Order',
    userId,
    properties: { total },
    context: groupId === undefined ? {} : { groupId },
  })

/** What accounts were told of, in order, each once however often the log has it. */
function told(running: Running, key: string): unknown[] {
  const said: unknown[] = []
  const seen = new Set<string>()
  for (let after = 0; ; ) {
    const records = running.log.reader.read(after, 1_000)
    const last = records.at(-1)
    if (last === undefined) return said
    after = last.position
    for (const { sourceId, kind, body } of records) {
      if (sourceId !== SPACE || kind !== 'event') continue
      const { messageId, groupId, traits } = JSON.parse(body) as NormalisedEvent
      if (seen.has(messageId)) continue
      seen.add(messageId)
      if (Object.hasOwn(traits ?? {}, key)) said.push([groupId, traits?.[key]])
    }
  }
}

/** What was to be told is in the log. */
async function said(running: Running): Promise<void> {
  await running.drained()
  await expect.poll(async () => (await running.state.people.outbox(1)).length, { interval: 10 }).toBe(0)
}

async function computed(running: Running): Promise<void> {
  await expect.poll(() => running.pipeline.computing, { timeout: 20_000, interval: 10 }).toEqual([])
  await said(running)
}

test('an account is told of by group calls when one of its users changes what holds, by an event or by time', async () => {
  await using running = await startPipeline(config(ORDERS, ACTIVE, EVERYBODY, SPENT))
  await running.send(group(0, 'ada', 'acme'), group(0, 'bob', 'acme'), group(0, 'eve', 'initech'))
  await running.send(order(1, 'ada', 20), order(2, 'bob', 5, 'acme'))
  await said(running)
  await running.send(order(3, 'bob', 5), order(20, 'eve', 1, 'initech'))
  await said(running)
  expect(told(running, 'active')).toEqual([
    ['acme', true],
    ['acme', false],
    ['initech', true],
  ])
  // Ada alone is not all of them.
  expect(told(running, 'everybody')).toEqual([['acme', true]])
  expect(told(running, 'orders')).toEqual([
    ['acme', 1],
    ['acme', 2],
    ['acme', 3],
    ['initech', 1],
  ])
  const [first] = running.log.reader.read(0, 1_000).filter(({ sourceId }) => sourceId === SPACE)
  expect(JSON.parse(first?.body ?? '')).toMatchObject({
    type: 'group',
    groupId: 'acme',
    anonymousId: expect.stringMatching(/^use_\d+$/),
    traits: { industry: 'wine' },
    context: { personas: { computation_class: 'trait', computation_key: 'orders', space_id: SPACE } },
  })
})

test('made after the events, they come to the same, and nobody is told of half the answers', async () => {
  const calls = [
    group(0, 'ada', 'acme'),
    group(0, 'bob', 'acme'),
    group(0, 'eve', 'initech'),
    order(90, 'ada', 20),
    order(96, 'bob', 10, 'acme'),
    order(99, 'eve', 2),
  ]
  await using running = await startPipeline(config())
  await running.send(...calls)
  await said(running)
  await running.pipeline.configure(config(ORDERS, ACTIVE, EVERYBODY, SPENT))
  await computed(running)
  expect(told(running, 'orders').toSorted()).toEqual([
    ['acme', 2],
    ['initech', 1],
  ])
  expect(told(running, 'active').toSorted()).toEqual([
    ['acme', true],
    ['initech', true],
  ])
  expect(told(running, 'everybody')).toEqual([['acme', true]])
  // Another question, and one that reads another definition now: only who differs is told.
  const generous = { ...SPENT, definition: parseTrait("event('Order').sum(property('total'))") }
  const least = { ...generous, definition: parseTrait("event('Order').min(property('total'))") }
  await running.pipeline.configure(config(ORDERS, ACTIVE, EVERYBODY, least))
  await computed(running)
  expect(told(running, 'everybody')).toEqual([['acme', true]])
  await running.send(order(99.5, 'bob', 3, 'acme'))
  await said(running)
  expect(told(running, 'everybody')).toEqual([
    ['acme', true],
    ['acme', false],
  ])
  expect(told(running, 'active')).toHaveLength(2)
}, 60_000)

test('two accounts that become one have the users of both, also those who come by the old name later', async () => {
  await using running = await startPipeline(config(ORDERS, EVERYBODY, SPENT))
  const domain = (name: string) => ({
    externalIds: [{ id: name, type: 'domain', collection: 'accounts', encoding: 'none' }],
  })
  await running.send(
    group(0, 'ada', 'acme'),
    call('group', 0, { userId: 'bob', groupId: undefined, traits: {}, context: domain('acme.test') }),
    order(1, 'ada', 20),
  )
  await said(running)
  expect(told(running, 'everybody')).toEqual([['acme', true]])
  await running.send(call('group', 2, { userId: 'ada', groupId: 'acme', traits: {}, context: domain('acme.test') }))
  await said(running)
  expect(told(running, 'everybody')).toEqual([
    ['acme', true],
    ['acme', false],
  ])
  await running.send(order(3, 'bob', 30))
  await said(running)
  expect(told(running, 'everybody')).toHaveLength(3)
  expect(told(running, 'orders').at(-1)).toEqual(['acme', 2])
})

test('who is forgotten is no user of any account any more', async () => {
  await using running = await startPipeline(config(EVERYBODY, ACTIVE, SPENT))
  await running.send(group(0, 'ada', 'acme'), group(0, 'bob', 'acme'), order(1, 'ada', 20), order(1, 'bob', 1))
  await said(running)
  expect(told(running, 'everybody')).toEqual([])
  const erase = encodeCommand({
    command: 'erase',
    regulationId: 'reg_1',
    regulationType: 'DELETE_ONLY',
    userId: 'bob',
    requestedAtMs: systemClock.nowMs(),
  })
  await running.log.append([{ kind: 'command', sourceId: '', body: erase }])
  await said(running)
  expect(told(running, 'everybody')).toEqual([['acme', true]])
})

test('a restart while people answer or accounts are worked out goes on where it was, and tells each account once', async () => {
  const accounts = Array.from({ length: 60 }, (_, at) => `g${at}`)
  const calls = Array.from({ length: 3_000 }, (_, at) => group(0, `u${at}`, `g${at % accounts.length}`))
  let running = await startPipeline(config())
  await running.send(...calls)
  // One of the users of the first ten has not ordered.
  await running.send(...calls.flatMap(({ userId }, at) => (at < 10 ? [] : [order(1, userId ?? '', 20)])))
  await running.drained()
  running.pipeline.configure(config(EVERYBODY, SPENT))
  const met: string[] = []
  for (const phase of ['people', 'accounts']) {
    for (let now = running.pipeline.computing[0]; now !== undefined; now = running.pipeline.computing[0]) {
      if (now.phase !== phase) {
        await new Promise(setImmediate)
        continue
      }
      met.push(phase)
      expect(told(running, 'everybody').length).toBeLessThanOrEqual(phase === 'people' ? 0 : 50)
      running = await running.restart(config(EVERYBODY, SPENT))
      break
    }
  }
  await computed(running)
  expect(met).toContain('people')
  expect(told(running, 'everybody').toSorted()).toEqual(
    accounts
      .slice(10)
      .map((name) => [name, true])
      .toSorted(),
  )
  await running[Symbol.asyncDispose]()
}, 60_000)
