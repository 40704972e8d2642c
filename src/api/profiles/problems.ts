/** What the Profile API answers when it cannot answer: Segment's `{"error":{"code","message"}}`, `segment.md` 5.2. */

export const PROFILE_STATUSES = {
  authentication_error: 401,
  unauthorized: 401,
  invalid_request_error: 400,
  validation_error: 400,
  not_found: 404,
  rate_limit_error: 429,
  internal_error: 500,
} as const

export type ProfileProblemCode = keyof typeof PROFILE_STATUSES

/** Thrown by a route; becomes the answer. */
export class ProfileProblem extends Error {
  override readonly name = 'ProfileProblem'
  readonly code: ProfileProblemCode
  /** For `Retry-After`. */
  readonly retryAfterSeconds: number | undefined

  constructor(code: ProfileProblemCode, message: string, retryAfterSeconds?: number) {
    super(message)
    this.code = code
    this.retryAfterSeconds = retryAfterSeconds
  }

  get status(): number {
    return PROFILE_STATUSES[this.code]
  }

  get body() {
    return { error: { code: this.code, message: this.message } }
  }
}

/** What a thrown error is answered with. Undefined for one that nobody foresaw. */
export function problemOf(error: unknown): ProfileProblem | undefined {
  if (error instanceof ProfileProblem) return error
  const { statusCode, message } = Object(error)
  // Of the framework: an address that is not percent-encoded, for example.
  return typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500
    ? new ProfileProblem('invalid_request_error', String(message))
    : undefined
}
