/** What Extole's answers say. `extole.md` 1.5, 2 and 4.1. */
import type { AnswerPolicy } from '../answers.ts'

/** Extole asks not to be left waiting longer than this between attempts. `extole.md` section 3. */
export const EXTOLE_RETRY_CAP_MS = 30_000

/** Codes of a 403 that every other call with this token would get as well. `person_not_found` is not among them. */
const CREDENTIAL_CODES: ReadonlySet<string> = new Set([
  'missing_access_token',
  'invalid_access_token',
  'expired_access_token',
  'access_denied',
  'method_unauthorized',
  'scopes_denied',
  'missing_credentials',
  'invalid_credentials',
  'expired_credentials',
  'account_locked',
  'account_disabled',
  'payment_required',
])

export const extoleAnswers: AnswerPolicy = {
  // Whatever answers 204 or a page is not the Events API.
  isExpectedBody: (body) => isId(objectIn(body)['event_id']),
  errorCode: (body) => textOrNull(objectIn(body)['code']),
  uniqueId: (body) => textOrNull(objectIn(body)['unique_id']),
  isCredentialCode: (code) => code !== null && CREDENTIAL_CODES.has(code),
  errorHeaders: ['x-extole-error-message', 'x-extole-error'],
  retryCapMs: EXTOLE_RETRY_CAP_MS,
}

/** The answers to `POST /v4/erasures`. `extole.md` 8.1. */
export const extoleErasureAnswers: AnswerPolicy = {
  ...extoleAnswers,
  isExpectedBody: (body) => objectIn(body)['status'] === 'COMPLETED',
}

/** Ids are decimals carried as text: a number would have lost digits on the way. */
function isId(value: unknown): boolean {
  return typeof value === 'string' && value !== ''
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}

export function objectIn(body: string): Readonly<Record<string, unknown>> {
  try {
    return Object(JSON.parse(body))
  } catch {
    return {}
  }
}
