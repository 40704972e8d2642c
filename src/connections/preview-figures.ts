/** What is told of those who would be in an audience, beside how many they are. Pure. */
import { type Definition, traitsReadBy } from '../engage/index.ts'
import type { SpaceComputation } from '../workspace/index.ts'

export interface IdentifierCount {
  /** Of external ids, such as `email`. */
  readonly type: string
  /** Who would be in and has one at least. */
  readonly profiles: number
}

/** @param members the types of each one's ids. Most first, then by name. */
export function identifierCounts(members: readonly (readonly string[])[]): IdentifierCount[] {
  const counts = new Map<string, number>()
  for (const types of members) for (const type of new Set(types)) counts.set(type, (counts.get(type) ?? 0) + 1)
  return Array.from(counts, ([type, profiles]) => ({ type, profiles })).sort(
    (a, b) => b.profiles - a.profiles || (a.type < b.type ? -1 : 1),
  )
}

/** Computations whose values definitions read, those that they read in turn included. */
export function readBy(
  definitions: readonly Definition[],
  all: readonly SpaceComputation[],
): readonly SpaceComputation[] {
  const found = new Set<SpaceComputation>()
  const open = [...definitions]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const keys = traitsReadBy(next)
    for (const each of all) {
      if (!keys.has(each.key) || found.has(each)) continue
      found.add(each)
      open.push(each.definition)
    }
  }
  return [...found]
}
