/**
 * Live evaluation alone: identity, traits, computed traits and audiences of one event after the other, with the profiles'
 * documents in memory where `engage.ts` has the state. Argument: `EngagePlan`.
 */
import { plansOf } from '../src/engage/index.ts'
import { compileRules, idKey, keysToLoad, PeopleStep, type PeopleStepOptions, readEvent } from '../src/unify/index.ts'
import { DEFAULT_RULES } from '../src/workspace/index.ts'
import { computations } from './engage-definitions.ts'
import { type EngagePlan, type LoadEvent, measure, SOURCE } from './engage-load.ts'

/** As many as the pipeline works through at a time. */
const BATCH_EVENTS = 200
const plan = JSON.parse(process.argv[2] ?? '{}') as EngagePlan
const rules = compileRules(DEFAULT_RULES)
const plans = plansOf(computations)
const documents = new Map<number, { id: number; document: string; dueAtMs: number | null }>()
const owners = new Map<string, number>()
let last = 0
let told = 0

function batch(events: readonly LoadEvent[]): void {
  const records = events.map(({ position, event }) => ({
    position,
    sourceId: SOURCE,
    event,
    read: readEvent(event, rules),
  }))
  const known = [...keysToLoad(records.map(({ read }) => read))].flatMap((name): [string, number][] => {
    const owner = owners.get(name)
    return owner === undefined ? [] : [[name, owner]]
  })
  const options: PeopleStepOptions = {
    rules,
    plans,
    kept: { reading: 1, since: new Map() },
    isEligible: (_, types) => types.includes('user_id'),
    people: [...new Set(known.map(([, id]) => id))].flatMap((id) => documents.get(id) ?? []),
    owners: new Map(known),
    merged: new Map(),
    engineMs: 0,
    newProfileId: () => {
      last += 1
      return last
    },
  }
  const step = new PeopleStep(options)
  for (const record of records) {
    const nowMs = Date.parse(record.event.receivedAt)
    step.pass(nowMs)
    step.apply(record, nowMs)
  }
  const { people, mappings, told: changes } = step.changes()
  for (const each of people) documents.set(each.id, each)
  for (const { collection, type, value, profileId } of mappings)
    owners.set(idKey(collection, { type, value }), Number(profileId))
  told += changes.length
}

console.log(JSON.stringify({ ready: true }))
const result = await measure(plan, async (events) => {
  for (let at = 0; at < events.length; at += BATCH_EVENTS) batch(events.slice(at, at + BATCH_EVENTS))
})
if (told === 0) throw new Error('nothing came of it')
console.log(JSON.stringify(result))
