/** Decisions of identity that a profile remembers: the first ones, and every merge. Pure. */
import { RECORDS_MAX } from './document.ts'
import { type IdentityRecord, MERGES_MAX } from './identity/index.ts'

type Records = Readonly<Record<string, IdentityRecord>>

/** With what came of further ones. Merges are there as long as the profile: its old names are found by them. */
export function withRecords(records: Records, further: Records): Records {
  const inOrder = Object.entries({ ...records, ...further })
  if (inOrder.length <= RECORDS_MAX) return Object.fromEntries(inOrder)
  let left = RECORDS_MAX - inOrder.filter(([, record]) => isMerge(record)).length
  return Object.fromEntries(
    inOrder.filter(([, record]) => {
      if (isMerge(record)) return true
      left -= 1
      return left >= 0
    }),
  )
}

/** Numbers of the profiles that became part of this one, directly or through another: `MERGES_MAX` at most. */
export function mergedNumbers(records: Records): readonly number[] {
  const numbers = Object.values(records).flatMap(({ decision }) =>
    decision.kind === 'merge' ? decision.merged.map(({ profileId }) => Number(profileId)) : [],
  )
  return [...new Set(numbers)].slice(0, MERGES_MAX)
}

const isMerge = ({ decision }: IdentityRecord): boolean => decision.kind === 'merge'
