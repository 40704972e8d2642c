/** The sync ledger in a space that runs: what destinations were told, whom a reconcile tells, and that no kill loses it. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseAudience, parseTrait } from '../engage/index.ts'
import { systemClock } from '../ports/index.ts'
import type { NormalisedEvent } from '../spec/index.ts'
import type { UnifyStep } from '../state/index.ts'
import { Person } from '../unify/index.ts'
import type { ConfigSnapshot, SpaceComputation } from '../workspace/index.ts'
import { aConfig, aDestination, anEvent, anInstance, type Running, startPipeline, status } from './builders.ts'
import { encodeCommand } from './command.ts'
import { previewDrift } from './drift-preview.ts'
import { BATCH_RECORDS } from './space-batch.ts'
import { previewUndo } from './undo-preview.ts'

const SPACE = 'spa_1'
const INSTANCE = 2
const NOTHING: UnifyStep = {
  profiles: [],
  gone: [],
  freed: [],
  ids: [],
  memberships: [],
  atMs: 0,
  forgotten: [],
  joined: [],
  lost: [],
  tellings: [],
  again: [],
  untold: [],
  outbox: [],
  appendedTo: 0,
  runs: [],
}
const QUARTER_MS = 900_000

const PRO: SpaceComputation = {
  id: 'aud_1',
  number: 1,
  key: 'pro',
  definition: parseAudience("trait('plan') = 'pro'"),
  includesAnonymous: true,
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

function config(url: string, over: { enabled?: boolean; computations?: SpaceComputation[] } = {}): ConfigSnapshot {
  const { enabled = true, computations = [PRO] } = over
  const settings = { apiKey: 'key-of-the-test', apiBaseUrl: url }
  const made = aConfig(anInstance({ id: 'dst_space', number: INSTANCE, sourceId: SPACE, settings, enabled }))
  const [source] = made.sources.values()
  if (source === undefined) throw new Error('no source')
  const sources = new Map([...made.sources, [SPACE, { ...source, id: SPACE, kind: 'space', writeKeys: [] }]])
  return { ...made, sources, spaces: [{ id: SPACE, number: 1, sourceIds: new Set([source.id]), computations }] }
}

let messages = 0
function says(names: { userId?: string; anonymousId?: string }, plan?: string): NormalisedEvent {
  messages += 1
  const now = new Date(systemClock.nowMs()).toISOString()
  const times = { timestamp: now, originalTimestamp: now, sentAt: now, receivedAt: now }
  const traits = plan === undefined ? {} : { plan }
  const who = { userId: undefined, ...names }
  return anEvent({ type: 'identify', event: undefined, messageId: `m-${messages}`, traits, ...who, ...times } as never)
}

const is = (userId: string, plan: string) => says({ userId }, plan)

/** What the space said, in order: whom of, and what. */
function said({ log }: Running, after = 0): readonly [string, unknown][] {
  return log.reader
    .read(after, 10_000)
    .filter(({ sourceId, kind }) => sourceId === SPACE && kind === 'event')
    .map(({ body }) => JSON.parse(body))
    .map(({ userId, anonymousId, traits }) => [userId ?? anonymousId, traits.pro])
}

async function rows({ state }: Running): Promise<unknown[]> {
  const found = await state.people.tellings({ computation: 1, after: 0, to: Number.MAX_SAFE_INTEGER })
  return found.map(({ profile, destination, told, due }) => [profile, destination, told?.value ?? null, due])
}

const reconcile = async (running: Running, id: string) => {
  const request = { id, spaceId: SPACE, computation: PRO, value: 'drifted', forgets: 'nothing' } as const
  const total = await running.pipeline.tell(request)
  await expect.poll(() => running.pipeline.telling, { timeout: 15_000, interval: 5 }).toEqual([])
  await quiet(running)
  return total
}

/** Everything is worked through, the space's own events too. */
async function quiet(running: Running): Promise<void> {
  for (let calm = 0; calm < 3; ) {
    await running.drained()
    const isCalm = (await running.state.people.outbox(1)).length === 0 && running.pipeline.computing.length === 0
    calm = isCalm && running.pipeline.offset === running.log.reader.end() ? calm + 1 : 0
    await new Promise((resolve) => setTimeout(resolve, 12))
  }
}

