/**
 * Works out computed traits and audiences of one profile, event by event. Pure: state in, state and changes out.
 *
 * Engine time is the latest `receivedAt` seen. What changes by time alone does so at an instant that is known in advance
 * (`dueAtMs`), so that nobody is looked at who has nothing due. DESIGN 8.
 */

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
import type { Plan, PlannedComputation } from './plan.ts'
import { type Known, knownOf } from './values.ts'

/** A value of a computation: `true` or `false` of an audience; null for none, of a computed trait. */
export type ComputedValue = Exclude<Known, undefined> | null

/** What the engine keeps of a profile. */
export interface EngageState {
  readonly leaves: Leaves
  /** By the computation's number. Of an audience nobody was in there is none. */
  readonly values: Readonly<
    Record<number, { readonly value: ComputedValue; readonly changes: number; readonly sinceMs: number }>
  >
  /** When a computation may change without an event, by its number. */
  readonly dues: Readonly<Record<number, number>>
}

export const NOTHING_KNOWN: EngageState = { leaves: Leaves.NONE, values: {}, dues: {} }

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
export function dueAtMs({ dues }: EngageState): number | null {
  const all = Object.values(dues)
  return all.length === 0 ? null : Math.min(...all)
}

/** An event of the profile. Its timers up to `nowMs` have fired before (`runTimers`). */
export function applyEvent(
  plan: Plan,
  state: EngageState,
  event: EngageEvent,
  view: ProfileView,
  nowMs: number,
): Turned {
  const touched = new Set<PlannedComputation>()
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

/** Without the leaves of these keys: what was kept of them has a gap. */
export function withoutLeaves(state: EngageState, isGone: (key: string) => boolean): EngageState {
  return { ...state, leaves: state.leaves.only((key) => !isGone(key)) }
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

/** Traits of the profile have changed. */
export function applyTraits(
  plan: Plan,
  state: EngageState,
  names: Iterable<string>,
  view: ProfileView,
  nowMs: number,
): Turned {
  const touched = new Set<PlannedComputation>()
  for (const name of names) for (const computation of plan.byTrait.get(name) ?? []) touched.add(computation)
  return evaluate(plan, state, touched, view, nowMs)
}

/** Everything is worked out anew: a new profile, or one whose ids or definitions have changed. */
export function evaluateAll(plan: Plan, state: EngageState, view: ProfileView, nowMs: number): Turned {
  const numbers = new Set(plan.computations.map(({ number }) => number))
  const known = {
    leaves: state.leaves.only((key) => plan.leaves.has(key)),
    // Of one that is gone the count goes on: should it come back, its calls are told from those of before by it.
    values: Object.fromEntries(
      Object.entries(state.values).map(([number, known]) => [
        number,
        numbers.has(Number(number)) ? known : { ...known, value: null },
      ]),
    ),
    dues: {},
  }
  return evaluate(plan, known, new Set(plan.computations), view, nowMs)
}

/** What falls due up to an instant, that included, each at its own time. */
export function runTimers(plan: Plan, state: EngageState, view: ProfileView, untilMs: number): Turned {
  const changes: Change[] = []
  let next = state
  for (;;) {
    const dueMs = dueAtMs(next)
    if (dueMs === null || dueMs > untilMs) return { state: next, changes }
    const due = plan.computations.filter(({ number }) => (next.dues[number] ?? Number.POSITIVE_INFINITY) <= dueMs)
    const gone = Object.keys(next.dues).filter(
      (number) => !plan.computations.some((each) => each.number === Number(number)),
    )
    const turned = evaluate(plan, { ...next, dues: without(next.dues, gone) }, new Set(due), view, dueMs)
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
  const values: Record<number, EngageState['values'][number]> = { ...survivor.values }
  for (const [number, value] of Object.entries(other.values)) {
    const known = values[Number(number)]
    const changes = Math.max(known?.changes ?? 0, value.changes)
    const isOthers = known === undefined || (known.value === false && value.value === true) || known.value === null
    values[Number(number)] = { ...(isOthers ? value : known), changes }
  }
  return evaluateAll(plan, { leaves, values, dues: {} }, view, nowMs)
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
): Turned {
  if (touched.size === 0) return { state, changes: [] }
  const { leaves } = state
  const values = { ...state.values }
  const dues = { ...state.dues }
  const changes: Change[] = []
  // In order: what one comes to is what those that read it see.
  for (const computation of plan.computations) {
    if (!touched.has(computation)) continue
    const { number, key, definition } = computation
    if (plan.withheld.has(number)) {
      delete dues[number]
      continue
    }
    let dueMs = Number.POSITIVE_INFINITY
    const here = new Evaluation(plan, leaves, values, view, nowMs, (ms) => {
      dueMs = Math.min(dueMs, ms)
    })
    const before = values[number]?.value ?? null
    const found =
      definition.kind === 'audience'
        ? view.isEligible(number) && here.holds(definition.condition)
        : (here.resolve(definition.value) ?? null)
    if (dueMs === Number.POSITIVE_INFINITY) delete dues[number]
    else dues[number] = dueMs
    // Nobody is told that they are not in what they never were in, nor of a number of nothing.
    const isNothing = before === null && (found === false || found === null || found === 0)
    if (isNothing || isSame(found, before)) continue
    const changed = { value: found, changes: (values[number]?.changes ?? 0) + 1, sinceMs: nowMs }
    values[number] = changed
    changes.push({ computation: number, key, value: found, before, number: changed.changes, atMs: nowMs })
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
  return { state: { leaves: leaves.with(less), values, dues }, changes }
}

/** One profile at one instant. */
class Evaluation {
  readonly #plan: Plan
  readonly #leaves: Leaves
  readonly #values: EngageState['values']
  readonly #view: ProfileView
  readonly #nowMs: number
  readonly #onChangeAt: (ms: number) => void

  constructor(
    plan: Plan,
    leaves: Leaves,
    values: EngageState['values'],
    view: ProfileView,
    nowMs: number,
    onChangeAt: (ms: number) => void,
  ) {
    this.#plan = plan
    this.#leaves = leaves
    this.#values = values
    this.#view = view
    this.#nowMs = nowMs
    this.#onChangeAt = onChangeAt
  }

  holds(condition: Condition): boolean {
    return holds(condition, {
      resolve: (value) => this.resolve(value),
      nowMs: this.#nowMs,
      onChangeAt: this.#onChangeAt,
      users: () => false,
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
    const value = this.#values[computation.number]?.value ?? undefined
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

function without(dues: EngageState['dues'], numbers: readonly string[]): EngageState['dues'] {
  return Object.fromEntries(Object.entries(dues).filter(([number]) => !numbers.includes(number)))
}
