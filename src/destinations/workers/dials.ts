/** What became of the connections that a definition's code made by itself during one attempt, and what follows. */
import { classifyConnectError } from '../guarded-connector.ts'
import type { Outcome } from '../outcome.ts'

export interface Dials {
  /** An address was refused by the egress guard. */
  isRefused: boolean
  /** At least one connection stood. */
  isConnected: boolean
  /** Node's code of the last connection that failed or broke, e.g. `ECONNREFUSED`. */
  errorCode: string | null
}

export function newDials(): Dials {
  return { isRefused: false, isConnected: false, errorCode: null }
}

/**
 * The outcome of an attempt whose code may have used sockets of its own: such code wraps what happened to them in
 * errors of any form, mostly in one that counts as status 500. Pure.
 */
export function refine(outcome: Outcome, dials: Dials, madeRequest: boolean): Outcome {
  const isSuccess = outcome.kind === 'answered' && outcome.status >= 200 && outcome.status < 300
  if (isSuccess || outcome.kind === 'blocked') return outcome
  // Whatever the code made of it, a person has to permit the address.
  if (dials.isRefused) return { kind: 'blocked', reason: 'blocked_address' }
  if (madeRequest || dials.errorCode === null) return outcome
  const isAboutConnection = outcome.kind === 'invalid' || (outcome.kind === 'answered' && outcome.status >= 500)
  if (!isAboutConnection) return outcome
  return dials.isConnected ? { kind: 'ambiguous', reason: 'ECONNRESET' } : classifyConnectError(dials.errorCode, false)
}
