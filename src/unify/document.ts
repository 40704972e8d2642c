/**
 * What is stored of one profile: a text of several lines, each JSON of one part. Parts are read when somebody asks for
 * them and written when they have changed: an event touches few of them. Pure.
 */
import { decodeState, type EngageState, encodeState, NOTHING_KNOWN } from '../engage/index.ts'
import type { Cause, HeldId, IdentityProfile, IdentityRecord, Trait, Traits } from './identity/index.ts'
import { RecentEvents } from './recent-events.ts'

/** Decisions of identity that are remembered for `explain`, the first ones; of those alike one. */
export const RECORDS_MAX = 200

/** Companies of a person, or people of a company, that are remembered: those linked last. */
export const LINKS_MAX = 200

interface Parts {
  readonly identity: IdentityProfile
  readonly traits: Traits
  readonly engage: EngageState
  readonly recent: RecentEvents
  /** How it came to be what it is, by the names that `recordKeyOf` gives. */
  readonly records: Readonly<Record<string, IdentityRecord>>
  /**
   * Numbers of the companies whose events a person was in, or of a company's people, in the order in which they were met.
   * Who became part of another profile since then is still there under the old number.
   */
  readonly links: readonly number[]
  readonly updatedBy: Cause
  /** Number of the last reading of history whose leaves are kept in `engage` (`Kept`); 0 for none. */
  readonly reading: number
}

/** Names a profile that became part of another among the keys that lead to profiles. No external id is called so. */
export const mergedKey = (id: number): string => `merged:${id}`

/** Which line each part is in; `engage` has several, to the end. */
const LINES = { identity: 0, updatedBy: 1, reading: 1, traits: 2, recent: 3, records: 4, links: 5, engage: 6 } as const
const ALL_CHANGED = 2 ** 7 - 1

/** A value: `with` makes another one, which shares what has not changed. */
export class Person implements Parts {
  readonly #id: string
  readonly #lines: readonly string[]
  /** What was read, or is other than stored. */
  readonly #parts: { -readonly [Name in keyof Parts]?: Parts[Name] }
  /** Of the lines, which are not as stored: a bit each. */
  readonly #changed: number

  private constructor(id: string, lines: readonly string[], parts: Partial<Parts>, changed: number) {
    this.#id = id
    this.#lines = lines
    this.#parts = parts
    this.#changed = changed
  }

  static new(identity: IdentityProfile, reading: number): Person {
    const parts: Parts = {
      identity,
      traits: new Map(),
      engage: NOTHING_KNOWN,
      recent: RecentEvents.NONE,
      records: {},
      links: [],
      updatedBy: identity.createdBy,
      reading,
    }
    return new Person(identity.id, [], parts, ALL_CHANGED)
  }

  /** @param id the profile's number in the state */
  static decode(id: number, document: string): Person {
    return new Person(String(id), document.split('\n'), {}, 0)
  }

