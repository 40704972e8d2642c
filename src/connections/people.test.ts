/** Spaces in the pipeline: profiles, computed traits and audiences that reach Extole. */
import { afterEach, beforeEach, expect, test } from 'vitest'
import { parseAudience, parseTrait } from '../engage/index.ts'
import { type ExtoleSandbox, startExtoleSandbox } from '../extole/index.ts'
import { systemClock, systemRandom } from '../ports/index.ts'
import type { NormalisedEvent } from '../spec/index.ts'
import { mergedKey, Person } from '../unify/index.ts'
import type { ConfigSnapshot, SpaceComputation } from '../workspace/index.ts'
import { aConfig, anEvent, anInstance, startPipeline } from './builders.ts'
import { encodeCommand } from './command.ts'
import { previewDrift } from './drift-preview.ts'
import { createKeyedHash } from './keyed-hash.ts'
import { profileKey } from './people.ts'

const SPACE = 'spa_1'
const DAY_MS = 86_400_000
let sandbox: ExtoleSandbox

beforeEach(async () => {
  const options = { host: '127.0.0.1', port: 0, file: ':memory:', clock: systemClock, random: systemRandom }
  sandbox = await startExtoleSandbox(options)
})
afterEach(() => sandbox.close())

const ORDERED: SpaceComputation = {
  id: 'aud_1',
  number: 1,
  key: 'order_completed_last_30days',
  definition: parseAudience("event('Order Completed').within(30 days).count() >= 1"),
  includesAnonymous: false,
  activations: [
    {
      destinationId: 'dst_space',
      form: 'identify',
      enteredEvent: 'Audience Entered',
      exitedEvent: 'Audience Exited',
      enrichTraits: [],
    },
  ],
}

function config(...computations: SpaceComputation[]): ConfigSnapshot {
  return configWith({}, ...computations)
}

function configWith(more: object, ...computations: SpaceComputation[]): ConfigSnapshot {
  const settings = { apiKey: sandbox.adminToken, apiBaseUrl: sandbox.url, ...more }
  const ofSource = anInstance({ settings })
  const ofSpace = anInstance({ id: 'dst_space', number: 2, sourceId: SPACE, settings })
  const made = aConfig(ofSource, ofSpace)
  const source = [...made.sources.values()][0]
  if (source === undefined) throw new Error('no source')
  const sources = new Map([...made.sources, [SPACE, { ...source, id: SPACE, kind: 'space', writeKeys: [] }]])
  return { ...made, sources, spaces: [{ id: SPACE, number: 1, sourceIds: new Set([source.id]), computations }] }
}

async function valueAtExtole(userId: string, name: string): Promise<unknown> {
  const get = async (path: string) => {
    const response = await fetch(sandbox.url + path, { headers: { authorization: `Bearer ${sandbox.adminToken}` } })
    return (await response.json()) as never
  }
  const [person] = (await get(`/v5/persons?person_keys=partner_user_id:${userId}`)) as { id: string }[]
  if (person === undefined) return undefined
  const data = (await get(`/v5/persons/${person.id}/data`)) as Record<string, { name: string; value: unknown }>
  return Object.values(data).find((each) => each.name === name)?.value
}

let messages = 0
function order(userId: string, over: Partial<NormalisedEvent> & Record<string, unknown> = {}): NormalisedEvent {
  messages += 1
  const now = new Date(systemClock.nowMs()).toISOString()
  const times = { timestamp: now, originalTimestamp: now, sentAt: now, receivedAt: now }
  return anEvent({ event: 'Order Completed', messageId: `order-${messages}`, userId, ...times, ...over })
}

/** What the space itself sent, as it arrived at destinations. */
async function outputs(running: Awaited<ReturnType<typeof startPipeline>>) {
  const said: { userId: string; traits: Record<string, unknown> }[] = []
  for (let after = 0; ; ) {
    const records = running.log.reader.read(after, 1_000)
    const last = records.at(-1)
    if (last === undefined) return said
    after = last.position
    for (const { sourceId, kind, body } of records)
      if (sourceId === SPACE && kind === 'event') said.push(JSON.parse(body))
  }
}

