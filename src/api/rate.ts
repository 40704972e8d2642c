/** How often one caller may ask: fixed windows of a minute, told in Segment's headers (segment contract 8.1). */
import type { FastifyInstance, FastifyReply } from 'fastify'
import { callerOf } from './actor.ts'
import type { ApiDeps, Authenticated } from './deps.ts'
import { ApiError } from './problems.ts'

const WINDOW_MS = 60_000
/** Callers or networks counted in one minute: between this many and twice as many. Those not seen for longest are forgotten. */
export const RATE_KEYS_MAX = 20_000

export interface Taken {
  readonly consumed: number
  /** Less than 0 for one too many. */
  readonly remaining: number
  /** Until the next minute begins, in milliseconds. */
  readonly resetMs: number
}

/** Counts of the minute that is under way. Pure but for that. */
export class RateWindow {
  readonly #max: number
  #startMs = Number.NEGATIVE_INFINITY
  #recent = new Map<string, number>()
  #older = new Map<string, number>()

  constructor(max: number) {
    this.#max = max
  }

  /** How many keys are remembered. */
  get size(): number {
    return this.#recent.size + this.#older.size
  }

  /** @param nowMs monotonic */
  take(key: string, nowMs: number): Taken {
    this.#turn(nowMs)
    const consumed = this.#consumedBy(key) + 1
    if (this.#recent.size >= RATE_KEYS_MAX && !this.#recent.has(key)) {
      this.#older = this.#recent
      this.#recent = new Map()
    }
    this.#recent.set(key, consumed)
    return this.#told(consumed, nowMs)
  }

  /** What `take` answered last. @param nowMs monotonic */
  look(key: string, nowMs: number): Taken {
    this.#turn(nowMs)
    return this.#told(this.#consumedBy(key), nowMs)
  }

  #consumedBy(key: string): number {
    return this.#recent.get(key) ?? this.#older.get(key) ?? 0
  }

  #turn(nowMs: number): void {
    if (nowMs - this.#startMs < WINDOW_MS) return
    this.#startMs = nowMs
    this.#recent = new Map()
    this.#older = new Map()
  }

  #told(consumed: number, nowMs: number): Taken {
    return { consumed, remaining: this.#max - consumed, resetMs: this.#startMs + WINDOW_MS - nowMs }
  }
}

/** After the guard, which says whose request it is, and before the body is read. */
export function limitRate(api: FastifyInstance, { clock, requestsPerMinuteMax }: ApiDeps): void {
  const window = new RateWindow(requestsPerMinuteMax)
  api.addHook('preParsing', async (request, reply) => {
    if (request.authenticated === undefined) return
    const taken = window.take(ownerOf(callerOf(request)), clock.monotonicMs())
    reply
      .header('x-ratelimit-consumed', String(taken.consumed))
      .header('x-ratelimit-remaining', String(Math.max(0, taken.remaining)))
      // A date as RFC 5322 writes it, and no seconds as the Tracking API has.
      .header('x-ratelimit-reset', new Date(clock.nowMs() + taken.resetMs).toUTCString())
    if (taken.remaining < 0) throw tooMany(reply, taken)
  })
}

/**
 * A person's sessions and tokens share one rate, and so do all tokens of nobody: more tokens give no more requests.
 */
function ownerOf({ userId }: Authenticated): string {
  return userId ?? ''
}

/** 429 in Segment's words. */
export function tooMany(reply: FastifyReply, { consumed, resetMs }: Pick<Taken, 'consumed' | 'resetMs'>): ApiError {
  reply.header('retry-after', String(Math.ceil(resetMs / 1_000)))
  const data = { remainingPoints: 0, msBeforeNext: Math.ceil(resetMs), consumedPoints: consumed }
  return new ApiError(429, [{ type: 'RequestError', message: 'Too many requests', data }])
}
