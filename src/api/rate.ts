/** How many requests one token may make: fixed windows of a minute, told in Segment's headers (segment contract 8.1). */
import type { FastifyInstance } from 'fastify'
import { actorOf } from './actor.ts'
import type { ApiDeps } from './deps.ts'
import { ApiError } from './problems.ts'

const WINDOW_MS = 60_000

/** Counts of the minute that is under way. Pure but for that. */
export class RateWindow {
  readonly #max: number
  #startMs = Number.NEGATIVE_INFINITY
  #consumed = new Map<string, number>()

  constructor(max: number) {
    this.#max = max
  }

  /** @param nowMs monotonic. @returns `remaining` is less than 0 for one too many */
  take(
    key: string,
    nowMs: number,
  ): { readonly consumed: number; readonly remaining: number; readonly resetMs: number } {
    if (nowMs - this.#startMs >= WINDOW_MS) {
      this.#startMs = nowMs
      this.#consumed = new Map()
    }
    const consumed = (this.#consumed.get(key) ?? 0) + 1
    this.#consumed.set(key, consumed)
    return { consumed, remaining: this.#max - consumed, resetMs: this.#startMs + WINDOW_MS - nowMs }
  }
}

/** After the guard, which says whose request it is, and before the body is read. */
export function limitRate(api: FastifyInstance, { clock, requestsPerMinuteMax }: ApiDeps): void {
  const window = new RateWindow(requestsPerMinuteMax)
  api.addHook('preParsing', async (request, reply) => {
    if (request.authenticated === undefined) return
    const { consumed, remaining, resetMs } = window.take(actorOf(request).id, clock.monotonicMs())
    reply
      .header('x-ratelimit-consumed', String(consumed))
      .header('x-ratelimit-remaining', String(Math.max(0, remaining)))
      // A date as RFC 5322 writes it, and no seconds as the Tracking API has.
      .header('x-ratelimit-reset', new Date(clock.nowMs() + resetMs).toUTCString())
    if (remaining >= 0) return
    const msBeforeNext = Math.ceil(resetMs)
    reply.header('retry-after', String(Math.ceil(resetMs / 1_000)))
    const data = { remainingPoints: 0, msBeforeNext, consumedPoints: consumed }
    throw new ApiError(429, [{ type: 'RequestError', message: 'Too many requests', data }])
  })
}
