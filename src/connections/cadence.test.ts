/** Collected changes against a naive model, with a clock of its own and processes that are killed between any two steps. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, onTestFinished, test } from 'vitest'
import { parseAudience } from '../engage/index.ts'
import type { NormalisedEvent } from '../spec/index.ts'
import { migrate, openSqliteState, pipelineMigrations, SqlitePipelineState } from '../state/index.ts'
import { Person } from '../unify/index.ts'
import type { SpaceComputation } from '../workspace/index.ts'
import { anEvent, SOURCE } from './builders.ts'
import { createKeyedHash } from './keyed-hash.ts'
import { People } from './people.ts'

const SPACE = 'spa_1'
const EVERY_MINUTES = 15
const EVERY_MS = EVERY_MINUTES * 60_000
const START_MS = Date.parse('2026-01-02T10:00:00Z')

const PRO: SpaceComputation = {
  id: 'aud_1',
  number: 1,
  key: 'pro',
  definition: parseAudience("trait('plan') = 'pro'"),
  includesAnonymous: true,
  activations: [
    {
      destinationId: 'dst_1',
      form: 'identify',
      enteredEvent: 'Audience Entered',
      exitedEvent: 'Audience Exited',
      enrichTraits: [],
      everyMinutes: EVERY_MINUTES,
    },
  ],
}

/** A space whose processes can be killed: what they committed stays. */
class Space {
  readonly #state: SqlitePipelineState
  #people: People | undefined
  #engineMs = START_MS
  #position = 0
  #nowMs = START_MS
  readonly #ticks: number[] = []
  readonly #seen = new Set<string>()
  readonly heard: [string, unknown][] = []

  constructor(state: SqlitePipelineState) {
    this.#state = state
  }

