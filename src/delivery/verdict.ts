/**
 * What follows from one attempt: every decision about it, and no I/O. Reliability contract 4.3 is the table.
 *
 * Four ends are possible. A *retry* stops the event's lane only; a *hold* stops the whole destination (or, where the
 * verdict says so, this one delivery) until a person acts, and burns nothing; *dead* is a dead letter and the lane
 * goes on. An attempt whose effect is *unknown*, because it was sent and no readable answer came back, is a retry
 * that says so.
 */
import type { AnswerPolicy, Outcome } from '../destinations/index.ts'
import { nextWaitMs, type Progress, parseRetryAfter } from './retry-timing.ts'

/** How often a 2xx without the expected body is asked again before it is a dead letter. */
export const MALFORMED_REPEATS_MAX = 3
/** How much of a refusal's body is kept. */
export const KEPT_BODY_BYTES = 2_048

/** `status_503` and the like: the answer. The others name what kept an answer from coming. */
export type RetryReason =
  | `status_${number}`
  | NotSentReason
  | AmbiguousReason
  | 'malformed_response'
  /** The credentials were refused and may be out of date here: read the settings again, then try. */
  | 'reread_credentials'

export type HoldReason =
  | 'unauthorized'
  | 'payment_required'
  | 'forbidden'
  | 'tls_invalid'
  | 'blocked_address'
  | 'mass_rejection'
  /** It may have had its effect, and repeating it might have it twice: a person decides. */
  | 'ambiguous'

export type DeadReason =
  | `rejected_${number}`
  | 'redirect'
  | 'destination_error'
  | 'malformed_response'
  /** Segment's word for an event of which its mapping makes nothing that the action takes (segment contract 3.7). */
  | 'FILTERED_AT_MAPPING'
  | 'invalid'
  | 'retries_exhausted'

type NotSentReason = Extract<Outcome, { kind: 'not_sent' }>['reason']
type AmbiguousReason = Extract<Outcome, { kind: 'ambiguous' }>['reason']
type Answer = Extract<Outcome, { kind: 'answered' }>

/** What a person needs to see about a refusal. Not masked: `Secrets.mask` does that before it is stored. */
export interface Detail {
  /** HTTP status, or null when there was no answer. */
  readonly status: number | null
  /** The destination's own error code. */
  readonly code: string | null
  /** The destination's own id of the failure (Extole's `unique_id`), for its support. */
  readonly uniqueId: string | null
  /** The first KEPT_BODY_BYTES of the answer, or why there was no request. */
  readonly text: string
}

export type Verdict =
  | { readonly kind: 'delivered' }
  | {
      readonly kind: 'retry'
      readonly afterMs: number
      readonly reason: RetryReason
      /** The attempt may have had its effect. */
      readonly isUnknown: boolean
      /** The destination asked everybody to slow down (429), not only this lane. */
      readonly slowsDestination: boolean
    }
  | { readonly kind: 'dead'; readonly reason: DeadReason; readonly detail: Detail }
  | {
      readonly kind: 'hold'
      readonly scope: 'destination' | 'delivery'
      readonly reason: HoldReason
      readonly detail: Detail
    }

export interface Attempted {
  readonly outcome: Outcome
  readonly progress: Progress
  /** In [0, 1). */
  readonly random: number
  readonly answers: AnswerPolicy
  /** How many earlier attempts of this delivery were answered 2xx without the expected body. */
  readonly malformedBefore: number
  /** False if the settings may be older than what is stored now: a 401, 402 or 403 is then tried once more. */
  readonly areCredentialsFresh: boolean
  /** Whether the destination sees one effect however often this request is repeated. */
  readonly hasUniqueKey: boolean
  /** The destination's setting for events without a unique key whose effect is unknown. */
  readonly ambiguous: 'retry' | 'hold'
}

export function decide(attempted: Attempted): Verdict {
  const { outcome } = attempted
  switch (outcome.kind) {
    case 'answered':
      return decideAnswer(attempted, outcome)
    case 'not_sent':
      return retry(attempted, outcome.reason, noAnswer(outcome.reason))
    case 'blocked':
      return hold(outcome.reason, noAnswer(outcome.reason))
    case 'ambiguous':
      return repeatUnknown(attempted, outcome.reason, noAnswer(outcome.reason))
    case 'unmapped':
      return { kind: 'dead', reason: 'FILTERED_AT_MAPPING', detail: noAnswer(outcome.reason) }
    case 'invalid':
      return { kind: 'dead', reason: 'invalid', detail: noAnswer(outcome.reason) }
  }
}

