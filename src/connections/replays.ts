/**
 * Runs replays: some deliveries at a time are made pending and given to the dispatcher, which treats them like any
 * other. At most `WINDOW` of one replay are pending, so memory does not grow with it, and at most its rate a second.
 *
 * What is pending is in the state, and so is the cursor: a crash goes on from there. Order is kept because the cursor
 * moves by position, and a lane takes what it is given in turn.
 */
import type { Clock } from '../ports/index.ts'
import type { Alongside, NewReplay, OpenDelivery, PipelineState, Replay } from '../state/index.ts'
import type { ConfigSnapshot, DestinationInstance } from '../workspace/index.ts'
import type { Withdrawn } from './dispatcher.ts'
import { type CandidatePorts, readCandidates } from './replay-candidates.ts'
import { parseSelection } from './replay-selection.ts'

/** Deliveries of one replay that are pending at a time. */
export const REPLAY_WINDOW = 1_000
/** Deliveries a second: default and range. */
export const REPLAY_RATE_DEFAULT = 500
export const REPLAY_RATE_MAX = 10_000
/** Between two looks at a replay, in milliseconds. */
const LOOK_MS = 50
/** What a rate may save up, in milliseconds of it. */
const BURST_MS = 100

export interface ReplayPorts extends CandidatePorts {
  readonly state: CandidatePorts['state'] &
    Pick<PipelineState, 'createReplay' | 'replays' | 'advanceReplay' | 'endReplay'>
  readonly clock: Pick<Clock, 'nowMs' | 'monotonicMs'>
  /** Gives them to their lanes, in order. */
  revive(deliveries: readonly OpenDelivery[]): void
  /** Takes untried deliveries of a replay out of their lanes. */
  withdraw(replay: number): Withdrawn
  wake(): void
}

interface Running {
  readonly replay: Replay
  tokens: number
  filledAtMs: number
  nextLookMs: number
}

export class Replays {
  readonly #ports: ReplayPorts
  readonly #running = new Map<number, Running>()
  readonly #cancels: {
    readonly id: string
    readonly alongside: Alongside | undefined
    done(replay: Replay | null): void
    failed(error: unknown): void
  }[] = []

  constructor(ports: ReplayPorts) {
    this.#ports = ports
  }

  /** Takes up what a former process left. */
  async start(): Promise<void> {
    for (const replay of await this.#ports.state.replays({ state: 'running', limit: 1_000 })) this.#take(replay)
  }

  /** Begins one. @throws ReplayConflict while another replay of the destination runs */
  async create(replay: Omit<NewReplay, 'createdAtMs'>, alongside?: Alongside): Promise<Replay> {
    const { state, clock } = this.#ports
    const created = await state.createReplay({ ...replay, createdAtMs: clock.nowMs() }, alongside)
    this.#take(created)
    this.#ports.wake()
    return created
  }

  /** Ends a running one; what it made pending and was not tried is given back. Null when there is no such replay. */
  cancel(id: string, alongside?: Alongside): Promise<Replay | null> {
    return new Promise((done, failed) => {
      this.#cancels.push({ id, alongside, done, failed })
      this.#ports.wake()
    })
  }

  get isIdle(): boolean {
    return this.#running.size === 0 && this.#cancels.length === 0
  }

  /** Unix ms of the next thing to do; undefined for never. */
  nextDueMs(): number | undefined {
    if (this.#running.size === 0) return undefined
    const { clock } = this.#ports
    const nextMs = Math.min(...Array.from(this.#running.values(), (each) => each.nextLookMs))
    return clock.nowMs() + Math.max(0, Math.ceil(nextMs - clock.monotonicMs()))
  }

  /** Does what is due. Called between two steps of the pipeline, when nothing else reads or writes deliveries. */
  async turn(config: ConfigSnapshot): Promise<void> {
    for (const { id, alongside, done, failed } of this.#cancels.splice(0))
      await this.#cancel(id, alongside).then(done, failed)
    const instances = new Map([...config.destinations.values()].map((each) => [each.number, each]))
    for (const running of this.#running.values()) {
      const nowMs = this.#ports.clock.monotonicMs()
      if (nowMs < running.nextLookMs) continue
      running.nextLookMs = nowMs + LOOK_MS
      const instance = instances.get(running.replay.instance)
      if (instance === undefined) await this.#cancel(running.replay.id)
      else await this.#goOn(running, instance, config)
    }
  }

  #take(replay: Replay): void {
    const nowMs = this.#ports.clock.monotonicMs()
    this.#running.set(replay.number, { replay, tokens: 0, filledAtMs: nowMs, nextLookMs: nowMs })
  }

  async #goOn(running: Running, instance: DestinationInstance, config: ConfigSnapshot): Promise<void> {
    const { state, clock, revive } = this.#ports
    const { number } = running.replay
    const [replay] = await state.replays({ number, limit: 1 })
    if (replay === undefined || replay.state !== 'running') {
      this.#running.delete(number)
      return
    }
    const pending = pendingOf(replay)
    if (replay.isRead) {
      if (pending > 0) return
      await state.endReplay({ number, state: 'finished', atMs: clock.nowMs(), spare: [] })
      this.#running.delete(number)
      return
    }
    fill(running, clock.monotonicMs())
    const limit = Math.min(REPLAY_WINDOW - pending, Math.floor(running.tokens))
    if (limit <= 0) return
    const { kind, cursor: from } = replay
    const selection = parseSelection(replay.selection)
    const options = { kind, instance, selection, config, after: from, limit }
    const { taken, skipped, to, isLast } = await readCandidates(this.#ports, options)
    running.tokens -= taken.length
    const rows = kind === 'dead' ? { revive: taken, insert: [] } : { revive: [], insert: taken }
    revive(await state.advanceReplay({ number, from, to, isRead: isLast, skipped, ...rows }))
  }

  async #cancel(id: string, alongside?: Alongside): Promise<Replay | null> {
    const { state, clock, withdraw } = this.#ports
    const [replay] = await state.replays({ id, limit: 1 })
    if (replay === undefined) return null
    if (replay.state !== 'running') return replay
    const { number } = replay
    const { spare, putBack } = withdraw(number)
    try {
      await state.endReplay({ number, state: 'cancelled', atMs: clock.nowMs(), spare }, alongside)
    } catch (error) {
      // It runs on, and so must what it made pending: nothing else would look for it before a restart.
      putBack()
      throw error
    }
    this.#running.delete(number)
    return (await state.replays({ id, limit: 1 }))[0] ?? null
  }
}

/** Deliveries of a replay that were made pending and have not ended. */
export function pendingOf({ counts }: Pick<Replay, 'counts'>): number {
  return counts.revived - counts.delivered - counts.dead - counts.erased - counts.cancelled - counts.returned
}

function fill(running: Running, nowMs: number): void {
  const { ratePerSecond } = running.replay
  const mostTokens = Math.max(1, (ratePerSecond * BURST_MS) / 1_000)
  const passedMs = nowMs - running.filledAtMs
  running.tokens = Math.min(mostTokens, running.tokens + (ratePerSecond * passedMs) / 1_000)
  running.filledAtMs = nowMs
}