test('who was told what stands in the ledger, and a reconcile after it tells nobody', async () => {
  await using destination = await aDestination()
  await using running = await startPipeline(config(destination.url))
  await running.send(is('ada', 'pro'), is('bob', 'free'), is('eve', 'pro'))
  await quiet(running)
  await running.send(is('eve', 'free'))
  await quiet(running)
  expect(await rows(running)).toEqual([
    [1, INSTANCE, 'true', null],
    [3, INSTANCE, 'false', null],
  ])
  const end = running.log.reader.end()
  await reconcile(running, 'r1')
  expect(said(running, end)).toEqual([])
})

test('what was told while the destination was off is told by a reconcile, and what became a dead letter too', async () => {
  await using destination = await aDestination()
  await using running = await startPipeline(config(destination.url))
  await running.send(is('ada', 'pro'), is('bob', 'pro'))
  await quiet(running)
  running.pipeline.configure(config(destination.url, { enabled: false }))
  await running.send(is('bob', 'free'), is('cleo', 'pro'))
  await quiet(running)
  running.pipeline.configure(config(destination.url))
  destination.answer = status(400)
  await running.send(is('dora', 'pro'))
  await expect.poll(() => running.told.includes('dead'), { timeout: 15_000 }).toBe(true)
  destination.answer = (_, response) => response.end('{"event_id":"1","status":"COMPLETED"}')
  await running.send(is('eve', 'pro'))
  await quiet(running)
  const end = running.log.reader.end()
  expect(await reconcile(running, 'r1')).toBe(5)
  expect(said(running, end).toSorted()).toEqual([
    ['bob', false],
    ['cleo', true],
    ['dora', true],
  ])
  // What they were told is no dead letter now.
  const again = running.log.reader.end()
  await reconcile(running, 'r2')
  expect(said(running, again)).toEqual([])
})

test('of a computed trait it is counted who was told another value', async () => {
  await using destination = await aDestination()
  const orders = { ...PRO, definition: parseTrait("event('Order').count()") }
  const now = (enabled: boolean) => config(destination.url, { enabled, computations: [orders] })
  const order = (userId: string) => ({ ...is(userId, 'pro'), type: 'track', event: 'Order' }) as NormalisedEvent
  await using running = await startPipeline(now(true))
  await running.send(order('ada'), order('bob'))
  await quiet(running)
  running.pipeline.configure(now(false))
  await running.send(order('bob'), order('eve'))
  await quiet(running)
  const ports = { state: running.state, log: running.log.reader, clock: systemClock }
  const counts = { destinationId: 'dst_space', never_told: 1, differs: 1, undelivered: 0 }
  expect(await previewDrift(ports, now(true).destinations, orders, ['dst_space'])).toEqual({
    profiles: 3,
    drifted: 2,
    destinations: [counts],
  })
})

test('a reconcile that is stopped tells nobody any more', async () => {
  await using destination = await aDestination()
  await using running = await startPipeline(config(destination.url, { enabled: false }))
  await running.send(is('ada', 'pro'))
  await quiet(running)
  running.pipeline.configure(config(destination.url))
  const end = running.log.reader.end()
  const request = { id: 'r1', spaceId: SPACE, computation: PRO, value: 'drifted', forgets: 'nothing' } as const
  const started = running.pipeline.tell(request)
  await started
  expect(running.pipeline.stopTelling('r1')).toBe(true)
  expect(running.pipeline.stopTelling('r1')).toBe(false)
  await quiet(running)
  expect(running.pipeline.telling).toEqual([])
  expect(said(running, end).length).toBeLessThanOrEqual(1)
})

test('who was in and becomes part of somebody who is not is told that it is over', async () => {
  await using destination = await aDestination()
  await using running = await startPipeline(config(destination.url))
  await running.send(says({ anonymousId: 'device' }, 'pro'), is('ada', 'free'))
  await quiet(running)
  expect(await rows(running)).toEqual([[1, INSTANCE, 'true', null]])
  await running.send(says({ userId: 'ada', anonymousId: 'device' }))
  await quiet(running)
  expect(said(running)).toEqual([
    ['device', true],
    ['ada', false],
  ])
  expect(await rows(running)).toEqual([[expect.any(Number), INSTANCE, 'false', null]])
})

test('so it is when both is in one step, far apart', async () => {
  await using destination = await aDestination()
  await using running = await startPipeline(config(destination.url))
  const others = Array.from({ length: BATCH_RECORDS }, (_, n) => is(`user-${n}`, 'free'))
  const merging = says({ userId: 'ada', anonymousId: 'device' })
  await running.send(is('ada', 'free'), says({ anonymousId: 'device' }, 'pro'), ...others, is('ada', 'free'), merging)
  await quiet(running)
  expect(said(running)).toEqual([
    ['device', true],
    ['ada', false],
  ])
  expect(await rows(running)).toEqual([[1, INSTANCE, 'false', null]])
})

