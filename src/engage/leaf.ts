/**
 * What is kept of a profile's events for one reduction, and what it comes to. Pure; states are plain JSON.
 *
 * Three kinds: a *total* for all time, of which only the running figures are kept; *entries*, the events that can still
 * decide the answer, with just the fields that are asked of them; a *session*, the entries of one visit. Entries are in
 * the order in which the events happened (`at`, then position), whenever they arrived.
 */
import { hash } from 'node:crypto'
import {
  type Condition,
  type Events,
  type Field,
  millisecondsOf,
  print,
  type Reducer,
  type Reduction,
  type Scalar,
} from './language/index.ts'
import { GROUP_CHARS } from './leaves.ts'
import { itemsOf, type Known, numberOf, valueAt } from './values.ts'

/** Entries of one leaf; beyond that the oldest are forgotten, and counted in `forgotten`. */
export const ENTRIES_MAX = 1_000
/** Different values of `unique` and `mode`; further ones are not counted. `segment.md` 4.1. */
export const VALUES_MAX = 10_000

/** Unix milliseconds, position in the log, and the leaf's fields, `null` for absent. */
export type Entry = readonly [atMs: number, position: number, ...fields: (Scalar | readonly Scalar[] | null)[]]

export interface Entries {
  readonly kind: 'entries'
  readonly entries: readonly Entry[]
  readonly forgotten: number
  /** Of a session whose history is being read: what has come since, in the order of the log, to join it afterwards. */
  readonly later?: readonly Entry[]
}

export interface Total {
  readonly kind: 'total'
  readonly count: number
  readonly sum: number
  /** Events with a number, for the average. */
  readonly numbers: number
  readonly min: number | null
  readonly max: number | string | null
  readonly first: Entry | null
  readonly last: Entry | null
  /** How often each value was seen, by its JSON. */
  readonly values: Readonly<Record<string, number>>
}

export type LeafState = Entries | Total

/** How one reduction is worked out. */
export interface Leaf {
  /** Equal reductions are one leaf, whichever definitions have them. */
  readonly key: string
  readonly events: Events
  readonly reducer: Reducer
  readonly kind: 'entries' | 'total' | 'session'
  /** What an entry keeps, in order. */
  readonly fields: readonly Field[]
  /** Whether an event's own fields say if it counts: then only those that do are kept. */
  readonly isDecided: boolean
  /** What happened before it does not count, Unix milliseconds; minus infinity where all does. */
  readonly fromMs: number
  /** Reductions of events that belong to one of these, asked inside `where`. */
  readonly children: readonly Leaf[]
}

export const fieldKey = (field: Field): string =>
  field.kind === 'literal' || field.kind === 'trait' ? '' : `${field.kind} ${field.path}`

const rootLeaves = new WeakMap<Reduction, Leaf>()
const childLeaves = new WeakMap<Reduction, Leaf>()

/** What keeps a definition's leaves apart from equal ones of others. */
export interface LeafScope {
  /** Begins the keys: only those who have the same share leaves. */
  readonly owner: string
  /** What happened before it does not count, Unix milliseconds. */
  readonly fromMs: number
}
export const WHOLE_HISTORY: LeafScope = { owner: '', fromMs: Number.NEGATIVE_INFINITY }

/**
 * Worked out once for each tree. @param isChild whether its events belong to one of another event, inside `where`
 * @param scope of its definition; when it is first asked for
 */
export function leafOf(reduction: Reduction, isChild = false, scope = WHOLE_HISTORY): Leaf {
  const known = isChild ? childLeaves : rootLeaves
  let leaf = known.get(reduction)
  if (leaf === undefined) {
    leaf = makeLeaf(reduction, isChild, scope)
    known.set(reduction, leaf)
  }
  return leaf
}

