/**
 * What a profile keeps for all its leaves. Leaves about events of one name are a group, and a group is one text: an event
 * reads and writes that of its own name, and the others stay as they were stored.
 */
import type { Entries, Entry, LeafState, Total } from './leaf.ts'

/** Characters of a leaf's key that name its group. */
export const GROUP_CHARS = 4

type Group = ReadonlyMap<string, LeafState>

export class Leaves {
  static readonly NONE = new Leaves(new Map())

  /** By the group's name: read, or as it is stored until somebody asks. */
  readonly #groups: Map<string, Group | string>

  private constructor(groups: Map<string, Group | string>) {
    this.#groups = groups
  }

  /** @param lines of `encode` */
  static decode(lines: readonly string[]): Leaves {
    return lines.length === 0
      ? Leaves.NONE
      : new Leaves(new Map(lines.map((line) => [line.slice(0, GROUP_CHARS), line.slice(GROUP_CHARS)])))
  }

  /** One line for each group, without line breaks. */
  encode(): string[] {
    return Array.from(this.#groups, ([name, group]) => name + (typeof group === 'string' ? group : textOf(group)))
  }

  get(key: string): LeafState | undefined {
    return this.#group(key.slice(0, GROUP_CHARS))?.get(key)
  }

  /** With some of them as given. */
  with(changed: ReadonlyMap<string, LeafState>): Leaves {
    if (changed.size === 0) return this
    const groups = new Map(this.#groups)
    const copied = new Map<string, Map<string, LeafState>>()
    for (const [key, state] of changed) {
      const name = key.slice(0, GROUP_CHARS)
      let group = copied.get(name)
      if (group === undefined) {
        group = new Map(this.#group(name))
        copied.set(name, group)
        groups.set(name, group)
      }
      group.set(key, state)
    }
    return new Leaves(groups)
  }

  /** Those whose keys are wanted. */
  only(isWanted: (key: string) => boolean): Leaves {
    const groups = new Map<string, Group>()
    for (const name of this.#groups.keys()) {
      const kept = new Map([...(this.#group(name) ?? [])].filter(([key]) => isWanted(key)))
      if (kept.size > 0) groups.set(name, kept)
    }
    return new Leaves(groups)
  }

  /** All of them, by their keys. */
  *[Symbol.iterator](): Iterator<[string, LeafState]> {
    for (const name of this.#groups.keys()) yield* this.#group(name) ?? []
  }

  #group(name: string): Group | undefined {
    const known = this.#groups.get(name)
    if (typeof known !== 'string') return known
    const group = groupOf(name, known)
    this.#groups.set(name, group)
    return group
  }
}

/** Events of a group first: several leaves have the same ones. */
type StoredGroup = readonly [events: readonly number[], ...leaves: StoredLeaf[]]
/** A leaf as stored, its key without the group: what is as it is at first is left out at the end. */
type StoredLeaf = readonly [key: string, ...(StoredEntries | StoredTotal)]
/** The event's number in the group, and fields if there are any. */
type StoredEntry = number | readonly [event: number, ...fields: unknown[]]
type StoredEntries = readonly ['e', entries: readonly StoredEntry[], forgotten?: number, later?: readonly StoredEntry[]]
type StoredTotal = readonly [
  count: number,
  sum?: number,
  numbers?: number,
  min?: number | null,
  max?: Total['max'],
  first?: StoredEntry | null,
  last?: StoredEntry | null,
  values?: Total['values'],
]

function textOf(group: Group): string {
  const events = new StoredEvents()
  const leaves = Array.from(group, ([key, state]): StoredLeaf => [key.slice(GROUP_CHARS), ...toStored(state, events)])
  return JSON.stringify([events.list, ...leaves] satisfies StoredGroup)
}

function groupOf(name: string, text: string): Group {
  const [events, ...leaves] = JSON.parse(text) as StoredGroup
  return new Map(leaves.map(([key, ...stored]) => [name + key, fromStored(stored, events)]))
}

/** Time and position of each event, all but the first as differences from it. */
class StoredEvents {
  readonly list: number[] = []
  readonly #numbers = new Map<number, number>()

  of([atMs, position, ...fields]: Entry): StoredEntry {
    const number = this.#numberOf(atMs, position)
    return fields.length === 0 ? number : [number, ...fields]
  }

  #numberOf(atMs: number, position: number): number {
    const { list } = this
    const [firstMs = 0, firstPosition = 0] = list
    const known = this.#numbers.get(position)
    if (known === 0 && firstMs === atMs) return known
    if (known !== undefined && known > 0 && firstMs + (list[2 * known] ?? 0) === atMs) return known
    const number = list.length / 2
    list.push(atMs - firstMs, position - firstPosition)
    this.#numbers.set(position, number)
    return number
  }
}

function entryOf(stored: StoredEntry, events: readonly number[]): Entry {
  const [number, ...fields] = typeof stored === 'number' ? [stored] : stored
  const [atMs = 0, position = 0] = [events[2 * number], events[2 * number + 1]]
  const [firstMs = 0, firstPosition = 0] = number === 0 ? [] : events
  return [firstMs + atMs, firstPosition + position, ...fields] as unknown as Entry
}

function toStored(state: LeafState, events: StoredEvents): StoredEntries | StoredTotal {
  const stored = (entry: Entry) => events.of(entry)
  if (state.kind === 'entries') {
    const { forgotten, later } = state
    const entries = state.entries.map(stored)
    if (later !== undefined) return ['e', entries, forgotten, later.map(stored)]
    return forgotten === 0 ? ['e', entries] : ['e', entries, forgotten]
  }
  const { count, sum, numbers, min, max, values } = state
  const [first, last] = [state.first && stored(state.first), state.last && stored(state.last)]
  if (hasAny(values)) return [count, sum, numbers, min, max, first, last, values]
  if (first !== null || last !== null) return [count, sum, numbers, min, max, first, last]
  if (max !== null) return [count, sum, numbers, min, max]
  return numbers === 0 && sum === 0 && min === null ? [count] : [count, sum, numbers, min]
}

function fromStored(stored: StoredEntries | StoredTotal, events: readonly number[]): LeafState {
  const entry = (each: StoredEntry) => entryOf(each, events)
  if (stored[0] === 'e') {
    const [, entries, forgotten = 0, later] = stored
    const state: Entries = { kind: 'entries', entries: entries.map(entry), forgotten }
    return later === undefined ? state : { ...state, later: later.map(entry) }
  }
  const [count, sum = 0, numbers = 0, min = null, max = null, first = null, last = null, values = {}] = stored
  const [firstEntry, lastEntry] = [first === null ? null : entry(first), last === null ? null : entry(last)]
  return { kind: 'total', count, sum, numbers, min, max, first: firstEntry, last: lastEntry, values }
}

function hasAny(values: Total['values']): boolean {
  for (const _ in values) return true
  return false
}
