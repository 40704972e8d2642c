/**
 * What computed traits and audiences must come to, worked out without any state: from a profile's whole history, anew
 * for every instant at which anything could change. It shares no code with the engine.
 */

import type { ComputedValue } from './computed.ts'
import type { Change, EngageEvent } from './engine.ts'
import type { Condition, Duration, Reduction, Value } from './language/index.ts'
import {
  ABSENT,
  type Here,
  instantIn,
  judge,
  numberIn,
  type Seen,
  seenAt,
  seenOf,
  single,
  spanOf,
} from './model.fixture.ts'
import type { Computation } from './plan.ts'

/** Everything that happened to a profile, in the order of the log. */
export type Happening =
  | { readonly kind: 'event'; readonly event: EngageEvent }
  | { readonly kind: 'merged'; readonly other: readonly Happening[] }

interface Now {
  readonly history: readonly Happening[]
  readonly traits: Readonly<Record<string, unknown>>
  readonly nowMs: number
}

export class Oracle {
  readonly #computations: readonly Computation[]
  readonly #users: Here['users']
  readonly changes: Change[] = []
  /** By the computation's number. */
  values = new Map<number, { value: ComputedValue; changes: number }>()
  history: readonly Happening[] = []
  traits: Readonly<Record<string, unknown>> = {}

  /** @param computations those that others read come first @param users of an account: what they answer by now */
  constructor(computations: readonly Computation[], users: Here['users'] = () => false) {
    this.#computations = computations
    this.#users = users
  }

  pass(fromMs: number, untilMs: number): void {
    for (const ms of this.instants(fromMs, untilMs)) this.look(ms)
  }

  /** Every instant that could matter after `fromMs`, up to `untilMs`, that included. */
  instants(fromMs: number, untilMs: number): readonly number[] {
    const spans = [...new Set(this.#computations.flatMap(({ definition }) => spansIn(definition)))]
    const bases = [
      ...eventsOf(this.history).map(({ atMs }) => atMs),
      ...this.#computations.flatMap(({ definition }) => datesIn(definition)),
      ...Object.values(this.traits).flatMap(datesIn),
      ...[...this.values.values()].flatMap(({ value }) => datesIn(value)),
      ...eventsOf(this.history).flatMap(({ properties, context }) => [properties, context].flatMap(datesIn)),
    ]
    const instants = new Set(bases.flatMap((ms) => [ms, ...spans.flatMap((span) => [ms - span, ms + span])]))
    return [...instants].filter((each) => each > fromMs && each <= untilMs).toSorted((a, b) => a - b)
  }

  look(nowMs: number): void {
    for (const { number, key, definition, countsFromMs } of this.#computations) {
      const history = countsFromMs === undefined ? this.history : happenedFrom(this.history, countsFromMs)
      const now = { history, traits: this.traits, nowMs }
      const value =
        definition.kind === 'audience'
          ? this.#holds(definition.condition, now)
          : computedOf(this.#reduce(definition.value, now, undefined))
      const known = this.values.get(number)
      const before = known?.value ?? null
      const isNothing = before === null && (value === false || value === null || value === 0)
      if (isNothing || JSON.stringify(value) === JSON.stringify(before)) continue
      const changes = (known?.changes ?? 0) + 1
      this.values.set(number, { value: value as ComputedValue, changes })
      this.changes.push({
        computation: number,
        key,
        value: value as ComputedValue,
        before,
        number: changes,
        atMs: nowMs,
      })
    }
  }

  merge(other: Oracle): void {
    this.history = [...this.history, { kind: 'merged', other: other.history }]
    for (const [number, { value, changes }] of other.values) {
      const known = this.values.get(number)
      const isOthers = known === undefined || (known.value === false && value === true) || known.value === null
      this.values.set(number, {
        value: isOthers ? value : known.value,
        changes: Math.max(changes, known?.changes ?? 0),
      })
    }
  }

  #holds(condition: Condition, now: Now): boolean {
    return judge(condition, { nowMs: now.nowMs, users: this.#users, see: (value) => this.#see(value, now) })
  }

  #see(value: Value, now: Now): Seen {
    if (value.kind === 'literal') return single(value.value)
    if (value.kind === 'trait') return this.#trait(value.key, now)
    return value.kind === 'reduction' ? this.#reduce(value, now, undefined) : ABSENT
  }

  #trait(name: string, { traits }: Now): Seen {
    const computation = this.#computations.find(({ key }) => key === name)
    if (computation === undefined) return seenOf(traits[name])
    const nothing = computation.definition.kind === 'audience' ? false : null
    return seenOf(this.values.get(computation.number)?.value ?? nothing)
  }

  #reduce(
    { events: { name, excludedSources, window, where }, reducer }: Reduction,
    now: Now,
    parent: EngageEvent | undefined,
  ): Seen {
    const isOne = (event: EngageEvent) => event.name === name && !excludedSources.includes(event.sourceId)
    const isWanted = (event: EngageEvent) => where === null || this.#isWanted(event, where, now, parent)
    let events: readonly EngageEvent[]
    if (window?.kind === 'session') {
      const pause = spanOf(window.duration)
      const session = sessionOf(now.history, pause, isOne)
      events = now.nowMs < (session.at(-1)?.atMs ?? Number.NEGATIVE_INFINITY) + pause ? session.filter(isWanted) : []
    } else
      events = eventsOf(now.history)
        .filter((event) => isOne(event) && isWanted(event))
        .toSorted(byTime)
    events = events.filter((event) => {
      const age = now.nowMs - event.atMs
      if (parent !== undefined && byTime(event, parent) <= 0) return false
      if (window?.kind === 'within') return age < spanOf(window.duration)
      if (window?.kind === 'between') return age >= spanOf(window.from) && age < spanOf(window.to)
      if (window?.kind === 'within_parent') return event.atMs < (parent?.atMs ?? 0) + spanOf(window.duration)
      return true
    })
    if (reducer.kind === 'count') return single(events.length)
    const { of } = reducer
    const values = events
      .map((event) => (of.kind === 'literal' || of.kind === 'trait' ? ABSENT : partOf(event, of.kind, of.path)))
      .filter(({ items: { length } }) => length > 0)
    const items = values.flatMap((value) => value.items)
    const numbers = items.map(numberIn).filter((each) => !Number.isNaN(each))
    const times = Map.groupBy(items, (item) => `${typeof item} ${item}`)
    const texts = items.map(String).toSorted()
    const total = numbers.reduce((sum, each) => sum + each, 0)
    switch (reducer.kind) {
      case 'sum':
        return single(total)
      case 'avg':
        return numbers.length === 0 ? ABSENT : single(total / numbers.length)
      case 'min':
        return numbers.length === 0 ? ABSENT : single(Math.min(...numbers))
      case 'max':
        if (reducer.as === 'string') return seenOf(texts.at(-1))
        return numbers.length === 0 ? ABSENT : single(Math.max(...numbers))
      case 'first':
        return values[0] ?? ABSENT
      case 'last':
        return values.at(-1) ?? ABSENT
      case 'unique':
        return { items: texts.filter((text, index) => texts.indexOf(text) === index), isList: true }
      case 'unique_count':
        return single(new Set(texts).size)
      case 'mode': {
        const often = [...times.values()].filter((each) => each.length >= reducer.minFrequency)
        const most = Math.max(...often.map((each) => each.length))
        const best = often.filter((each) => each.length === most).flatMap(([item]) => item ?? [])
        const textsFirst = best.toSorted((a, b) => Number(typeof b === 'string') - Number(typeof a === 'string'))
        return seenOf(textsFirst.toSorted((a, b) => (String(a) < String(b) ? -1 : Number(String(a) > String(b))))[0])
      }
    }
  }

  #isWanted(event: EngageEvent, where: Condition, now: Now, parent: EngageEvent | undefined): boolean {
    return judge(where, {
      nowMs: event.atMs,
      users: () => false,
      see: (value) => {
        if (value.kind === 'literal') return single(value.value)
        if (value.kind === 'trait') return this.#trait(value.key, now)
        if (value.kind === 'reduction') return this.#reduce(value, now, event)
        const of = value.kind === 'property' && value.ofParent ? parent : event
        return of === undefined ? ABSENT : partOf(of, value.kind, value.path)
      },
    })
  }
}