test('who orders is in at Extole within a second', async () => {
  await using running = await startPipeline(config(ORDERED))
  const tookMs: number[] = []
  for (const userId of ['ada', 'bob', 'eve']) {
    const startMs = systemClock.monotonicMs()
    await running.send(order(userId, { context: { traits: { email: `${userId}@example.com` } } }))
    await expect.poll(() => valueAtExtole(userId, ORDERED.key), { timeout: 15_000, interval: 20 }).toBe(true)
    tookMs.push(systemClock.monotonicMs() - startMs)
  }
  // The slower ones may have met a busy machine.
  expect(Math.min(...tookMs)).toBeLessThan(1_000)
  expect((await outputs(running)).slice(0, 1)).toMatchObject([
    {
      type: 'identify',
      userId: 'ada',
      traits: { [ORDERED.key]: true, email: 'ada@example.com' },
      context: {
        personas: {
          computation_class: 'audience',
          computation_id: 'aud_1',
          computation_key: ORDERED.key,
          space_id: SPACE,
        },
      },
    },
  ])
  expect(await running.state.people.members({ computation: 1, after: 0, limit: 9 })).toHaveLength(3)
})

test('thirty days later they are out, without an event of theirs, and nobody is told anything twice', async () => {
  await using running = await startPipeline(config(ORDERED))
  await running.send(order('ada'), order('bob'))
  await expect.poll(() => valueAtExtole('bob', ORDERED.key), { timeout: 15_000 }).toBe(true)
  // Somebody else's call, thirty days on: engine time is the latest arrival.
  const later = new Date(systemClock.nowMs() + 30 * DAY_MS).toISOString()
  await running.send(order('eve', { event: 'Other', timestamp: later, receivedAt: later }))
  await expect.poll(() => valueAtExtole('ada', ORDERED.key), { timeout: 15_000 }).toBe(false)
  await running.drained()
  const told = (await outputs(running)).map(({ userId, traits }) => [userId, traits[ORDERED.key]])
  expect(told.toSorted()).toEqual([
    ['ada', false],
    ['ada', true],
    ['bob', false],
    ['bob', true],
  ])
})

test('a tick of its own lets time pass when nothing arrives', async () => {
  const soon = { ...ORDERED, definition: parseAudience("event('Order Completed').within(1 second).count() >= 1") }
  await using running = await startPipeline(config(soon))
  await running.send(order('ada'))
  await expect.poll(() => valueAtExtole('ada', ORDERED.key), { timeout: 15_000, interval: 20 }).toBe(true)
  await expect.poll(() => valueAtExtole('ada', ORDERED.key), { timeout: 15_000, interval: 20 }).toBe(false)
})

test('which ids a destination is told with can be changed at any time: from the next change on it counts', async () => {
  const activation = ORDERED.activations[0]
  if (activation === undefined) throw new Error('no activation')
  const ruled: SpaceComputation = {
    ...ORDERED,
    activations: [
      {
        ...activation,
        idSync: [
          { externalId: 'email', strategy: 'last' },
          { externalId: 'braze_id', strategy: 'first', mapTo: 'brazeId' },
        ],
      },
    ],
  }
  const idsOf = (userId: string) => ({
    context: {
      traits: { email: `${userId}@example.com` },
      externalIds: [{ id: `b-${userId}`, type: 'braze_id', collection: 'users', encoding: 'none' }],
    },
  })
  const later = (userId: string) => order(userId, { context: { traits: { email: `${userId}2@example.com` } } })
  await using running = await startPipeline(config(ORDERED))
  await running.send(order('ada', idsOf('ada')))
  await expect.poll(() => outputs(running)).toHaveLength(1)
  await running.drained()
  running.pipeline.configure(config(ruled))
  await running.send(order('bob', { ...idsOf('bob'), event: 'Visit' }), later('bob'), order('eve'))
  await expect.poll(() => outputs(running)).toHaveLength(2)
  await running.drained()
  const drift = await previewDrift(
    { state: running.state, log: running.log.reader, clock: systemClock },
    config(ruled).destinations,
    ruled,
    ['dst_space'],
  )
  // There is nothing to tell of eve, of whom none of these ids is known: with the first one she is told of.
  expect(drift).toMatchObject({ profiles: 3, drifted: 0 })
  await running.send(order('eve', { ...idsOf('eve'), event: 'Visit' }))
  await expect.poll(() => outputs(running)).toHaveLength(3)
  const [ada, bob, eve] = await outputs(running)
  expect(ada).toMatchObject({ userId: 'ada', traits: { email: 'ada@example.com' } })
  expect(JSON.stringify(ada)).not.toContain('b-ada')
  expect(bob).toMatchObject({ traits: { [ORDERED.key]: true, email: 'bob2@example.com', brazeId: 'b-bob' } })
  expect(bob).not.toHaveProperty('userId')
  expect(eve).toMatchObject({ traits: { [ORDERED.key]: true, email: 'eve@example.com', brazeId: 'b-eve' } })
})

