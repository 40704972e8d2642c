/**
 * When each write key was last used, for whoever wants to end one. Kept in memory only: a row for each request would cost
 * ingest more than the question is worth, and a key that is in use shows again soon after a start.
 */
import type { Clock } from '../ports/index.ts'

export class WriteKeyUse {
  /** Nothing is known of the time before, Unix milliseconds. */
  readonly sinceMs: number
  readonly #clock: Pick<Clock, 'nowMs'>
  readonly #lastMs = new Map<string, number>()

  constructor(clock: Pick<Clock, 'nowMs'>) {
    this.#clock = clock
    this.sinceMs = clock.nowMs()
  }

  /** @param key of a source there is: others would fill the memory */
  note(key: string): void {
    this.#lastMs.set(key, this.#clock.nowMs())
  }

  /** Unix milliseconds; null for not since `sinceMs`. */
  lastMs(key: string): number | null {
    return this.#lastMs.get(key) ?? null
  }
}
