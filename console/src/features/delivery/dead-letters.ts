/** Dead letters by their reason, the most frequent first. Pure. */
import type { Status } from '../../../../src/api/answers/status.ts'

export interface LetterGroup {
  readonly reason: string
  /** How many there are now: those that were replayed are not among them. */
  readonly count: number
}

const PREFIX = 'dead:'

const MEANINGS: Readonly<Record<string, string>> = {
  destination_error: 'It answered success, with an error beside it.',
  malformed_response: 'It answered success, without what proves it.',
  redirect: 'It answered with a redirect, which is never followed.',
  FILTERED_AT_MAPPING: 'The mapping makes nothing of it that the action takes. Correct the mapping, then replay.',
  invalid: 'No request could be made: the mapping or a setting is not what it was.',
  retries_exhausted: 'It was tried for 24 hours.',
  ambiguous: 'Whether it arrived is not known, and the destination could count it twice.',
}

export const meaningOf = (reason: string): string =>
  MEANINGS[reason] ??
  (reason.startsWith('rejected_')
    ? `The destination refused it with status ${reason.slice('rejected_'.length)}. Look at its answer.`
    : 'Look at its answer.')

/** @param number of the destination, by which counts know it */
export function letterGroups(
  { reasons }: Pick<Status, 'reasons'>,
  { number }: { readonly number: number },
): readonly LetterGroup[] {
  return reasons
    .filter(({ scope, id, name, by }) => {
      return scope === 'destination' && id === String(number) && name.startsWith(PREFIX) && by > 0
    })
    .map(({ name, by }) => ({ reason: name.slice(PREFIX.length), count: by }))
    .toSorted((a, b) => b.count - a.count || (a.reason < b.reason ? -1 : 1))
}
