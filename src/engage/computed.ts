/**
 * What a profile's computations have come to, and when they may change without an event. Some computations are one line of
 * text: an event reads and writes the lines of those that it touches, and the others stay as they were stored. Pure.
 */
import type { Known } from './values.ts'

/** A value of a computation: `true` or `false` of an audience; null for none, of a computed trait. */
export type ComputedValue = Exclude<Known, undefined> | null

export interface Computed {
  readonly value: ComputedValue
  /** Counts the changes, from 1. */
  readonly changes: number
  /** Engine time of the last one, Unix milliseconds. */
  readonly sinceMs: number
}

/** What is kept of one computation. */
export interface Row {
  /** Undefined until it has had a value; of an audience, until somebody was in. */
  readonly computed: Computed | undefined
  /** When it may change without an event, Unix milliseconds. */
  readonly dueMs: number | undefined
}

/** Computations of a line: those whose numbers have one quotient. */
const LINE_COMPUTATIONS = 8
/** Begins each line, unlike one of leaves. */
export const LINE_MARK = '='

interface Line {
  /** The earliest time that something of it is due. */
  readonly dueMs: number | undefined
  /** By number; or the text of the flat list, until somebody asks. */
  rows: ReadonlyMap<number, Row> | string
}

export class ComputedValues {
  static readonly NONE = new ComputedValues(new Map())

  readonly #lines: ReadonlyMap<number, Line>

  private constructor(lines: ReadonlyMap<number, Line>) {
    this.#lines = lines
  }

  /** @param lines of `encode` */
  static decode(lines: readonly string[]): ComputedValues {
    return lines.length === 0 ? ComputedValues.NONE : new ComputedValues(new Map(lines.map(lineOf)))
  }

  /** Lines without line breaks: a mark, which it is, when it is due, and its computations. */
  encode(): string[] {
    return Array.from(this.#lines, ([place, { dueMs, rows }]) => {
      const list = typeof rows === 'string' ? rows : JSON.stringify(listOf(rows))
      return `${LINE_MARK}${place} ${dueMs ?? ''} ${list}`
    })
  }

  get(number: number): Computed | undefined {
    return this.row(number)?.computed
  }

  row(number: number): Row | undefined {
    return this.#rows(placeOf(number))?.get(number)
  }

  /** The earliest time at which something may change without an event; null for never. */
  get dueMs(): number | null {
    let earliest = Number.POSITIVE_INFINITY
    for (const { dueMs } of this.#lines.values()) if (dueMs !== undefined && dueMs < earliest) earliest = dueMs
    return earliest === Number.POSITIVE_INFINITY ? null : earliest
  }

  /** Numbers of those that are due at or before a time. */
  dueBy(ms: number): number[] {
    return [...this.#lines].flatMap(([place, { dueMs }]) =>
      dueMs === undefined || dueMs > ms
        ? []
        : [...(this.#rows(place) ?? [])].flatMap(([number, row]) =>
            row.dueMs !== undefined && row.dueMs <= ms ? [number] : [],
          ),
    )
  }

  /** With some of them as given. */
  with(changed: ReadonlyMap<number, Row>): ComputedValues {
    if (changed.size === 0) return this
    const lines = new Map<number, Line>(this.#lines)
    for (const [place, some] of Map.groupBy(changed, ([number]) => placeOf(number))) {
      const rows = new Map(this.#rows(place))
      for (const [number, row] of some) {
        if (row.computed === undefined && row.dueMs === undefined) rows.delete(number)
        else rows.set(number, row)
      }
      if (rows.size === 0) lines.delete(place)
      else lines.set(place, { rows, dueMs: earliestOf(rows.values()) })
    }
    return new ComputedValues(lines)
  }

  /** Those that have or had a value. */
  *[Symbol.iterator](): Iterator<[number, Computed]> {
    for (const place of this.#lines.keys())
      for (const [number, { computed }] of this.#rows(place) ?? []) if (computed !== undefined) yield [number, computed]
  }

  #rows(place: number): ReadonlyMap<number, Row> | undefined {
    const line = this.#lines.get(place)
    if (line === undefined) return undefined
    if (typeof line.rows === 'string') line.rows = rowsOf(JSON.parse(line.rows))
    return line.rows
  }
}

const placeOf = (number: number) => Math.floor(number / LINE_COMPUTATIONS)

function lineOf(line: string): [number, Line] {
  const [first, second] = [line.indexOf(' '), line.indexOf(' ', line.indexOf(' ') + 1)]
  const due = line.slice(first + 1, second)
  const dueMs = due === '' ? undefined : Number(due)
  return [Number(line.slice(LINE_MARK.length, first)), { dueMs, rows: line.slice(second + 1) }]
}

function earliestOf(rows: Iterable<Row>): number | undefined {
  let earliest: number | undefined
  for (const { dueMs } of rows)
    if (dueMs !== undefined && (earliest === undefined || dueMs < earliest)) earliest = dueMs
  return earliest
}

/**
 * A time, then of each computation its number, value, number of changes, and when the last one was and when it is due as
 * differences from that time. Without a value the changes are 0; null for never due.
 */
function listOf(rows: ReadonlyMap<number, Row>): unknown[] {
  let baseMs: number | undefined
  const list: unknown[] = [0]
  for (const [number, { computed, dueMs }] of rows) {
    baseMs ??= computed?.sinceMs ?? dueMs ?? 0
    const due = dueMs === undefined ? null : dueMs - baseMs
    if (computed === undefined) list.push(number, null, 0, 0, due)
    else list.push(number, computed.value, computed.changes, computed.sinceMs - baseMs, due)
  }
  list[0] = baseMs ?? 0
  return list
}

function rowsOf(list: readonly unknown[]): ReadonlyMap<number, Row> {
  const rows = new Map<number, Row>()
  const baseMs = list[0] as number
  for (let at = 1; at < list.length; at += 5) {
    const [changes, due] = [list[at + 2] as number, list[at + 4] as number | null]
    const computed = { value: list[at + 1] as ComputedValue, changes, sinceMs: baseMs + (list[at + 3] as number) }
    rows.set(list[at] as number, {
      computed: changes === 0 ? undefined : computed,
      dueMs: due === null ? undefined : baseMs + due,
    })
  }
  return rows
}
