/** All computations of a space, made ready: which events and traits each depends on. Pure. */
import type { Condition, Definition, Level, Reduction } from './language/index.ts'
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
  /** Of an account: numbers of the questions that it asks of its users. */
  readonly asks: ReadonlySet<number>
}

/** What an account asks of its users is a computation of theirs whose number is one of these. */
export const QUESTIONS_FROM = 2 ** 48

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
  /** Numbers of computations that would be worked out from half of what they need: history or answers, theirs or of one they read. */
  readonly withheld: ReadonlySet<number>
  /** Of accounts: the number of the question that stands inside an `ANY` or `ALL`. */
  readonly asks: ReadonlyMap<Condition, number>
  /** Computations that change when answers to a question do. */
  readonly byQuestion: ReadonlyMap<number, readonly PlannedComputation[]>
}

export interface PlanOptions {
  /** Whose computations they are: people's where it is not given. */
  readonly level?: Level
  readonly asks?: ReadonlyMap<Condition, number>
  /** Questions that not all users have answered yet. */
  readonly unanswered?: ReadonlySet<number>
}

/**
 * @param computations in any order; none may refer to itself, directly or through others
 * @param filling keys of leaves whose history is being read
 */
export function planOf(
  computations: readonly Computation[],
  filling: ReadonlySet<string> = new Set(),
  { level = 'users', asks = new Map(), unanswered = new Set() }: PlanOptions = {},
): Plan {
  const planned = inOrder(computations.map((each) => plannedOf(each, level, asks)))
  const leaves = new Map<string, Leaf>()
  const wantsHistory = new Set<string>()
  const byLeaf = new Map<string, PlannedComputation[]>()
  const byTrait = new Map<string, PlannedComputation[]>()
  const byQuestion = new Map<number, PlannedComputation[]>()
  for (const computation of planned) {
    for (const leaf of computation.leaves.flatMap(withChildren)) {
      leaves.set(leaf.key, leaf)
      if (computation.includesHistory !== false) wantsHistory.add(leaf.key)
      push(byLeaf, leaf.key, computation)
    }
    for (const trait of computation.readsTraits) push(byTrait, trait, computation)
    for (const question of computation.asks) push(byQuestion, question, computation)
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
    withheld: withheldOf(planned, filling, unanswered),
    asks,
    byQuestion,
  }
}

/** @param planned in order: what others read comes first */
function withheldOf(
  planned: readonly PlannedComputation[],
  filling: ReadonlySet<string>,
  unanswered: ReadonlySet<number>,
): ReadonlySet<number> {
  const numbers = new Set<number>()
  const keys = new Set<string>()
  for (const { number, key, leaves, readsTraits, asks } of planned) {
    const isHalf = leaves.flatMap(withChildren).some((leaf) => filling.has(leaf.key))
    if (!isHalf && keys.isDisjointFrom(readsTraits) && unanswered.isDisjointFrom(asks)) continue
    numbers.add(number)
    keys.add(key)
  }
  return numbers
}

function plannedOf(computation: Computation, level: Level, asks: PlanOptions['asks'] & {}): PlannedComputation {
  const { definition } = computation
  const reductions = definition.kind === 'trait' ? [definition.value] : reductionsOf(definition.condition)
  const own = definition.kind === 'trait' ? [] : traitsIn(definition.condition)
  const part = scopeOf(computation)
  // Accounts and people keep the same reduction of different events.
  const scope = level === 'accounts' ? { ...part, owner: `accounts ${part.owner}` } : part
  const leaves = new Map(reductions.map((each) => [leafOf(each, false, scope).key, leafOf(each, false, scope)]))
  return {
    ...computation,
    leaves: [...leaves.values()],
    readsTraits: new Set([...own, ...reductions.flatMap(traitsOf)]),
    asks: new Set(definition.kind === 'trait' ? [] : questionsIn(definition.condition, asks)),
  }
}

/** What is kept of a part of history is less than what others keep of the same events. */
export function scopeOf({ number, includesHistory, countsFromMs }: Computation): LeafScope {
  if (includesHistory === false) return { ...WHOLE_HISTORY, owner: `since ${number} ` }
  return countsFromMs === undefined ? WHOLE_HISTORY : { owner: `from ${countsFromMs} `, fromMs: countsFromMs }
}

const withChildren = (leaf: Leaf): Leaf[] => [leaf, ...leaf.children.flatMap(withChildren)]

const traitsIn = (condition: Condition): string[] =>
  fieldsOf(condition).flatMap((field) => (field.kind === 'trait' ? [field.key] : []))

function questionsIn(condition: Condition, asks: ReadonlyMap<Condition, number>): number[] {
  if (condition.kind === 'and' || condition.kind === 'or')
    return condition.parts.flatMap((part) => questionsIn(part, asks))
  if (condition.kind === 'not') return questionsIn(condition.part, asks)
  return condition.kind === 'any' || condition.kind === 'all' ? [asks.get(condition.part) ?? []].flat() : []
}

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

function push<K, T>(map: Map<K, T[]>, key: K, value: T): void {
  const known = map.get(key)
  if (known === undefined) map.set(key, [value])
  else if (known.at(-1) !== value) known.push(value)
}
