/** What became of deliveries, in words. */
import type { EventOutcome } from '../../../src/api/answers/profiles.ts'

export type Became = EventOutcome['became']

export const BECAME: Readonly<Record<Became, { readonly label: string; readonly color: string }>> = {
  delivered: { label: 'Delivered', color: 'green' },
  pending: { label: 'Waiting', color: 'blue' },
  dead: { label: 'Dead letter', color: 'red' },
  filtered: { label: 'Filtered', color: 'gray' },
  cancelled: { label: 'Cancelled', color: 'orange' },
  erased: { label: 'Erased', color: 'orange' },
}

const REASONS: Readonly<Record<string, string>> = {
  retries_exhausted: 'It was tried for the whole retry window, and never with success.',
  invalid: 'It cannot be made into a request. Look at what is wrong, and correct the mapping or the settings.',
  FILTERED_AT_MAPPING:
    'The mapping makes nothing of the event that the action takes: a field is missing or of the wrong kind.',
  redirect: 'The destination answered with a redirect, which is not followed.',
  destination_error: 'The destination took the request and told of an error in its answer.',
  malformed_response: 'The destination answered what cannot be read, again and again.',
  ambiguous: 'The request may have had its effect, and the destination is set to ask a person.',
  erasure_requested: 'The person asked to be forgotten.',
  destination_deleted: 'The destination was deleted.',
  replay_cancelled: 'The replay it was part of was cancelled.',
}

/** Why a delivery ended or waits, as a sentence. @param reason as the ledger has it */
export function reasonText(reason: string): string {
  const known = REASONS[reason]
  if (known !== undefined) return known
  const [, kind, status] = /^(rejected|status)_(\d{3})$/.exec(reason) ?? []
  if (kind === 'rejected') return `The destination refused it with status ${status}. Its answer says why.`
  if (kind === 'status') return `The last attempt was answered ${status}, which may pass: it is tried again.`
  return `The reason is ${reason}.`
}

/** A call in words: `Order Completed`, `page Home`, `identify`. */
export function callText({ type, name }: { readonly type: string; readonly name: string | null }): string {
  if (type === 'track') return name ?? 'track without a name'
  return name === null ? type : `${type} ${name}`
}
