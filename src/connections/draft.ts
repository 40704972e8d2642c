/**
 * What a step of people will write, so far. Reads see it: a step works through its records some at a time, so that few
 * profiles are in memory at once, and all of it is one commit.
 */
import type { NormalisedEvent } from '../spec/index.ts'
import type { IdKey, OutboxItem, ProfileState, StoredMembership, StoredProfile, UnifyStep } from '../state/index.ts'
import { StepLedger } from './sync-ledger.ts'

/** Numbers given out: none is given twice. */
export class Numbers {
  /** The last one of each. */
  profile = 0
  outbox = 0
  run = 0

  nextProfile(): number {
    this.profile += 1
    return this.profile
  }

  nextOutbox(): number {
    this.outbox += 1
    return this.outbox
  }

  /** Of a run. No row of the ledger has it yet: every telling takes a number of the outbox. */
  nextRun(): number {
    this.run = Math.max(this.run, this.outbox) + 1
    return this.run
  }
}

export class Draft {
  readonly #state: ProfileState
  readonly #numbers: Numbers
  /** By number; null for those that are gone. */
  readonly #profiles = new Map<number, StoredProfile | null>()
  /** By the key's bytes; where it leads, null for nowhere. */
  readonly #ids = new Map<string, { key: IdKey; profile: number | null }>()
  readonly #members = new Map<string, StoredMembership & { isIn: boolean }>()
  readonly #outbox: OutboxItem[] = []
  readonly ledger = new StepLedger()

  constructor(state: ProfileState, numbers: Numbers) {
    this.#state = state
    this.#numbers = numbers
  }

  put(profile: StoredProfile): void {
    this.#profiles.set(profile.id, profile)
  }

  drop(id: number): void {
    this.#profiles.set(id, null)
  }

  /** @param profile null frees the id */
  lead(key: IdKey, profile: number | null): void {
    this.#ids.set(textOf(key), { key, profile })
  }

  member(computation: number, profile: number, isIn: boolean): void {
    this.#members.set(`${computation} ${profile}`, { computation, profile, isIn })
  }

  /** @param sourceId of a space whose events they are */
  append(sourceId: string, events: readonly NormalisedEvent[]): void {
    for (const event of events)
      this.#outbox.push({ number: this.#numbers.nextOutbox(), sourceId, body: JSON.stringify(event) })
  }

  /** A command for the log itself. */
  command(body: string): void {
    this.#outbox.push({ number: this.#numbers.nextOutbox(), sourceId: '', body })
  }

  async profilesByIds(keys: readonly IdKey[]): Promise<readonly (number | null)[]> {
    const stored = await this.#state.profilesByIds(keys)
    if (this.#ids.size === 0) return stored
    return stored.map((known, at) => {
      const drafted = this.#ids.get(textOf(keys[at] as IdKey))
      return drafted === undefined ? known : drafted.profile
    })
  }

  /** Those that are there, in the order asked. */
  async profiles(ids: readonly number[]): Promise<readonly StoredProfile[]> {
    const stored = await this.#state.profiles(ids.filter((id) => !this.#profiles.has(id)))
    let next = 0
    return ids.flatMap((id) => {
      const drafted = this.#profiles.get(id)
      return (drafted === undefined ? stored[next++] : drafted) ?? []
    })
  }

  /** As `ProfileState.due`; what the step has changed is not counted in the limit. */
  async due(of: { space: number; atMs: number; limit: number }): Promise<readonly StoredProfile[]> {
    const stored = await this.#state.due(of)
    if (this.#profiles.size === 0) return stored
    const isDue = (each: StoredProfile | null): each is StoredProfile =>
      each?.space === of.space && each.dueAtMs !== null && each.dueAtMs <= of.atMs
    return [...stored.filter(({ id }) => !this.#profiles.has(id)), ...[...this.#profiles.values()].filter(isDue)]
  }

  rows(): Omit<UnifyStep, 'appendedTo' | 'runs' | 'atMs'> {
    const profiles = [...this.#profiles]
    const ids = [...this.#ids.values()]
    const members = [...this.#members.values()].filter(({ profile }) => this.#profiles.get(profile) !== null)
    return {
      profiles: profiles.flatMap(([, profile]) => profile ?? []),
      gone: profiles.flatMap(([id, profile]) => (profile === null ? [id] : [])),
      ids: ids.flatMap(({ key, profile }) => (profile === null ? [] : [{ key, profile }])),
      freed: ids.flatMap(({ key, profile }) => (profile === null ? [key] : [])),
      memberships: members.filter(({ isIn }) => isIn),
      forgotten: members.filter(({ isIn }) => !isIn),
      outbox: this.#outbox,
      ...this.ledger.step((profile) => this.#profiles.get(profile) !== null),
    }
  }
}

const textOf = (key: IdKey): string => Buffer.from(key).toString('latin1')
