/** One page of a run that tells destinations of everybody: whom it tells what, with what the step itself has made of them. */
import type { ComputedValue } from '../engage/index.ts'
import type { NormalisedEvent } from '../spec/index.ts'
import type { ProfileState } from '../state/index.ts'
import { type OutputTarget, outputsOf, Person } from '../unify/index.ts'
import type { Draft } from './draft.ts'
import type { TellRun } from './space-runs.ts'
import { type Instances, valueToTell } from './sync-ledger.ts'
import type { Undelivered } from './undelivered.ts'

/** Profiles looked at in one step of a run. */
export const TELL_MAX = 1_000

export interface TellStep {
  readonly state: Pick<ProfileState, 'members' | 'standings' | 'tellings' | 'dueTellings'>
  /** What the step has made of people so far. */
  readonly draft: Draft
  readonly instances: Instances
  /** Read to its end, for a run that tells who drifted. */
  readonly undelivered: Undelivered | undefined
  /** Engine time, Unix milliseconds. */
  readonly atMs: number
}

export interface ToldPage {
  readonly events: readonly NormalisedEvent[]
  /** Profiles looked at. */
  readonly profiles: readonly number[]
  /** The run after it, null when nobody was left. */
  readonly run: TellRun | null
}

export async function tellPage(run: TellRun, step: TellStep): Promise<ToldPage> {
  const { state, draft } = step
  const { computation, after } = run
  const page = await readPage(run, state)
  const last = page.at(-1)
  if (last === undefined) return { events: [], profiles: [], run: null }
  const rows = await state.tellings({ computation, after, to: last })
  const tellings = new Map(rows.map((row) => [`${row.destination} ${row.profile}`, row]))
  const events: NormalisedEvent[] = []
  let told = 0
  for (const stored of await draft.profiles(page)) {
    const profile = stored.id
    const person = Person.decode(profile, stored.document)
    const value = jsonOf(person, computation)
    const said = run.targets.flatMap((target) => {
      const instance = step.instances.get(target.destinationId)
      const key = { computation, profile, destination: instance?.number ?? 0 }
      // What this very step told is the newest there is.
      const isNewest = draft.ledger.hasTold(key)
      const isChoosy = run.value === 'drifted' || run.value === 'before'
      if (isChoosy && (instance?.enabled !== true || isNewest)) return []
      const telling = tellings.get(`${key.destination} ${profile}`)
      const isDead = step.undelivered?.has(key.destination, telling?.told?.message) ?? false
      const next = valueToTell(run, value, telling, target.kind, isDead)
      if (next === undefined) return []
      const output = callsOf(run, profile, person, target, next, step.atMs)
      // What a change told in this step, and what an undo tells, is not taken back.
      const number = isNewest || run.value === 'before' ? null : (run.number ?? null)
      draft.ledger.told(key, instance, output, { value: next, atMs: step.atMs, run: number })
      return output
    })
    if (said.length > 0) told += 1
    events.push(...said)
  }
  const next = { ...run, after: last, done: run.done + page.length, told: (run.told ?? 0) + told }
  return { events, profiles: page, run: next }
}

/** What holds of somebody, as the ledger has it: JSON, null for nothing. */
export function jsonOf({ engage }: Person, computation: number): string | null {
  const value = engage.values.get(computation)?.value ?? null
  return value === null ? null : JSON.stringify(value)
}

async function readPage(run: TellRun, state: TellStep['state']): Promise<readonly number[]> {
  const { computation, after } = run
  if (run.value !== 'current') return state.standings({ computation, after, limit: TELL_MAX })
  const members = await state.members({ computation, after, limit: TELL_MAX })
  return members.map(({ profile }) => profile)
}

export function callsOf(
  { id, computation, key }: Pick<TellRun, 'id' | 'computation' | 'key'>,
  profile: number,
  { identity, traits }: Person,
  target: OutputTarget,
  value: ComputedValue,
  atMs: number,
): readonly NormalisedEvent[] {
  const change = { computation, key, value, before: value, number: 0, atMs }
  const { collection, ids } = identity
  return outputsOf({ profile, collection, change, cause: 'new_id', ids, traits }, target, atMs, id)
}
