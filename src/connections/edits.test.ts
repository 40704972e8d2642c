/** A definition that is edited while events flow: who is told what, and that nobody is told of half a history. */
import { expect, test } from 'vitest'
import { parseAudience } from '../engage/index.ts'
import { systemClock } from '../ports/index.ts'
import type { NormalisedEvent } from '../spec/index.ts'
import { Person } from '../unify/index.ts'
import type { ConfigSnapshot, SpaceComputation } from '../workspace/index.ts'
import { aConfig, anEvent, anInstance, startPipeline } from './builders.ts'
import { REVIEW_MAX } from './people.ts'

type Running = Awaited<ReturnType<typeof startPipeline>>

const SPACE = 'spa_1'
/** Of each kind of people. */
const PEOPLE = 10
/** Of orders of half of them: more records of history than are read at once. */
const ROUNDS = 300

function audience(text: string): SpaceComputation {
  const activation = {
    destinationId: 'dst_space',
    form: 'identify',
    enteredEvent: '',
    exitedEvent: '',
    enrichTraits: [],
  }
  const definition = parseAudience(text)
  return { id: 'aud_1', number: 1, key: 'in', definition, includesAnonymous: false, activations: [activation as never] }
}

/** What a space tells goes to nobody here: the log has it. */
function config(text: string): ConfigSnapshot {
  const ofSpace = anInstance({ id: 'dst_space', number: 2, sourceId: SPACE, subscriptions: [] })
  const made = aConfig({ ...anInstance(), enabled: false }, ofSpace)
  const source = [...made.sources.values()][0]
  if (source === undefined) throw new Error('no source')
  const sources = new Map([...made.sources, [SPACE, { ...source, id: SPACE, kind: 'space', writeKeys: [] }]])
  const computations = [audience(text)]
  return { ...made, sources, spaces: [{ id: SPACE, number: 1, sourceIds: new Set([source.id]), computations }] }
}

let sent = 0
function call(userId: string, event: string): NormalisedEvent {
  sent += 1
  const at = new Date(systemClock.nowMs()).toISOString()
  return anEvent({ event, userId, messageId: `m-${sent}`, timestamp: at, receivedAt: at })
}
const everyone = (kind: string) => Array.from({ length: PEOPLE }, (_, at) => `${kind}-${at}`)
const from = (kind: string, ...events: string[]) =>
  everyone(kind).flatMap((user) => events.map((event) => call(user, event)))

/** What was told of each user, in order, each once however often the log has it. */
function told(running: Running): Map<string, unknown[]> {
  const all = new Map<string, unknown[]>()
  const seen = new Set<string>()
  for (let after = 0; ; ) {
    const records = running.log.reader.read(after, 1_000)
    const last = records.at(-1)
    if (last === undefined) return all
    after = last.position
    for (const { body } of records.filter(({ sourceId }) => sourceId === SPACE)) {
      const { messageId, userId, traits } = JSON.parse(body)
      if (!seen.has(messageId) && 'in' in traits) all.set(userId, [...(all.get(userId) ?? []), traits.in])
      seen.add(messageId)
    }
  }
}

/** What each kind of people was told; one entry where all are alike. */
function toldTo(running: Running, kind: string): unknown[][] {
  const all = told(running)
  const values = everyone(kind).map((user) => all.get(user) ?? [])
  return [...new Map(values.map((each) => [JSON.stringify(each), each])).values()]
}

const lastTold = (running: Running) => new Map([...told(running)].map(([user, values]) => [user, values.at(-1)]))

async function computed(running: Running): Promise<void> {
  await expect.poll(() => running.pipeline.computing, { timeout: 20_000, interval: 10 }).toEqual([])
  await running.drained()
  await expect.poll(async () => (await running.state.people.outbox(1)).length, { timeout: 30_000 }).toBe(0)
}

/** Looks between any two turns of the pipeline. */
async function until(isSo: () => boolean): Promise<void> {
  const endMs = systemClock.monotonicMs() + 20_000
  while (!isSo()) {
    if (systemClock.monotonicMs() > endMs) throw new Error('it did not come to that')
    await new Promise(setImmediate)
  }
}

/** In the midst of a phase of what follows from an edit. */
const midst = (running: Running, wanted: 'history' | 'people' = 'history') =>
  until(() => {
    const [run] = running.pipeline.computing
    return run?.phase === wanted && run.done > 0 && run.done < run.total
  })

