/** Links of people and accounts at their limits, in a step. */
import { expect, test } from 'vitest'
import { parseAudience, plansOf } from '../engage/index.ts'
import type { NormalisedEvent } from '../spec/index.ts'
import { DEFAULT_RULES } from '../workspace/index.ts'
import { LINKS_MAX, Person } from './document.ts'
import { compileRules, readEvent } from './identity/index.ts'
import { PeopleStep, type StepRecord } from './people-step.ts'

const RULES = compileRules(DEFAULT_RULES)
const START = Date.parse('2026-01-01T00:00:00Z')
const definition = parseAudience("ANY(event('Login').count() >= 1)", 'accounts')

let position = 0
function record(event: Partial<NormalisedEvent>): StepRecord {
  position += 1
  const at = new Date(START).toISOString()
  const times = { timestamp: at, originalTimestamp: at, sentAt: at, receivedAt: at }
  const whole = { type: 'group', messageId: `m${position}`, context: {}, integrations: {}, ...times, ...event }
  return { position, sourceId: 's', event: whole as never, read: readEvent(whole as never, RULES) }
}

test('who is a user of too many accounts leaves the one they were seen with longest ago, whose value follows', () => {
  let lastId = 0
  const step = new PeopleStep({
    rules: RULES,
    plans: plansOf([{ number: 1, key: 'used', level: 'accounts', definition, includesAnonymous: false }]),
    kept: { reading: 0, since: new Map() },
    isEligible: () => true,
    people: [],
    merged: new Map(),
    owners: new Map(),
    engineMs: START,
    newProfileId: () => {
      lastId += 1
      return lastId
    },
  })
  const told = () => step.changes().told.map(({ ids, change }) => [ids[0]?.value, change.value])
  step.apply(record({ type: 'track', event: 'Login', userId: 'ada', properties: {} }), START)
  for (let at = 1; at <= LINKS_MAX; at += 1) step.apply(record({ userId: 'ada', groupId: `g${at}` }), START)
  expect(told()).toEqual(Array.from({ length: LINKS_MAX }, (_, at) => [`g${at + 1}`, true]))
  // Seen with the first one again: the second is the oldest now.
  step.apply(record({ userId: 'ada', groupId: 'g1' }), START)
  expect(told()).toHaveLength(LINKS_MAX)
  step.apply(record({ userId: 'ada', groupId: 'one more' }), START)
  expect(told().slice(LINKS_MAX).toSorted()).toEqual([
    ['g2', false],
    ['one more', true],
  ])
  const [ada] = step.changes().people.filter(({ id }) => id === 1)
  expect(Person.decode(1, ada?.document ?? '').links).toHaveLength(LINKS_MAX)
})
