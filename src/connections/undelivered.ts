/** Which of the things a destination was told are dead letters: `sync-ledger.ts` knows them by their message numbers. */
import type { DeliveryId } from '../state/index.ts'
import { messageNumberOf } from '../unify/index.ts'
import { type CandidatePorts, eventOf, REPLAY_START } from './replay-candidates.ts'

/** Dead letters looked at in one go. */
export const UNDELIVERED_PAGE = 500

export interface UndeliveredPorts {
  readonly state: Pick<CandidatePorts['state'], 'deadLetters' | 'detail'>
  readonly log: Pick<CandidatePorts['log'], 'get'>
}

/** Dead letters of some instances, read page by page. */
export class Undelivered {
  readonly #ports: UndeliveredPorts
  readonly #messages = new Map<number, Set<number>>()
  readonly #left: number[]
  #after: DeliveryId = REPLAY_START

  constructor(ports: UndeliveredPorts, instances: readonly number[]) {
    this.#ports = ports
    this.#left = [...instances]
  }

  /** Whether all of them were looked at. */
  get isRead(): boolean {
    return this.#left.length === 0
  }

  async readPage(): Promise<void> {
    const [instance] = this.#left
    if (instance === undefined) return
    const rows = await this.#ports.state.deadLetters({ instance, after: this.#after, limit: UNDELIVERED_PAGE })
    const messages = this.#messages.get(instance) ?? new Set()
    for (const row of rows) {
      const message = messageNumberOf((await eventOf(this.#ports, row))?.messageId ?? '')
      if (message !== undefined) messages.add(message)
    }
    this.#messages.set(instance, messages)
    const last = rows.at(-1)
    const isLast = rows.length < UNDELIVERED_PAGE || last === undefined
    this.#after = isLast ? REPLAY_START : { position: last.position, route: last.route }
    if (isLast) this.#left.shift()
  }

  has(instance: number, message: number | null | undefined): boolean {
    return message != null && this.#messages.get(instance)?.has(message) === true
  }
}
