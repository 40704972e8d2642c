/** Appends what the pipeline left in the outbox to the log, in order, and tells it what is there. */
import { outboxRecord } from '../connections/index.ts'
import type { LogWriter } from '../log/index.ts'
import type { Logger } from '../observe/index.ts'
import type { Clock } from '../ports/index.ts'
import type { ProfileState } from '../state/index.ts'

/** Items appended at once. */
const ITEMS_MAX = 1_000
/** Wait after a failure, e.g. a full log, in milliseconds. */
export const RETRY_MS = 1_000

export interface OutboxOptions {
  readonly state: Pick<ProfileState, 'outbox'>
  readonly log: Pick<LogWriter, 'append'>
  /** Resolves when it is written that the log has the items up to a number. */
  appended(to: number): Promise<void>
  readonly clock: Pick<Clock, 'after'>
  readonly logger: Pick<Logger, 'warn'>
}

/** A crash in between appends items a second time: the processor knows repeats by their messageId. */
export class Outbox {
  readonly #options: OutboxOptions
  #isWorking = false
  #isWanted = false
  #isStopped = false

  constructor(options: OutboxOptions) {
    this.#options = options
  }

  /** There may be something new. */
  wake(): void {
    this.#isWanted = true
    if (!this.#isWorking && !this.#isStopped) void this.#work()
  }

  stop(): void {
    this.#isStopped = true
  }

  async #work(): Promise<void> {
    const { state, log, clock, logger } = this.#options
    this.#isWorking = true
    while (this.#isWanted && !this.#isStopped) {
      this.#isWanted = false
      try {
        for (let items = await state.outbox(ITEMS_MAX); items.length > 0; items = await state.outbox(ITEMS_MAX)) {
          if (this.#isStopped) return
          await log.append(items.map(outboxRecord))
          await this.#options.appended(items.at(-1)?.number ?? 0)
        }
      } catch (error) {
        if (this.#isStopped) return
        logger.warn('events of a space wait to be appended to the log', { error: String(error) })
        this.#isWanted = true
        await new Promise<void>((resolve) => clock.after(RETRY_MS, resolve))
      }
    }
    this.#isWorking = false
  }
}
