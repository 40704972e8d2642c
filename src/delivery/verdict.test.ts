import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type AnswerPolicy, anyBodyPolicy, findBuiltIn, type Outcome } from '../destinations/index.ts'
import { RETRY_WINDOW_DEFAULT_MS, RETRY_WINDOW_MIN_MS } from './retry-timing.ts'
import { type Attempted, decide, KEPT_BODY_BYTES, MALFORMED_REPEATS_MAX } from './verdict.ts'

const extole = findBuiltIn('extole-platform')?.answers ?? anyBodyPolicy
const NOW = Date.parse('2026-03-01T12:00:00Z')

function anAttempt(outcome: Outcome, over: Partial<Attempted> = {}): Attempted {
  return {
    outcome,
    progress: { attempt: 1, firstAttemptAtMs: NOW, nowMs: NOW, waitedMs: 0, windowMs: RETRY_WINDOW_DEFAULT_MS },
    random: 0.5,
    answers: extole,
    malformedBefore: 0,
    areCredentialsFresh: true,
    hasUniqueKey: true,
    ambiguous: 'retry',
    ...over,
  }
}

function anAnswer(status: number, body = '', headers: Record<string, string> = {}, truncated = false): Outcome {
  return { kind: 'answered', status, headers, body, truncated }
}

const refusal = (code: string) => JSON.stringify({ code, unique_id: '6941049359794271324', message: 'no' })
const taken = '{"event_id":"6941049359794271324"}'

const retry = (reason: string, over: object = {}) => ({ kind: 'retry', reason, isUnknown: false, ...over })
const unknown = (reason: string) => ({ kind: 'retry', reason, isUnknown: true, slowsDestination: false })
const dead = (reason: string) => ({ kind: 'dead', reason })
const hold = (reason: string) => ({ kind: 'hold', scope: 'destination', reason })

// Reliability contract 4.3, row by row.
test.each<{ row: string; outcome: Outcome; verdict: object; over?: Partial<Attempted> }>([
  { row: '200 with the expected body', outcome: anAnswer(200, taken), verdict: { kind: 'delivered' } },
  { row: '202 with the expected body', outcome: anAnswer(202, taken), verdict: { kind: 'delivered' } },
  {
    row: '204 where no body is expected',
    outcome: anAnswer(204),
    over: { answers: anyBodyPolicy },
    verdict: { kind: 'delivered' },
  },
  {
    row: '200 with an error header',
    outcome: anAnswer(200, taken, { 'x-extole-error-message': 'bad' }),
    verdict: dead('destination_error'),
  },
  { row: '200 that is not JSON', outcome: anAnswer(200, '<html>'), verdict: unknown('malformed_response') },
  { row: '200 without a body', outcome: anAnswer(200), verdict: unknown('malformed_response') },
  { row: '204', outcome: anAnswer(204), verdict: unknown('malformed_response') },
  { row: '200 without the id', outcome: anAnswer(200, '{}'), verdict: unknown('malformed_response') },
  { row: '200 with null', outcome: anAnswer(200, 'null'), verdict: unknown('malformed_response') },
  {
    row: '200 with an id that lost digits',
    outcome: anAnswer(200, '{"event_id":1}'),
    verdict: unknown('malformed_response'),
  },
  {
    row: 'the third repeat of a malformed answer is made',
    outcome: anAnswer(200),
    over: { malformedBefore: MALFORMED_REPEATS_MAX - 1 },
    verdict: unknown('malformed_response'),
  },
  {
    row: 'a fourth is not',
    outcome: anAnswer(200),
    over: { malformedBefore: MALFORMED_REPEATS_MAX },
    verdict: dead('malformed_response'),
  },
  ...[300, 301, 302, 303, 304, 307, 308].map((status) => ({
    row: `${status} is not followed`,
    outcome: anAnswer(status, '', { location: 'https://example.com/' }),
    verdict: dead('redirect'),
  })),
  { row: '401', outcome: anAnswer(401, refusal('invalid_access_token')), verdict: hold('unauthorized') },
  { row: '401 without a code', outcome: anAnswer(401), verdict: hold('unauthorized') },
  { row: '402', outcome: anAnswer(402, refusal('payment_required')), verdict: hold('payment_required') },
  ...['missing_access_token', 'access_denied', 'scopes_denied', 'method_unauthorized', 'invalid_credentials'].map(
    (code) => ({ row: `403 ${code}`, outcome: anAnswer(403, refusal(code)), verdict: hold('forbidden') }),
  ),
  { row: '403 person_not_found', outcome: anAnswer(403, refusal('person_not_found')), verdict: dead('rejected_403') },
  { row: '403 without a code', outcome: anAnswer(403, '<html>'), verdict: dead('rejected_403') },
  ...[401, 402].map((status) => ({
    row: `${status} while the settings may be old`,
    outcome: anAnswer(status),
    over: { areCredentialsFresh: false },
    verdict: retry('reread_credentials'),
  })),
  {
    row: '401 while the settings may be old, at the end of the window',
    outcome: anAnswer(401),
    over: {
      areCredentialsFresh: false,
      progress: {
        attempt: 9,
        firstAttemptAtMs: NOW - RETRY_WINDOW_MIN_MS,
        nowMs: NOW,
        waitedMs: 0,
        windowMs: RETRY_WINDOW_MIN_MS,
      },
    },
    verdict: hold('unauthorized'),
  },
  ...[400, 404, 405, 406, 409, 410, 413, 415, 422, 451, 501, 505].map((status) => ({
    row: `${status}`,
    outcome: anAnswer(status, refusal('event_blocked')),
    verdict: {
      ...dead(`rejected_${status}`),
      detail: { status, code: 'event_blocked', uniqueId: '6941049359794271324', text: refusal('event_blocked') },
    },
  })),
  ...[408, 423, 425, 500, 502, 503, 504, 507, 599].map((status) => ({
    row: `${status}`,
    outcome: anAnswer(status),
    verdict: retry(`status_${status}`, { slowsDestination: false }),
  })),
  { row: '429', outcome: anAnswer(429), verdict: retry('status_429', { slowsDestination: true }) },
  ...(['ENOTFOUND', 'ECONNREFUSED', 'EHOSTUNREACH', 'TLS_HANDSHAKE', 'CONNECT_TIMEOUT'] as const).map((reason) => ({
    row: `nothing was sent: ${reason}`,
    outcome: { kind: 'not_sent' as const, reason },
    verdict: retry(reason),
  })),
  ...(['tls_invalid', 'blocked_address'] as const).map((reason) => ({
    row: reason,
    outcome: { kind: 'blocked' as const, reason },
    verdict: hold(reason),
  })),
  ...(['ETIMEDOUT', 'ECONNRESET', 'GARBAGE'] as const).flatMap((reason) => [
    {
      row: `${reason} after the first byte`,
      outcome: { kind: 'ambiguous' as const, reason },
      verdict: unknown(reason),
    },
    {
      row: `${reason}, no unique key, to be sent again`,
      outcome: { kind: 'ambiguous' as const, reason },
      over: { hasUniqueKey: false },
      verdict: unknown(reason),
    },
    {
      row: `${reason}, no unique key, to be held`,
      outcome: { kind: 'ambiguous' as const, reason },
      over: { hasUniqueKey: false, ambiguous: 'hold' as const },
      verdict: { kind: 'hold', scope: 'delivery', reason: 'ambiguous' },
    },
    {
      row: `${reason}, a unique key, holding makes no sense`,
      outcome: { kind: 'ambiguous' as const, reason },
      over: { ambiguous: 'hold' as const },
      verdict: unknown(reason),
    },
  ]),
  {
    row: 'an endless answer',
    outcome: anAnswer(200, taken, {}, true),
    verdict: unknown('malformed_response'),
  },
  {
    row: 'an event of which the mapping makes nothing that the action takes',
    outcome: { kind: 'unmapped', reason: 'Email is missing.' },
    verdict: {
      ...dead('FILTERED_AT_MAPPING'),
      detail: { status: null, code: null, uniqueId: null, text: 'Email is missing.' },
    },
  },
  {
    row: 'an event that cannot be made into a request',
    outcome: { kind: 'invalid', reason: 'Email is missing.' },
    verdict: { ...dead('invalid'), detail: { status: null, code: null, uniqueId: null, text: 'Email is missing.' } },
  },
])('$row', ({ outcome, verdict, over }) => {
  expect(decide(anAttempt(outcome, over))).toMatchObject(verdict)
})

