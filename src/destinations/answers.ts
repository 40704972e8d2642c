/**
 * What a destination says about its own answers. Everything else about an answer is judged alike for all of them, by
 * `src/delivery`. Reliability contract 4.3.
 */
export interface AnswerPolicy {
  /** Whether the body of a 2xx proves that the request was taken. Called with at most 256 KB. Must not throw. */
  isExpectedBody(body: string, status: number): boolean
  /** The destination's own error code in a refusal's body, or null. Called with at most 256 KB. Must not throw. */
  errorCode(body: string): string | null
  /** The destination's own id of a refusal, which its support asks for, or null. Must not throw. */
  uniqueId(body: string): string | null
  /** Whether a 403 with this code is about the credentials, so that every other event would be refused as well. */
  isCredentialCode(code: string | null): boolean
  /** Lower-case names of headers that turn a 2xx into a refusal. */
  readonly errorHeaders: readonly string[]
  /** The longest wait between two attempts, milliseconds. */
  readonly retryCapMs: number
}

/** Longest wait between two attempts for destinations that do not say otherwise. Reliability contract, section 3. */
export const RETRY_CAP_DEFAULT_MS = 300_000

/** For destinations that promise nothing about bodies: the status alone decides. */
export const anyBodyPolicy: AnswerPolicy = {
  isExpectedBody: () => true,
  errorCode: () => null,
  uniqueId: () => null,
  isCredentialCode: () => false,
  errorHeaders: [],
  retryCapMs: RETRY_CAP_DEFAULT_MS,
}
