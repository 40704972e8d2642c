/**
 * Works out computed traits and audiences of one profile, event by event. Pure: state in, state and changes out.
 *
 * Engine time is the latest `receivedAt` seen. What changes by time alone does so at an instant that is known in advance
 * (`dueAtMs`), so that nobody is looked at who has nothing due. DESIGN 8.
 */

import { type Answers, isMet, mergeAnswers, NO_ANSWERS } from './answers.ts'
import { type ComputedValue, ComputedValues, type Row } from './computed.ts'
import { holds, type Surroundings } from './condition.ts'
import { type Condition, millisecondsOf, type Value } from './language/index.ts'
import {
  type Entries,
  type Entry,
  emptyState,
  entriesIn,
  fieldKey,
  fieldOf,
  type Leaf,
  type LeafState,
  leafOf,
  mergeStates,
  reduceEntries,
  settled,
  totalValue,
  trimmed,
  withEntry,
  withLaterEntry,
} from './leaf.ts'
import { Leaves } from './leaves.ts'
import { questionKey } from './levels.ts'
import { type Plan, type PlannedComputation, QUESTIONS_FROM } from './plan.ts'
import { type Known, knownOf } from './values.ts'

/** What the engine keeps of a profile. */
export interface EngageState {
  readonly leaves: Leaves
  readonly values: ComputedValues
  /** Of an account: what its users answer. */
  readonly users: Answers
}

export const NOTHING_KNOWN: EngageState = { leaves: Leaves.NONE, values: ComputedValues.NONE, users: NO_ANSWERS }

export interface Change {
  readonly computation: number
  readonly key: string
  readonly value: ComputedValue
  readonly before: ComputedValue
  /** Counts the changes of this computation for this profile, from 1. */
  readonly number: number
  /** Engine time, Unix milliseconds. */
  readonly atMs: number
}

export interface Turned {
  readonly state: EngageState
  readonly changes: readonly Change[]
}

/** A track event, as far as definitions see it. */
export interface EngageEvent {
  readonly name: string
  readonly sourceId: string
  /** When it happened; one that lies in the future counts as happening when it arrived. Unix milliseconds. */
  readonly atMs: number
  readonly position: number
  readonly properties: unknown
  readonly context: unknown
}

/** What of the profile the engine reads beside its own state. */
export interface ProfileView {
  /** Custom traits as they are now. */
  trait(name: string): unknown
  /** Whether the profile may be a member of an audience at all, by its external ids. */
  isEligible(computation: number): boolean
}

/** The earliest instant at which something may change without an event; null for never. */
export const dueAtMs = ({ values }: EngageState): number | null => values.dueMs

/**
 * An event of the profile. Its timers up to `nowMs` have fired before (`runTimers`).
 * @param questions whose answers are others than before
 */
export function applyEvent(
  plan: Plan,
  state: EngageState,
  event: EngageEvent,
  view: ProfileView,
  nowMs: number,
  questions: Iterable<number> = [],
): Turned {
  const touched = askers(plan, questions)
  const changed = new Map<string, LeafState>()
  for (const leaf of plan.leavesByEvent.get(event.name) ?? []) {
    const entry = entryOf(leaf, event, nowMs)
    if (entry === null) continue
    const add = plan.filling.has(leaf.key) ? withLaterEntry : withEntry
    changed.set(leaf.key, add(leaf, state.leaves.get(leaf.key) ?? emptyState(leaf), entry, nowMs))
    for (const computation of plan.byLeaf.get(leaf.key) ?? []) touched.add(computation)
  }
  return evaluate(plan, { ...state, leaves: state.leaves.with(changed) }, touched, view, nowMs)
}

/**
 * An event from before the plan's filling leaves were kept: they alone take it, in the order of the log, and nothing is
 * worked out yet. @param arrivedMs engine time when it arrived @param nowMs engine time
 */
export function applyPast(
  plan: Plan,
  state: EngageState,
  event: EngageEvent,
  arrivedMs: number,
  nowMs: number,
): EngageState {
  const changed = new Map<string, LeafState>()
  for (const leaf of plan.leavesByEvent.get(event.name) ?? []) {
    const entry = plan.filling.has(leaf.key) ? entryOf(leaf, event, arrivedMs) : null
    if (entry === null) continue
    changed.set(leaf.key, withEntry(leaf, state.leaves.get(leaf.key) ?? emptyState(leaf), entry, nowMs))
  }
  return { ...state, leaves: state.leaves.with(changed) }
}