function makeLeaf(reduction: Reduction, isChild: boolean, scope: LeafScope): Leaf {
  const { events, reducer } = reduction
  const fields = new Map<string, Field>()
  const children: Leaf[] = []
  // A visit is made of all events of the name, also of those that do not count.
  let isDecided = events.window?.kind !== 'session'
  const keep = (field: Field) => {
    if (field.kind === 'property' || field.kind === 'context')
      fields.set(fieldKey(field), { ...field, ofParent: false } as Field)
  }
  if (events.where !== null) {
    for (const field of fieldsOf(events.where)) {
      if (field.kind === 'trait') isDecided = false
      if (field.kind === 'property' && field.ofParent) isDecided = false
      else keep(field)
    }
    for (const child of reductionsOf(events.where)) {
      isDecided = false
      children.push(leafOf(child, true, scope))
      for (const field of fieldsOfReduction(child)) if (field.kind === 'property' && field.ofParent) keep(field)
    }
  }
  if ('of' in reducer) keep(reducer.of)
  const { window } = events
  const isTotal = !isChild && window === null && isDecided
  return {
    // What is asked of a parent's events is kept apart: it needs the events themselves.
    key:
      groupOf(events.name) +
      shortOf(scope.owner + (isChild ? 'child ' : '') + print({ kind: 'trait', value: reduction })),
    events,
    reducer,
    kind: isTotal ? 'total' : window?.kind === 'session' ? 'session' : 'entries',
    fields: [...fields.values()],
    isDecided,
    fromMs: scope.fromMs,
    children,
  }
}

/** It stands in every profile's document: 48 bits of a hash instead of a text, after its group (`leaves.ts`). */
const shortOf = (text: string) => hash('sha256', text, 'base64url').slice(0, 8)

/** Two names may share a group: keys tell their leaves apart. */
const groupOf = (event: string) => hash('sha256', event, 'base64url').slice(0, GROUP_CHARS)

/** The fields a condition asks for, without those inside reductions and what it asks of an account's users. */
export function fieldsOf(condition: Condition): Field[] {
  switch (condition.kind) {
    case 'and':
    case 'or':
      return condition.parts.flatMap(fieldsOf)
    case 'not':
      return fieldsOf(condition.part)
    case 'any':
    case 'all':
      return []
    case 'comparison':
      return [condition.left, condition.right].flatMap((each) => (each.kind === 'reduction' ? [] : [each]))
    case 'words':
      return [condition.of, ...condition.words].flatMap((each) => (each.kind === 'reduction' ? [] : [each]))
    default:
      return condition.of.kind === 'reduction' ? [] : [condition.of]
  }
}

/** The reductions a condition asks for, not those inside them nor what it asks of an account's users. */
export function reductionsOf(condition: Condition): Reduction[] {
  switch (condition.kind) {
    case 'and':
    case 'or':
      return condition.parts.flatMap(reductionsOf)
    case 'not':
      return reductionsOf(condition.part)
    case 'any':
    case 'all':
      return []
    case 'comparison':
      return [condition.left, condition.right].flatMap((each) => (each.kind === 'reduction' ? [each] : []))
    default:
      return condition.of.kind === 'reduction' ? [condition.of] : []
  }
}

function fieldsOfReduction({ events: { where } }: Reduction): Field[] {
  return where === null ? [] : fieldsOf(where)
}

export const fieldOf = (field: Field, event: { readonly properties?: unknown; readonly context?: unknown }): Known =>
  field.kind === 'property'
    ? valueAt(event.properties, field.path)
    : field.kind === 'context'
      ? valueAt(event.context, field.path)
      : undefined

export function emptyState({ kind }: Leaf): LeafState {
  if (kind !== 'total') return { kind: 'entries', entries: [], forgotten: 0 }
  return { kind: 'total', count: 0, sum: 0, numbers: 0, min: null, max: null, first: null, last: null, values: {} }
}

export function withEntry(leaf: Leaf, state: LeafState, entry: Entry, nowMs: number): LeafState {
  if (state.kind === 'total') return addToTotal(leaf, state, entry)
  if (leaf.kind === 'session') return { ...state, entries: joinSession(leaf, state.entries, entry) }
  return trimmed(leaf, { ...state, entries: insert(state.entries, entry) }, nowMs)
}

/** An event that comes while history is being read. Only a session minds the order in which events arrive. */
export function withLaterEntry(leaf: Leaf, state: LeafState, entry: Entry, nowMs: number): LeafState {
  if (state.kind === 'total' || leaf.kind !== 'session') return withEntry(leaf, state, entry, nowMs)
  return { ...state, later: [...(state.later ?? []), entry].slice(-ENTRIES_MAX) }
}

/** History is read: what came meanwhile follows it. */
export function settled(leaf: Leaf, { later = [], ...state }: Entries): Entries {
  return { ...state, entries: later.reduce((all, entry) => joinSession(leaf, all, entry), state.entries) }
}

