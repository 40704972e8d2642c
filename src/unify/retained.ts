/** Values of computations that were deleted stay on profiles, as custom traits of their keys. `segment.md` 4.7. Pure. */
import type { ComputedValues } from '../engage/index.ts'
import type { DeletedComputation } from '../workspace/index.ts'
import { mergeTraits, type Trait, type Traits } from './identity/index.ts'

export interface Retention {
  /** The space: whatever has it as its source was worked out there. */
  readonly spaceId: string
  readonly deleted: readonly DeletedComputation[]
}

/**
 * The traits with what deleted computations came to: of a trait that somebody sent as well, the later one stays. What
 * stayed of one that is back goes. The same traits where nothing is different.
 */
export function withRetained(traits: Traits, values: ComputedValues, { spaceId, deleted }: Retention): Traits {
  const keys = new Set(deleted.map(({ key }) => key))
  const isBack = ([name, { sourceId }]: readonly [string, Trait]) => sourceId === spaceId && !keys.has(name)
  const left = [...traits].some(isBack) ? new Map([...traits].filter((each) => !isBack(each))) : traits
  const kept = deleted.flatMap(({ number, key }): [string, Trait][] => {
    const known = values.get(number)
    if (known === undefined || known.value === null) return []
    return [[key, { value: known.value, sourceId: spaceId, updatedAtMs: known.sinceMs, position: 0 }]]
  })
  if (kept.length === 0) return left
  const merged = mergeTraits(left, [new Map(kept)])
  return kept.some(([name, trait]) => merged.traits.get(name) === trait) ? merged.traits : left
}
