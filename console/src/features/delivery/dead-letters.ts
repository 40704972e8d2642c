/** Dead letters by their reason, the most frequent first. Pure. */
import type { LedgerEntry } from '../../../../src/api/answers/deliveries.ts'

export interface LetterGroup {
  readonly reason: string
  readonly count: number
  /** The newest of them, ISO 8601. */
  readonly newestAt: string | null
  /** Of the answer, where all had the same. */
  readonly status: number | null
  readonly samples: readonly LedgerEntry[]
}

const SAMPLES_MAX = 3

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

/** @param letters newest first */
export function letterGroups(letters: readonly LedgerEntry[]): readonly LetterGroup[] {
  const groups = Map.groupBy(letters, ({ reason }) => reason ?? 'unknown')
  return Array.from(groups, ([reason, own]) => ({
    reason,
    count: own.length,
    newestAt: own[0]?.endedAt ?? null,
    status: new Set(own.map(({ status }) => status)).size === 1 ? (own[0]?.status ?? null) : null,
    samples: own.slice(0, SAMPLES_MAX),
  })).toSorted((a, b) => b.count - a.count || (a.reason < b.reason ? -1 : 1))
}