test('an undo tells what was told before the last run, and nothing of who changed since', async () => {
  await using destination = await aDestination()
  await using running = await startPipeline(config(destination.url))
  const peek = async () => {
    const ports = { people: running.state.people, clock: systemClock }
    return previewUndo(ports, PRO, [INSTANCE])
  }
  const undo = async (undoes: number) => {
    await running.pipeline.tell({
      id: `undo-${undoes}`,
      spaceId: SPACE,
      computation: PRO,
      value: 'before',
      forgets: 'nothing',
      undoes,
    })
    await expect.poll(() => running.pipeline.telling, { timeout: 15_000, interval: 5 }).toEqual([])
    await quiet(running)
  }
  await running.send(is('ada', 'pro'), is('bob', 'pro'), is('cleo', 'free'), is('dora', 'gold'))
  await quiet(running)
  expect(await peek()).toBeUndefined()
  // By mistake it is those with gold now.
  const wrong = { ...PRO, definition: parseAudience("trait('plan') = 'gold'") }
  running.pipeline.configure(config(destination.url, { computations: [wrong] }))
  await quiet(running)
  await running.send(is('bob', 'gold'))
  await quiet(running)
  const end = running.log.reader.end()
  const found = await peek()
  expect(found).toMatchObject({ run: { what: 'definition', told: 3 }, takesBack: 2, same: 0, changedSince: 1 })
  await undo(found?.run.number ?? 0)
  expect(said(running, end).toSorted()).toEqual([
    ['ada', true],
    ['dora', false],
  ])
  // It cannot be taken back once more.
  expect(await peek()).toBeUndefined()
  // A sync that tells what is known takes nothing back.
  await running.pipeline.tell({ id: 's1', spaceId: SPACE, computation: wrong, value: 'current', forgets: 'nothing' })
  await expect.poll(() => running.pipeline.telling, { timeout: 15_000, interval: 5 }).toEqual([])
  await quiet(running)
  expect(await peek()).toMatchObject({ run: { what: 'sync', told: 2 }, takesBack: 1, same: 1, changedSince: 0 })
})

test('what a new definition made wait is taken back after it was told, but for who changed since', async () => {
  await using destination = await aDestination()
  const collected = { ...PRO, activations: PRO.activations.map((each) => ({ ...each, everyMinutes: 15 })) }
  await using running = await startPipeline(config(destination.url, { computations: [] }))
  await running.send(is('ada', 'pro'), is('bob', 'pro'))
  await quiet(running)
  running.pipeline.configure(config(destination.url, { computations: [collected] }))
  await quiet(running)
  await running.send(is('bob', 'free'))
  await running.send(is('bob', 'pro'))
  await quiet(running)
  const peek = () => previewUndo({ people: running.state.people, clock: systemClock }, collected, [INSTANCE])
  expect(await peek()).toBeUndefined()
  const later = new Date(systemClock.nowMs() + QUARTER_MS).toISOString()
  await running.send({ ...is('eve', 'free'), timestamp: later, receivedAt: later })
  await quiet(running)
  expect(said(running).toSorted()).toEqual([
    ['ada', true],
    ['bob', true],
  ])
  expect(await peek()).toMatchObject({ run: { what: 'definition', told: 1 }, takesBack: 1, same: 0, changedSince: 0 })
})

test('exits of an audience that was switched off are taken back, also by another process', async () => {
  await using destination = await aDestination()
  const first = await startPipeline(config(destination.url))
  await first.send(is('ada', 'pro'), is('bob', 'free'))
  await quiet(first)
  const off = config(destination.url, { computations: [] })
  const endings = [{ number: 1, computation: PRO, isDeleted: false }]
  const ended = { ...off, spaces: off.spaces.map((space) => ({ ...space, endings })) }
  first.pipeline.configure(ended)
  await expect.poll(() => said(first).length, { timeout: 15_000 }).toBe(2)
  await quiet(first)
  await using running = await first.restart(ended)
  const found = await previewUndo({ people: running.state.people, clock: systemClock }, PRO, [INSTANCE])
  expect(found).toMatchObject({ run: { what: 'exits', told: 1 }, takesBack: 1 })
  const undoes = found?.run.number ?? 0
  await running.pipeline.tell({
    id: 'u1',
    spaceId: SPACE,
    computation: PRO,
    value: 'before',
    forgets: 'nothing',
    undoes,
  })
  await expect.poll(() => running.pipeline.telling, { timeout: 15_000, interval: 5 }).toEqual([])
  await quiet(running)
  expect(said(running)).toEqual([
    ['ada', true],
    ['ada', false],
    ['ada', true],
  ])
})