function decideAnswer(attempted: Attempted, answer: Answer): Verdict {
  const { status } = answer
  const detail = detailOf(answer, attempted.answers)
  if (status >= 200 && status < 300) return decideSuccess(attempted, answer, detail)
  if (status >= 300 && status < 400) return { kind: 'dead', reason: 'redirect', detail }
  if (status === 401) return refusedCredentials(attempted, 'unauthorized', detail)
  if (status === 402) return refusedCredentials(attempted, 'payment_required', detail)
  if (status === 403 && attempted.answers.isCredentialCode(detail.code)) {
    return refusedCredentials(attempted, 'forbidden', detail)
  }
  if (isRetryableStatus(status)) return retry(attempted, `status_${status}`, detail, answer)
  if (status < 200 || status > 599) return malformed(attempted, detail)
  return { kind: 'dead', reason: `rejected_${status}`, detail }
}

/** Statuses that say "not now" rather than "not this". */
export function isRetryableStatus(status: number): boolean {
  if (status === 408 || status === 423 || status === 425 || status === 429) return true
  return status >= 500 && status < 600 && status !== 501 && status !== 505
}

function decideSuccess(attempted: Attempted, answer: Answer, detail: Detail): Verdict {
  const { answers } = attempted
  const errorHeader = answers.errorHeaders.find((name) => answer.headers[name] !== undefined)
  if (errorHeader !== undefined) {
    const text = firstBytes(answer.headers[errorHeader] ?? '')
    return { kind: 'dead', reason: 'destination_error', detail: { ...detail, text } }
  }
  // An endless answer is no answer, whatever its status line said.
  const isReadable = !answer.truncated && answers.isExpectedBody(answer.body, answer.status)
  return isReadable ? { kind: 'delivered' } : malformed(attempted, detail)
}

function malformed(attempted: Attempted, detail: Detail): Verdict {
  if (attempted.malformedBefore >= MALFORMED_REPEATS_MAX) return { kind: 'dead', reason: 'malformed_response', detail }
  return repeatUnknown(attempted, 'malformed_response', detail)
}

function refusedCredentials(attempted: Attempted, reason: HoldReason, detail: Detail): Verdict {
  if (attempted.areCredentialsFresh) return hold(reason, detail)
  const again = retry(attempted, 'reread_credentials', detail)
  // A wrong key must not become a dead letter because it was noticed at the end of the window.
  return again.kind === 'dead' ? hold(reason, detail) : again
}

function repeatUnknown(attempted: Attempted, reason: AmbiguousReason | 'malformed_response', detail: Detail): Verdict {
  if (!attempted.hasUniqueKey && attempted.ambiguous === 'hold') {
    return { kind: 'hold', scope: 'delivery', reason: 'ambiguous', detail }
  }
  const again = retry(attempted, reason, detail)
  return again.kind === 'retry' ? { ...again, isUnknown: true } : again
}

function retry(attempted: Attempted, reason: RetryReason, detail: Detail, answer?: Answer): Verdict {
  const afterMs = nextWaitMs({
    progress: attempted.progress,
    random: attempted.random,
    capMs: attempted.answers.retryCapMs,
    retryAfterMs: answer ? parseRetryAfter(answer.headers['retry-after'], attempted.progress.nowMs) : null,
  })
  if (afterMs === null) return { kind: 'dead', reason: 'retries_exhausted', detail }
  return { kind: 'retry', afterMs, reason, isUnknown: false, slowsDestination: answer?.status === 429 }
}

function hold(reason: HoldReason, detail: Detail): Verdict {
  return { kind: 'hold', scope: 'destination', reason, detail }
}

function noAnswer(text: string): Detail {
  return { status: null, code: null, uniqueId: null, text: firstBytes(text) }
}

function detailOf(answer: Answer, answers: AnswerPolicy): Detail {
  // A success is judged far more often than it is looked at.
  const isSuccess = answer.status >= 200 && answer.status < 300
  return {
    status: answer.status,
    code: isSuccess ? null : answers.errorCode(answer.body),
    uniqueId: isSuccess ? null : answers.uniqueId(answer.body),
    text: firstBytes(answer.body),
  }
}

/** The first KEPT_BODY_BYTES of a text, cut between characters. */
function firstBytes(text: string): string {
  if (text.length * 3 <= KEPT_BODY_BYTES) return text
  const bytes = Buffer.from(text.slice(0, KEPT_BODY_BYTES))
  if (bytes.length <= KEPT_BODY_BYTES) return bytes.toString()
  let end = KEPT_BODY_BYTES
  // Bytes of the form 10xxxxxx continue a character.
  while (((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1
  return bytes.toString('utf8', 0, end)
}