/** Without the leaves and the answers of these keys: what was kept of them has a gap. */
export function withoutLeaves(state: EngageState, isGone: (key: string) => boolean): EngageState {
  const users = new Map([...state.users].filter(([question]) => !isGone(questionKey(question))))
  return { ...state, leaves: state.leaves.only((key) => !isGone(key)), users }
}

/** What came while history was read takes its place after it, where that is over. */
export function settle(plan: Plan, state: EngageState): EngageState {
  const changed = new Map<string, LeafState>()
  for (const leaf of plan.sessions) {
    const known = plan.filling.has(leaf.key) ? undefined : state.leaves.get(leaf.key)
    if (known?.kind === 'entries' && known.later !== undefined) changed.set(leaf.key, settled(leaf, known))
  }
  return changed.size === 0 ? state : { ...state, leaves: state.leaves.with(changed) }
}

/** Traits of the profile have changed. @param questions whose answers are others than before */
export function applyTraits(
  plan: Plan,
  state: EngageState,
  names: Iterable<string>,
  view: ProfileView,
  nowMs: number,
  questions: Iterable<number> = [],
): Turned {
  const touched = askers(plan, questions)
  for (const name of names) for (const computation of plan.byTrait.get(name) ?? []) touched.add(computation)
  return evaluate(plan, state, touched, view, nowMs)
}

/** An account's users answer otherwise than before. What is due by now is worked out with it. */
export function applyAnswers(
  plan: Plan,
  state: EngageState,
  questions: Iterable<number>,
  view: ProfileView,
  nowMs: number,
): Turned {
  const due = new Set(state.values.dueBy(nowMs))
  const touched = askers(plan, questions)
  for (const computation of plan.computations) if (due.has(computation.number)) touched.add(computation)
  return evaluate(plan, state, touched, view, nowMs)
}

function askers(plan: Plan, questions: Iterable<number>): Set<PlannedComputation> {
  return new Set([...questions].flatMap((question) => plan.byQuestion.get(question) ?? []))
}

/**
 * Everything is worked out anew: a new profile, or one whose ids or definitions have changed.
 * @param cameBackMs when computations came back that were gone, engine time by their numbers: somebody who has a value
 * from before then is told of it once more
 */
export function evaluateAll(
  plan: Plan,
  state: EngageState,
  view: ProfileView,
  nowMs: number,
  cameBackMs: ReadonlyMap<number, number> = NEVER,
): Turned {
  const numbers = new Set(plan.computations.map(({ number }) => number))
  const rows = [...state.values].flatMap(([number, computed]): [number, Row][] => {
    if (numbers.has(number)) return [[number, { computed, dueMs: undefined }]]
    // Of one that is gone the count goes on: should it come back, its calls are told from those of before by it.
    return number >= QUESTIONS_FROM ? [] : [[number, { computed: { ...computed, value: null }, dueMs: undefined }]]
  })
  const known = {
    leaves: state.leaves.only((key) => plan.leaves.has(key)),
    values: ComputedValues.NONE.with(new Map(rows)),
    users: new Map([...state.users].filter(([question]) => plan.byQuestion.has(question))),
  }
  return evaluate(plan, known, new Set(plan.computations), view, nowMs, cameBackMs)
}
const NEVER: ReadonlyMap<number, number> = new Map()

/** What falls due up to an instant, that included, each at its own time. */
export function runTimers(plan: Plan, state: EngageState, view: ProfileView, untilMs: number): Turned {
  const changes: Change[] = []
  let next = state
  for (;;) {
    const dueMs = dueAtMs(next)
    if (dueMs === null || dueMs > untilMs) return { state: next, changes }
    const due = new Set(next.values.dueBy(dueMs))
    const touched = plan.computations.filter(({ number }) => due.delete(number))
    // What is left is of computations that are no more.
    const gone = Array.from(due, (number): [number, Row] => [
      number,
      { ...EMPTY, ...next.values.row(number), dueMs: undefined },
    ])
    const known = { ...next, values: next.values.with(new Map(gone)) }
    const turned = evaluate(plan, known, new Set(touched), view, dueMs)
    changes.push(...turned.changes)
    next = turned.state
  }
}

