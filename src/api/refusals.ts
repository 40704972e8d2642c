/**
 * How often one network may be refused, so that guessing tokens and sessions is bounded. Past that nobody is let in from
 * there until the minute is over, also with the right token: a guess that is right is answered as one that is wrong.
 */
import type { FastifyReply } from 'fastify'
import type { Clock } from '../ports/index.ts'
import { networkOf } from './network.ts'
import { RateWindow, tooMany } from './rate.ts'

export class Refusals {
  readonly #window: RateWindow
  readonly #clock: Pick<Clock, 'monotonicMs'>

  constructor(deps: { readonly refusedPerMinuteMax: number; readonly clock: Pick<Clock, 'monotonicMs'> }) {
    this.#window = new RateWindow(deps.refusedPerMinuteMax)
    this.#clock = deps.clock
  }

  /** How long an address has to wait, in milliseconds; 0 when it may ask. */
  waitMs(address: string): number {
    const { remaining, resetMs } = this.#window.look(networkOf(address), this.#clock.monotonicMs())
    return remaining > 0 ? 0 : resetMs
  }

  /** Counts one that was refused. */
  count(address: string): void {
    this.#window.take(networkOf(address), this.#clock.monotonicMs())
  }

  /** @throws ApiError 429 */
  admit(address: string, reply: FastifyReply): void {
    if (this.waitMs(address) > 0) throw tooMany(reply, this.#window.look(networkOf(address), this.#clock.monotonicMs()))
  }
}
