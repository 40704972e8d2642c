/** Lists in pages, as Segment's Public API gives them (segment contract 8.1): its cursors are offsets in base64. */
import { type Static, Type } from 'typebox'
import { invalid } from './problems.ts'

export const PAGE_COUNT_MAX = 200

/** `query.ts` makes `pagination.count` of the `pagination[count]` that SDKs write. */
export const PageQuery = Type.Object(
  {
    'pagination.count': Type.Optional(Type.String({ pattern: '^[0-9]{1,4}$' })),
    'pagination.cursor': Type.Optional(Type.String({ maxLength: 100 })),
  },
  { additionalProperties: false },
)
export type PageQuery = Static<typeof PageQuery>

/** What `pagination` is in an answer. */
export interface Pagination {
  readonly current: string
  readonly next?: string
  readonly previous?: string
  readonly totalEntries: number
}

/**
 * The part of a list that was asked for.
 * @param countDefault how many without a count; all of them when it is not given
 * @throws ApiError 422 when the count or the cursor cannot be
 */
export function pageOf<T>(
  all: readonly T[],
  query: PageQuery,
  countDefault = Number.POSITIVE_INFINITY,
): { readonly page: readonly T[]; readonly pagination: Pagination } {
  const { start, count } = startOf(query, countDefault)
  return { page: all.slice(start, start + count), pagination: paginationOf(start, count, all.length) }
}

/** Where a page begins, and how many it has. @throws as `pageOf` */
export function startOf(query: PageQuery, countDefault: number): { readonly start: number; readonly count: number } {
  const asked = query['pagination.count']
  const count = asked === undefined ? countDefault : Number(asked)
  if (asked !== undefined && (count < 1 || count > PAGE_COUNT_MAX)) {
    throw invalid('pagination.count', `must be from 1 to ${PAGE_COUNT_MAX}`)
  }
  const cursor = query['pagination.cursor']
  const start = cursor === undefined ? 0 : offsetOf(cursor)
  if (start === undefined) throw invalid('pagination.cursor', 'is not one of this list')
  return { start, count }
}

/** @param total entries of the whole list */
export function paginationOf(start: number, count: number, total: number): Pagination {
  const end = start + count
  return {
    current: cursorOf(start),
    ...(end < total ? { next: cursorOf(end) } : {}),
    ...(start > 0 ? { previous: cursorOf(Math.max(0, start - count)) } : {}),
    totalEntries: total,
  }
}

/** Undefined for what `cursorOf` never made. */
function offsetOf(cursor: string): number | undefined {
  const start = Number(Buffer.from(cursor, 'base64').toString())
  return Number.isSafeInteger(start) && start >= 0 && cursorOf(start) === cursor ? start : undefined
}

function cursorOf(start: number): string {
  return Buffer.from(String(start)).toString('base64')
}
