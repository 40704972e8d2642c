/** What the search shows, in groups: from the first line to the last. Pure. */
import { type Found, KINDS, type Target } from './find.ts'
import type { Offer, Offers } from './offers.ts'

export interface Row extends Target {
  readonly label: string
  readonly detail?: string
}

export interface RowGroup {
  readonly title: string
  readonly rows: readonly Row[]
}

export function rowsOf(found: readonly Found[], { likely, possible }: Offers): readonly RowGroup[] {
  return [...offered('Look up', likely), ...found.map(groupOf), ...offered('It may also be', possible)]
}

const offered = (title: string, rows: readonly Offer[]) => (rows.length === 0 ? [] : [{ title, rows }])

function groupOf({ kind, entries, more }: Found): RowGroup {
  const of = KINDS[kind]
  if (more === 0) return { title: of.title, rows: entries }
  if (!('list' in of)) return { title: `${of.title} (${more} more: write more of the name)`, rows: entries }
  return { title: of.title, rows: [...entries, { label: `${more} more in ${of.title}`, to: of.list }] }
}
