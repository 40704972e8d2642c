/** How many drifted from what holds, counted beside everything and without a trace: what a reconcile would tell. */
import type { Clock } from '../ports/index.ts'
import type { ProfileState } from '../state/index.ts'
import { Person } from '../unify/index.ts'
import type { SpaceComputation } from '../workspace/index.ts'
import { type Drift, driftOf, type Instances } from './sync-ledger.ts'
import { jsonOf } from './tell-page.ts'
import { Undelivered, type UndeliveredPorts } from './undelivered.ts'

/** Profiles looked at in one go: ingest waits for it. */
const PAGE = 200

export interface DriftPreview {
  /** Profiles looked at. */
  readonly profiles: number
  /** Those that drifted at one destination or several. */
  readonly drifted: number
  readonly destinations: readonly ({ readonly destinationId: string } & Readonly<Record<Drift, number>>)[]
}

export interface DriftPorts {
  readonly state: UndeliveredPorts['state'] & {
    readonly people: Pick<ProfileState, 'members' | 'profiles' | 'standings' | 'tellings'>
  }
  readonly log: UndeliveredPorts['log']
  readonly clock: Pick<Clock, 'turn'>
}

/** @param destinationIds of destinations that are on */
export async function previewDrift(
  { state, log, clock }: DriftPorts,
  instances: Instances,
  { number: computation, definition: { kind } }: Pick<SpaceComputation, 'number' | 'definition'>,
  destinationIds: readonly string[],
): Promise<DriftPreview> {
  const counts = destinationIds.map((destinationId) => ({
    destinationId,
    number: instances.get(destinationId)?.number ?? 0,
    never_told: 0,
    differs: 0,
    undelivered: 0,
  }))
  const undelivered = new Undelivered(
    { state, log },
    counts.map(({ number }) => number),
  )
  // Ingest has the same thread.
  for (; !undelivered.isRead; await clock.turn()) await undelivered.readPage()
  /** An audience needs no profiles to be read: its members are a list. */
  const membersOf = async (after: number, to: number) => {
    const members = await state.people.members({ computation, after, limit: PAGE })
    return new Map(members.flatMap(({ profile }) => (profile > to ? [] : [[profile, 'true']])))
  }
  const valuesOf = async (page: readonly number[]) => {
    const stored = await state.people.profiles(page)
    return new Map(
      stored.flatMap((each) =>
        each === null ? [] : [[each.id, jsonOf(Person.decode(each.id, each.document), computation)]],
      ),
    )
  }
  let [profiles, drifted] = [0, 0]
  for (let after = 0; ; await clock.turn()) {
    const page = await state.people.standings({ computation, after, limit: PAGE })
    const last = page.at(-1)
    if (last === undefined) break
    const rows = await state.people.tellings({ computation, after, to: last })
    const tellings = new Map(rows.map((row) => [`${row.destination} ${row.profile}`, row]))
    const values = kind === 'audience' ? await membersOf(after, last) : await valuesOf(page)
    for (const profile of page) {
      const value = values.get(profile) ?? null
      let hasDrifted = false
      for (const count of counts) {
        const telling = tellings.get(`${count.number} ${profile}`)
        const drift = driftOf(value, telling, kind, undelivered.has(count.number, telling?.told?.message))
        if (drift === null) continue
        count[drift] += 1
        hasDrifted = true
      }
      if (hasDrifted) drifted += 1
    }
    profiles += page.length
    after = last
  }
  return { profiles, drifted, destinations: counts.map(({ number: _, ...rest }) => rest) }
}
