/**
 * The loop that joins processor and dispatcher: read what is new in the log, decide, commit it together with what came
 * of the attempts since, start the next attempts. One transaction a turn.
 */
import type { EndSignal, LogReader, StoredRecord } from '../log/index.ts'
import type { Timer } from '../ports/index.ts'
import { userKeyOf } from '../spec/index.ts'
import type { CancelLane, PipelineState, UnifyStep } from '../state/index.ts'
import type { ConfigSnapshot } from '../workspace/index.ts'
import { Dispatcher, type DispatcherPorts } from './dispatcher.ts'
import type { KeyedHash } from './keyed-hash.ts'
import type { OutcomeFeed } from './outcome-feed.ts'
import { People } from './people.ts'
import type { RunProgress } from './people-run.ts'
import { cutAtCommand, type Prepared, prepareStep } from './processor.ts'
import { Replays } from './replays.ts'
import { SeenNames } from './seen-names.ts'
import type { TellProgress, TellRequest } from './space-runs.ts'

export interface PipelineOptions extends Omit<DispatcherPorts, 'wake' | 'log' | 'state'> {
  readonly state: PipelineState
  readonly log: LogReader
  readonly end: EndSignal
  readonly hash: KeyedHash
  readonly outcomes: OutcomeFeed
  readonly config: ConfigSnapshot
  /** Whether the edge needs the processor more than we do. */
  readonly isIngestBusy: () => boolean
  /**
   * Commands further on in the log whose people are to be forgotten before anything is sent: a restored backup knows
   * them still. Their place in the log is worked again when it comes.
   */
  readonly erasedSince?: readonly StoredRecord[]
  /** Called when events of a space wait in the outbox to be appended to the log. */
  readonly onOutbox: () => void
  /** A failed commit means that nothing more can be promised: the process must end (exit 30). */
  readonly onFatal: (error: unknown) => void
}

/** Records worked through in one transaction. */
export const STEP_RECORDS = 1_000
/**
 * Turns begin this far apart, in milliseconds, unless there is more to do than one can take: what comes in between, new
 * records and outcomes alike, shares a flush. The first after a pause begins at once. A crash repeats the deliveries
 * whose outcome was not committed yet: those of one such interval.
 */
const TURN_MS = 10
/** The same while the edge is busy: longer steps, less often, and never two at once. */
const TURN_BUSY_MS = 250
/** A timer cannot wait for a month, and somebody may be due in one. */
const SLEEP_MS_MAX = 3_600_000
/** Records looked at for the engine time of a former process. */
const ENGINE_RECORDS = 200
/** How long `stop` waits for attempts under way, in milliseconds: a destination's total deadline. */
const STOP_WAIT_MS = 30_000

export class Pipeline {
  readonly #options: PipelineOptions
  readonly #dispatcher: Dispatcher
  readonly #replays: Replays
  #people: People | undefined
  #seen: SeenNames | undefined
  /** When time alone changes something for somebody. */
  #tickDueMs: number | undefined
  #config: ConfigSnapshot
  #offset = 0
  #isRunning = false
  #isStopping = false
  #wakes = 0
  #sleeper: (() => void) | undefined
  #loop: Promise<void> = Promise.resolve()
  #unwatch: () => void = () => {}