  encode(): string {
    const line = (part: keyof Parts, write: () => string) =>
      this.#isChanged(part) ? write() : (this.#lines[LINES[part]] ?? '')
    return [
      line('identity', () => JSON.stringify(identityToStored(this.identity))),
      line('updatedBy', () => JSON.stringify([this.reading, ...causeToStored(this.updatedBy)])),
      line('traits', () => JSON.stringify(Array.from(this.traits, traitToStored))),
      line('recent', () => this.recent.text),
      line('records', () => JSON.stringify(this.records)),
      line('links', () => this.links.join(' ')),
      ...(this.#isChanged('engage') ? encodeState(this.engage) : this.#lines.slice(LINES.engage)),
    ].join('\n')
  }

  with(changes: Partial<Parts>): Person {
    let changed = this.#changed
    for (const name of Object.keys(changes) as (keyof Parts)[])
      if (changes[name] !== this.#parts[name]) changed |= 1 << LINES[name]
    return new Person(this.#id, this.#lines, { ...this.#parts, ...changes }, changed)
  }

  get identity(): IdentityProfile {
    this.#parts.identity ??= identityFromStored(this.#id, this.#read('identity'))
    return this.#parts.identity
  }

  get traits(): Traits {
    this.#parts.traits ??= new Map(this.#read<StoredTrait[]>('traits').map(traitFromStored))
    return this.#parts.traits
  }

  get engage(): EngageState {
    this.#parts.engage ??= decodeState(this.#lines.slice(LINES.engage))
    return this.#parts.engage
  }

  get recent(): RecentEvents {
    this.#parts.recent ??= new RecentEvents(this.#lines[LINES.recent] ?? '')
    return this.#parts.recent
  }

  get records(): Parts['records'] {
    this.#parts.records ??= this.#read<Parts['records']>('records')
    return this.#parts.records
  }

  get links(): readonly number[] {
    this.#parts.links ??= numbersOf(this.#lines[LINES.links])
    return this.#parts.links
  }

  get updatedBy(): Cause {
    this.#parts.updatedBy ??= causeFromStored(this.#read<[number, ...StoredCause]>('updatedBy').slice(1) as StoredCause)
    return this.#parts.updatedBy
  }

  get reading(): number {
    this.#parts.reading ??= this.#read<[number]>('reading')[0]
    return this.#parts.reading
  }

  #isChanged(part: keyof Parts): boolean {
    return (this.#changed & (1 << LINES[part])) !== 0
  }

  #read<Stored>(part: keyof Parts): Stored {
    return JSON.parse(this.#lines[LINES[part]] ?? '') as Stored
  }
}

type StoredCause = [position: number, messageId: string, sourceId: string, atMs: number]

const causeToStored = ({ position, messageId, sourceId, atMs }: Cause): StoredCause => [
  position,
  messageId,
  sourceId,
  atMs,
]

const causeFromStored = ([position, messageId, sourceId, atMs]: StoredCause): Cause => ({
  position,
  messageId,
  sourceId,
  atMs,
})

/** Events that brought ids stand once, whatever they brought; that which made the profile comes first. */
type StoredIdentity = [
  collection: IdentityProfile['collection'],
  mergesCount: number,
  causes: StoredCause[],
  ids: (readonly [type: string, value: string, cause: number])[],
]

function identityToStored({ collection, createdBy, mergesCount, ids }: IdentityProfile): StoredIdentity {
  const causes: StoredCause[] = [causeToStored(createdBy)]
  const places = new Map([[createdBy.position, 0]])
  const stored = ids.map(({ type, value, addedBy }) => {
    let place = places.get(addedBy.position)
    if (place === undefined) {
      place = causes.push(causeToStored(addedBy)) - 1
      places.set(addedBy.position, place)
    }
    return [type, value, place] as const
  })
  return [collection, mergesCount, causes, stored]
}

function identityFromStored(id: string, [collection, mergesCount, stored, ids]: StoredIdentity): IdentityProfile {
  const causes = stored.map(causeFromStored)
  const causeAt = (place: number): Cause => {
    const cause = causes[place]
    if (cause === undefined) throw new Error(`profile ${id} has an id without the event that brought it`)
    return cause
  }
  const held = ids.map(([type, value, place]): HeldId => ({ type, value, addedBy: causeAt(place) }))
  return { id, collection, createdBy: causeAt(0), mergesCount, ids: held }
}

type StoredTrait = readonly [name: string, value: unknown, sourceId: string, updatedAtMs: number, position: number]

const traitToStored = ([name, trait]: readonly [string, Trait]): StoredTrait => [
  name,
  trait.value,
  trait.sourceId,
  trait.updatedAtMs,
  trait.position,
]

const traitFromStored = ([name, value, sourceId, updatedAtMs, position]: StoredTrait): [string, Trait] => [
  name,
  { value, sourceId, updatedAtMs, position },
]

const numbersOf = (line: string | undefined): number[] => (line ? line.split(' ').map(Number) : [])