test('who was told that an audience is over is told that they are in when it is switched on again', async () => {
  await using destination = await aDestination()
  await using running = await startPipeline(config(destination.url))
  await running.send(is('ada', 'pro'), is('bob', 'pro'))
  await quiet(running)
  const off = config(destination.url, { computations: [] })
  const endings = [{ number: 1, computation: PRO, isDeleted: false }]
  running.pipeline.configure({ ...off, spaces: off.spaces.map((space) => ({ ...space, endings })) })
  await expect.poll(() => said(running).length, { timeout: 15_000 }).toBe(4)
  await quiet(running)
  const end = running.log.reader.end()
  running.pipeline.configure(config(destination.url))
  await quiet(running)
  await expect
    .poll(() => said(running, end).toSorted(), { timeout: 5_000 })
    .toEqual([
      ['ada', true],
      ['bob', true],
    ])
})

test('what changes within an interval is told at its end, with what holds then, also by another process', async () => {
  await using destination = await aDestination()
  const collected = { ...PRO, activations: PRO.activations.map((each) => ({ ...each, everyMinutes: 15 })) }
  const first = await startPipeline(config(destination.url, { computations: [collected] }))
  const startMs = Math.ceil(systemClock.nowMs() / QUARTER_MS) * QUARTER_MS
  const at = (ms: number, event: NormalisedEvent) => {
    const time = new Date(startMs + ms).toISOString()
    return { ...event, timestamp: time, receivedAt: time }
  }
  await first.send(at(1, is('ada', 'pro')), at(2, is('bob', 'pro')), at(3, is('bob', 'free')))
  await quiet(first)
  expect(said(first)).toEqual([])
  await using running = await first.restart(config(destination.url, { computations: [collected] }))
  await running.send(at(QUARTER_MS - 1, is('eve', 'pro')))
  await quiet(running)
  expect(said(running)).toEqual([])
  // A reconcile knows that they will be told.
  await reconcile(running, 'r1')
  expect(said(running)).toEqual([])
  await running.send(at(QUARTER_MS, is('ada', 'free')))
  await quiet(running)
  expect(said(running)).toEqual([['eve', true]])
  await running.send(at(QUARTER_MS + 1, is('ada', 'pro')), at(2 * QUARTER_MS, is('cleo', 'free')))
  await quiet(running)
  expect(said(running)).toEqual([
    ['eve', true],
    ['ada', true],
  ])
})

test('what waits is told when its time has come and nothing arrives', async () => {
  await using destination = await aDestination()
  const collected = { ...PRO, activations: PRO.activations.map((each) => ({ ...each, everyMinutes: 1_440 })) }
  await using running = await startPipeline(config(destination.url, { computations: [collected] }))
  await running.send(is('ada', 'pro'))
  await quiet(running)
  // Its interval ends in a moment.
  const atMs = systemClock.nowMs() + 500
  const due = { computation: 1, destination: INSTANCE, profile: 1, told: null, due: { atMs, anew: false, run: null } }
  await running.state.commit({ unify: { ...NOTHING, tellings: [due] }, updates: [], counts: [], runtimes: [] })
  await running.send(is('bob', 'free'))
  await quiet(running)
  expect(said(running)).toEqual([])
  await expect.poll(() => said(running), { timeout: 10_000, interval: 10 }).toEqual([['ada', true]])
  expect(systemClock.nowMs()).toBeGreaterThanOrEqual(atMs)
})

test('who leaves and becomes one with a member in the same step is in, and the ledger says so', async () => {
  await using destination = await aDestination()
  await using running = await startPipeline(config(destination.url))
  await running.send(is('ada', 'pro'), says({ anonymousId: 'device' }, 'pro'))
  await quiet(running)
  const merging = says({ userId: 'ada', anonymousId: 'device' })
  await running.send(is('ada', 'free'), says({ anonymousId: 'device' }, 'pro'), merging)
  await quiet(running)
  expect(await rows(running)).toEqual([[1, INSTANCE, 'true', null]])
  expect(said(running).at(-1)).toEqual(['ada', true])
})

const DAY_MS = 86_400_000
const withEmail = (email: string, daysAgo = 0): NormalisedEvent => {
  const event = is('ada', 'pro')
  const at = new Date(Date.parse(event.receivedAt) - daysAgo * DAY_MS).toISOString()
  return { ...event, traits: { plan: 'pro', email }, receivedAt: at, sentAt: at, timestamp: at, originalTimestamp: at }
}

