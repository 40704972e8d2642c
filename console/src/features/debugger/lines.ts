/** One line of the debugger: an event, or a report on events that were rejected, and what became of it. Pure. */
import type { LiveOutcome, LiveRecord } from '../../../../src/api/answers/live.ts'
import type { Filter, Outcome } from './search.ts'

export interface Line {
  /** Of the record in the log: grows, and no two lines have the same. */
  readonly position: number
  readonly sourceId: string
  readonly isRejected: boolean
  readonly record: Readonly<Record<string, unknown>>
  /** In small letters, for the search. */
  readonly text: string
  readonly type: string
  /** Name of the event, page or screen; of rejected ones how many and why. */
  readonly name: string
  readonly userId: string | undefined
  readonly anonymousId: string | undefined
  readonly messageId: string | undefined
  readonly receivedAt: string | undefined
  /** The latest of each destination, and what concerns none. */
  readonly outcomes: readonly LiveOutcome[]
}

const asText = (value: unknown) => (typeof value === 'string' ? value : undefined)

/** @param text the message as it came */
export function lineOf({ position, sourceId, record }: LiveRecord, isRejected: boolean, text: string): Line {
  return {
    position,
    sourceId,
    isRejected,
    record,
    text: text.toLowerCase(),
    type: isRejected ? 'rejected' : (asText(record['type']) ?? ''),
    name: isRejected ? reasonsOf(record['counts']) : (asText(record['event']) ?? asText(record['name']) ?? ''),
    userId: asText(record['userId']),
    anonymousId: asText(record['anonymousId']),
    messageId: asText(record['messageId']),
    receivedAt: asText(record['receivedAt']),
    outcomes: [],
  }
}

/** `2 unknown_type, 1 no_user_anon_id`. */
const reasonsOf = (counts: unknown) =>
  Object.entries(Object(counts) as Record<string, unknown>)
    .map(([reason, count]) => `${String(count)} ${reason}`)
    .join(', ')

/** A destination's later outcome takes the place of its earlier one. */
export function withOutcome(line: Line, told: LiveOutcome): Line {
  const others = line.outcomes.filter(({ destinationId }) => destinationId !== told.destinationId)
  return { ...line, outcomes: [...others, told] }
}

export function isMatch(line: Line, filter: Filter): boolean {
  const { q, type, event, user, outcome } = filter
  if (type !== undefined && line.type !== type) return false
  if (event !== undefined && line.name !== event) return false
  if (user !== undefined && line.userId !== user && line.anonymousId !== user) return false
  if (outcome !== undefined && !became(line, outcome)) return false
  return q === undefined || line.text.includes(q.toLowerCase())
}

function became({ isRejected, outcomes }: Line, outcome: Outcome): boolean {
  if (outcome === 'rejected') return isRejected
  if (outcome === 'waiting') return !isRejected && outcomes.length === 0
  return outcomes.some((told) => told.outcome === outcome)
}
