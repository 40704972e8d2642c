/**
 * Pages of the Profile API, `segment.md` 5.2. A cursor names the first item of the next page by what orders the list, not
 * by how many came before: what changes between two pages neither repeats an item nor leaves one out. Pure.
 */
import { type Asked, invalid, textOf } from './query.ts'

export interface Page<Item> {
  readonly items: readonly Item[]
  /** Of the first item of the next page; empty when there is none. */
  readonly next: string
}

export interface PageOptions<Item> {
  readonly limit: number
  /** Whether the page that was asked for begins with this item, of all those for which that is so with the first. */
  readonly isStart: (item: Item) => boolean
  readonly cursorOf: (item: Item) => string
}

export function pageOf<Item>(all: readonly Item[], { limit, isStart, cursorOf }: PageOptions<Item>): Page<Item> {
  const start = all.findIndex(isStart)
  if (start === -1) return { items: [], next: '' }
  const following = all[start + limit]
  return { items: all.slice(start, start + limit), next: following === undefined ? '' : cursorOf(following) }
}

/** `cursor` of an answer. @param url of the request, path and query */
export function cursorFor(url: string, { next }: Page<unknown>, limit: number) {
  const [path = '', query] = url.split('?', 2)
  const parameters = new URLSearchParams(query)
  parameters.delete('next')
  if (next !== '') parameters.set('next', next)
  const text = parameters.toString()
  return { url: text === '' ? path : `${path}?${text}`, has_more: next !== '', next, limit }
}

/** Two numbers that order a list, as a cursor. */
export const pairCursor = (first: number, second: number): string => `${first}.${second}`

/** Undefined for what `pairCursor` did not make. */
export function pairOf(cursor: string): readonly [number, number] | undefined {
  const [, first, second] = /^(-?\d{1,16})\.(\d{1,16})$/.exec(cursor) ?? []
  return first === undefined || second === undefined ? undefined : [Number(first), Number(second)]
}

/** The pair that `next` is; undefined on the first page. @throws ProfileProblem 400 */
export function pairAsked(asked: Asked): readonly [number, number] | undefined {
  const text = textOf(asked, 'next')
  if (text === undefined) return undefined
  const pair = pairOf(text)
  if (pair === undefined) throw invalid('next', 'is not a cursor of this list')
  return pair
}