/** What two profiles have of a leaf, as if all of it had been one profile's. */
export function mergeStates(leaf: Leaf, a: LeafState, b: LeafState, nowMs: number): LeafState {
  if (a.kind === 'total' && b.kind === 'total') return mergeTotals(a, b)
  if (a.kind === 'total' || b.kind === 'total') return a
  const entries = [...a.entries, ...b.entries].toSorted(byTime)
  const forgotten = a.forgotten + b.forgotten
  if (leaf.kind !== 'session') return trimmed(leaf, { kind: 'entries', entries, forgotten }, nowMs)
  const later = [...(a.later ?? []), ...(b.later ?? [])].toSorted((x, y) => x[1] - y[1]).slice(-ENTRIES_MAX)
  return {
    kind: 'entries',
    entries: entries.reduce<readonly Entry[]>((all, each) => joinSession(leaf, all, each), []),
    forgotten,
    ...(later.length === 0 ? {} : { later }),
  }
}

/** Without entries that cannot count any more. */
export function trimmed(leaf: Leaf, state: Entries, nowMs: number): Entries {
  const { window } = leaf.events
  const reach =
    window?.kind === 'within'
      ? millisecondsOf(window.duration)
      : window?.kind === 'between'
        ? millisecondsOf(window.to)
        : Number.POSITIVE_INFINITY
  const kept = state.entries.filter(([atMs]) => atMs + reach > nowMs)
  if (kept.length === state.entries.length && kept.length <= ENTRIES_MAX) return state
  const over = Math.max(0, kept.length - ENTRIES_MAX)
  return { kind: 'entries', entries: over === 0 ? kept : kept.slice(over), forgotten: state.forgotten + over }
}

/** The entries inside the leaf's window at an instant. Tells when that changes. */
export function entriesIn(
  leaf: Leaf,
  { entries }: Entries,
  nowMs: number,
  onChangeAt: (ms: number) => void,
): readonly Entry[] {
  const { window } = leaf.events
  if (window === null || window.kind === 'within_parent') return entries
  if (window.kind === 'session') {
    const end = (entries.at(-1)?.[0] ?? Number.NEGATIVE_INFINITY) + millisecondsOf(window.duration)
    if (end > nowMs) onChangeAt(end)
    return end > nowMs ? entries : []
  }
  const from = window.kind === 'within' ? 0 : millisecondsOf(window.from)
  const to = millisecondsOf(window.kind === 'within' ? window.duration : window.to)
  return entries.filter(([atMs]) => {
    for (const change of [atMs + from, atMs + to]) if (change > nowMs) onChangeAt(change)
    return atMs + from <= nowMs && nowMs < atMs + to
  })
}

/** What entries come to. */
export function reduceEntries(leaf: Leaf, entries: readonly Entry[]): Known {
  return totalValue(
    leaf.reducer,
    entries.reduce((total, entry) => addToTotal(leaf, total, entry), emptyTotal()),
  )
}

export function totalValue(reducer: Reducer, total: Total): Known {
  switch (reducer.kind) {
    case 'count':
      return total.count
    case 'sum':
      return total.sum
    case 'avg':
      return total.numbers === 0 ? undefined : total.sum / total.numbers
    case 'min':
      return total.min ?? undefined
    case 'max':
      return total.max ?? undefined
    case 'first':
    case 'last':
      return total[reducer.kind]?.[2] ?? undefined
    case 'unique':
      return Object.keys(total.values).length === 0 ? undefined : textsOf(total.values)
    case 'unique_count':
      return textsOf(total.values).length
    case 'mode':
      return modeOf(total.values, reducer.minFrequency)
  }
}

const emptyTotal = (): Total => ({
  kind: 'total',
  count: 0,
  sum: 0,
  numbers: 0,
  min: null,
  max: null,
  first: null,
  last: null,
  values: {},
})