test('an audience that asks for ids of its own choice has who has one of them, from when they have it', async () => {
  const withBraze = { ...ORDERED, externalIdTypes: ['braze_id', 'crm'] }
  await using running = await startPipeline(config(withBraze))
  const braze = (id: string) => ({
    context: { externalIds: [{ id, type: 'braze_id', collection: 'users', encoding: 'none' }] },
  })
  await running.send(order('ada', braze('b-ada')), order('bob'))
  await running.drained()
  const told = async () => (await outputs(running)).map(({ userId, traits }) => [userId, traits[ORDERED.key]])
  await expect.poll(told).toEqual([['ada', true]])
  await running.send(order('bob', { ...braze('b-bob'), event: 'Visit' }))
  await expect.poll(told).toEqual([
    ['ada', true],
    ['bob', true],
  ])
})

test('an audience that is made later is told of everybody who is in, and afterwards of changes only', async () => {
  const known = { ...ORDERED, number: 2, id: 'aud_2', key: 'known', definition: parseAudience("trait('plan') = 'pro'") }
  await using running = await startPipeline(config())
  const say = (userId: string, plan: string) =>
    order(userId, { type: 'identify', event: undefined, traits: { plan } } as never)
  await running.send(...Array.from({ length: 30 }, (_, n) => say(`u${n}`, n % 2 === 0 ? 'pro' : 'free')))
  await running.drained()
  running.pipeline.configure(config(known))
  await expect.poll(async () => (await outputs(running)).length, { timeout: 15_000 }).toBe(15)
  await running.send(say('u0', 'free'), say('u1', 'pro'), say('u2', 'pro'))
  await expect.poll(() => valueAtExtole('u1', 'known'), { timeout: 15_000 }).toBe(true)
  await expect.poll(() => valueAtExtole('u0', 'known'), { timeout: 15_000 }).toBe(false)
  expect(await valueAtExtole('u4', 'known')).toBe(true)
  expect(await outputs(running)).toHaveLength(17)
})

/** Nothing is left to be read, worked out or told. */
async function computed(running: Awaited<ReturnType<typeof startPipeline>>) {
  await expect.poll(() => running.pipeline.computing, { timeout: 15_000, interval: 10 }).toEqual([])
  await running.drained()
}