test('an id that was told days ago is not told again when another one comes', async () => {
  await using destination = await aDestination()
  await using running = await startPipeline(config(destination.url))
  await running.send(withEmail('old@example.com', 2))
  await quiet(running)
  await running.send(withEmail('new@example.com'))
  await quiet(running)
  const emails = destination.received.map(({ body }) => body.data?.['email'])
  expect(emails.toSorted()).toEqual(['new@example.com', 'old@example.com'])
})

test('of who is forgotten nothing arrives any more that waited under a name of the space’s own', async () => {
  await using destination = await aDestination()
  const [activation] = PRO.activations
  if (activation === undefined) throw new Error('no activation')
  const activations = [{ ...activation, idSync: [{ externalId: 'email', strategy: 'last' as const }] }]
  await using running = await startPipeline(config(destination.url, { computations: [{ ...PRO, activations }] }))
  destination.answer = status(503)
  await running.send(withEmail('ada@example.com'))
  await expect.poll(() => destination.received.length, { timeout: 15_000 }).toBeGreaterThan(0)
  const erase = { command: 'erase', regulationId: 'reg_1', regulationType: 'DELETE_ONLY', userId: 'ada' } as const
  const body = encodeCommand({ ...erase, requestedAtMs: systemClock.nowMs() })
  await running.log.append([{ kind: 'command', sourceId: '', body }])
  await expect.poll(() => running.state.people.profileCount(1), { timeout: 15_000 }).toBe(0)
  const before = destination.received.length
  destination.answer = (_, response) => response.end('{"event_id":"1","status":"COMPLETED"}')
  await running.drained()
  const after = destination.received.slice(before)
  expect(after.filter((each) => JSON.stringify(each.body).includes('ada@example.com'))).toEqual([])
})

test('any course of changes, kills and reconciles ends with the destination knowing what holds', async () => {
  const user = fc.constantFrom('ada', 'bob', 'eve')
  const act = fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({ kind: fc.constant('says' as const), user, plan: fc.constantFrom('pro', 'free') }),
    },
    {
      weight: 2,
      arbitrary: fc.record({ kind: fc.constant('joins' as const), user, plan: fc.constantFrom('pro', 'free') }),
    },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('restart' as const) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('off' as const) }) },
  )
  await fc.assert(
    fc.asyncProperty(fc.array(act, { minLength: 1, maxLength: 12 }), async (acts) => {
      await using destination = await aDestination()
      let running = await startPipeline(config(destination.url))
      let isOn = true
      const now = () => config(destination.url, { enabled: isOn })
      try {
        for (const each of acts) {
          if (each.kind === 'says') await running.send(is(each.user, each.plan))
          else if (each.kind === 'joins')
            await running.send(
              says({ anonymousId: `device-${each.user}` }, each.plan),
              says({ userId: each.user, anonymousId: `device-${each.user}` }),
            )
          else if (each.kind === 'restart') running = await running.restart(now())
          else {
            isOn = !isOn
            running.pipeline.configure(now())
          }
        }
        isOn = true
        running.pipeline.configure(now())
        await quiet(running)
        await reconcile(running, 'last')
        const people = await running.state.people.standings({ computation: 1, after: 0, limit: 99 })
        const ledger = new Map((await rows(running)).map((row) => [(row as unknown[])[0], (row as unknown[])[2]]))
        const stored = await running.state.people.profiles(people)
        const heard = new Map<unknown, unknown>()
        for (const { body } of destination.received) heard.set(body.data?.['partner_user_id'], body.data?.['pro'])
        for (const [at, profile] of people.entries()) {
          const person = Person.decode(profile, stored[at]?.document ?? '')
          const isIn = person.engage.values.get(1)?.value === true
          expect(ledger.get(profile) === 'true').toBe(isIn)
          for (const id of person.identity.ids)
            if (id.type === 'user_id') expect(heard.get(id.value) === true).toBe(isIn)
        }
        const end = running.log.reader.end()
        await reconcile(running, 'nothing')
        expect(said(running, end)).toEqual([])
      } finally {
        await running[Symbol.asyncDispose]()
      }
    }),
    {
      numRuns: 8,
      examples: [
        [[{ kind: 'says', user: 'ada', plan: 'pro' }, { kind: 'off' }]],
        [[{ kind: 'off' }, { kind: 'says', user: 'eve', plan: 'pro' }, { kind: 'joins', user: 'eve', plan: 'pro' }]],
      ],
    },
  )
}, 120_000)
