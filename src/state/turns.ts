/** Lets asynchronous pieces of work run one after the other, in the order they asked. */
import { AsyncLocalStorage } from 'node:async_hooks'

/** Work asked for a turn inside of its own turn: it would wait for itself for ever. */
export class NestedTurnError extends Error {
  override readonly name = 'NestedTurnError'
}

export class Turns {
  #tail: Promise<unknown> = Promise.resolve()
  #closed = false
  readonly #turn = new AsyncLocalStorage<{ running: boolean }>()

  /** @throws NestedTurnError when called from within work that has its turn. */
  async take<T>(work: () => T | Promise<T>): Promise<T> {
    if (this.#turn.getStore()?.running) throw new NestedTurnError('a write may not start inside of another write')
    if (this.#closed) throw new Error('the database is closed')
    const done = this.#tail.then(async () => {
      const turn = { running: true }
      try {
        return await this.#turn.run(turn, work)
      } finally {
        turn.running = false
      }
    })
    this.#tail = done.catch(() => {})
    return done
  }

  /** Refuses new work; resolves when the work in line is done. */
  async close(): Promise<void> {
    this.#closed = true
    await this.#tail
  }
}
