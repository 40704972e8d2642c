/**
 * Whether a run kept the promises P1 and P3 to P6 of the reliability contract. Pure: from the records of a run to what
 * is wrong with it.
 */
import type { EventName, HandledEvent, LedgerEntry, LoggedEvent, RunRecords } from './records.ts'

export type ViolationKind =
  /** Acked, but not in the log. */
  | 'not_in_log'
  /** Acked, but neither seen by the destination nor a dead letter with a reason. */
  | 'lost'
  /** The log has a user's events in another order than they were acked in. */
  | 'log_order'
  /** The destination first saw a user's events in another order than they were sent in. */
  | 'order'
  /** Stored, but not in exactly one end state. */
  | 'no_end'
  | 'several_ends'
  /** The ledger says delivered, but the destination never saw it. */
  | 'false_delivery'
  /** The run's faults are all of the kind that passes: none is a reason for a dead letter. */
  | 'dead_letter'
  /** Seen by the destination or in the log, but never sent. */
  | 'stranger'
  | 'counters'
  | 'conservation'
  /** Asked what became of a message, the product names other places in the log than those where it stands. */
  | 'explained'
  /** These are seen while the run goes on, not in its records. */
  | 'parallel_attempts'
  | 'changed_body'
  | 'unexpected_request'
  | 'slow_start'

export interface Violation {
  readonly kind: ViolationKind
  readonly message: string
}

export interface Verdict {
  readonly violations: readonly Violation[]
  readonly figures: {
    readonly acked: number
    /** Given up by their sender when the server died; some of them were stored all the same. */
    readonly abandoned: number
    readonly abandonedButStored: number
    /** Distinct events in the log. */
    readonly stored: number
    /** Further copies in the log, sent again because the first answer never came. */
    readonly storedAgain: number
    /** Distinct events that the destination carried out, and how often it did one more than once. */
    readonly handled: number
    readonly handledAgain: number
  }
}

export function check(records: RunRecords): Verdict {
  const { sent, handled, logged, ledger } = records
  const sentById = new Map(sent.map((event) => [event.messageId, event]))
  const storedAt = firstPositions(logged)
  const seen = new Set(handled.map((event) => event.messageId))
  const ends = endsByEvent(logged, ledger)
  const acked = sent.filter((event) => event.outcome === 'acked')
  const abandoned = sent.filter((event) => event.outcome === 'abandoned')
  const violations: Violation[] = []
  const report = (kind: ViolationKind, message: string) => violations.push({ kind, message })

  for (const event of acked) {
    if (!storedAt.has(event.messageId)) report('not_in_log', `${event.messageId} was acked and is not in the log`)
    if (seen.has(event.messageId)) continue
    const isDeadLetter = ends.get(event.messageId)?.some((each) => each.state === 'dead' && each.reason !== null)
    if (isDeadLetter !== true) report('lost', `${event.messageId} was acked and never reached the destination`)
  }
  for (const messageId of storedAt.keys()) {
    const entries = ends.get(messageId) ?? []
    const [end] = entries
    if (end === undefined || entries.some((each) => each.state === 'pending'))
      report('no_end', `${messageId} is stored and has not ended: ${describe(entries)}`)
    if (entries.length > 1) report('several_ends', `${messageId} has more than one end: ${describe(entries)}`)
    if (entries.some((each) => each.state === 'delivered') && !seen.has(messageId))
      report('false_delivery', `${messageId} is called delivered and never reached the destination`)
  }
  for (const entry of ledger) {
    if (entry.state === 'dead') report('dead_letter', `position ${entry.position} is a dead letter: ${entry.reason}`)
  }
  for (const messageId of new Set([...seen, ...storedAt.keys()])) {
    if (!sentById.has(messageId)) report('stranger', `${messageId} was never sent`)
  }
  for (const message of disorder(logged)) report('log_order', `in the log ${message}`)
  for (const message of disorder(handled)) report('order', `at the destination ${message}`)

  const { counted } = records
  const again = logged.length - storedAt.size
  if (counted.accepted !== storedAt.size)
    report('counters', `${counted.accepted} counted as accepted, ${storedAt.size} distinct events in the log`)
  if (counted.duplicate !== again)
    report('counters', `${counted.duplicate} counted as duplicate, ${again} repeats in the log`)
  if (counted.received !== logged.length)
    report('counters', `${counted.received} counted as received, ${logged.length} in the log`)
  if (!records.conservationHolds) report('conservation', 'the conservation equations do not hold')

  for (const [messageId, positions] of records.explained) {
    const stored = logged.filter((event) => event.messageId === messageId).map(({ position }) => position)
    const found = positions.toSorted((a, b) => a - b)
    if (found.join() !== stored.join())
      report('explained', `${messageId} is explained at ${found.join(', ')} and stands at ${stored.join(', ')}`)
  }

  return {
    violations,
    figures: {
      acked: acked.length,
      abandoned: abandoned.length,
      abandonedButStored: abandoned.filter((event) => storedAt.has(event.messageId)).length,
      stored: storedAt.size,
      storedAgain: again,
      handled: seen.size,
      handledAgain: handled.length - seen.size,
    },
  }
}

/** Messages that are asked about. */
const EXPLAINED_MAX = 100

/** Those to ask about: what was stored again has no row but in the log. */
export function toExplain(logged: readonly LoggedEvent[]): string[] {
  const storedAt = firstPositions(logged)
  const again = logged.filter(({ messageId, position }) => storedAt.get(messageId) !== position)
  return [...new Set([...again, ...logged].map(({ messageId }) => messageId))].slice(0, EXPLAINED_MAX)
}

/** P12: so many milliseconds after a start, acks are given again. */
export const READY_MS_MAX = 10_000

export function slowStart(readyMs: number): readonly Violation[] {
  if (readyMs <= READY_MS_MAX) return []
  return [{ kind: 'slow_start', message: `ready after ${Math.round(readyMs)} ms, allowed are ${READY_MS_MAX}` }]
}

function firstPositions(logged: readonly LoggedEvent[]): Map<string, number> {
  const positions = new Map<string, number>()
  for (const { messageId, position } of logged) if (!positions.has(messageId)) positions.set(messageId, position)
  return positions
}

/** Ledger rows by event: a repeat must have none, so rows of all positions of an event count. */
function endsByEvent(logged: readonly LoggedEvent[], ledger: readonly LedgerEntry[]): Map<string, LedgerEntry[]> {
  const eventAt = new Map(logged.map(({ position, messageId }) => [position, messageId]))
  const ends = new Map<string, LedgerEntry[]>()
  for (const entry of ledger) {
    const messageId = eventAt.get(entry.position) ?? `position ${entry.position}`
    const known = ends.get(messageId)
    if (known === undefined) ends.set(messageId, [entry])
    else known.push(entry)
  }
  return ends
}

/** Sentences about users whose events did not appear for the first time in the order of their sequence numbers. */
function disorder(events: readonly (EventName | HandledEvent)[]): string[] {
  const first = new Set<string>()
  const last = new Map<string, number>()
  const wrong: string[] = []
  for (const { messageId, userId, sequence } of events) {
    if (first.has(messageId)) continue
    first.add(messageId)
    const before = last.get(userId) ?? 0
    if (sequence < before) wrong.push(`${userId} has ${sequence} after ${before}`)
    else last.set(userId, sequence)
  }
  return wrong
}

function describe(entries: readonly LedgerEntry[]): string {
  if (entries.length === 0) return 'no row in the ledger'
  return entries.map(({ position, state }) => `${state} at ${position}`).join(', ')
}
