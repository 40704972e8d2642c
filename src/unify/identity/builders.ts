/** Events with fixed fields, and profiles kept as a database would keep them: rows of profiles, rows of mappings. */
import type { NormalisedEvent } from '../../spec/index.ts'
import { DEFAULT_RULES, type IdentityRules } from '../../workspace/index.ts'
import { type CompiledRules, compileRules } from './compiled-rules.ts'
import { currentProfileId } from './merge.ts'
import { type Cause, type Collection, type ExternalId, type IdentityProfile, idKey } from './profile.ts'
import { IdentityStep, keysToLoad, type Resolution, readEvent } from './step.ts'

/** 2026-01-01T00:00:00Z */
export const START_MS = 1_767_225_600_000
export const DAY_MS = 86_400_000

export type EventFields = Partial<NormalisedEvent> & { readonly [field: string]: unknown }

export function anEvent(over: EventFields = {}): NormalisedEvent {
  const time = '2026-01-01T00:00:00.000Z'
  return {
    type: 'track',
    event: 'Button Clicked',
    messageId: 'm1',
    context: {},
    integrations: {},
    timestamp: time,
    originalTimestamp: time,
    sentAt: time,
    receivedAt: time,
    channel: 'server',
    projectId: 'src_1',
    version: 2,
    ...over,
  }
}

/** One minute passes from each position to the next. */
export function aCause(position: number, over: Partial<Cause> = {}): Cause {
  return { position, messageId: `m${position}`, sourceId: 'src_1', atMs: START_MS + position * 60_000, ...over }
}

/** Rules beside the defaults. */
export const someRules = (over: Partial<IdentityRules> = {}, filters: readonly string[] = []): CompiledRules =>
  compileRules({ ...DEFAULT_RULES, ...over }, filters)

/** Events go through in steps; between steps only rows remain. */
export class StoredProfiles {
  rules: CompiledRules
  readonly profiles = new Map<string, IdentityProfile>()
  /** Id to profile. */
  readonly mappings = new Map<string, string>()
  readonly mergedInto = new Map<string, string>()
  readonly #created = new Map<Collection, number>()
  #position = 0

  constructor(rules: CompiledRules = someRules()) {
    this.rules = rules
  }

  /** One event, one step. @param over of the event's cause */
  send(fields: EventFields, over: Partial<Cause> = {}): Resolution {
    const [resolution] = this.step([{ event: anEvent(fields), cause: { ...aCause(this.#position + 1), ...over } }])
    if (resolution === undefined) throw new Error('a step answers for each event')
    return resolution
  }

  step(events: readonly { readonly event: NormalisedEvent; readonly cause: Cause }[]): Resolution[] {
    const read = events.map(({ event, cause }) => ({ event: readEvent(event, this.rules), cause }))
    const keys = keysToLoad(read.map(({ event }) => event))
    const owners = new Map(
      [...keys].flatMap((key) => {
        const owner = this.mappings.get(key)
        return owner === undefined ? [] : [[key, owner] as const]
      }),
    )
    const step = new IdentityStep({
      rules: this.rules,
      owners,
      profiles: [...new Set(owners.values())].map((id) => this.#rowOf(id)),
      newProfileId: (collection) => {
        const number = (this.#created.get(collection) ?? 0) + 1
        this.#created.set(collection, number)
        return `${collection === 'users' ? 'use' : 'gro'}_${number}`
      },
    })
    const resolutions = read.map(({ event, cause }) => {
      this.#position = Math.max(this.#position, cause.position)
      return step.resolve(event, cause)
    })
    const { profiles, mappings, merges } = JSON.parse(JSON.stringify(step.changes())) as ReturnType<typeof step.changes>
    for (const { mergedId, intoId } of merges) {
      this.profiles.delete(mergedId)
      this.mergedInto.set(mergedId, intoId)
    }
    for (const profile of profiles) this.profiles.set(profile.id, profile)
    for (const { collection, profileId, ...id } of mappings) this.mappings.set(idKey(collection, id), profileId)
    return resolutions
  }

  /** The profile that an id finds. */
  find(type: string, value: string, collection: Collection = 'users'): IdentityProfile | undefined {
    const id = this.mappings.get(idKey(collection, { type, value }))
    return id === undefined ? undefined : this.#rowOf(id)
  }

  /** The profile that a profile's id finds, now that some were merged. */
  byProfileId(profileId: string): IdentityProfile | undefined {
    return this.profiles.get(currentProfileId(profileId, this.mergedInto))
  }

  #rowOf(id: string): IdentityProfile {
    const row = this.profiles.get(id)
    if (row === undefined) throw new Error(`a mapping leads to ${id}, which is not there`)
    return row
  }
}

/** `user_id u1` for each id, sorted. */
export const namesOf = (ids: readonly ExternalId[] | undefined): string[] =>
  (ids ?? []).map(({ type, value }) => `${type} ${value}`).sort()
