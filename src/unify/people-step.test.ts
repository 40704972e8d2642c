import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseAudience, parseTrait, plansOf } from '../engage/index.ts'
import type { NormalisedEvent } from '../spec/index.ts'
import { DEFAULT_RULES } from '../workspace/index.ts'
import { Person } from './document.ts'
import { compileRules, idKey, keysToLoad, readEvent } from './identity/index.ts'
import { PeopleStep, type StepRecord, type StoredPerson, type Told } from './people-step.ts'

const HOUR = 3_600_000
const START = Date.parse('2026-01-01T00:00:00Z')
const RULES = compileRules(DEFAULT_RULES)
const PLANS = plansOf([
  { number: 1, key: 'orders', definition: parseTrait("event('Order').count()"), includesAnonymous: true },
  {
    number: 2,
    key: 'recent',
    definition: parseAudience("event('Order').within(6 hours).count() >= 2"),
    includesAnonymous: true,
  },
  {
    number: 3,
    key: 'pro',
    definition: parseAudience("trait('plan') = 'pro' AND trait('orders') >= 1"),
    includesAnonymous: true,
  },
  {
    number: 4,
    key: 'quiet',
    definition: parseAudience("NOT event('Order').within(12 hours).count() >= 1"),
    includesAnonymous: true,
  },
])

/** What a database would hold between steps. */
class Database {
  readonly people = new Map<number, StoredPerson>()
  readonly owners = new Map<string, number>()
  readonly told: Told[] = []
  #lastId = 0

  work(records: readonly StepRecord[], ticks: readonly number[], nowMs: number): number {
    const untilMs = Math.max(nowMs, ...ticks, ...records.map(({ event }) => Date.parse(event.receivedAt)))
    const names = keysToLoad(records.map(({ read }) => read))
    const owners = new Map([...this.owners].filter(([name]) => names.has(name)))
    const needed = new Set(owners.values())
    const people = [...this.people.values()].filter(
      ({ id, dueAtMs }) => needed.has(id) || (dueAtMs !== null && dueAtMs <= untilMs),
    )
    const step = new PeopleStep({
      rules: RULES,
      plans: PLANS,
      kept: { reading: 0, since: new Map() },
      isEligible: () => true,
      people,
      owners,
      merged: new Map(),
      engineMs: nowMs,
      newProfileId: () => {
        this.#lastId += 1
        return this.#lastId
      },
    })
    let now = nowMs
    for (const record of records) {
      now = Math.max(now, Date.parse(record.event.receivedAt))
      step.pass(now)
      step.apply(record, now)
    }
    for (const tick of ticks) {
      now = Math.max(now, tick)
      step.pass(now)
    }
    const { people: changed, gone, mappings, told } = step.changes()
    for (const person of changed) this.people.set(person.id, person)
    for (const id of gone) this.people.delete(id)
    for (const { collection, profileId, ...id } of mappings) this.owners.set(idKey(collection, id), Number(profileId))
    this.told.push(...told)
    return now
  }
}

const anEvent = fc.record({
  hours: fc.nat(8),
  user: fc.option(fc.constantFrom('ada', 'bob'), { nil: undefined }),
  device: fc.option(fc.constantFrom('phone', 'laptop', 'tablet'), { nil: undefined }),
  what: fc.constantFrom('Order', 'Visit', 'plan'),
  plan: fc.constantFrom('pro', 'free', null),
})

function recordsOf(events: readonly (typeof anEvent extends fc.Arbitrary<infer T> ? T : never)[]): StepRecord[] {
  let nowMs = START
  return events.flatMap(({ hours, user, device, what, plan }, index): StepRecord[] => {
    nowMs += hours * HOUR
    if (user === undefined && device === undefined) return []
    const at = new Date(nowMs).toISOString()
    const event = {
      type: what === 'plan' ? 'identify' : 'track',
      messageId: `m${index}`,
      ...(user === undefined ? {} : { userId: user }),
      ...(device === undefined ? {} : { anonymousId: device }),
      ...(what === 'plan' ? { traits: { plan } } : { event: what, properties: {} }),
      context: {},
      integrations: {},
      timestamp: at,
      originalTimestamp: at,
      sentAt: at,
      receivedAt: at,
      channel: 'server',
      projectId: 's',
      version: 2,
    } as unknown as NormalisedEvent
    return [{ position: index + 1, sourceId: 's', event, read: readEvent(event, RULES) }]
  })
}

test('steps of any size give the same profiles, and tell the same in the same order', () => {
  fc.assert(
    fc.property(fc.array(anEvent, { maxLength: 40 }), fc.array(fc.integer({ min: 1, max: 10 })), (events, sizes) => {
      const records = recordsOf(events)
      const [whole, parts] = [new Database(), new Database()]
      const end = START + 400 * HOUR
      whole.work(records, [end], START)
      let nowMs = START
      for (let at = 0, n = 0; at < records.length; n += 1) {
        const size = sizes[n] ?? 3
        nowMs = parts.work(records.slice(at, at + size), [], nowMs)
        at += size
      }
      parts.work([], [end], nowMs)
      expect(parts.told).toEqual(whole.told)
      expect([...parts.people.values()].toSorted((a, b) => a.id - b.id)).toEqual(
        [...whole.people.values()].toSorted((a, b) => a.id - b.id),
      )
    }),
    { numRuns: 400 },
  )
})

test('every id leads to a profile that has it, and nobody is told that something ended which had not begun', () => {
  fc.assert(
    fc.property(fc.array(anEvent, { maxLength: 40 }), (events) => {
      const database = new Database()
      database.work(recordsOf(events), [START + 400 * HOUR], START)
      for (const [name, id] of database.owners) {
        const stored = database.people.get(id)
        if (stored === undefined) throw new Error(`${name} leads to ${id}, which is gone`)
        const { identity } = Person.decode(id, stored.document)
        expect(identity.ids.map((each) => idKey(identity.collection, each))).toContain(name)
      }
      for (const { change, cause } of database.told) {
        expect(change.value === false && change.before !== true).toBe(false)
        if (cause === 'new_id') expect([false, null]).not.toContain(change.value)
      }
    }),
    { numRuns: 400 },
  )
})
