/** Whether a request is let in: by whom it is, how much there is to do, and how much of it came lately. */
import type { IncomingMessage } from 'node:http'
import type { Source } from '../workspace/index.ts'
import { type ProxyTrust, senderAddress } from './address.ts'
import { basicUser, credentialsOf } from './credentials.ts'
import type { TrackingDeps } from './deps.ts'
import type { Connection } from './exchange.ts'
import type { TrackingLimits } from './limits.ts'
import { type ProblemCode, RATE_LIMITED_RETRY_S_MAX } from './problems.ts'
import { RateLimiter } from './rate-limit.ts'

/** Why not. */
export interface Refusal {
  readonly code: ProblemCode
  /** For `rate_limited`, in seconds. */
  readonly retryAfterS?: number
}

export interface Admitted {
  readonly source: Source
  readonly writeKey: string
  /** The body named another key. */
  readonly mismatch: boolean
}

export class Admission {
  readonly #deps: Pick<TrackingDeps, 'sources' | 'clock'>
  readonly #trust: ProxyTrust
  readonly #writeKeyCharsMax: number
  readonly #sourceRates: RateLimiter
  readonly #addressRates: RateLimiter
  readonly #unknownKeyRates: RateLimiter

  constructor(deps: Pick<TrackingDeps, 'sources' | 'clock'>, limits: TrackingLimits, trust: ProxyTrust) {
    this.#deps = deps
    this.#trust = trust
    this.#writeKeyCharsMax = limits.writeKeyCharsMax
    const { burstMs, ratesRememberedMax: keysMax } = limits
    this.#sourceRates = new RateLimiter({ perSecond: limits.sourceEventsPerSecond, burstMs, keysMax })
    this.#addressRates = new RateLimiter({ perSecond: limits.addressRequestsPerSecond, burstMs, keysMax })
    this.#unknownKeyRates = new RateLimiter({ perSecond: limits.unknownKeysPerSecond, burstMs, keysMax })
  }

  /** The address of the sender, which may stand behind a trusted proxy. */
  addressOf(request: IncomingMessage, { remote, isProxy }: Connection): string {
    return isProxy ? senderAddress(remote, request.headers['x-forwarded-for']?.toString(), this.#trust) : remote
  }

  /** @param nowMs monotonic */
  refusalOfAddress(address: string, nowMs: number): Refusal | undefined {
    return refusalFor(this.#addressRates.admit(address, nowMs))
  }

  /** @param nowMs monotonic */
  refusalOfSource(source: Source, events: number, nowMs: number): Refusal | undefined {
    return refusalFor(this.#sourceRates.admit(source.id, nowMs, events))
  }

  /**
   * The source that a request may write to.
   * @param bodyKey `writeKey` of the body, whatever it is
   */
  sourceOf(request: IncomingMessage, connection: Connection, bodyKey: unknown, address: string): Admitted | Refusal {
    const { authorization, origin } = request.headers
    if (authorization !== connection.authorization) {
      connection.authorization = authorization
      connection.basicUser = authorization === undefined ? undefined : basicUser(authorization)
    }
    const credentials = credentialsOf(connection.basicUser, bodyKey, this.#writeKeyCharsMax)
    if (credentials.kind === 'missing') return { code: 'missing_write_key' }
    if (credentials.kind === 'malformed') return this.#unknownKey(address)
    const { writeKey, mismatch } = credentials
    const source = this.sourceOfKey(writeKey, origin, address)
    return 'code' in source ? source : { source, writeKey, mismatch }
  }

  sourceOfKey(writeKey: string, origin: string | undefined, address: string): Source | Refusal {
    const found = this.#deps.sources.find(writeKey)
    if (found.status === 'unavailable') return { code: 'unavailable' }
    if (found.status === 'unknown' || !isOwnPage(found.origins, origin)) return this.#unknownKey(address)
    return found.source
  }

  #unknownKey(address: string): Refusal {
    const waitMs = this.#unknownKeyRates.admit(address, this.#deps.clock.monotonicMs())
    return refusalFor(waitMs) ?? { code: 'invalid_write_key' }
  }
}

/** The list is for browsers, which always name the page; others could name any. */
function isOwnPage(origins: readonly string[] | undefined, origin: string | undefined): boolean {
  return origin === undefined || origins === undefined || origins.length === 0 || origins.includes(origin)
}

function refusalFor(waitMs: number): Refusal | undefined {
  if (waitMs <= 0) return undefined
  return {
    code: 'rate_limited',
    retryAfterS: Math.min(Math.max(Math.ceil(waitMs / 1_000), 1), RATE_LIMITED_RETRY_S_MAX),
  }
}