test('who no longer matches is told that it ended, who still does nothing, and nobody what half a history says', async () => {
  let running = await startPipeline(config("event('Order').count() >= 3"))
  // What later definitions ask for is at the end, so that half a history has none of it.
  const orders = Array.from({ length: ROUNDS }, () => [...from('both', 'Order'), ...from('buys', 'Order')])
  await inParts(running, orders.flat())
  for (let round = 0; round < 5; round += 1)
    await running.send(...from('both', 'Visit'), ...from('visits', 'Visit', 'Other'), ...from('none', 'Other'))
  await running.send(...from('half', 'Visit', 'Visit'))
  await computed(running)
  expect(toldTo(running, 'both')).toEqual([[true]])
  expect(toldTo(running, 'buys')).toEqual([[true]])
  expect(toldTo(running, 'visits')).toEqual([[]])

  running.pipeline.configure(config("event('Visit').count() >= 3"))
  await midst(running)
  // By what is known of them so far, both kinds would be out.
  await running.send(...from('both', 'Visit', 'Order'), ...from('buys', 'Order'), ...from('half', 'Visit'))
  await computed(running)
  expect(toldTo(running, 'both')).toEqual([[true]])
  expect(toldTo(running, 'buys')).toEqual([[true, false]])
  expect(toldTo(running, 'visits')).toEqual([[true]])
  expect(toldTo(running, 'half')).toEqual([[true]])
  expect(toldTo(running, 'none')).toEqual([[]])

  // By what is known of them so far, who was never in would be in; and the process ends in the midst of it.
  const last = "NOT event('Other').count() >= 3"
  running.pipeline.configure(config(last))
  await midst(running)
  await running.send(...from('both', 'Visit'), ...from('none', 'Other'))
  running = await running.restart(config(last))
  await running.send(...from('none', 'Other'), ...from('half', 'Other', 'Other', 'Other'))
  await computed(running)
  expect(toldTo(running, 'both')).toEqual([[true]])
  expect(toldTo(running, 'buys')).toEqual([[true, false, true]])
  expect(toldTo(running, 'visits')).toEqual([[true, false]])
  expect(toldTo(running, 'half')).toEqual([[true, false]])
  expect(toldTo(running, 'none')).toEqual([[]])

  // From then on each event counts by the new definition alone.
  await running.send(...from('both', 'Other', 'Other', 'Other'), ...from('none', 'Visit'))
  await computed(running)
  expect(toldTo(running, 'both')).toEqual([[true, false]])
  expect(toldTo(running, 'none')).toEqual([[]])
  await running[Symbol.asyncDispose]()
}, 60_000)

test('an edit that asks nothing new of the past holds at once, for those whose events come first too', async () => {
  await using running = await startPipeline(config("event('Order').count() >= 2"))
  await running.send(...from('buys', 'Order', 'Order'), ...from('more', 'Order', 'Order', 'Order'))
  await computed(running)
  running.pipeline.configure(config("event('Order').count() >= 3"))
  await running.send(...from('buys', 'Other'), ...from('late', 'Order', 'Order', 'Order'))
  await computed(running)
  expect(toldTo(running, 'more')).toEqual([[true]])
  expect(toldTo(running, 'buys')).toEqual([[true, false]])
  expect(toldTo(running, 'late')).toEqual([[true]])
}, 30_000)

/** A config, and what it is while its audience is switched off with exits, and thereafter. */
function offAndOn(text: string, later: string) {
  const { activations, ...computation } = audience(text)
  const endings = [{ number: 1, computation: { ...computation, activations }, isDeleted: false }]
  const on = config(text)
  const off = { ...on, spaces: on.spaces.map((space) => ({ ...space, computations: [], endings })) }
  const again = config(later)
  return { on, off, again: { ...again, spaces: again.spaces.map((space) => ({ ...space, endings })) } }
}
const users = Array.from({ length: 1_500 }, (_, at) => `user-${at}`)
async function inParts(running: Running, events: readonly NormalisedEvent[]): Promise<void> {
  for (let at = 0; at < events.length; at += 500) await running.send(...events.slice(at, at + 500))
}

