/** Every refusal of a whole request: the reliability contract's table 4.1. Messages are constant: they never echo input. */

interface ProblemKind {
  readonly status: number
  /** The connection ends with this answer. */
  readonly closes: boolean
  readonly message: string
}

export const PROBLEMS = {
  invalid_json: { status: 400, closes: false, message: 'The body is not JSON in UTF-8.' },
  invalid_body: { status: 400, closes: false, message: 'The body is not an object, or its batch is not an array.' },
  body_too_large: { status: 400, closes: true, message: 'The body is too large.' },
  invalid_encoding: { status: 400, closes: false, message: 'The body is not one complete gzip stream.' },
  bad_request: { status: 400, closes: true, message: 'The request is not valid HTTP.' },
  missing_write_key: { status: 401, closes: false, message: 'There is no write key.' },
  invalid_write_key: { status: 401, closes: false, message: 'The write key is not valid.' },
  not_found: { status: 404, closes: false, message: 'There is nothing at this path.' },
  method_not_allowed: { status: 405, closes: false, message: 'This path does not take this method.' },
  request_timeout: { status: 408, closes: true, message: 'The request took too long to arrive.' },
  unsupported_encoding: { status: 415, closes: false, message: 'The content encoding is neither gzip nor identity.' },
  rate_limited: { status: 429, closes: false, message: 'There were too many requests.' },
  headers_too_large: { status: 431, closes: true, message: 'The headers are too large.' },
  unavailable: { status: 503, closes: false, message: 'Events cannot be stored now.' },
  overloaded: { status: 503, closes: false, message: 'Too much work is waiting.' },
  timeout: { status: 503, closes: false, message: 'The events were not stored in time.' },
} as const satisfies Record<string, ProblemKind>

export type ProblemCode = keyof typeof PROBLEMS

/** `Retry-After` of an `overloaded` answer is drawn from 1 to this many seconds, so that senders do not return together. */
export const OVERLOADED_RETRY_S_MAX = 30
export const UNAVAILABLE_RETRY_S = 5
export const TIMEOUT_RETRY_S = 1
/** Longest `Retry-After` of a `rate_limited` answer, in seconds: SDKs obey no longer one. */
export const RATE_LIMITED_RETRY_S_MAX = 300

/** The JSON body of a refusal. */
export function problemBody(code: ProblemCode, requestId: string): string {
  return JSON.stringify({ success: false, code, message: PROBLEMS[code].message, requestId })
}

/** Names an answer in what people report: 96 random bits. */
export function newRequestId(random: { bytes(count: number): Buffer }): string {
  return random.bytes(12).toString('hex')
}

/** Seconds for the `Retry-After` header, or `undefined` where the answer has none. @param random in [0, 1) */
export function retryAfterSeconds(code: ProblemCode, random: number): number | undefined {
  if (code === 'unavailable') return UNAVAILABLE_RETRY_S
  if (code === 'timeout') return TIMEOUT_RETRY_S
  if (code === 'overloaded') return 1 + Math.floor(random * OVERLOADED_RETRY_S_MAX)
  return undefined
}
