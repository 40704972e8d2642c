/**
 * What is known of one name that a source sends: an event, or the traits of its people or companies. Values are personal
 * data and are not part of it: it has positions of the log, where erasures are minded when values are read. Pure.
 */
import type { StoredSeen } from '../state/index.ts'
import type { KeyedHash } from './keyed-hash.ts'

/** `left_out` says only that events came whose names are not kept. */
export const SEEN_KINDS = ['event', 'users', 'accounts', 'left_out'] as const
export type SeenKind = (typeof SEEN_KINDS)[number]

/** The bit of each in `SeenMember.types`: append only. */
export const VALUE_TYPES = ['string', 'number', 'boolean', 'object', 'array', 'null'] as const
export type ValueType = (typeof VALUE_TYPES)[number]

/** A property of an event, or a trait. */
export interface SeenMember {
  /** A bit for each of `VALUE_TYPES` that was seen. */
  readonly types: number
  /** Of its newest occurrences in the log, oldest first. */
  readonly positions: readonly number[]
  /** When an event with it arrived last, Unix milliseconds. */
  readonly lastAtMs: number
}

/** Of a name, without what it has. */
export interface SeenHead {
  readonly kind: SeenKind
  /** Of an event; empty for the others. */
  readonly name: string
  /** When events with it arrived, Unix milliseconds. */
  readonly firstAtMs: number
  readonly lastAtMs: number
  /** Whether members came that are not kept. */
  readonly isCut: boolean
}

export interface SeenName extends SeenHead {
  readonly members: ReadonlyMap<string, SeenMember>
}

/** What a name's document is stored under. */
export function seenKey(hash: KeyedHash, sourceId: string, kind: SeenKind, name: string): Uint8Array {
  return hash.message(sourceId, `seen ${kind} ${name}`)
}

export function typesText(types: number): readonly ValueType[] {
  return VALUE_TYPES.filter((_, bit) => (types & (1 << bit)) !== 0)
}

/** As a bit. @param value of JSON */
export function typeBit(value: unknown): number {
  switch (typeof value) {
    case 'string':
      return 1
    case 'number':
      return 2
    case 'boolean':
      return 4
    default:
      return value === null ? 32 : Array.isArray(value) ? 16 : 8
  }
}

/** @returns JSON with the members at its end, so that the state can leave them out */
export function encodeSeen({ members, ...rest }: SeenName): string {
  const listed = Array.from(members, ([name, each]) => [name, each.types, each.positions, each.lastAtMs])
  return JSON.stringify({ ...rest, members: listed })
}

export function decodeSeen({ document }: Pick<StoredSeen, 'document'>): SeenName {
  const { kind, name, firstAtMs, lastAtMs, isCut, members } = JSON.parse(document ?? 'null')
  return {
    kind,
    name,
    firstAtMs,
    lastAtMs,
    isCut,
    members: new Map(
      members.map(([member, types, positions, atMs]: [string, number, number[], number | undefined]) => [
        member,
        // Those written first have no time of their own.
        { types, positions, lastAtMs: atMs ?? lastAtMs },
      ]),
    ),
  }
}

/** @param document also one without members */
export function decodeSeenHead({ document }: Pick<StoredSeen, 'document'>): SeenHead {
  const { kind, name, firstAtMs, lastAtMs, isCut } = JSON.parse(document ?? 'null')
  return { kind, name, firstAtMs, lastAtMs, isCut }
}