test('an audience that is made after the orders knows them: all who are in are told once, and leave on time', async () => {
  await using running = await startPipeline(config())
  const nowMs = systemClock.nowMs()
  const ago = (ms: number) => ({ timestamp: new Date(nowMs - ms).toISOString() })
  const twice = order('cleo', ago(2 * DAY_MS))
  await running.send(order('ada', ago(30 * DAY_MS - 4_000)), order('bob', ago(31 * DAY_MS)), twice, twice)
  await running.send(order('dora', { event: 'Other' }), order('ada', { event: 'Other' }))
  await running.drained()
  const often = {
    ...ORDERED,
    number: 2,
    id: 'tra_2',
    key: 'orders',
    definition: parseTrait("event('Order Completed').count()"),
  }
  running.pipeline.configure(config(ORDERED, often))
  expect(running.pipeline.computing).toMatchObject([{ space: 1 }])
  await computed(running)
  const told = async () => (await outputs(running)).map(({ userId, traits }) => ({ userId, ...traits }))
  await expect.poll(told).toEqual([
    { userId: 'ada', [ORDERED.key]: true },
    { userId: 'ada', orders: 1 },
    { userId: 'bob', orders: 1 },
    { userId: 'cleo', [ORDERED.key]: true },
    { userId: 'cleo', orders: 1 },
  ])
  await expect.poll(() => valueAtExtole('ada', ORDERED.key), { timeout: 8_000, interval: 20 }).toBe(false)
  expect(Math.abs(systemClock.nowMs() - nowMs - 4_000)).toBeLessThan(1_000)
  await running.send(order('bob'))
  await expect.poll(() => valueAtExtole('bob', 'orders'), { timeout: 15_000 }).toBe(2)
  expect(await valueAtExtole('bob', ORDERED.key)).toBe(true)
}, 20_000)

test('a computed trait is sent when its value is another, and audiences read it', async () => {
  const orders = {
    ...ORDERED,
    number: 1,
    id: 'tra_1',
    key: 'orders',
    definition: parseTrait("event('Order Completed').count()"),
  }
  const loyal = { ...ORDERED, number: 2, id: 'aud_2', key: 'loyal', definition: parseAudience("trait('orders') >= 2") }
  await using running = await startPipeline(config(loyal, orders))
  await running.send(order('ada'), order('ada'))
  await expect.poll(() => valueAtExtole('ada', 'loyal'), { timeout: 15_000 }).toBe(true)
  expect(await valueAtExtole('ada', 'orders')).toBe(2)
  expect((await outputs(running)).map(({ traits }) => traits)).toEqual([{ orders: 1 }, { orders: 2 }, { loyal: true }])
})

test('two names that turn out to be one person become one profile, which is told under both addresses', async () => {
  await using running = await startPipeline(config({ ...ORDERED, includesAnonymous: true }))
  await running.send(order('', { userId: undefined, anonymousId: 'device' } as never))
  await running.drained()
  await running.send(order('ada', { anonymousId: 'device', event: 'Other' }))
  await expect.poll(() => valueAtExtole('ada', ORDERED.key), { timeout: 15_000 }).toBe(true)
  expect(await running.state.people.profileCount(1)).toBe(1)
  expect((await outputs(running)).map(({ userId }) => userId)).toEqual([undefined, 'ada'])
})

test('who becomes one with a member is a member, also when nothing of it is new to them', async () => {
  await using running = await startPipeline(config({ ...ORDERED, includesAnonymous: true }))
  await running.send(
    order('', { event: 'Other', userId: 'ada', anonymousId: 'first' }),
    order('', { userId: undefined, anonymousId: 'second' } as never),
  )
  await running.drained()
  const members = () => running.state.people.members({ computation: 1, after: 0, limit: 9 })
  expect(await members()).toEqual([{ computation: 1, profile: 2 }])
  await running.send(order('ada', { event: 'Other', anonymousId: 'second' }))
  await running.drained()
  expect(await members()).toEqual([{ computation: 1, profile: 1 }])
})

test('a restart goes on: members stay, what was on its way arrives, and nothing is told twice', async () => {
  const first = await startPipeline(config(ORDERED))
  await first.send(order('ada'), order('bob'))
  await expect.poll(() => valueAtExtole('bob', ORDERED.key), { timeout: 15_000 }).toBe(true)
  await using running = await first.restart(config(ORDERED))
  await running.send(order('ada'), order('eve'))
  await expect.poll(() => valueAtExtole('eve', ORDERED.key), { timeout: 15_000 }).toBe(true)
  await running.drained()
  expect((await outputs(running)).map(({ userId }) => userId).toSorted()).toEqual(['ada', 'bob', 'eve'])
  expect(await running.state.people.profileCount(1)).toBe(3)
})