/** Another profile has become part of this one. Their timers up to `nowMs` have fired before. */
export function mergeInto(
  plan: Plan,
  survivor: EngageState,
  other: EngageState,
  view: ProfileView,
  nowMs: number,
): Turned {
  const changed = new Map<string, LeafState>()
  for (const [key, state] of other.leaves) {
    const leaf = plan.leaves.get(key)
    const known = survivor.leaves.get(key)
    if (leaf === undefined) continue
    changed.set(key, known === undefined ? state : mergeStates(leaf, known, state, nowMs))
  }
  const leaves = survivor.leaves.with(changed)
  // Destinations were told of both: whoever was a member under either name is one until the answer is worked out.
  const rows = Array.from(other.values, ([number, computed]): [number, Row] => {
    const known = survivor.values.get(number)
    const count = Math.max(known?.changes ?? 0, computed.changes)
    const isOthers = known === undefined || (known.value === false && computed.value === true) || known.value === null
    return [number, { computed: { ...(isOthers ? computed : known), changes: count }, dueMs: undefined }]
  })
  const users = mergeAnswers(survivor.users, other.users)
  return evaluateAll(plan, { leaves, values: survivor.values.with(new Map(rows)), users }, view, nowMs)
}

/** What a leaf keeps of an event; null if it does not count. */
function entryOf(leaf: Leaf, event: EngageEvent, nowMs: number): Entry | null {
  if (leaf.events.excludedSources.includes(event.sourceId)) return null
  const atMs = Math.min(event.atMs, nowMs)
  if (atMs < leaf.fromMs) return null
  const resolve = (value: Value): Known =>
    value.kind === 'literal' ? value.value : value.kind === 'reduction' ? undefined : fieldOf(value, event)
  const { where } = leaf.events
  if (leaf.isDecided && where !== null && !holds(where, { ...IN_EVENT, resolve, nowMs: atMs })) return null
  return [atMs, event.position, ...leaf.fields.map((field) => fieldOf(field, event) ?? null)]
}

const IN_EVENT = {
  onChangeAt() {},
  users: () => false,
} satisfies Partial<Surroundings>

function evaluate(
  plan: Plan,
  state: EngageState,
  touched: Set<PlannedComputation>,
  view: ProfileView,
  nowMs: number,
  cameBackMs = NEVER,
): Turned {
  if (touched.size === 0) return { state, changes: [] }
  const { leaves } = state
  const rows = new Map<number, Row>()
  const rowOf = (number: number) => rows.get(number) ?? state.values.row(number) ?? EMPTY
  const changes: Change[] = []
  // In order: what one comes to is what those that read it see.
  for (const computation of plan.computations) {
    if (!touched.has(computation)) continue
    const { number, key, definition } = computation
    const row = rowOf(number)
    if (plan.withheld.has(number)) {
      if (row.dueMs !== undefined) rows.set(number, { ...row, dueMs: undefined })
      continue
    }
    let dueMs: number | undefined
    const here = new Evaluation(plan, state, rowOf, view, nowMs, (ms) => {
      if (dueMs === undefined || ms < dueMs) dueMs = ms
    })
    const isFromBefore = row.computed !== undefined && row.computed.sinceMs <= (cameBackMs.get(number) ?? -1)
    const known = row.computed?.value ?? null
    const found =
      definition.kind === 'audience'
        ? view.isEligible(number) && here.holds(definition.condition)
        : (here.resolve(definition.value) ?? null)
    if (dueMs !== row.dueMs) rows.set(number, { ...row, dueMs })
    // Nobody looked at this profile while it was gone, but its destinations may have been told that it is over.
    const before = isFromBefore && found !== false && isSame(found, known) ? null : known
    // Nobody is told that they are not in what they never were in, nor of a number of nothing.
    const isNothing = before === null && (found === false || found === null || found === 0)
    if (isNothing || isSame(found, before)) continue
    const count = (row.computed?.changes ?? 0) + 1
    rows.set(number, { computed: { value: found, changes: count, sinceMs: nowMs }, dueMs })
    changes.push({ computation: number, key, value: found, before, number: count, atMs: nowMs })
    for (const other of plan.byTrait.get(key) ?? []) touched.add(other)
  }
  const less = new Map<string, LeafState>()
  for (const { leaves: own } of touched) {
    for (const leaf of own) {
      const known = leaf.kind === 'entries' ? leaves.get(leaf.key) : undefined
      const kept = known?.kind === 'entries' ? trimmed(leaf, known, nowMs) : known
      if (kept !== undefined && kept !== known) less.set(leaf.key, kept)
    }
  }
  return { state: { ...state, leaves: leaves.with(less), values: state.values.with(rows) }, changes }
}

