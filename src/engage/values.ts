/**
 * What definitions do with single values: `segment.md` 4.2. Pure.
 *
 * `null` is absent. A list (also one that a path with `$` gives) is compared by its items: it equals, contains or is
 * greater than something when one of them is. What says "not" (`!=`, `omits`, `none_of`) holds when none of them is, and
 * never of what is absent. A text that reads as a number is compared with numbers as one.
 */
import { instantOf, type Scalar } from './language/index.ts'

/** Absent is undefined. */
export type Known = Scalar | readonly Scalar[] | undefined

export type Operator = '=' | '!=' | '>' | '>=' | '<' | '<='
export type WordTest = 'contains' | 'omits' | 'starts_with' | 'ends_with' | 'one_of' | 'none_of'

const NUMBER = /^-?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$/

/** Follows a dotted path; `$` goes through the items of a list. */
export function valueAt(root: unknown, path: string): Known {
  const found: Scalar[] = []
  const isMany = walk(root, path.split('.'), 0, found)
  return isMany ? (found.length === 0 ? undefined : found) : found[0]
}

/** @returns whether there may be several */
function walk(value: unknown, steps: readonly string[], at: number, found: Scalar[]): boolean {
  const step = steps[at]
  if (step === undefined) {
    const known = knownOf(value)
    if (Array.isArray(known)) found.push(...known)
    else if (known !== undefined) found.push(known as Scalar)
    return Array.isArray(known)
  }
  if (step === '$') {
    if (Array.isArray(value)) for (const item of value) walk(item, steps, at + 1, found)
    return true
  }
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return steps.includes('$', at)
  return walk((value as Record<string, unknown>)[step], steps, at + 1, found)
}

/** Objects, also those in lists, are compared as their JSON. A list of nothing is absent. */
export function knownOf(value: unknown): Known {
  if (value === null || value === undefined) return undefined
  if (!Array.isArray(value)) return scalarOf(value)
  const items = value.filter((item) => item !== null && item !== undefined).map(scalarOf)
  return items.length === 0 ? undefined : items
}

const scalarOf = (value: unknown): Scalar => (typeof value === 'object' ? JSON.stringify(value) : (value as Scalar))

export function compare(left: Known, operator: Operator, right: Known): boolean {
  if (left === undefined || right === undefined) return false
  const some = (holds: (a: Scalar, b: Scalar) => boolean) =>
    itemsOf(left).some((a) => itemsOf(right).some((b) => holds(a, b)))
  switch (operator) {
    case '=':
      return some(isEqual)
    case '!=':
      return !some(isEqual)
    case '>':
      return some((a, b) => order(a, b) > 0)
    case '>=':
      return some((a, b) => order(a, b) >= 0)
    case '<':
      return some((a, b) => order(a, b) < 0)
    case '<=':
      return some((a, b) => order(a, b) <= 0)
  }
}

export function testWords(value: Known, test: WordTest, words: readonly Known[]): boolean {
  if (value === undefined) return false
  const given = words.flatMap((word) => (word === undefined ? [] : itemsOf(word)))
  const some = (holds: (item: Scalar, word: Scalar) => boolean) =>
    itemsOf(value).some((item) => given.some((word) => holds(item, word)))
  // Of a list one asks for its items, of a text for what is in it.
  const isIn = Array.isArray(value) ? isEqual : (item: Scalar, word: Scalar) => String(item).includes(String(word))
  switch (test) {
    case 'contains':
      return some(isIn)
    case 'omits':
      return !some(isIn)
    case 'starts_with':
      return some((item, word) => String(item).startsWith(String(word)))
    case 'ends_with':
      return some((item, word) => String(item).endsWith(String(word)))
    case 'one_of':
      return some(isEqual)
    case 'none_of':
      return !some(isEqual)
  }
}

/** Unix milliseconds of the dates among a value's items: texts of ISO 8601 with a zone. */
export function datesOf(value: Known): readonly number[] {
  if (value === undefined) return []
  return itemsOf(value).flatMap((item) => (typeof item === 'string' ? (instantOf(item) ?? []) : []))
}

/** A number, or a text that reads as one: not one too large to be told from others. */
export function numberOf(value: Scalar): number | undefined {
  const number =
    typeof value === 'number' || (typeof value === 'string' && NUMBER.test(value)) ? Number(value) : Number.NaN
  return Number.isFinite(number) ? number : undefined
}

export const itemsOf = (value: Scalar | readonly Scalar[]): readonly Scalar[] =>
  Array.isArray(value) ? value : [value as Scalar]

function isEqual(a: Scalar, b: Scalar): boolean {
  if (typeof a === typeof b) return a === b
  const [left, right] = [numberOf(a), numberOf(b)]
  return left !== undefined && left === right
}

/** NaN where the two have no order. */
function order(a: Scalar, b: Scalar): number {
  const [left, right] = [numberOf(a), numberOf(b)]
  if (left !== undefined && right !== undefined) return left - right
  if (typeof a !== 'string' || typeof b !== 'string') return Number.NaN
  return a < b ? -1 : a > b ? 1 : 0
}
