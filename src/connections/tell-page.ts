/** One page of a run that tells destinations of everybody: whom it tells what, with what the step itself has made of them. */
import type { ComputedValue } from '../engage/index.ts'
import type { NormalisedEvent } from '../spec/index.ts'
import type { ProfileState, Standing, StoredMembership, StoredProfile } from '../state/index.ts'
import { type OutputTarget, outputsOf, Person } from '../unify/index.ts'
import type { TellRun } from './space-runs.ts'
import { type Instances, type StepLedger, valueToTell } from './sync-ledger.ts'
import type { Undelivered } from './undelivered.ts'

/** Profiles looked at in one step of a run. */
export const TELL_MAX = 500

export interface TellStep {
  readonly state: Pick<ProfileState, 'members' | 'standings' | 'tellings' | 'profiles' | 'dueTellings' | 'valuesOf'>
  readonly instances: Instances
  /** Read to its end, for a run that tells who drifted. */
  readonly undelivered: Undelivered | undefined
  /** What the step has made of people so far. */
  readonly profiles: readonly StoredProfile[]
  readonly memberships: readonly StoredMembership[]
  readonly gone: readonly number[]
  readonly ledger: StepLedger
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
  const { state, ledger } = step
  const { computation, after } = run
  const page = await readPage(run, state)
  const last = page.at(-1)
  if (last === undefined) return { events: [], profiles: [], run: null }
  const rows = await state.tellings({ computation, after, to: last.profile })
  const tellings = new Map(rows.map((row) => [`${row.destination} ${row.profile}`, row]))
  const changes = step.memberships.filter((each) => each.computation === computation)
  const values = new Map(changes.map(({ profile, value }) => [profile, value]))
  const stored = await peopleOf(
    step,
    page.map(({ profile }) => profile),
  )
  const events: NormalisedEvent[] = []
  let told = 0
  for (const { profile, value: before } of page) {
    const person = stored.get(profile)
    if (person === undefined) continue
    const value = values.get(profile) ?? before
    const said = run.targets.flatMap((target) => {
      const instance = step.instances.get(target.destinationId)
      const key = { computation, profile, destination: instance?.number ?? 0 }
      // What this very step told is the newest there is.
      if (run.value === 'drifted' && (instance?.enabled !== true || ledger.has(key))) return []
      const telling = tellings.get(`${key.destination} ${profile}`)
      const isDead = step.undelivered?.has(key.destination, telling?.told?.message) ?? false
      const next = valueToTell(run, value, telling, target.kind, isDead)
      if (next === undefined) return []
      const output = callsOf(run, person, target, next, step.atMs)
      ledger.told(key, instance, output, { value: next, atMs: step.atMs, run: null })
      return output
    })
    if (said.length > 0) told += 1
    events.push(...said)
  }
  const next = { ...run, after: last.profile, done: run.done + page.length, told: (run.told ?? 0) + told }
  return { events, profiles: page.map(({ profile }) => profile), run: next }
}

/** As the step has made them so far, without those that are gone. */
export async function peopleOf(
  { state, profiles, gone }: TellStep,
  ids: readonly number[],
): Promise<ReadonlyMap<number, StoredProfile>> {
  const stored = await state.profiles(ids)
  const people = new Map(stored.flatMap((each) => (each === null ? [] : [[each.id, each]])))
  for (const each of profiles) people.set(each.id, each)
  for (const id of gone) people.delete(id)
  return people
}

async function readPage(run: TellRun, state: TellStep['state']): Promise<readonly Standing[]> {
  const { computation, after } = run
  if (run.value === 'current') return state.members({ computation, after, limit: TELL_MAX })
  return state.standings({ computation, after, limit: TELL_MAX })
}

export function callsOf(
  { id, computation, key }: Pick<TellRun, 'id' | 'computation' | 'key'>,
  person: StoredProfile,
  target: OutputTarget,
  value: ComputedValue,
  atMs: number,
): readonly NormalisedEvent[] {
  const { identity, traits } = Person.decode(person.id, person.document)
  const known = Object.fromEntries([...traits].map(([name, trait]) => [name, trait.value]))
  const change = { computation, key, value, before: value, number: 0, atMs }
  return outputsOf({ profile: person.id, change, cause: 'new_id', ids: identity.ids, traits: known }, target, atMs, id)
}