const EMPTY: Row = { computed: undefined, dueMs: undefined }

/** One profile at one instant. */
class Evaluation {
  readonly #plan: Plan
  readonly #leaves: Leaves
  readonly #users: Answers
  readonly #rowOf: (number: number) => Row
  readonly #view: ProfileView
  readonly #nowMs: number
  readonly #onChangeAt: (ms: number) => void

  constructor(
    plan: Plan,
    { leaves, users }: EngageState,
    rowOf: (number: number) => Row,
    view: ProfileView,
    nowMs: number,
    onChangeAt: (ms: number) => void,
  ) {
    this.#plan = plan
    this.#leaves = leaves
    this.#users = users
    this.#rowOf = rowOf
    this.#view = view
    this.#nowMs = nowMs
    this.#onChangeAt = onChangeAt
  }

  holds(condition: Condition): boolean {
    return holds(condition, {
      resolve: (value) => this.resolve(value),
      nowMs: this.#nowMs,
      onChangeAt: this.#onChangeAt,
      users: (kind, part) => isMet(kind, this.#users.get(this.#plan.asks.get(part) ?? 0) ?? []),
    })
  }

  resolve(value: Value): Known {
    if (value.kind === 'literal') return value.value
    if (value.kind === 'trait') return this.#trait(value.key)
    if (value.kind !== 'reduction') return undefined
    const leaf = leafOf(value)
    const state = this.#leaves.get(leaf.key) ?? emptyState(leaf)
    if (state.kind === 'total') return totalValue(leaf.reducer, state)
    return reduceEntries(leaf, this.#counting(leaf, state))
  }

  /** A computation's value is a trait of its key, and goes before a custom trait of the same name. */
  #trait(name: string): Known {
    const computation = this.#plan.byKey.get(name)
    if (computation === undefined) return knownOf(this.#view.trait(name))
    const value = this.#rowOf(computation.number).computed?.value ?? undefined
    return value ?? (computation.definition.kind === 'audience' ? false : undefined)
  }

  #counting(leaf: Leaf, state: Entries): readonly Entry[] {
    const inside = entriesIn(leaf, state, this.#nowMs, this.#onChangeAt)
    const { where } = leaf.events
    return leaf.isDecided || where === null
      ? inside
      : inside.filter((entry) => this.#isWanted(leaf, entry, where, undefined))
  }

  /** Relative dates inside `where` are relative to the event they are about. */
  #isWanted(leaf: Leaf, entry: Entry, where: Condition, parent: { leaf: Leaf; entry: Entry } | undefined): boolean {
    return holds(where, {
      nowMs: entry[0],
      onChangeAt() {},
      users: () => false,
      resolve: (value) => {
        if (value.kind === 'literal') return value.value
        if (value.kind === 'trait') return this.#trait(value.key)
        if (value.kind === 'reduction') return this.#child(leafOf(value, true), { leaf, entry })
        const of = value.kind === 'property' && value.ofParent ? parent : { leaf, entry }
        return of === undefined ? undefined : kept(of.leaf, of.entry, value)
      },
    })
  }

  /** Events that came after their parent. */
  #child(leaf: Leaf, parent: { leaf: Leaf; entry: Entry }): Known {
    const state = this.#leaves.get(leaf.key)
    const [parentMs, parentPosition] = parent.entry
    const { window, where } = leaf.events
    const untilMs =
      window?.kind === 'within_parent' ? parentMs + millisecondsOf(window.duration) : Number.POSITIVE_INFINITY
    const inside = state?.kind === 'entries' ? entriesIn(leaf, state, this.#nowMs, this.#onChangeAt) : []
    const after = inside.filter(
      ([atMs, position]) => (atMs > parentMs || (atMs === parentMs && position > parentPosition)) && atMs < untilMs,
    )
    const wanted =
      leaf.isDecided || where === null ? after : after.filter((entry) => this.#isWanted(leaf, entry, where, parent))
    return reduceEntries(leaf, wanted)
  }
}

function kept(leaf: Leaf, entry: Entry, field: Value): Known {
  if (field.kind === 'reduction') return undefined
  const at = leaf.fields.findIndex((each) => fieldKey(each) === fieldKey(field))
  return at === -1 ? undefined : (entry[2 + at] ?? undefined)
}

function isSame(a: ComputedValue, b: ComputedValue): boolean {
  return a === b || (typeof a === 'object' && JSON.stringify(a) === JSON.stringify(b))
}