  async start(): Promise<void> {
    const ports = {
      state: this.#state.people,
      accepted: this.#state,
      deliveries: this.#state,
      hash: createKeyedHash(Buffer.alloc(32, 1)),
      log: { read: () => [], start: () => 1, get: () => undefined },
      clock: { nowMs: () => this.#nowMs },
    }
    this.#people = new People(ports, this.#engineMs)
    await this.#people.start()
    const space = { id: SPACE, number: 1, sourceIds: new Set([SOURCE]), computations: [PRO] }
    this.#people.configure([space], new Map([['dst_1', { number: 1, enabled: true }]]))
  }

  /** @param plan undefined for a call that says nothing new, but who has which ids */
  async say(ids: { userId?: string; anonymousId?: string }, plan?: string): Promise<void> {
    const now = new Date(this.#nowMs).toISOString()
    const times = { timestamp: now, originalTimestamp: now, sentAt: now, receivedAt: now }
    const who = { userId: undefined, ...ids }
    const over = { type: 'identify', event: undefined, ...who, traits: plan === undefined ? {} : { plan }, ...times }
    await this.#step([anEvent({ messageId: `m${this.#position}`, ...over } as never)], [])
  }

  async wait(ms: number): Promise<void> {
    this.#nowMs += ms
    for (let turns = 0; turns < 20; turns++) await this.#step([], this.#ticks.splice(0))
  }

  /** Who is in, by user id. */
  async members(): Promise<ReadonlySet<string>> {
    const members = await this.#state.people.members({ computation: 1, after: 0, limit: 99 })
    const stored = await this.#state.people.profiles(members.map(({ profile }) => profile))
    const ids = stored.flatMap((each) => (each === null ? [] : Person.decode(each.id, each.document).identity.ids))
    return new Set(ids.flatMap(({ type, value }) => (type === 'user_id' ? [value] : [])))
  }

  /** One commit, and what is in the outbox by then, as if the log had it at once. */
  async #step(events: readonly NormalisedEvent[], ticks: readonly number[]): Promise<void> {
    const people = this.#people as People
    const dueMs = await people.nextTickMs()
    const tickMs = dueMs !== undefined && dueMs <= this.#nowMs ? this.#nowMs : null
    const accepted = events.map((event) => {
      this.#position += 1
      return { record: { position: this.#position, kind: 'event' as const, sourceId: SOURCE, body: '' }, event }
    })
    const unify = await people.prepare(accepted, ticks, [], tickMs, this.#position)
    if (unify === undefined) return
    await this.#state.commit({ unify, updates: [], counts: [], runtimes: [] })
    people.committed(unify)
    if (events.length > 0 || ticks.length > 0) this.#engineMs = Math.max(this.#engineMs, ...ticks, this.#nowMs)
    const items = await this.#state.people.outbox(1_000)
    for (const { sourceId, body } of items) {
      const said = JSON.parse(body)
      if (sourceId === '') this.#ticks.push(said.atMs)
      else if (!this.#seen.has(said.messageId)) {
        this.#seen.add(said.messageId)
        this.heard.push([said.userId ?? said.anonymousId, said.traits.pro])
      }
    }
    const last = items.at(-1)
    if (last !== undefined) void people.appended(last.number)
  }
}

test('whatever happens between, everybody is told at the end of an interval only, once, and of what is another', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'cadence-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  const user = fc.constantFrom('ada', 'bob', 'eve')
  const act = fc.oneof(
    {
      weight: 5,
      arbitrary: fc.record({ kind: fc.constant('says' as const), user, plan: fc.constantFrom('pro', 'free') }),
    },
    {
      weight: 3,
      arbitrary: fc.record({ kind: fc.constant('waits' as const), ms: fc.integer({ min: 1, max: 2 * EVERY_MS }) }),
    },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('dies' as const) }) },
  )
  let runs = 0
  await fc.assert(
    fc.asyncProperty(fc.array(act, { maxLength: 25 }), async (acts) => {
      runs += 1
      const db = openSqliteState({ file: join(directory, `${runs}.db`) })
      await migrate(db, pipelineMigrations)
      const space = new Space(new SqlitePipelineState(db))
      await space.start()
      const [holds, told, due] = [new Map<string, boolean>(), new Map<string, boolean>(), new Set<string>()]
      const expected: [string, unknown][] = []
      let nowMs = START_MS
      for (const each of [...acts, { kind: 'waits' as const, ms: 2 * EVERY_MS }]) {
        if (each.kind === 'dies') await space.start()
        else if (each.kind === 'says') {
          await space.say({ userId: each.user }, each.plan)
          if ((holds.get(each.user) ?? false) !== (each.plan === 'pro')) due.add(each.user)
          holds.set(each.user, each.plan === 'pro')
        } else {
          await space.wait(each.ms)
          const isOver = Math.floor((nowMs + each.ms) / EVERY_MS) > Math.floor(nowMs / EVERY_MS)
          nowMs += each.ms
          if (!isOver) continue
          for (const name of due) {
            const now = holds.get(name) ?? false
            if (now !== (told.get(name) ?? false)) expected.push([name, now])
            told.set(name, now)
          }
          due.clear()
        }
      }
      expect(space.heard.toSorted()).toEqual(expected.toSorted())
      expect(new Map(space.heard)).toEqual(new Map(expected))
      await db.close()
    }),
    { numRuns: 40 },
  )
}, 60_000)

test('whoever becomes part of whom meanwhile, in the end everybody is told what holds', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'cadence-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  const user = fc.constantFrom('ada', 'bob')
  const plan = fc.constantFrom('pro', 'free')
  const act = fc.oneof(
    { weight: 4, arbitrary: fc.record({ kind: fc.constant('says' as const), user, plan }) },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('device' as const), user, plan }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('joins' as const), user }) },
    {
      weight: 2,
      arbitrary: fc.record({ kind: fc.constant('waits' as const), ms: fc.integer({ min: 1, max: EVERY_MS }) }),
    },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('dies' as const) }) },
  )
  let runs = 0
  await fc.assert(
    fc.asyncProperty(fc.array(act, { maxLength: 25 }), async (acts) => {
      runs += 1
      const db = openSqliteState({ file: join(directory, `${runs}.db`) })
      await migrate(db, pipelineMigrations)
      const space = new Space(new SqlitePipelineState(db))
      await space.start()
      for (const each of [...acts, { kind: 'waits' as const, ms: 2 * EVERY_MS }]) {
        if (each.kind === 'dies') await space.start()
        else if (each.kind === 'says') await space.say({ userId: each.user }, each.plan)
        else if (each.kind === 'device') await space.say({ anonymousId: `device-${each.user}` }, each.plan)
        else if (each.kind === 'joins') await space.say({ userId: each.user, anonymousId: `device-${each.user}` })
        else await space.wait(each.ms)
      }
      const members = await space.members()
      const last = new Map(space.heard)
      for (const name of ['ada', 'bob']) expect([name, last.get(name) === true]).toEqual([name, members.has(name)])
      await db.close()
    }),
    { numRuns: 40 },
  )
}, 60_000)