test('of who is forgotten no profile, no id and no membership stays', async () => {
  await using running = await startPipeline(config(ORDERED))
  await running.send(order('ada', { context: { traits: { email: 'ada@example.com' } } }))
  await expect.poll(() => valueAtExtole('ada', ORDERED.key), { timeout: 15_000 }).toBe(true)
  const erase = encodeCommand({
    command: 'erase',
    regulationId: 'reg_1',
    regulationType: 'DELETE_ONLY',
    userId: 'ada',
    requestedAtMs: systemClock.nowMs(),
  })
  await running.log.append([{ kind: 'command', sourceId: '', body: erase }])
  await running.drained()
  expect([await running.state.people.profileCount(1), await running.state.people.memberCount(1)]).toEqual([0, 0])
  await running.send(order('bob', { context: { traits: { email: 'ada@example.com' } } }))
  await expect.poll(() => valueAtExtole('bob', ORDERED.key), { timeout: 15_000 }).toBe(true)
  expect(await running.state.people.profileCount(1)).toBe(1)
})

test('of who is forgotten the names of the profiles that became part of theirs stay no more either', async () => {
  await using running = await startPipeline(config(ORDERED))
  const anonymous = (anonymousId: string, over: Partial<NormalisedEvent> = {}) => {
    const { userId: _, ...event } = order('', { anonymousId, ...over })
    return event
  }
  await running.send(order('ada'), anonymous('phone'), anonymous('laptop'), order('bob'))
  // The laptop becomes part of the phone's profile, and that part of ada's.
  const phone = { anonymousId: 'phone' }
  await running.send(anonymous('laptop', { context: externalIds('anonymous_id', 'phone') }), order('ada', phone))
  await running.drained()
  const hash = createKeyedHash(Buffer.alloc(32, 1))
  const names = [1, 2, 3, 4].map((number) => profileKey(hash, SPACE, mergedKey(number)))
  expect(await running.state.people.profilesByIds(names)).toEqual([null, 1, 2, null])
  const erase = { command: 'erase', regulationId: 'reg_1', regulationType: 'DELETE_ONLY', userId: 'ada' } as const
  const body = encodeCommand({ ...erase, requestedAtMs: systemClock.nowMs() })
  await running.log.append([{ kind: 'command', sourceId: '', body }])
  await running.drained()
  expect(await running.state.people.profilesByIds(names)).toEqual([null, null, null, null])
  expect(await running.state.people.profileCount(1)).toBe(1)
})

const externalIds = (type: string, id: string) => ({
  externalIds: [{ type, id, collection: 'users', encoding: 'none' }],
})

