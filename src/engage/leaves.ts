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
    return Array.from(
      this.#groups,
      ([name, group]) => name + (typeof group === 'string' ? group : JSON.stringify(Array.from(group, toStored))),
    )
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
    const group = new Map((JSON.parse(known) as Stored[]).map(fromStored))
    this.#groups.set(name, group)
    return group
  }
}

/** A leaf as stored: what is as it is at first is left out at the end. */
type Stored = readonly [key: string, ...(StoredEntries | StoredTotal)]
type StoredEntries = readonly ['e', entries: readonly Entry[], forgotten?: number, later?: readonly Entry[]]
type StoredTotal = readonly [
  count: number,
  sum?: number,
  numbers?: number,
  min?: number | null,
  max?: Total['max'],
  first?: Entry | null,
  last?: Entry | null,
  values?: Total['values'],
]

function toStored([key, state]: readonly [string, LeafState]): Stored {
  if (state.kind === 'entries') {
    const { entries, forgotten, later } = state
    if (later !== undefined) return [key, 'e', entries, forgotten, later]
    return forgotten === 0 ? [key, 'e', entries] : [key, 'e', entries, forgotten]
  }
  const { count, sum, numbers, min, max, first, last, values } = state
  if (hasAny(values)) return [key, count, sum, numbers, min, max, first, last, values]
  if (first !== null || last !== null) return [key, count, sum, numbers, min, max, first, last]
  if (max !== null) return [key, count, sum, numbers, min, max]
  return numbers === 0 && sum === 0 && min === null ? [key, count] : [key, count, sum, numbers, min]
}

function fromStored(stored: Stored): [string, LeafState] {
  if (stored[1] === 'e') {
    const [key, , entries, forgotten = 0, later] = stored as readonly [string, ...StoredEntries]
    const state: Entries = { kind: 'entries', entries, forgotten }
    return [key, later === undefined ? state : { ...state, later }]
  }
  const [key, count, sum = 0, numbers = 0, min = null, max = null, first = null, last = null, values = {}] =
    stored as readonly [string, ...StoredTotal]
  return [key, { kind: 'total', count, sum, numbers, min, max, first, last, values }]
}

function hasAny(values: Total['values']): boolean {
  for (const _ in values) return true
  return false
}
