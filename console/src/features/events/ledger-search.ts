/** What the ledger is searched for: it stands in the address, so that a colleague can be sent it. Pure. */
import type { Query } from '../../shared/api.ts'
import { BECAME } from './words.ts'

const TEXTS = ['destinationId', 'reason', 'event', 'type', 'messageId', 'position', 'from', 'to'] as const
/** They ask for the right `pii:read`. */
export const PERSON_FIELDS = ['userId', 'email', 'anonymousId'] as const
export type PersonField = (typeof PERSON_FIELDS)[number]
const FIELDS = [...TEXTS, ...PERSON_FIELDS, 'state', 'cursor'] as const
type Field = (typeof FIELDS)[number]

export type LedgerSearch = { readonly [Name in Field]?: string }

/** Of an address: what it does not know is left out. */
export function ledgerSearchOf(given: Readonly<Record<string, unknown>>): LedgerSearch {
  const known = FIELDS.flatMap((name): [Field, string][] => {
    // A number in an address is read as one.
    const value = typeof given[name] === 'number' ? String(given[name]) : given[name]
    if (typeof value !== 'string' || value.trim() === '') return []
    if (name === 'state' && !Object.hasOwn(BECAME, value)) return []
    return [[name, value.trim()]]
  })
  return Object.fromEntries(known)
}

/** How many of its fields narrow the search. */
export const narrowedBy = ({ cursor: _, ...search }: LedgerSearch): number => Object.keys(search).length

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