test.each([
  { name: 'missing', header: undefined, afterMs: 500 },
  { name: 'negative', header: '-5', afterMs: 500 },
  { name: 'not a number or date', header: 'soon', afterMs: 500 },
  { name: 'seconds', header: '7', afterMs: 7_000 },
  { name: 'a date', header: 'Sun, 01 Mar 2026 12:01:00 GMT', afterMs: 60_000 },
  { name: 'more than an hour', header: '86400', afterMs: 3_600_000 },
])('Retry-After is obeyed up to an hour: $name', ({ header, afterMs }) => {
  const outcome = anAnswer(503, '', header === undefined ? {} : { 'retry-after': header })
  expect(decide(anAttempt(outcome))).toMatchObject({ kind: 'retry', afterMs })
})

test('at the end of the window a retryable failure becomes a dead letter that shows the last answer', () => {
  const progress = { attempt: 40, firstAttemptAtMs: 0, nowMs: 3_600_000, waitedMs: 0, windowMs: RETRY_WINDOW_MIN_MS }
  expect(decide(anAttempt(anAnswer(503, 'later'), { progress }))).toMatchObject({
    kind: 'dead',
    reason: 'retries_exhausted',
    detail: { status: 503, text: 'later' },
  })
})

test('time on hold or behind an open breaker is not counted', () => {
  const progress = {
    attempt: 40,
    firstAttemptAtMs: 0,
    nowMs: 7_200_000,
    waitedMs: 3_700_000,
    windowMs: RETRY_WINDOW_MIN_MS,
  }
  expect(decide(anAttempt(anAnswer(503), { progress })).kind).toBe('retry')
})

test('no more than the first 2 KB of a refusal is kept, and no character is cut', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', size: 'max', maxLength: 1_500 }), (body) => {
      const verdict = decide(anAttempt(anAnswer(400, body)))
      const text = verdict.kind === 'dead' ? verdict.detail.text : ''
      expect(Buffer.byteLength(text)).toBeLessThanOrEqual(KEPT_BODY_BYTES)
      expect(body.startsWith(text)).toBe(true)
      if (Buffer.byteLength(body) <= KEPT_BODY_BYTES) expect(text).toBe(body)
    }),
    { numRuns: 50 },
  )
})

const anyStatus = fc.integer({ min: 100, max: 599 })
const anyPolicy = fc.constantFrom<AnswerPolicy>(extole, anyBodyPolicy)

test('every status has a verdict, and only a 2xx is a delivery', () => {
  fc.assert(
    fc.property(anyStatus, fc.constantFrom('', taken, refusal('access_denied')), anyPolicy, (status, body, answers) => {
      const verdict = decide(anAttempt(anAnswer(status, body), { answers }))
      if (verdict.kind === 'delivered') expect(Math.floor(status / 100)).toBe(2)
      else expect(verdict.reason).not.toBe('')
    }),
  )
})
