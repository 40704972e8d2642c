/**
 * What single values and conditions mean, said a second time and simply, for tests to hold the engine against. It
 * shares no code with the engine: every value is a list of items here, and dates and numbers are read by hand.
 */
import type { Condition, Duration, Scalar, Value } from './language/index.ts'

/** What stands somewhere: no items is absent. */
export interface Seen {
  readonly items: readonly Scalar[]
  /** One thing that is a list is asked otherwise than one that is not. */
  readonly isList: boolean
}

export const ABSENT: Seen = { items: [], isList: false }
export const single = (item: Scalar): Seen => ({ items: [item], isList: false })

export function seenOf(value: unknown): Seen {
  const all = Array.isArray(value) ? value : [value]
  const items = all.filter((item) => item !== null && item !== undefined)
  return { items: items.map((item) => (Object(item) === item ? JSON.stringify(item) : item)), isList: all === value }
}

/** Step by step, all places at once. */
export function seenAt(root: unknown, path: string): Seen {
  let places: readonly unknown[] = [root]
  for (const step of path.split('.'))
    places = places.flatMap((place) => {
      if (step === '$') return Array.isArray(place) ? place : []
      const own = Object(place) === place ? Object.entries(place as object).filter(([name]) => name === step) : []
      return own.map(([, value]) => value)
    })
  const seen = places.map(seenOf)
  return {
    items: seen.flatMap(({ items }) => items),
    isList: path.split('.').includes('$') || seen.some(({ isList }) => isList),
  }
}

/** @returns NaN for what is no number */
export function numberIn(item: Scalar): number {
  if (typeof item === 'number') return Math.abs(item) <= Number.MAX_VALUE ? item : Number.NaN
  if (typeof item === 'boolean' || item === '' || item.startsWith('+')) return Number.NaN
  const number = [...item].every((character) => '0123456789.eE+-'.includes(character)) ? Number(item) : Number.NaN
  return Math.abs(number) <= Number.MAX_VALUE ? number : Number.NaN
}

const DAYS_OF_MONTHS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
const isLeap = (year: number) => year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
const daysOf = (year: number, month: number) => (month === 2 && isLeap(year) ? 29 : (DAYS_OF_MONTHS[month - 1] ?? 0))

/** Unix milliseconds, counted on a calendar; NaN for what is no date with a zone. */
export function instantIn(item: Scalar): number {
  if (typeof item !== 'string') return Number.NaN
  const [date = '', rest = ''] = [item.slice(0, 10), item.slice(10)]
  const zone = rest.endsWith('Z') ? 'Z' : rest.slice(-6)
  const clock = rest.slice(1, rest.length - zone.length)
  const shape = item.replaceAll(/[0-9]/g, '9')
  const [whole = '', fraction] = clock.split('.')
  const isShaped =
    shape.startsWith('9999-99-99T99:99') &&
    (whole.length === 5 || (whole.length === 8 && shape[16] === ':')) &&
    (fraction === undefined || (whole.length === 8 && /^[0-9]+$/.test(fraction))) &&
    (zone === 'Z' || /^[+-]99:99$/.test(zone.replaceAll(/[0-9]/g, '9')))
  if (!isShaped) return Number.NaN
  const [year = 0, month = 0, day = 0] = date.split('-').map(Number)
  const [hour = 0, minute = 0, second = 0] = whole.split(':').map(Number)
  const [zoneHour = 0, zoneMinute = 0] = zone === 'Z' ? [0, 0] : zone.slice(1).split(':').map(Number)
  if (day < 1 || day > daysOf(year, month) || hour > 23 || minute > 59 || second > 59) return Number.NaN
  if (zoneHour > 23 || zoneMinute > 59) return Number.NaN
  let days = day - 1
  for (let each = 1; each < month; each += 1) days += daysOf(year, each)
  for (let each = Math.min(year, 1970); each < Math.max(year, 1970); each += 1)
    days += (year < 1970 ? -1 : 1) * (isLeap(each) ? 366 : 365)
  const eastOfUtc = (zoneHour * 60 + zoneMinute) * (zone.startsWith('-') ? -1 : 1)
  const minutes = (days * 24 + hour) * 60 + minute - eastOfUtc
  return (minutes * 60 + second) * 1_000 + Number(`${fraction ?? ''}000`.slice(0, 3))
}