function addToTotal(leaf: Leaf, total: Total, entry: Entry): Total {
  const { reducer } = leaf
  const count = total.count + 1
  if (reducer.kind === 'count') return { ...total, count }
  const [atMs, position] = entry
  const value = entry[2 + leaf.fields.findIndex((field) => fieldKey(field) === fieldKey(reducer.of))] ?? null
  if (value === null) return { ...total, count }
  switch (reducer.kind) {
    case 'sum':
    case 'avg':
    case 'min': {
      const numbers = itemsOf(value).flatMap((item) => numberOf(item) ?? [])
      return {
        ...total,
        count,
        sum: numbers.reduce(plus, total.sum),
        numbers: total.numbers + numbers.length,
        min: least([total.min, ...numbers], (a, b) => a < b),
      }
    }
    case 'max': {
      const items = itemsOf(value).flatMap((item) => (reducer.as === 'string' ? String(item) : (numberOf(item) ?? [])))
      const isGreater = (a: Scalar, b: Scalar) =>
        reducer.as === 'string' ? String(a) > String(b) : Number(a) > Number(b)
      return { ...total, count, max: least<number | string>([total.max, ...items], isGreater) }
    }
    case 'first':
    case 'last': {
      const known = total[reducer.kind]
      const kept: Entry = [atMs, position, value]
      const isBetter = known === null || (reducer.kind === 'first' ? byTime(kept, known) < 0 : byTime(kept, known) > 0)
      return { ...total, count, [reducer.kind]: isBetter ? kept : known }
    }
    case 'unique':
    case 'unique_count':
    case 'mode':
      return {
        ...total,
        count,
        values: counted(
          total.values,
          itemsOf(value).map((item) => [JSON.stringify(item), 1]),
        ),
      }
  }
}

/** Never infinite, which JSON cannot say. */
const plus = (a: number, b: number) => Math.min(Number.MAX_VALUE, Math.max(-Number.MAX_VALUE, a + b))

function mergeTotals(a: Total, b: Total): Total {
  return {
    kind: 'total',
    count: a.count + b.count,
    sum: plus(a.sum, b.sum),
    numbers: a.numbers + b.numbers,
    min: least([a.min, b.min], (x, y) => x < y),
    max: least([a.max, b.max], (x, y) => x > y),
    first: [a.first, b.first].filter((each) => each !== null).toSorted(byTime)[0] ?? null,
    last:
      [a.last, b.last]
        .filter((each) => each !== null)
        .toSorted(byTime)
        .at(-1) ?? null,
    values: counted(a.values, Object.entries(b.values)),
  }
}

function counted(values: Total['values'], more: readonly (readonly [string, number])[]): Total['values'] {
  const all: Record<string, number> = { ...values }
  let size = Object.keys(all).length
  for (const [value, by] of more) {
    const known = Object.hasOwn(all, value)
    if (!known && size >= VALUES_MAX) continue
    if (!known) size += 1
    all[value] = (known ? (all[value] ?? 0) : 0) + by
  }
  return all
}

/** The one before all others. */
function least<T extends Scalar>(all: readonly (T | null)[], isBefore: (a: T, b: T) => boolean): T | null {
  return all.reduce<T | null>(
    (best, each) => (each !== null && (best === null || isBefore(each, best)) ? each : best),
    null,
  )
}

/** In order, each once: a number and the text of it are the same here. */
const textsOf = (values: Total['values']): readonly string[] => [...new Set(Object.keys(values).map(textOf))].toSorted()

/** Of those seen most often the alphabetically first; of a text and a number that read the same, the text. */
function modeOf(values: Total['values'], minFrequency: number): Known {
  const [best] = Object.entries(values)
    .filter(([, times]) => times >= minFrequency)
    .toSorted(([a, times], [b, others]) => others - times || order(textOf(a), textOf(b)) || order(a, b))
  return best === undefined ? undefined : (JSON.parse(best[0]) as Scalar)
}

const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

const textOf = (json: string) => String(JSON.parse(json))

const byTime = (a: Entry, b: Entry): number => a[0] - b[0] || a[1] - b[1]

function insert(entries: readonly Entry[], entry: Entry): readonly Entry[] {
  const at = entries.findLastIndex((each) => byTime(each, entry) <= 0) + 1
  return entries.toSpliced(at, 0, entry)
}

/** An event begins a session when it comes long enough after the last one; one from long before it belongs to none. */
function joinSession(leaf: Leaf, entries: readonly Entry[], entry: Entry): readonly Entry[] {
  const [first, last] = [entries[0], entries.at(-1)]
  const pause = leaf.events.window?.kind === 'session' ? millisecondsOf(leaf.events.window.duration) : 0
  if (first === undefined || last === undefined || entry[0] >= last[0] + pause) return [entry]
  if (entry[0] <= first[0] - pause) return entries
  return insert(entries, entry).slice(-ENTRIES_MAX)
}