test.each([
  ['as it was', "event('Order').count() >= 1", () => true],
  ['with another definition', "event('Order').count() >= 2", (at: number) => at % 2 === 1],
])(
  'one that is switched off with exits and on again at once, %s, is in the end told as it is',
  async (_, later, isIn) => {
    const { on, off, again } = offAndOn("event('Order').count() >= 1", later)
    await using running = await startPipeline(on)
    await inParts(
      running,
      users.flatMap((user, at) => [call(user, 'Order'), ...(at % 2 === 1 ? [call(user, 'Order')] : [])]),
    )
    await computed(running)
    running.pipeline.configure(off)
    await expect
      .poll(
        () =>
          lastTold(running)
            .values()
            .some((value) => value === false),
        { interval: 1 },
      )
      .toBe(true)
    running.pipeline.configure(again)
    await computed(running)
    const last = lastTold(running)
    expect(users.filter((user, at) => last.get(user) !== isIn(at))).toEqual([])
    expect(await running.state.people.memberCount(1)).toBe(users.filter((_, at) => isIn(at)).length)
  },
  60_000,
)

test('who is not in when an audience comes back is told so, though the exits had not reached them', async () => {
  const { on, off, again } = offAndOn("event('Order').count() >= 1", "event('Order').count() >= 2")
  // Others end first, and their exits are told before.
  const others = Array.from({ length: 4 }, (_, at) => {
    const one = {
      ...audience("event('Order').count() >= 1"),
      id: `aud_${at + 2}`,
      number: at + 2,
      key: `other_${at + 2}`,
    }
    return { ...one, activations: one.activations }
  })
  const withOthers = (made: ConfigSnapshot, isOn: boolean): ConfigSnapshot => ({
    ...made,
    spaces: made.spaces.map(({ endings = [], computations, ...space }) => ({
      ...space,
      computations: isOn ? [...computations, ...others] : computations,
      endings: isOn
        ? []
        : [...others, ...endings.map((each) => each.computation)].map((computation, at) => ({
            number: at + 1,
            computation,
            isDeleted: false,
          })),
    })),
  })
  await using running = await startPipeline(withOthers(on, true))
  await inParts(
    running,
    users.flatMap((user, at) => [call(user, 'Order'), ...(at % 2 === 1 ? [call(user, 'Order')] : [])]),
  )
  await computed(running)
  running.pipeline.configure(withOthers(off, false))
  await expect.poll(() => running.pipeline.computing, { timeout: 20_000, interval: 1 }).toEqual([])
  expect(
    lastTold(running)
      .values()
      .every((value) => value === true),
  ).toBe(true)
  running.pipeline.configure(withOthers(again, false))
  await computed(running)
  await expect.poll(() => running.pipeline.telling, { timeout: 20_000 }).toEqual([])
  await running.drained()
  const last = lastTold(running)
  expect(users.filter((user, at) => last.get(user) !== (at % 2 === 1))).toEqual([])
}, 60_000)

test('what a deleted audience came to stays with everybody, also when the process ends before all were looked at', async () => {
  const on = config("event('Order').count() >= 2")
  const deleted = [{ number: 1, key: 'in' }]
  const off = { ...on, spaces: on.spaces.map((space) => ({ ...space, computations: [], deleted })) }
  // More than are looked at in one step.
  const users = Array.from({ length: REVIEW_MAX + 200 }, (_, at) => `user-${at}`)
  let running = await startPipeline(on)
  // Two of three are in.
  await inParts(
    running,
    users.flatMap((user, at) => (at % 3 === 2 ? [call(user, 'Order')] : [call(user, 'Order'), call(user, 'Order')])),
  )
  await computed(running)
  running.pipeline.configure(off)
  await midst(running, 'people')
  running = await running.restart(off)
  // Who was not looked at has it at once, when something happens to them.
  await inParts(
    running,
    users.map((user) => call(user, 'Other')),
  )
  await computed(running)
  const kept = new Map<string, unknown>()
  for (let after = 0; after < users.length; after += 500)
    for (const { id, document } of await running.state.people.profilesAfter({ space: 1, after, limit: 500 })) {
      const { identity, traits, engage } = Person.decode(id, document)
      kept.set(identity.ids[0]?.value ?? '', [traits.get('in')?.value, engage.values.get(1)?.value ?? null])
    }
  expect(
    users.filter((user, at) => JSON.stringify(kept.get(user)) !== (at % 3 === 2 ? '[null,null]' : '[true,null]')),
  ).toEqual([])
  await running[Symbol.asyncDispose]()
}, 60_000)
