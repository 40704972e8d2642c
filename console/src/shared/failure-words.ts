/** What a destination answered when it failed, or what kept an answer from coming, in plain words. Pure. */
import { duration } from './format.ts'
import type { DestinationStatus } from './status.ts'

export type Failure = NonNullable<DestinationStatus['lastFailure']>

const WITHOUT_ANSWER: Readonly<Record<string, string>> = {
  ENOTFOUND: 'its host name was not found',
  ECONNREFUSED: 'the connection was refused',
  EHOSTUNREACH: 'its host cannot be reached from here',
  CONNECT_TIMEOUT: 'no connection came about in time',
  TLS_HANDSHAKE: 'it does not speak TLS as it should',
  ETIMEDOUT: 'no answer came in time',
  ECONNRESET: 'it ended the connection without an answer',
  GARBAGE: 'what came back is not HTTP',
  malformed_response: 'the answer is not what proves success',
}

/** Why an attempt failed, e.g. `503` or `the connection was refused (ECONNREFUSED)`. @param reason as counts have it */
export function reasonWords(reason: string): string {
  const words = WITHOUT_ANSWER[reason]
  return words === undefined ? reason.replace(/^status_/, '') : `${words} (${reason})`
}

/** @param nowMs Unix milliseconds */
export function failureText({ atMs, reason, status, host }: Failure, nowMs: number): string {
  const when = nowMs - atMs < 1_000 ? 'just now' : `${duration(nowMs - atMs)} ago`
  const is = WITHOUT_ANSWER[reason]
  if (status === null || is !== undefined)
    return `Last attempt${host === null ? '' : ` at ${host}`}: ${reasonWords(reason)}, ${when}.`
  return `Last answer: ${status}${host === null ? '' : ` from ${host}`}, ${when}.`
}
