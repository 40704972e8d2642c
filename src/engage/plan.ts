/** All computations of a space, made ready: which events and traits each depends on. Pure. */
import type { Condition, Definition, Reduction } from './language/index.ts'
import { fieldsOf, type Leaf, type LeafScope, leafOf, reductionsOf, WHOLE_HISTORY } from './leaf.ts'

export interface Computation {
  readonly number: number
  /** As a trait's name. */
  readonly key: string
  readonly definition: Definition
  /** False: only what comes after it was made counts. True where it is not given. */
  readonly includesHistory?: boolean
  /** Only what happened from then on counts, Unix milliseconds. All where it is not given. */
  readonly countsFromMs?: number
}

export interface PlannedComputation extends Computation {
  /** Its reductions that are not inside another's `where`, by their text. */
  readonly leaves: readonly Leaf[]
  /** Names of traits, keys of computations among them. */
  readonly readsTraits: ReadonlySet<string>
}

export interface Plan {
  /** A computation comes after those whose keys it reads. */
  readonly computations: readonly PlannedComputation[]
  /** Leaves, those inside others too, by the name of the event they are about. */
  readonly leavesByEvent: ReadonlyMap<string, readonly Leaf[]>
  readonly leaves: ReadonlyMap<string, Leaf>
  /** Those that are visits. */
  readonly sessions: readonly Leaf[]
  /** Keys of those that want history. */
  readonly wantsHistory: ReadonlySet<string>
  readonly byKey: ReadonlyMap<string, PlannedComputation>
  /** Computations that change when a leaf does, by its key. */
  readonly byLeaf: ReadonlyMap<string, readonly PlannedComputation[]>
  /** Computations that read a trait, by its name. */
  readonly byTrait: ReadonlyMap<string, readonly PlannedComputation[]>
  /** Keys of leaves whose history is being read. */
  readonly filling: ReadonlySet<string>
  /** Numbers of computations that would be worked out from half a history: theirs, or that of one they read. */
  readonly withheld: ReadonlySet<number>
}

/**
 * @param computations in any order; none may refer to itself, directly or through others
 * @param filling keys of leaves whose history is being read
 */
export function planOf(computations: readonly Computation[], filling: ReadonlySet<string> = new Set()): Plan {
  const planned = inOrder(computations.map(plannedOf))
  const leaves = new Map<string, Leaf>()
  const wantsHistory = new Set<string>()
  const byLeaf = new Map<string, PlannedComputation[]>()
  const byTrait = new Map<string, PlannedComputation[]>()
  for (const computation of planned) {
    for (const leaf of computation.leaves.flatMap(withChildren)) {
      leaves.set(leaf.key, leaf)
      if (computation.includesHistory !== false) wantsHistory.add(leaf.key)
      push(byLeaf, leaf.key, computation)
    }
    for (const trait of computation.readsTraits) push(byTrait, trait, computation)
  }
  return {
    computations: planned,
    leaves,
    sessions: [...leaves.values()].filter(({ kind }) => kind === 'session'),
    wantsHistory,
    byKey: new Map(planned.map((each) => [each.key, each])),
    byLeaf,
    byTrait,
    leavesByEvent: Map.groupBy(leaves.values(), (leaf) => leaf.events.name),
    filling,
    withheld: withheldOf(planned, filling),
  }
}

/** @param planned in order: what others read comes first */
function withheldOf(planned: readonly PlannedComputation[], filling: ReadonlySet<string>): ReadonlySet<number> {
  const numbers = new Set<number>()
  const keys = new Set<string>()
  for (const { number, key, leaves, readsTraits } of planned) {
    const isHalf = leaves.flatMap(withChildren).some((leaf) => filling.has(leaf.key))
    if (!isHalf && keys.isDisjointFrom(readsTraits)) continue
    numbers.add(number)
    keys.add(key)
  }
  return numbers
}

function plannedOf(computation: Computation): PlannedComputation {
  const { definition } = computation
  const reductions = definition.kind === 'trait' ? [definition.value] : reductionsOf(definition.condition)
  const own = definition.kind === 'trait' ? [] : traitsIn(definition.condition)
  const scope = scopeOf(computation)
  const leaves = new Map(reductions.map((each) => [leafOf(each, false, scope).key, leafOf(each, false, scope)]))
  return {
    ...computation,
    leaves: [...leaves.values()],
    readsTraits: new Set([...own, ...reductions.flatMap(traitsOf)]),
  }
}

/** What is kept of a part of history is less than what others keep of the same events. */
function scopeOf({ number, includesHistory, countsFromMs }: Computation): LeafScope {
  if (includesHistory === false) return { ...WHOLE_HISTORY, owner: `since ${number} ` }
  return countsFromMs === undefined ? WHOLE_HISTORY : { owner: `from ${countsFromMs} `, fromMs: countsFromMs }
}

const withChildren = (leaf: Leaf): Leaf[] => [leaf, ...leaf.children.flatMap(withChildren)]

const traitsIn = (condition: Condition): string[] =>
  fieldsOf(condition).flatMap((field) => (field.kind === 'trait' ? [field.key] : []))

function traitsOf({ events: { where } }: Reduction): string[] {
  return where === null ? [] : [...traitsIn(where), ...reductionsOf(where).flatMap(traitsOf)]
}

/** What others read comes first. */
function inOrder(computations: readonly PlannedComputation[]): PlannedComputation[] {
  const byKey = new Map(computations.map((each) => [each.key, each]))
  const done = new Set<PlannedComputation>()
  const add = (computation: PlannedComputation) => {
    if (done.has(computation)) return
    for (const trait of computation.readsTraits) {
      const before = byKey.get(trait)
      if (before !== undefined && before !== computation) add(before)
    }
    done.add(computation)
  }
  for (const computation of computations.toSorted((a, b) => a.number - b.number)) add(computation)
  return [...done]
}

function push<T>(map: Map<string, T[]>, key: string, value: T): void {
  const known = map.get(key)
  if (known === undefined) map.set(key, [value])
  else if (known.at(-1) !== value) known.push(value)
}
