/**
 * Which external ids an event carries, and where each is read from (Segment's Unify, default and custom external ids).
 * Pure.
 *
 * - Of a type with several places the first one with a usable value counts, so that an order's `properties.email` never
 *   overrules what the traits say. Further values come in `context.externalIds` only.
 * - The traits of a group call describe the company: no id of a person is read from them.
 */
import { ID_CHARS_MAX, isJsonObject, type JsonObject, type NormalisedEvent } from '../../spec/index.ts'
import { BUILT_IN_TYPES, TYPE_PATTERN } from '../../workspace/index.ts'
import type { CompiledRules } from './compiled-rules.ts'
import { bothCases } from './compiled-rules.ts'
import { type Collection, type ExternalId, isSameId } from './profile.ts'
import type { Refusal, RefusedId } from './refusals.ts'

/** Entries of `context.externalIds` that are looked at. */
export const EXTERNAL_IDS_MAX = 50

/** How much of a value that is refused for its length is kept, in characters. */
const REFUSED_CHARS_MAX = 100

export interface EventIds {
  /** Highest priority first; of one type in the order they were found. None twice. */
  readonly users: readonly ExternalId[]
  readonly accounts: readonly ExternalId[]
  readonly refused: Readonly<Record<Collection, readonly RefusedId[]>>
}

export type IdsEvent = Pick<
  NormalisedEvent,
  'type' | 'userId' | 'anonymousId' | 'groupId' | 'traits' | 'properties' | 'context' | 'integrations'
>

export function externalIdsOf(event: IdsEvent, rules: CompiledRules): EventIds {
  const found = new FoundIds(rules)
  const { context } = event
  const ownTraits = event.type === 'group' ? undefined : event.traits
  const places = [ownTraits, objectAt(context, 'traits'), event.properties]

  found.first('users', 'user_id', [event.userId])
  found.first('users', 'anonymous_id', [event.anonymousId])
  found.first('users', 'email', valuesAt(places, EMAIL_KEYS))
  found.first('users', 'cross_domain_id', valuesAt(places, CROSS_DOMAIN_KEYS))
  found.first('users', 'ga_client_id', [
    objectAt(objectAt(context, 'integrations'), GOOGLE_ANALYTICS)?.clientId,
    objectAt(event.integrations, GOOGLE_ANALYTICS)?.clientId,
  ])
  found.first('users', 'braze_id', [objectAt(context, 'Braze')?.braze_id])
  readDevice(context, found)
  found.first('accounts', 'group_id', [event.groupId, context.groupId])

  const accountPlaces = event.type === 'group' ? [event.traits] : []
  for (const { type, collection, keys } of rules.customTypes) {
    found.first(collection, type, valuesAt(collection === 'users' ? places : accountPlaces, keys))
  }
  if (Array.isArray(context.externalIds)) readList(context.externalIds, rules, found)
  return found.byPriority()
}

const EMAIL_KEYS = ['email']
const CROSS_DOMAIN_KEYS = bothCases('cross_domain_id')
const GOOGLE_ANALYTICS = 'Google Analytics'

function readDevice(context: JsonObject, found: FoundIds): void {
  const device = objectAt(context, 'device')
  const platform = typeof device?.type === 'string' ? device.type.toLowerCase() : undefined
  if (device === undefined || (platform !== 'ios' && platform !== 'android')) return
  found.first('users', `${platform}.id`, [device.id])
  if (device.adTrackingEnabled === true) found.first('users', `${platform}.idfa`, [device.advertisingId])
  found.first('users', `${platform}.push_token`, [device.token])
}

function readList(list: readonly unknown[], rules: CompiledRules, found: FoundIds): void {
  for (const entry of list.slice(0, EXTERNAL_IDS_MAX)) {
    const { type, id, collection, encoding } = isJsonObject(entry) ? entry : NOTHING
    const isKnown = collection === 'users' || collection === 'accounts'
    const of = isKnown ? collection : 'users'
    if (!isKnown || encoding !== 'none' || !isTypeOf(collection, type, rules)) {
      found.refuse(of, textOf(type), textOf(id), { reason: 'malformed' })
    } else found.first(of, type, [id])
  }
  const next = list[EXTERNAL_IDS_MAX]
  if (next === undefined) return
  const { type, id, collection } = isJsonObject(next) ? next : NOTHING
  found.refuse(collection === 'accounts' ? collection : 'users', textOf(type), textOf(id), { reason: 'too_many' })
}

const NOTHING: JsonObject = {}

function isTypeOf(collection: Collection, type: unknown, { customTypes }: CompiledRules): type is string {
  if (typeof type !== 'string' || !TYPE_PATTERN.test(type)) return false
  const belongsTo = BUILT_IN_TYPES.get(type) ?? customTypes.find((each) => each.type === type)?.collection
  return belongsTo === undefined || belongsTo === collection
}

function objectAt(parent: JsonObject | undefined, key: string): JsonObject | undefined {
  const value = parent?.[key]
  return isJsonObject(value) ? value : undefined
}

const valuesAt = (places: readonly (JsonObject | undefined)[], keys: readonly string[]): unknown[] =>
  places.flatMap((place) => (place === undefined ? [] : keys.map((key) => place[key])))

const textOf = (value: unknown): string => (typeof value === 'string' ? value.slice(0, REFUSED_CHARS_MAX) : '')

class FoundIds {
  readonly #rules: CompiledRules
  readonly #ids: Record<Collection, ExternalId[]> = { users: [], accounts: [] }
  readonly #refused: Record<Collection, RefusedId[]> = { users: [], accounts: [] }

  constructor(rules: CompiledRules) {
    this.#rules = rules
  }

  /** Takes the first value that can be an id. Absent, `null` and empty ones are passed over, others refused. */
  first(collection: Collection, type: string, values: readonly unknown[]): void {
    for (const raw of values) {
      if (raw === undefined || raw === null || raw === '') continue
      const value = normaliseId(type, raw)
      if (value === '') continue
      if (value === undefined) {
        this.refuse(collection, type, '', { reason: 'malformed' })
        continue
      }
      if (value.length > ID_CHARS_MAX && [...value].length > ID_CHARS_MAX) {
        this.refuse(collection, type, value.slice(0, REFUSED_CHARS_MAX), { reason: 'too_long' })
        continue
      }
      const id = { type, value }
      const by = this.#rules.blockedBy(id)
      if (by !== undefined) {
        this.refuse(collection, type, value, { reason: 'blocked', by })
        continue
      }
      const ids = this.#ids[collection]
      if (!ids.some((each) => isSameId(each, id))) ids.push(id)
      return
    }
  }

  refuse(collection: Collection, type: string, value: string, refusal: Refusal): void {
    const refused = this.#refused[collection]
    const isRepeated = refused.some((each) => each.reason === refusal.reason && isSameId(each, { type, value }))
    if (!isRepeated) refused.push({ type, value, ...refusal })
  }

  byPriority(): EventIds {
    const compare = (a: ExternalId, b: ExternalId) => this.#rules.compareTypes(a.type, b.type)
    return {
      users: this.#ids.users.sort(compare),
      accounts: this.#ids.accounts.sort(compare),
      refused: this.#refused,
    }
  }
}

/**
 * An id as it is stored and compared: as it was sent, but an email without white space around it and in lower case, and
 * a whole number as its digits. `undefined` for what can be no id.
 */
export function normaliseId(type: string, value: unknown): string | undefined {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? String(value) : undefined
  if (typeof value !== 'string') return undefined
  return type === 'email' ? value.trim().toLowerCase() : value
}