  constructor(options: PipelineOptions) {
    this.#options = options
    this.#config = options.config
    this.#dispatcher = new Dispatcher({ ...options, wake: () => this.#wake() }, options.config)
    this.#replays = new Replays({
      ...options,
      revive: (deliveries) => this.#dispatcher.revive(deliveries),
      withdraw: (replay) => this.#dispatcher.withdraw(replay),
      wake: () => this.#wake(),
    })
  }

  /** Position up to which the log has been worked through. */
  get offset(): number {
    return this.#offset
  }

  get dispatcher(): Dispatcher {
    return this.#dispatcher
  }

  /** See `People.tell`. */
  async tell(request: TellRequest): Promise<number> {
    const total = (await this.#people?.tell(request)) ?? 0
    this.#wake()
    return total
  }

  /** See `People.stopTelling`. */
  stopTelling(id: string): boolean {
    const isKnown = this.#people?.stopTelling(id) ?? false
    this.#wake()
    return isKnown
  }

  /** Runs that tell destinations of everybody. */
  get telling(): readonly TellProgress[] {
    return this.#people?.telling ?? []
  }

  /** Spaces whose definitions have changed, and how far what follows has come. */
  get computing(): readonly RunProgress[] {
    return this.#people?.progress ?? []
  }

  get replays(): Replays {
    return this.#replays
  }

  async start(): Promise<void> {
    this.#offset = await this.#options.state.offset()
    await this.#dispatcher.start()
    await this.#replays.start()
    const { state, hash, log, clock } = this.#options
    this.#people = new People(
      { state: state.people, accepted: state, deliveries: state, hash, log, clock },
      this.#engineMs(),
    )
    await this.#people.start()
    this.#people.configure(this.#config.spaces, this.#config.destinations)
    this.#seen = new SeenNames(hash, await state.seen.all())
    this.#seen.configure(this.#config.sources.keys())
    await this.#forgetSince(this.#options.erasedSince ?? [])
    // What a former process left there.
    if ((await state.people.outbox(1)).length > 0) this.#options.onOutbox()
    this.#isRunning = true
    this.#unwatch = this.#options.end.watch(() => this.#wake())
    this.#loop = this.#run().catch((error) => {
      this.#isRunning = false
      if (!this.#isStopping) this.#options.onFatal(error)
    })
  }

  configure(config: ConfigSnapshot): void {
    this.#config = config
    this.#dispatcher.configure(config)
    this.#people?.configure(config.spaces, config.destinations)
    this.#seen?.configure(config.sources.keys())
    this.#wake()
  }

  /** The log has the outbox up to a number. Resolves when that is written. */
  async appended(to: number): Promise<void> {
    const written = this.#people?.appended(to)
    this.#wake()
    await written
  }

  /** Ends after the attempts under way, with everything that came of them committed. */
  async stop(): Promise<void> {
    if (!this.#isRunning) return
    await this.#dispatcher.stop(STOP_WAIT_MS)
    this.#isStopping = true
    this.#unwatch()
    this.#wake()
    await this.#loop
    this.#isRunning = false
  }

  async #run(): Promise<void> {
    const { clock } = this.#options
    while (!this.#isStopping) {
      const wakesBefore = this.#wakes
      const startedMs = clock.monotonicMs()
      const work = await this.#turn()
      const isBusy = this.#options.isIngestBusy()
      if (work === 'full' && !isBusy) await clock.turn()
      else if (work !== 'none' || this.#wakes !== wakesBefore) {
        await this.#pace(startedMs + (isBusy ? TURN_BUSY_MS : TURN_MS))
      } else await this.#sleep()
    }
    await this.#turn()
  }

  /** One transaction's worth of work, and how much of it there was. */
  async #turn(): Promise<'none' | 'some' | 'full'> {
    const records = this.#isStopping ? [] : cutAtCommand(this.#options.log.read(this.#offset, STEP_RECORDS))
    const prepared = records.length === 0 ? undefined : await this.#prepare(records)
    for (const each of prepared?.accepted ?? []) this.#seen?.note(each)
    const unify = await this.#preparePeople(prepared)
    const stopped = this.#stoppedLanes()
    const cancelLanes = prepared === undefined ? [] : this.#dispatcher.forget([...prepared.erased, ...stopped])
    const { updates, counts, volume, runtimes } = this.#dispatcher.take()
    const hasWork = prepared !== undefined || updates.length > 0 || runtimes.length > 0 || unify !== undefined
    if (hasWork) {
      await this.#options.state.commit({
        ...(prepared === undefined ? {} : { processed: withStopped(prepared.processed, cancelLanes, stopped) }),
        ...(unify === undefined ? {} : { unify }),
        seen: this.#seen?.take() ?? [],
        updates,
        counts: [...counts, ...(prepared?.counts ?? []), ...(this.#people?.drops.take() ?? [])],
        volume: [...volume, ...(prepared?.volume ?? [])],
        runtimes,
      })
    }
    this.#options.outcomes.flush()
    if (unify !== undefined && this.#people?.committed(unify)) this.#options.onOutbox()
    if (prepared !== undefined) {
      this.#offset = prepared.processed.to
      this.#dispatcher.offer(prepared.processed.deliveries, prepared.contents)
    }
    if (!this.#replays.isIdle && !this.#isStopping) await this.#replays.turn(this.#config)
    await this.#dispatcher.refill()
    this.#dispatcher.pump()
    this.#tickDueMs = await this.#people?.nextTickMs()
    if (records.length >= STEP_RECORDS) return 'full'
    return hasWork ? 'some' : 'none'
  }

  /** What erasures do here, at the offset where the state stands; no destination is asked yet. */
  async #forgetSince(records: readonly StoredRecord[]): Promise<void> {
    if (records.length === 0) return
    const { processed, erased, forgotten } = await this.#prepare(records)
    const unify = await this.#people?.prepare([], [], forgotten, null, this.#offset)
    const stopped = this.#stoppedLanes()
    const cancelLanes = this.#dispatcher.forget([...erased, ...stopped])
    const { tombstones } = processed
    const nothing = { accepted: [], routings: [], deliveries: [], regulations: [], regulationTasks: [] }
    const here = { ...nothing, from: this.#offset, to: this.#offset, cancelLanes: [], tombstones }
    await this.#options.state.commit({
      processed: withStopped(here, cancelLanes, stopped),
      ...(unify === undefined ? {} : { unify }),
      updates: [],
      counts: this.#people?.drops.take() ?? [],
      runtimes: [],
    })
    if (unify !== undefined) this.#people?.committed(unify)
  }

  /** Of calls that spaces made for people who are forgotten and had no name but the space's. */
  #stoppedLanes(): Omit<CancelLane, 'inFlight'>[] {
    const names = this.#people?.takeForgottenNames() ?? []
    return names.map(({ name, position, atMs }) => {
      return { lane: this.#options.hash.lane(userKeyOf({ anonymousId: name })), before: position, atMs }
    })
  }

  async #preparePeople(prepared: Prepared | undefined): Promise<UnifyStep | undefined> {
    if (this.#people === undefined || this.#isStopping) return undefined
    const dueMs = await this.#people.nextTickMs()
    const nowMs = this.#options.clock.nowMs()
    const wantedMs = this.#people.wantedTickMs
    const isTickDue = wantedMs !== undefined || (dueMs !== undefined && dueMs <= nowMs)
    const tickMs = isTickDue ? Math.max(nowMs, wantedMs ?? 0) : null
    const { accepted = [], ticks = [], forgotten = [] } = prepared ?? {}
    if (prepared === undefined && tickMs === null && !this.#people.hasWork) return undefined
    return this.#people.prepare(accepted, ticks, forgotten, tickMs, this.#offset)
  }

  /** Engine time at the start: that of the newest records worked through. */
  #engineMs(): number {
    const from = Math.max(0, this.#offset - ENGINE_RECORDS)
    const records = this.#options.log.read(from, this.#offset - from).filter(({ kind }) => kind !== 'rejected')
    return records.reduce((latest, { body }) => {
      const { receivedAt, atMs } = JSON.parse(body)
      return Math.max(latest, typeof receivedAt === 'string' ? Date.parse(receivedAt) : (atMs ?? 0))
    }, 0)
  }

  #prepare(records: readonly StoredRecord[]): Promise<Prepared> {
    const { state, hash, kindOf, outcomes } = this.#options
    return prepareStep({ state, hash, kindOf, outcomes }, this.#config, this.#offset, records)
  }

  async #pace(untilMs: number): Promise<void> {
    const { clock } = this.#options
    const waitMs = untilMs - clock.monotonicMs()
    if (waitMs <= 0) await clock.turn()
    else await new Promise<void>((resolve) => clock.after(waitMs, resolve))
  }

  #wake(): void {
    this.#wakes += 1
    this.#sleeper?.()
  }

  async #sleep(): Promise<void> {
    const { clock } = this.#options
    const dueMs = earlier(earlier(this.#dispatcher.nextDueMs(), this.#replays.nextDueMs()), this.#tickDueMs)
    let timer: Timer | undefined
    await new Promise<void>((resolve) => {
      this.#sleeper = resolve
      if (dueMs !== undefined) timer = clock.after(Math.min(SLEEP_MS_MAX, Math.max(0, dueMs - clock.nowMs())), resolve)
    })
    timer?.cancel()
    this.#sleeper = undefined
  }
}

function earlier(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? (a ?? b) : Math.min(a, b)
}

/** What a space would still say under these lanes is suppressed, too. */
function withStopped(
  processed: Prepared['processed'],
  cancelLanes: readonly CancelLane[],
  stopped: readonly Omit<CancelLane, 'inFlight'>[],
) {
  const tombstones = [...processed.tombstones, ...stopped.map(({ lane, atMs }) => ({ lane, beforeMs: atMs }))]
  return { ...processed, cancelLanes, tombstones }
}
