/** Who looks on at what becomes of events: the pipeline is asked to tell it while there is anybody. */
import type { EventOutcome } from '../connections/index.ts'

export type OnOutcomes = (told: readonly EventOutcome[], leftOut: number) => void

export class OutcomeListeners {
  readonly #listeners = new Set<OnOutcomes>()
  readonly #want: (isWanted: boolean) => void

  /** @param want called with whether there is anybody, when that changes */
  constructor(want: (isWanted: boolean) => void) {
    this.#want = want
  }

  readonly tell: OnOutcomes = (told, leftOut) => {
    for (const listener of this.#listeners) listener(told, leftOut)
  }

  /** Calls back until the answer is called. */
  add(listener: OnOutcomes): () => void {
    this.#listeners.add(listener)
    if (this.#listeners.size === 1) this.#want(true)
    return () => {
      if (this.#listeners.delete(listener) && this.#listeners.size === 0) this.#want(false)
    }
  }
}