export function spanOf({ amount, unit }: Duration): number {
  const hours = { second: 1 / 3_600, minute: 1 / 60, hour: 1, day: 24 }[unit]
  return Math.round(amount * hours * 3_600_000)
}

const isAlike = (a: Scalar, b: Scalar) => (typeof a === typeof b ? a === b : numberIn(a) === numberIn(b))

/** Negative, zero or positive; NaN where there is no order. */
function rank(a: Scalar, b: Scalar): number {
  const difference = numberIn(a) - numberIn(b)
  if (!Number.isNaN(difference)) return difference
  return typeof a === 'string' && typeof b === 'string' ? (a === b ? 0 : [a, b].sort()[0] === a ? -1 : 1) : Number.NaN
}

export interface Here {
  readonly nowMs: number
  see(value: Value): Seen
  /** Of an account: whether any or all of its users meet a condition. */
  users(kind: 'any' | 'all', part: Condition): boolean
}

export function judge(condition: Condition, here: Here): boolean {
  switch (condition.kind) {
    case 'and':
      return condition.parts.every((part) => judge(part, here))
    case 'or':
      return condition.parts.some((part) => judge(part, here))
    case 'not':
      return !judge(condition.part, here)
    case 'any':
    case 'all':
      return here.users(condition.kind, condition.part)
    case 'presence':
      return (here.see(condition.of).items.length === 0) === (condition.test === 'absent')
    case 'comparison': {
      const [left, right] = [here.see(condition.left).items, here.see(condition.right).items]
      const pairs = left.flatMap((a) => right.map((b) => [a, b] as const))
      const ranks = pairs.map(([a, b]) => rank(a, b))
      const answers = {
        '=': pairs.some(([a, b]) => isAlike(a, b)),
        '!=': pairs.length > 0 && pairs.every(([a, b]) => !isAlike(a, b)),
        '>': ranks.some((each) => each > 0),
        '>=': ranks.some((each) => each >= 0),
        '<': ranks.some((each) => each < 0),
        '<=': ranks.some((each) => each <= 0),
      }
      return answers[condition.operator]
    }
    case 'words': {
      const { items, isList } = here.see(condition.of)
      const words = condition.words.flatMap((word) => here.see(word).items)
      const someOf = (isSo: (item: Scalar, word: Scalar) => boolean) =>
        items.some((item) => words.some((word) => isSo(item, word)))
      const isIn = someOf((item, word) => (isList ? isAlike(item, word) : `${item}`.split(`${word}`).length > 1))
      const answers = {
        contains: isIn || (!isList && items.length > 0 && words.includes('')),
        omits: items.length > 0 && !isIn && (isList || !words.includes('')),
        starts_with: someOf((item, word) => `${item}`.slice(0, `${word}`.length) === `${word}`),
        ends_with: someOf((item, word) => `${word}` === '' || `${item}`.slice(-`${word}`.length) === `${word}`),
        one_of: someOf(isAlike),
        none_of: items.length > 0 && !someOf(isAlike),
      }
      return answers[condition.test]
    }
    case 'date': {
      const date = instantIn(condition.date)
      const dates = here.see(condition.of).items.map(instantIn)
      return dates.some((each) => (condition.test === 'before_date' ? each < date : each > date))
    }
    case 'relative_date': {
      const span = spanOf(condition.duration)
      const answers = {
        within_last: (age: number) => age >= 0 && age < span,
        before_last: (age: number) => age >= span,
        within_next: (age: number) => -age > 0 && -age <= span,
        after_next: (age: number) => -age > span,
      }
      return here.see(condition.of).items.some((item) => answers[condition.test](here.nowMs - instantIn(item)))
    }
  }
}