const partOf = ({ properties, context }: EngageEvent, kind: 'property' | 'context', path: string): Seen =>
  seenAt(kind === 'property' ? properties : context, path)

/** As computations have it: null for what is absent. */
function computedOf({ items, isList }: Seen): ComputedValue {
  return items.length === 0 ? null : isList ? items : (items[0] ?? null)
}

/** Without what happened before. */
function happenedFrom(history: readonly Happening[], fromMs: number): Happening[] {
  return history.flatMap((each): Happening[] => {
    if (each.kind === 'merged') return [{ kind: 'merged', other: happenedFrom(each.other, fromMs) }]
    return each.event.atMs < fromMs ? [] : [each]
  })
}

function eventsOf(history: readonly Happening[]): EngageEvent[] {
  return history.flatMap((each) => (each.kind === 'event' ? [each.event] : eventsOf(each.other)))
}

function sessionOf(
  history: readonly Happening[],
  pause: number,
  isOne: (event: EngageEvent) => boolean,
): readonly EngageEvent[] {
  let session: readonly EngageEvent[] = []
  const join = (event: EngageEvent) => {
    const [first, last] = [session[0], session.at(-1)]
    if (first === undefined || last === undefined || event.atMs >= last.atMs + pause) session = [event]
    else if (event.atMs > first.atMs - pause) session = [...session, event].toSorted(byTime)
  }
  for (const each of history) {
    if (each.kind === 'event') {
      if (isOne(each.event)) join(each.event)
      continue
    }
    const all = [...session, ...sessionOf(each.other, pause, isOne)].toSorted(byTime)
    session = []
    for (const event of all) join(event)
  }
  return session
}

/** Every duration in a definition, milliseconds. */
export function spansIn(tree: unknown): number[] {
  if (typeof tree !== 'object' || tree === null) return []
  const { amount, unit } = tree as Partial<Duration>
  if (amount !== undefined && unit !== undefined) return [spanOf({ amount, unit })]
  return Object.values(tree).flatMap(spansIn)
}

/** Every date that stands anywhere in a value. */
function datesIn(value: unknown): number[] {
  if (typeof value === 'object' && value !== null) return Object.values(value).flatMap(datesIn)
  return typeof value === 'string' && !Number.isNaN(instantIn(value)) ? [instantIn(value)] : []
}

const byTime = (a: EngageEvent, b: EngageEvent) => a.atMs - b.atMs || a.position - b.position