test('a member who leaves while the file of the first sync is being worked off ends as out', async () => {
  const sandboxCall = (method: string, path: string, body?: object) =>
    fetch(sandbox.url + path, {
      method,
      headers: { authorization: `Bearer ${sandbox.adminToken}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
  const jobs = async () => (await (await sandboxCall('GET', '/v6/batches')).json()) as { status: string }[]
  const pro = { ...ORDERED, number: 2, id: 'aud_2', key: 'pro', definition: parseAudience("trait('plan') = 'pro'") }
  const say = (userId: string, plan: string) =>
    order(userId, { type: 'identify', event: undefined, traits: { plan } } as never)
  const bulk = { adminApiKey: sandbox.adminToken, bulkThreshold: 5 }
  await using running = await startPipeline(config())
  await running.send(...Array.from({ length: 20 }, (_, n) => say(`u${n}`, 'pro')))
  await running.drained()
  await sandboxCall('PUT', '/sandbox/settings', { batch_delay_seconds: 1 })
  running.pipeline.configure(configWith(bulk, pro))
  await expect.poll(jobs, { timeout: 15_000 }).toMatchObject([{ status: 'PENDING' }])
  await running.send(say('u3', 'free'))
  await running.drained()
  expect((await jobs()).map(({ status }) => status)).toContain('DONE')
  expect([await valueAtExtole('u3', 'pro'), await valueAtExtole('u4', 'pro')]).toEqual([false, true])
}, 20_000)

const people = (count: number, plan: string) =>
  Array.from({ length: count }, (_, n) =>
    order(`u${n}`, { type: 'identify', event: undefined, traits: { plan } } as never),
  )
const PRO: SpaceComputation = {
  ...ORDERED,
  number: 2,
  id: 'aud_2',
  key: 'pro',
  definition: parseAudience("trait('plan') = 'pro'"),
}

test('a destination that is connected later is told of everybody, and the others hear nothing again', async () => {
  const later = {
    ...PRO,
    activations: [...PRO.activations, { ...(PRO.activations[0] as never as object), destinationId: 'dst_later' }],
  } as SpaceComputation
  const withLater = (...all: SpaceComputation[]) => {
    const made = config(...all)
    const settings = { apiKey: sandbox.adminToken, apiBaseUrl: sandbox.url }
    const instance = anInstance({ id: 'dst_later', number: 3, sourceId: SPACE, settings })
    const ofSpace = [...(made.destinationsBySource.get(SPACE) ?? []), instance]
    return {
      ...made,
      destinations: new Map([...made.destinations, [instance.id, instance]]),
      destinationsBySource: new Map([...made.destinationsBySource, [SPACE, ofSpace]]),
    }
  }
  await using running = await startPipeline(withLater(PRO))
  await running.send(...people(10, 'pro'))
  await expect.poll(async () => (await outputs(running)).length, { timeout: 15_000 }).toBe(10)
  running.pipeline.configure(withLater(later))
  await expect.poll(async () => (await outputs(running)).length, { timeout: 15_000 }).toBe(20)
  const told = (await outputs(running)).slice(10) as unknown as { integrations: object }[]
  expect(told.map(({ integrations }) => integrations)).toEqual(Array(10).fill({ All: false, dst_later: true }))
})

test('a resync tells everybody who is in once more, with what holds now', async () => {
  await using running = await startPipeline(config(PRO))
  await running.send(...people(3, 'pro'), ...people(1, 'free'))
  await expect.poll(() => valueAtExtole('u0', 'pro'), { timeout: 15_000 }).toBe(false)
  await running.drained()
  const before = (await outputs(running)).length
  const total = await running.pipeline.tell({
    id: 'again',
    spaceId: SPACE,
    computation: PRO,
    value: 'current',
    forgets: 'nothing',
  })
  expect(total).toBe(2)
  await expect.poll(async () => (await outputs(running)).length, { timeout: 15_000 }).toBe(before + 2)
  await running.drained()
  expect((await outputs(running)).slice(before).map(({ userId, traits }) => [userId, traits['pro']])).toEqual([
    ['u1', true],
    ['u2', true],
  ])
  expect(running.pipeline.telling).toEqual([])
})

test('a resync comes to its end although people keep changing, and nobody ends with what is over', async () => {
  await using running = await startPipeline(config(PRO))
  await running.send(...people(300, 'pro'))
  await running.drained()
  const stop = new AbortController()
  const traffic = (async () => {
    while (!stop.signal.aborted) {
      await running.send(...people(300, 'free').slice(250))
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  })()
  await running.pipeline.tell({ id: 'busy', spaceId: SPACE, computation: PRO, value: 'current', forgets: 'nothing' })
  await expect.poll(() => running.pipeline.telling, { timeout: 15_000 }).toEqual([])
  stop.abort()
  await traffic
  await running.drained()
  const last = new Map((await outputs(running)).map(({ userId, traits }) => [userId, traits['pro']]))
  expect([last.get('u7'), last.get('u299')]).toEqual([true, false])
}, 60_000)

test('an audience that ends can tell its members so, and nothing of it stays', async () => {
  await using running = await startPipeline(config(PRO))
  await running.send(...people(3, 'pro'))
  await expect.poll(() => valueAtExtole('u2', 'pro'), { timeout: 15_000 }).toBe(true)
  running.pipeline.configure(config())
  await running.pipeline.tell({ id: 'over', spaceId: SPACE, computation: PRO, value: 'exit', forgets: 'all' })
  for (const user of ['u0', 'u1', 'u2'])
    await expect.poll(() => valueAtExtole(user, 'pro'), { timeout: 15_000 }).toBe(false)
  await expect.poll(() => running.state.people.memberCount(2), { timeout: 15_000 }).toBe(0)
})

test('who was in is told that it is over once, also by a process that starts after the deletion', async () => {
  const first = await startPipeline(config(PRO))
  await first.send(...people(3, 'pro'))
  await expect.poll(() => valueAtExtole('u2', 'pro'), { timeout: 15_000 }).toBe(true)
  const ended = (...all: SpaceComputation[]): ConfigSnapshot => {
    const made = config(...all)
    const endings = [{ number: 7, computation: PRO, isDeleted: all.length === 0 }]
    return { ...made, spaces: made.spaces.map((space) => ({ ...space, endings })) }
  }
  const second = await first.restart(ended())
  for (const user of ['u0', 'u1', 'u2'])
    await expect.poll(() => valueAtExtole(user, 'pro'), { timeout: 15_000 }).toBe(false)
  await computed(second)
  expect(await second.state.people.standingCount(2)).toBe(0)
  const count = (await outputs(second)).length
  await using running = await second.restart(ended())
  await computed(running)
  expect(running.pipeline.telling).toEqual([])
  expect(await outputs(running)).toHaveLength(count)
})

test('what was changed while no process ran is looked at when one starts', async () => {
  const first = await startPipeline(config())
  await first.send(...people(3, 'pro'))
  await first.drained()
  await using running = await first.restart(config(PRO))
  await expect.poll(() => valueAtExtole('u2', 'pro'), { timeout: 15_000 }).toBe(true)
  await running.drained()
  expect(await outputs(running)).toHaveLength(3)
})

test('what a deleted audience came to stays as a custom trait, for definitions too, until it comes back', async () => {
  const reader: SpaceComputation = {
    ...ORDERED,
    id: 'aud_2',
    number: 2,
    key: 'was_in',
    definition: parseAudience(`trait('${ORDERED.key}') = true`),
  }
  const withDeleted = (...computations: SpaceComputation[]): ConfigSnapshot => {
    const made = config(...computations)
    const deleted = [{ number: ORDERED.number, key: ORDERED.key }]
    return { ...made, spaces: made.spaces.map((space) => ({ ...space, deleted })) }
  }
  await using running = await startPipeline(config(ORDERED))
  const done = async () => {
    await expect.poll(() => running.pipeline.computing, { timeout: 15_000, interval: 10 }).toEqual([])
    await running.drained()
  }
  const kept = async () => {
    const people = await running.state.people.profilesAfter({ space: 1, after: 0, limit: 9 })
    return people.map(({ id, document }) => Person.decode(id, document).traits.get(ORDERED.key)?.value)
  }
  await running.send(order('ada'), order('bob', { event: 'Visit' }))
  await running.drained()
  running.pipeline.configure(withDeleted())
  await done()
  expect(await kept()).toEqual([true, undefined])
  const told = async (key: string) =>
    (await outputs(running)).filter(({ traits }) => key in traits).map(({ userId, traits }) => [userId, traits[key]])
  running.pipeline.configure(withDeleted(reader))
  await done()
  await running.send(order('ada'), order('bob'))
  await running.drained()
  await expect.poll(() => told('was_in')).toEqual([['ada', true]])
  running.pipeline.configure(config(reader, ORDERED))
  await done()
  expect(await kept()).toEqual([undefined, undefined])
  // It counts what came meanwhile too.
  await expect
    .poll(() => told('was_in'))
    .toEqual([
      ['ada', true],
      ['bob', true],
    ])
  expect(await told(ORDERED.key)).toEqual([
    ['ada', true],
    ['ada', true],
    ['bob', true],
  ])
}, 30_000)
