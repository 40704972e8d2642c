/** What the ledger is searched for: it stands in the address, so that a colleague can be sent it. Pure. */
import type { Query } from '../../shared/api.ts'

const TEXTS = ['destinationId', 'reason', 'event', 'messageId', 'position', 'from', 'to'] as const
export const TYPES = ['track', 'identify', 'page', 'screen', 'group', 'alias'] as const
/** What a delivery may be; what was filtered has none. */
export const STATES = ['delivered', 'pending', 'dead', 'cancelled', 'erased'] as const
/** They ask for the right `pii:read`. */
export const PERSON_FIELDS = ['userId', 'email', 'anonymousId'] as const
export type PersonField = (typeof PERSON_FIELDS)[number]
const FIELDS = [...TEXTS, ...PERSON_FIELDS, 'type', 'state', 'cursor'] as const
type Field = (typeof FIELDS)[number]

export type LedgerSearch = { readonly [Name in Field]?: string | undefined }

/** Those that have a fixed choice. */
const CHOICES = new Map<string, readonly string[]>([
  ['type', TYPES],
  ['state', STATES],
])

/** Of an address. What it does not know is undefined and not left out: the router would pass on what the address has. */
export function ledgerSearchOf(given: Readonly<Record<string, unknown>>): LedgerSearch {
  const known = FIELDS.map((name): [Field, string | undefined] => {
    // A number in an address is read as one.
    const value = typeof given[name] === 'number' ? String(given[name]) : given[name]
    if (typeof value !== 'string' || value.trim() === '') return [name, undefined]
    const isKnown = CHOICES.get(name)?.includes(value) ?? true
    return [name, isKnown ? value.trim() : undefined]
  })
  return Object.fromEntries(known)
}

/** How many of these fields narrow the search. */
export const narrowedBy = ({ cursor: _, ...search }: LedgerSearch): number =>
  Object.values(search).filter((value) => value !== undefined && value !== '').length

export function ledgerQueryOf({ cursor, ...search }: LedgerSearch, count: number): Query {
  return { ...search, 'pagination.count': count, ...(cursor === undefined ? {} : { 'pagination.cursor': cursor }) }
}

/** For an input of a local time, to the minute. @param iso empty for none */
export function localTimeOf(iso: string): string {
  const at = new Date(iso)
  if (Number.isNaN(at.getTime())) return ''
  return new Date(at.getTime() - at.getTimezoneOffset() * MS_PER_MINUTE)
    .toISOString()
    .slice(0, 'YYYY-MM-DDTHH:mm'.length)
}

/** The other way. @returns empty for what is no time */
export function isoOf(local: string): string {
  const at = new Date(local)
  return Number.isNaN(at.getTime()) ? '' : at.toISOString()
}

const MS_PER_MINUTE = 60_000
