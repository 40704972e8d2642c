/** Works some of a step through a space: loads who they concern, and gives what has become of them. */
import type { IdKey, StoredProfile } from '../state/index.ts'
import {
  keysToLoad,
  mergedKey,
  type PeopleChanges,
  PeopleStep,
  type PeopleStepOptions,
  type StepRecord,
} from '../unify/index.ts'
import type { Draft } from './draft.ts'
import type { PastRecord } from './history.ts'
import { type LinkedAccounts, linkedAccounts } from './linked-accounts.ts'
import type { ReadySpace } from './ready-space.ts'

/** Records of a step that are worked through at a time. */
export const BATCH_RECORDS = 200
/** Profiles that fall due and are worked through in one step. */
export const DUE_MAX = 2_000

/** Some of what a step works through, of one kind. */
export interface Batch {
  readonly records: readonly StepRecord[]
  readonly ticks: readonly number[]
  readonly past: readonly PastRecord[]
  readonly people: readonly StoredProfile[]
  readonly forgotten: readonly StoredProfile[]
}
const NO_BATCH: Batch = { records: [], ticks: [], past: [], people: [], forgotten: [] }
const NO_ACCOUNTS: LinkedAccounts = { accounts: [], merged: new Map() }

export const batchesOf = <T>(all: readonly T[]): T[][] =>
  Array.from({ length: Math.ceil(all.length / BATCH_RECORDS) }, (_, at) =>
    all.slice(at * BATCH_RECORDS, (at + 1) * BATCH_RECORDS),
  )

export interface BatchOptions {
  readonly draft: Draft
  /** Engine time before it. */
  readonly startMs: number
  keyOf(name: string): IdKey
  readonly newProfileId: () => number
  /** What is minded while not everybody was looked at since definitions changed. */
  readonly minds: Pick<PeopleStepOptions, 'cameBackMs' | 'retention'>
}

/** @returns engine time after it, too */
export async function workBatch(
  space: ReadySpace,
  batch: Partial<Batch>,
  { draft, startMs, keyOf, newProfileId, minds }: BatchOptions,
): Promise<{ readonly changes: PeopleChanges; readonly nowMs: number }> {
  const { records, ticks, past, people: reviewed, forgotten } = { ...NO_BATCH, ...batch }
  const untilMs = records.reduce(
    (latest, { event }) => Math.max(latest, Date.parse(event.receivedAt)),
    Math.max(startMs, ...ticks),
  )
  const names = [...keysToLoad([...records, ...past].map(({ read }) => read))]
  const found = await draft.profilesByIds(names.map((name) => keyOf(name)))
  const owners = new Map(
    names.flatMap((name, at): [string, number][] => (found[at] == null ? [] : [[name, found[at]]])),
  )
  const isLive = records.length > 0 || ticks.length > 0
  const due = isLive ? await draft.due({ space: space.number, atMs: untilMs, limit: DUE_MAX }) : []
  const wanted = new Set([...owners.values(), ...[...reviewed, ...forgotten].map(({ id }) => id)])
  const people = new Map([...due, ...(await draft.profiles([...wanted]))].map((each) => [each.id, each]))
  const { accounts, questions } = space.plans
  const asksAccounts = accounts.leaves.size > 0 || questions.size > 0
  const linked = asksAccounts
    ? await linkedAccounts(people, draft, (numbers) =>
        draft.profilesByIds(numbers.map((number) => keyOf(mergedKey(number)))),
      )
    : NO_ACCOUNTS
  const step = new PeopleStep({
    rules: space.identity,
    plans: space.plans,
    kept: space.kept,
    isEligible: (computation, types) => {
      const asked = space.asked.get(computation)
      return asked === undefined || types.some((type) => asked.has(type))
    },
    people: [...people.values(), ...linked.accounts],
    merged: linked.merged,
    owners,
    engineMs: startMs,
    ...minds,
    newProfileId,
  })
  let nowMs = startMs
  for (const record of records) {
    nowMs = Math.max(nowMs, Date.parse(record.event.receivedAt))
    step.pass(nowMs)
    step.apply(record, nowMs)
  }
  for (const tickMs of ticks) {
    nowMs = Math.max(nowMs, tickMs)
    step.pass(nowMs)
  }
  for (const record of past) step.past(record, record.arrivedMs, nowMs)
  for (const { id } of reviewed) step.review(id, nowMs)
  for (const { id } of forgotten) step.forget(id, nowMs)
  return { changes: step.changes(), nowMs }
}
