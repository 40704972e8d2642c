/**
 * Notes which names sources send: events with their properties, and traits. What it keeps is bounded for each source:
 * where that is full, a new name takes the place of one not seen for long (`SeenRoom`) or is left out. It is written when
 * something is new and else every ten minutes of a name that is in use. No I/O: the pipeline loads it, shows it what was
 * accepted and writes what it gives with the same commit.
 */
import type { NormalisedEvent } from '../spec/index.ts'
import type { StoredSeen } from '../state/index.ts'
import type { AcceptedRecord } from './accepted.ts'
import type { KeyedHash } from './keyed-hash.ts'
import { decodeSeen, encodeSeen, type SeenKind, seenKey, typeBit } from './seen-document.ts'
import { SeenRoom } from './seen-room.ts'

/** Events of one source that are kept by name. */
export const EVENT_NAMES_MAX = 1_000
/** Properties of one event, or traits of one source's people or companies. */
export const MEMBERS_MAX = 500
/** Properties and traits of one source, all together. */
export const MEMBERS_OF_SOURCE_MAX = 10_000
/** Of a name, in UTF-16 code units. A longer one is not kept. */
export const NAME_CHARS_MAX = 255
/** Of the newest occurrences of one property or trait. */
export const POSITIONS_MAX = 10
/** A name in use is written again so long after it was written last, in milliseconds of arrival. */
export const REFRESH_MS = 600_000

interface Member {
  readonly of: Name
  readonly name: string
  types: number
  readonly positions: number[]
  lastAtMs: number
}

interface Name {
  readonly key: Uint8Array
  readonly kind: SeenKind
  readonly name: string
  readonly firstAtMs: number
  lastAtMs: number
  readonly members: Map<string, Member>
  readonly room: SeenRoom<Member>
  isCut: boolean
  /** `lastAtMs` as it was written. */
  writtenAtMs: number
}

interface Source {
  /** By kind and name. */
  readonly names: Map<string, Name>
  events: number
  readonly eventRoom: SeenRoom<Name>
  members: number
  readonly memberRoom: SeenRoom<Member>
}

export class SeenNames {
  readonly #hash: KeyedHash
  readonly #sources = new Map<string, Source>()
  /** Sources that are there. */
  #configured: ReadonlySet<string> = new Set()
  /** By name, the source it is of. */
  readonly #unwritten = new Map<Name, string>()
  /** Of sources that are no more. */
  #forgotten: StoredSeen[] = []

  constructor(hash: KeyedHash, stored: readonly StoredSeen[]) {
    this.#hash = hash
    for (const row of stored) {
      const { members, ...rest } = decodeSeen(row)
      const source = this.#sourceOf(row.sourceId)
      const own = new Map<string, Member>()
      const of: Name = { ...rest, key: row.key, members: own, room: new SeenRoom(), writtenAtMs: rest.lastAtMs }
      for (const [name, member] of members) own.set(name, { ...member, positions: [...member.positions], of, name })
      source.names.set(`${rest.kind} ${rest.name}`, of)
      source.members += own.size
      if (rest.kind === 'event') source.events += 1
    }
  }

  /** Forgets what sources have sent that are no more. */
  configure(sourceIds: Iterable<string>): void {
    this.#configured = new Set(sourceIds)
    for (const [sourceId, { names }] of this.#sources) {
      if (this.#configured.has(sourceId)) continue
      for (const name of names.values()) {
        this.#unwritten.delete(name)
        this.#forgotten.push({ sourceId, key: name.key, document: null })
      }
      this.#sources.delete(sourceId)
    }
  }

  note({ record: { sourceId, position }, event }: AcceptedRecord): void {
    const [kind, members] = partOf(event)
    if (kind === undefined || !this.#configured.has(sourceId)) return
    const atMs = Date.parse(event.receivedAt)
    const source = this.#sourceOf(sourceId)
    const name = this.#nameOf(source, sourceId, kind, kind === 'event' ? (event.event ?? '') : '', atMs)
    name.lastAtMs = Math.max(name.lastAtMs, atMs)
    let isNew = name.lastAtMs - name.writtenAtMs >= REFRESH_MS
    if (name.kind === kind) {
      for (const member in members) {
        if (this.#noteMember(source, sourceId, name, member, members[member], position, atMs)) isNew = true
      }
    }
    if (isNew) this.#unwritten.set(name, sourceId)
  }

  /** What is to be written with the records that were noted. */
  take(): readonly StoredSeen[] {
    const rows = this.#forgotten
    this.#forgotten = []
    for (const [name, sourceId] of this.#unwritten) {
      const { key, writtenAtMs: _, room: __, ...known } = name
      rows.push({ sourceId, key, document: encodeSeen(known) })
      name.writtenAtMs = name.lastAtMs
    }
    this.#unwritten.clear()
    return rows
  }

  #sourceOf(sourceId: string): Source {
    const known = this.#sources.get(sourceId)
    if (known !== undefined) return known
    const source: Source = {
      names: new Map(),
      events: 0,
      eventRoom: new SeenRoom(),
      members: 0,
      memberRoom: new SeenRoom(),
    }
    this.#sources.set(sourceId, source)
    return source
  }

  /** Of an event that does not fit in what is kept of all such. */
  #nameOf(source: Source, sourceId: string, kind: SeenKind, name: string, atMs: number): Name {
    const id = `${kind} ${name}`
    const known = source.names.get(id)
    if (known !== undefined) return known
    if (kind === 'event') {
      if (name.length > NAME_CHARS_MAX || !this.#hasEventRoom(source, sourceId, atMs))
        return this.#nameOf(source, sourceId, 'left_out', '', atMs)
      source.events += 1
    }
    const made: Name = {
      key: seenKey(this.#hash, sourceId, kind, name),
      kind,
      name,
      firstAtMs: atMs,
      lastAtMs: atMs,
      members: new Map(),
      room: new SeenRoom(),
      isCut: false,
      writtenAtMs: Number.NEGATIVE_INFINITY,
    }
    source.names.set(id, made)
    return made
  }

  /** Forgets the event that was seen longest ago where that makes room. */
  #hasEventRoom(source: Source, sourceId: string, atMs: number): boolean {
    if (source.events < EVENT_NAMES_MAX) return true
    const isKept = (one: Name) => source.names.get(`event ${one.name}`) === one
    const old = source.eventRoom.oldest(() => eventsOf(source), isKept, atMs)
    if (old === undefined) return false
    source.names.delete(`event ${old.name}`)
    source.events -= 1
    source.members -= old.members.size
    old.members.clear()
    this.#unwritten.delete(old)
    this.#forgotten.push({ sourceId, key: old.key, document: null })
    this.#unwritten.set(this.#nameOf(source, sourceId, 'left_out', '', atMs), sourceId)
    return true
  }

  /** @returns whether that is worth writing */
  #noteMember(
    source: Source,
    sourceId: string,
    of: Name,
    name: string,
    value: unknown,
    position: number,
    atMs: number,
  ): boolean {
    const bit = typeBit(value)
    const known = of.members.get(name)
    if (known === undefined) {
      if (name.length > NAME_CHARS_MAX || !this.#hasMemberRoom(source, sourceId, of, atMs)) {
        const isNew = !of.isCut
        of.isCut = true
        return isNew
      }
      of.members.set(name, { of, name, types: bit, positions: [position], lastAtMs: atMs })
      source.members += 1
      return true
    }
    const { positions } = known
    const isNew = (known.types & bit) === 0 || positions.length < POSITIONS_MAX
    known.types |= bit
    known.lastAtMs = Math.max(known.lastAtMs, atMs)
    if (positions.length >= POSITIONS_MAX) positions.shift()
    positions.push(position)
    return isNew
  }

  /** Forgets the property or trait that was seen longest ago where that makes room. */
  #hasMemberRoom(source: Source, sourceId: string, of: Name, atMs: number): boolean {
    let old: Member | undefined
    if (of.members.size >= MEMBERS_MAX) old = of.room.oldest(() => of.members.values(), isKept, atMs)
    else if (source.members < MEMBERS_OF_SOURCE_MAX) return true
    else old = source.memberRoom.oldest(() => membersOf(source), isKept, atMs)
    if (old === undefined) return false
    old.of.members.delete(old.name)
    old.of.isCut = true
    source.members -= 1
    this.#unwritten.set(old.of, sourceId)
    return true
  }
}

const isKept = (one: Member): boolean => one.of.members.get(one.name) === one

function* eventsOf(source: Source): Iterable<Name> {
  for (const name of source.names.values()) if (name.kind === 'event') yield name
}

function* membersOf(source: Source): Iterable<Member> {
  for (const { members } of source.names.values()) yield* members.values()
}

/** What an event says of names. */
function partOf(event: NormalisedEvent): readonly [SeenKind | undefined, Readonly<Record<string, unknown>>] {
  switch (event.type) {
    case 'track':
      return ['event', event.properties ?? {}]
    case 'identify':
      return ['users', event.traits ?? {}]
    case 'group':
      return ['accounts', event.traits ?? {}]
    default:
      return [undefined, {}]
  }
}
