/**
 * Works the deliveries of all instances: takes what its lane allows, attempts it, records what came of it. Decisions
 * are made elsewhere (`lanes`, `delivery`); this is where they meet the network and the clock.
 *
 * Outcomes are collected here and committed by the pipeline with its next step. A lane goes on as soon as the answer is
 * there: should the process die before the commit, the deliveries since are repeated in the same order.
 */
import { type Attempted, decide, RETRY_WINDOW_DEFAULT_MS, type Verdict } from '../delivery/index.ts'
import { anyBodyPolicy } from '../destinations/index.ts'
import type { LogReader, StoredRecord } from '../log/index.ts'
import type { Clock, Random } from '../ports/index.ts'
import {
  type CancelLane,
  type CountDelta,
  type DeliveryId,
  type DeliveryUpdate,
  type EndState,
  type InstanceRuntime,
  type NewDelivery,
  type OpenDelivery,
  type PipelineState,
  type VolumeDelta,
  VolumeSum,
} from '../state/index.ts'
import type { ConfigSnapshot, DestinationInstance, Subscription } from '../workspace/index.ts'
import { Account, type AccountEvents, type AccountState, type Begun } from './account.ts'
import type { AttemptPort, AttemptResult } from './attempt-port.ts'
import { type Failure, InstanceQueue, type Job } from './instance-queue.ts'
import type { EventOutcome, OutcomeFeed } from './outcome-feed.ts'
import { type Content, labelOf, type PipelineKind, type Subject, subjectOf } from './work.ts'

export interface DispatcherPorts {
  readonly state: Pick<PipelineState, 'open' | 'spilled' | 'unspill' | 'runtimes' | 'pending' | 'detail'>
  readonly log: Pick<LogReader, 'read'>
  readonly attempts: AttemptPort
  readonly clock: Clock
  readonly random: Random
  kindOf(slug: string): PipelineKind | undefined
  readonly telemetry: DispatcherTelemetry
  readonly outcomes: Pick<OutcomeFeed, 'isWanted' | 'publish'>
  /** Called when there is something new to commit or to load. */
  wake(): void
}

export interface DispatcherTelemetry extends AccountEvents {
  attempted(instance: DestinationInstance, verdict: Verdict['kind'], durationMs: number): void
}

/** How an instance is doing: what it shares with others of its account, and what waits for it in memory. */
export interface DestinationState extends AccountState {
  /** Persons whose next event is not under way; those that only the database has do not count. */
  readonly lanesWaiting: number
  /** Those of them whose next event failed and waits for its retry. */
  readonly lanesParked: number
  /** When the first of these is tried again, Unix milliseconds, holds and breaker apart; null when there is none. */
  readonly nextRetryMs: number | null
  /** The last attempt that failed and is made again; null when there was none since the start. */
  readonly lastFailure: Failure | null
}

/** What is to be written with the next step. */
export interface Recorded {
  readonly updates: DeliveryUpdate[]
  readonly counts: CountDelta[]
  readonly volume: readonly VolumeDelta[]
  readonly runtimes: InstanceRuntime[]
}

/** How often an erasure looks whether the person's other lanes have run empty, in milliseconds. */
const ERASURE_LOOK_MS = 50

export interface Withdrawn {
  readonly spare: readonly DeliveryId[]
  /** Each lane in its order, behind what waits there. */
  putBack(): void
}

export class Dispatcher {
  readonly #ports: DispatcherPorts
  readonly #queues = new Map<number, InstanceQueue>()
  readonly #accounts = new Map<string, Account>()
  /** Deleted instances that may have open deliveries, with the attempts under way if there were any. */
  readonly #gone = new Map<number, InstanceQueue | null>()
  /** The instances of each account in use. They take turns; `next` is the one whose turn it is. */
  #shares = new Map<Account, { readonly members: readonly InstanceQueue[]; next: number }>()
  readonly #stopping = new AbortController()
  #config: ConfigSnapshot
  #runtimes = new Map<number, InstanceRuntime>()
  #updates: DeliveryUpdate[] = []
  #counts = new Map<string, CountDelta & { by: number }>()
  #volume = new VolumeSum()
  #flying = 0
  /** Records read ahead for deliveries that do not carry theirs. */
  #page = new Map<number, StoredRecord>()
  #hasUncommittedSpills = false

  constructor(ports: DispatcherPorts, config: ConfigSnapshot) {
    this.#ports = ports
    this.#config = config
  }

  /** Takes up what a former process left: everything open is loaded anew, holds go on. */
  async start(): Promise<void> {
    await this.#ports.state.unspill()
    for (const runtime of await this.#ports.state.runtimes()) this.#runtimes.set(runtime.instance, runtime)
    this.configure(this.#config)
    for (const instance of (await this.#ports.state.pending()).keys()) {
      if (!this.#queues.has(instance)) this.#gone.set(instance, null)
    }
  }

  configure(config: ConfigSnapshot): void {
    this.#config = config
    for (const instance of config.destinations.values()) {
      const kind = this.#ports.kindOf(instance.kind)
      const key = kind === undefined ? instance.id : `${instance.kind}\n${kind.credentialKey(instance.settings)}`
      const account = this.#account(key)
      const known = this.#queues.get(instance.number)
      if (known === undefined) {
        const queue = new InstanceQueue(instance, account)
        account.adopt(instance.number, this.#runtimes.get(instance.number))
        this.#queues.set(instance.number, queue)
        continue
      }
      const hasChanged = JSON.stringify(known.instance.settings) !== JSON.stringify(instance.settings)
      known.instance = instance
      if (known.account !== account) {
        known.account = account
        known.lastFailure = null
        account.adopt(instance.number, undefined)
      }
      // A person has changed something: what was on hold is worth a try.
      if (hasChanged) account.release('settings_changed')
    }
    const kept = new Set([...config.destinations.values()].map((instance) => instance.number))
    for (const [number, queue] of this.#queues) {
      if (kept.has(number)) continue
      this.#queues.delete(number)
      this.#gone.set(number, queue)
    }
    for (const queue of this.#queues.values()) queue.instances = this.#queues.size
    const members = Map.groupBy(this.#queues.values(), (queue) => queue.account)
    this.#shares = new Map(Array.from(members, ([account, queues]) => [account, { members: queues, next: 0 }]))
    for (const [key, account] of this.#accounts) if (!this.#shares.has(account)) this.#accounts.delete(key)
  }

  /** Takes on what was just committed. */
  offer(deliveries: readonly NewDelivery[], contents: readonly Content[]): void {
    for (const [index, delivery] of deliveries.entries()) {
      const queue = this.#queues.get(delivery.instance)
      // Decided before the instance was deleted, and committed after.
      if (queue === undefined) this.#gone.set(delivery.instance, this.#gone.get(delivery.instance) ?? null)
      const kept = queue?.offer(newJob(delivery), contents[index])
      if (kept === 'spilled') this.#spill(delivery)
    }
  }

  /**
   * Drops what is queued of persons who asked to be forgotten, before that is committed; attempts under way are let
   * finish and end as cancelled unless they succeed.
   */
  forget(erased: readonly Omit<CancelLane, 'inFlight'>[]): CancelLane[] {
    return erased.map((each) => {
      const inFlight: DeliveryId[] = []
      for (const queue of this.#queues.values()) {
        for (const cancelled of queue.lanes.cancel(each.lane, each.before)) queue.dropRecord(cancelled)
        const job = queue.flying.get(each.lane)
        if (job === undefined || job.position >= each.before) continue
        job.isForgotten = true
        inFlight.push({ position: job.position, route: job.route })
      }
      return { ...each, inFlight }
    })
  }

  /** Takes on what a replay just made pending, in the order given. */
  revive(deliveries: readonly OpenDelivery[]): void {
    for (const delivery of deliveries) {
      if (this.#queues.get(delivery.instance)?.revive(openJob(delivery)) === 'spilled') this.#spill(delivery)
    }
  }

  /**
   * Drops what a replay made pending and was not attempted, before that is committed. Answers what must be spared: an
   * attempt is under way, or its outcome is not committed yet; and how to take it all on again where it never is.
   */
  withdraw(replay: number): Withdrawn {
    const spare: DeliveryId[] = this.#updates.map(({ position, route }) => ({ position, route }))
    const dropped: { readonly queue: InstanceQueue; readonly jobs: readonly Job[] }[] = []
    for (const queue of [...this.#queues.values(), ...this.#gone.values()]) {
      if (queue === null) continue
      dropped.push({ queue, jobs: queue.withdraw(replay) })
      for (const { position, route } of queue.flying.values()) spare.push({ position, route })
    }
    const putBack = () => {
      for (const { queue, jobs } of dropped)
        for (const job of jobs)
          if (queue.lanes.offer(job) === 'spilled') this.#spill({ ...job, instance: queue.instance.number })
    }
    return { spare, putBack }
  }

  /** What happened since the last call. The caller commits it before it calls `refill` again. */
  take(): Recorded {
    const runtimes: InstanceRuntime[] = []
    for (const queue of this.#queues.values()) {
      if (!queue.account.takeDirty(queue.instance.number)) continue
      runtimes.push(queue.account.runtimeOf(queue.instance.number))
    }
    const counts = [...this.#counts.values()]
    const recorded = { updates: this.#updates, counts, volume: this.#volume.deltas(), runtimes }
    this.#updates = []
    this.#counts = new Map()
    this.#volume = new VolumeSum()
    this.#hasUncommittedSpills = false
    return recorded
  }

  /**
   * A person does not want to wait: what waits for a retry in memory, a hold or the breaker, is due now. Lanes keep their
   * order, the account its one probe and its pace.
   */
  tryNow(destinationId: string): void {
    for (const { instance, lanes, account } of this.#queues.values()) {
      if (instance.id !== destinationId) continue
      lanes.wakeAll()
      account.tryNow()
    }
    this.#ports.wake()
  }

  /** How each destination is doing, by id. */
  states(): Readonly<Record<string, DestinationState>> {
    return Object.fromEntries(
      Array.from(this.#shares).flatMap(([{ state }, { members }]) => {
        const account = Math.min(...members.map(({ instance }) => instance.number))
        return members.map(({ instance, lanes, lastFailure }) => {
          const lanesWaiting = lanes.lanes - lanes.inFlight
          const nextRetryMs = lanes.nextDueMs() ?? null
          const waiting = { lanesWaiting, lanesParked: lanes.parked, nextRetryMs }
          return [instance.id, { account, ...state, ...waiting, lastFailure }]
        })
      }),
    )
  }

  /** Reads from the database what there is room for. */
  async refill(): Promise<void> {
    for (const [instance, queue] of this.#gone) await this.#cancelOpen(instance, queue)
    for (const queue of this.#queues.values()) {
      // A spill that is not committed yet cannot be read back.
      if (!this.#hasUncommittedSpills)
        for (const { lane, after } of queue.lanes.hungry()) await this.#restore(queue, lane, after)
      for (const job of queue.relieve()) this.#spill(job)
      if (!queue.wantsMore()) continue
      const rows = await this.#ports.state.open({
        instance: queue.instance.number,
        after: queue.cursor,
        limit: REFILL_ROWS,
      })
      for (const row of rows) {
        if (queue.load(openJob(row)) === 'spilled') this.#spill(row)
      }
      queue.loaded(rows.length < REFILL_ROWS)
    }
  }

  /** Ends what a deleted instance left open, a page each turn; attempts under way are let finish. */
  async #cancelOpen(instance: number, queue: InstanceQueue | null): Promise<void> {
    const after = { position: 0, route: Number.MIN_SAFE_INTEGER }
    const rows = await this.#ports.state.open({ instance, after, limit: REFILL_ROWS })
    if (rows.length === 0) this.#gone.delete(instance)
    const atMs = this.#ports.clock.nowMs()
    // Their outcome is here and is committed with the next step.
    const settled = new Set(this.#updates.map(({ position, route }) => `${position}.${route}`))
    let ended = 0
    for (const row of rows) {
      const flying = queue?.flying.get(row.lane)
      if (flying?.position === row.position && flying.route === row.route) continue
      ended += 1
      if (settled.has(`${row.position}.${row.route}`)) continue
      this.#updates.push({
        ...idOf(row),
        kind: 'end',
        state: 'cancelled',
        attempts: row.attempts,
        status: null,
        reason: 'destination_deleted',
        atMs,
        hasRetryRow: true,
        wasSpilled: true,
        detail: null,
        replay: row.replay,
      })
    }
    if (ended > 0) this.#ports.wake()
  }

  /** Starts every attempt that may start now. */
  pump(): void {
    for (const account of this.#shares.keys()) this.#pumpAccount(account)
  }

  /** The instances of an account start one attempt each in turn, so that none of them takes all there is. */
  #pumpAccount(account: Account): void {
    const share = this.#shares.get(account)
    if (share === undefined) return
    const nowMs = this.#ports.clock.nowMs()
    let idle = 0
    while (idle < share.members.length) {
      if (this.#stopping.signal.aborted || !account.admits()) return
      const queue = share.members[share.next] as InstanceQueue
      share.next = (share.next + 1) % share.members.length
      idle = this.#startOne(queue, nowMs) ? 0 : idle + 1
    }
  }

  /** Starts one attempt of an instance whose account admits it, if there is one to start. */
  #startOne(queue: InstanceQueue, nowMs: number): boolean {
    const { instance, account, lanes } = queue
    while (instance.enabled) {
      const job = lanes.take(nowMs)
      if (job === undefined) return false
      if (job.route < 0 && this.#mustWait(queue, job)) {
        lanes.park(job.lane, nowMs + ERASURE_LOOK_MS)
        continue
      }
      const begun = account.begin()
      const batch = begun.isProbe ? null : this.#gather(queue, job, nowMs)
      for (const each of batch?.jobs ?? [job]) queue.flying.set(each.lane, each)
      this.#flying += batch?.jobs.length ?? 1
      if (batch === null) void this.#attempt(queue, job, begun)
      else void this.#attemptBatch(queue, batch, begun)
      return true
    }
    return false
  }

  /** What may go together with a delivery that was taken: one of each lane, all of the same mapping. */
  #gather(queue: InstanceQueue, job: Job, nowMs: number): Batch | null {
    const { instance, lanes } = queue
    const subscription = instance.subscriptions.find((each) => each.number === job.route)
    if (job.isAlone || subscription === undefined) return null
    const batching = this.#ports.attempts.batchingOf(instance, subscription)
    if (batching === null) return null
    const { itemsMin, itemsMax, msMax } = batching
    if (itemsMin > 1 && (nowMs < queue.nextGatherMs || lanes.size - lanes.inFlight + 1 < itemsMin)) return null
    const jobs = [job]
    const others: Job[] = []
    // What belongs to another mapping is put back; of that no more is looked through than a batch may hold.
    while (jobs.length < itemsMax && others.length < itemsMax) {
      const next = lanes.take(nowMs)
      if (next === undefined) break
      if (next.route === job.route && !next.isAlone) jobs.push(next)
      else others.push(next)
    }
    const isTooSmall = jobs.length < itemsMin
    if (isTooSmall) queue.nextGatherMs = nowMs + GATHER_MS
    for (const each of isTooSmall ? [...others, ...jobs.slice(1)] : others) lanes.release(each.lane)
    return isTooSmall ? null : { jobs, subscription, msMax }
  }

  /** Unix ms at which `pump` may find something to do without anything else happening; undefined for never. */
  nextDueMs(): number | undefined {
    let next: number | undefined
    if (this.#stopping.signal.aborted) return next
    for (const queue of this.#queues.values()) {
      const { instance, account, lanes } = queue
      if (!instance.enabled || lanes.size === lanes.inFlight) continue
      // Its pace may have let it go on since `pump` looked: what is ready then must not wait for the next event.
      const nowMs = this.#ports.clock.nowMs()
      const due = !account.admits() ? account.nextDueMs() : lanes.hasReady ? nowMs : lanes.nextDueMs()
      if (due !== undefined && (next === undefined || due < next)) next = due
    }
    return next
  }

  /** Starts nothing more and waits for the attempts under way, at most `deadlineMs` milliseconds. */
  async stop(deadlineMs: number): Promise<void> {
    const clock = this.#ports.clock
    const endsAt = clock.monotonicMs() + deadlineMs
    const { promise, resolve } = Promise.withResolvers<void>()
    const look = () => {
      if (this.#flying === 0 || clock.monotonicMs() >= endsAt) resolve()
      else clock.after(10, look)
    }
    this.#stopping.abort()
    look()
    await promise
  }

  #spill(delivery: NewDelivery): void {
    this.#hasUncommittedSpills = true
    this.#updates.push({ ...idOf(delivery), kind: 'spill' })
  }

  #account(key: string): Account {
    let account = this.#accounts.get(key)
    if (account === undefined) {
      account = new Account(this.#ports.telemetry, this.#ports.clock)
      this.#accounts.set(key, account)
    }
    return account
  }

  /** An erasure goes last: the person's lanes at every instance of the same account must have run empty. */
  #mustWait(own: InstanceQueue, job: Job): boolean {
    for (const queue of this.#queues.values()) {
      if (queue === own || queue.account !== own.account) continue
      if (!queue.isCaughtUp || queue.lanes.hasBefore(job.lane, job.position)) return true
    }
    return false
  }

  async #restore(queue: InstanceQueue, lane: number, after: DeliveryId): Promise<void> {
    const { number: instance } = queue.instance
    let from = after
    for (;;) {
      const rows = await this.#ports.state.spilled({ instance, lane, after: from, limit: queue.restoreRows() })
      const last = rows.at(-1)
      // A replayed event sends the reading back to where some have ended whose end is not committed yet.
      const waiting = rows.filter((row) => !this.#hasEnded(row))
      if (waiting.length > 0 || last === undefined) return queue.restore(lane, waiting.map(openJob))
      from = last
    }
  }

  #hasEnded({ position, route }: DeliveryId): boolean {
    return this.#updates.some((each) => each.kind === 'end' && each.position === position && each.route === route)
  }

  async #attempt(queue: InstanceQueue, job: Job, begun: Begun): Promise<void> {
    const { instance, account } = queue
    const subject = queue.subjectOf(job) ?? this.#read(job) ?? (await this.#kept(job))
    const subscription = instance.subscriptions.find((each) => each.number === job.route) ?? null
    let result: AttemptResult
    if (subject === undefined) result = invalid('the event is no longer in the log')
    else if (subscription === null && job.route > 0) result = invalid('the mapping was deleted')
    else {
      result = await this.#ports.attempts.attempt({
        instance,
        subscription,
        subject,
        frozen: job.frozen,
      })
    }
    account.answered(begun, result.outcome)
    this.#settle(queue, job, result, subject, { account, begun, isOfBatch: false })
    this.#pumpAccount(account)
    this.#ports.wake()
  }

  async #attemptBatch(queue: InstanceQueue, { jobs, subscription, msMax }: Batch, begun: Begun): Promise<void> {
    const { instance, account } = queue
    const items: { job: Job; subject: Subject; frozen: string | null }[] = []
    const unreadable: Job[] = []
    for (const job of jobs) {
      const subject = queue.subjectOf(job) ?? this.#read(job) ?? (await this.#kept(job))
      if (subject === undefined) unreadable.push(job)
      else items.push({ job, subject, frozen: job.frozen })
    }
    const { results, requests } = await this.#ports.attempts.attemptBatch({ instance, subscription, items, msMax })
    const [first = null, ...further] = requests
    account.answered(begun, first)
    // A batch whose events differ in their keys takes more than one: they count against the pace of those to come.
    for (const outcome of further) account.answered({ ...account.begin(), startedMs: begun.startedMs }, outcome)
    for (const [index, { job, subject }] of items.entries()) {
      const result = results[index] ?? 'alone'
      if (result === 'alone') this.#sendAlone(queue, job)
      else this.#settle(queue, job, result, subject, { account, begun, isOfBatch: true })
    }
    for (const job of unreadable) this.#sendAlone(queue, job)
    this.#pumpAccount(account)
    this.#ports.wake()
  }

  /** Gives a delivery back to its lane, where it is next. */
  #sendAlone(queue: InstanceQueue, job: Job): void {
    job.isAlone = true
    this.#flying -= 1
    queue.flying.delete(job.lane)
    // The person asked to be forgotten meanwhile, and nothing was sent that is known to have arrived.
    if (job.isForgotten) this.#end(queue, job, { state: 'cancelled', reason: 'erasure_requested' })
    else queue.lanes.release(job.lane)
  }

  #settle(
    queue: InstanceQueue,
    job: Job,
    result: AttemptResult,
    subject: Subject | undefined,
    { account, begun, isOfBatch }: { readonly account: Account; readonly begun: Begun; readonly isOfBatch: boolean },
  ): void {
    const { clock, random, attempts, telemetry } = this.#ports
    const { instance } = queue
    const nowMs = clock.nowMs()
    const attempt = job.attempts + 1
    const firstAttemptAtMs = job.firstAttemptAtMs ?? nowMs
    const pausedMsAtFirst = job.firstAttemptAtMs === null ? account.pausedMs() : job.pausedMsAtFirst
    const attempted: Attempted = {
      outcome: result.outcome,
      progress: {
        attempt,
        firstAttemptAtMs,
        nowMs,
        waitedMs: Math.max(0, account.pausedMs() - pausedMsAtFirst),
        windowMs: RETRY_WINDOW_DEFAULT_MS,
      },
      random: random.next(),
      // A definition has read the answers to its batch itself.
      answers: isOfBatch ? anyBodyPolicy : attempts.answersOf(instance, job.route < 0),
      malformedBefore: job.malformed,
      areCredentialsFresh: account.areCredentialsFresh(this.#config.version),
      get hasUniqueKey() {
        return result.hasUniqueKey
      },
      ambiguous: instance.settings['ambiguous'] === 'hold' ? 'hold' : 'retry',
    }
    const verdict = decide(attempted)
    const detail = 'detail' in verdict ? attempts.mask(instance, verdict.detail.text) : ''
    account.judged({ isProbe: begun.isProbe, verdict, lane: job.lane, detail })
    telemetry.attempted(instance, verdict.kind, clock.monotonicMs() - begun.startedMs)
    this.#flying -= 1
    queue.flying.delete(job.lane)
    const status = result.outcome.kind === 'answered' ? result.outcome.status : null
    if (verdict.kind === 'hold' || verdict.kind === 'retry') {
      queue.lastFailure = { atMs: nowMs, reason: verdict.reason, status, host: result.host }
    }
    const tell = (outcome: EventOutcome['outcome'], reason: string | null) => {
      if (!this.#ports.outcomes.isWanted || subject?.kind !== 'event') return
      const { position } = job
      const said = { position, outcome, destinationId: instance.id, reason, status, attempt }
      this.#ports.outcomes.publish(subject.event, instance.sourceId, said)
    }
    const end = (state: Exclude<EndState, 'erased'>, reason: string | null, keepsDetail: boolean) => {
      tell(state, reason)
      this.#end(queue, job, {
        state,
        reason,
        attempts: attempt,
        status,
        ...(subject?.kind === 'event'
          ? { event: { ...labelOf(subject.event), receivedMs: Date.parse(subject.event.receivedAt) } }
          : {}),
        detail: keepsDetail ? this.#detail(instance, result, subject, state) : null,
      })
    }
    // The answer to an erasure is the receipt of its regulation.
    if (verdict.kind === 'delivered') end('delivered', null, job.route < 0 || job.position % SUCCESS_SAMPLE === 0)
    else if (job.isForgotten) end('cancelled', 'erasure_requested', false)
    else if (verdict.kind === 'dead') end('dead', verdict.reason, true)
    else if (verdict.kind === 'hold' && verdict.scope === 'delivery') end('dead', verdict.reason, true)
    else if (verdict.kind === 'hold') {
      tell('held', verdict.reason)
      job.frozen ??= result.frozen?.() ?? null
      queue.lanes.release(job.lane)
    } else {
      const isMalformed = verdict.reason === 'malformed_response'
      if (verdict.reason === 'reread_credentials') account.reread(this.#config.version)
      job.attempts = attempt
      job.firstAttemptAtMs = firstAttemptAtMs
      job.pausedMsAtFirst = pausedMsAtFirst
      job.malformed += isMalformed ? 1 : 0
      job.frozen ??= result.frozen?.() ?? null
      queue.lanes.park(job.lane, nowMs + verdict.afterMs)
      tell('retry', verdict.reason)
      this.#count(instance, 'retries')
      this.#volume.add({ ...RETRIED, id: String(instance.number), reason: verdict.reason }, nowMs)
      this.#updates.push({
        ...idOf(job),
        kind: 'retry',
        attempts: attempt,
        firstAttemptAtMs,
        pausedMsAtFirst,
        nextAttemptAtMs: nowMs + verdict.afterMs,
        malformed: job.malformed,
        status,
        reason: verdict.reason,
        frozen: job.frozen,
      })
    }
  }

  #end(
    queue: InstanceQueue,
    job: Job,
    end: Pick<EndUpdate, 'state' | 'reason'> & Partial<Pick<EndUpdate, 'attempts' | 'status' | 'detail' | 'event'>>,
  ): void {
    queue.lanes.ended(job.lane)
    this.#updates.push({
      ...idOf(job),
      kind: 'end',
      attempts: job.attempts,
      status: null,
      detail: null,
      ...end,
      atMs: this.#ports.clock.nowMs(),
      hasRetryRow: job.frozen !== null || job.attempts > 0,
      wasSpilled: job.wasSpilled,
      replay: job.replay,
    })
  }

  #detail(instance: DestinationInstance, result: AttemptResult, subject: Subject | undefined, state: EndState) {
    const { outcome } = result
    const response =
      outcome.kind === 'answered' ? { status: outcome.status, body: outcome.body.slice(0, 2_048) } : outcome
    const isDead = state === 'dead'
    // Whom it names was forgotten.
    const isOfForgotten = subject?.kind === 'erase' && !isDead
    const body = isDead && subject?.kind === 'event' ? Buffer.from(JSON.stringify(subject.event)) : null
    return {
      request: isOfForgotten ? null : (result.request?.() ?? null),
      response: this.#ports.attempts.mask(instance, JSON.stringify(response)),
      body,
    }
  }

  /** The neighbours come along: what is read here is a backlog, and it is worked off in about the log's order. */
  #read(job: Job): Subject | undefined {
    if (!this.#page.has(job.position)) {
      const records = this.#ports.log.read(job.position - 1, PAGE_RECORDS)
      this.#page = new Map(records.map((record) => [record.position, record]))
    }
    const record = this.#page.get(job.position)
    if (record === undefined) return undefined
    this.#page.delete(job.position)
    return subjectOf(record)
  }

  /** A dead letter has its event with it, for when the log has it no longer. */
  async #kept(job: Job): Promise<Subject | undefined> {
    if (job.replay === null) return undefined
    const body = (await this.#ports.state.detail(job))?.body
    return body == null ? undefined : { kind: 'event', event: JSON.parse(Buffer.from(body).toString()) }
  }

  #count(instance: DestinationInstance, name: string): void {
    const key = `${instance.number}\n${name}`
    const known = this.#counts.get(key)
    if (known === undefined) {
      this.#counts.set(key, { scope: 'destination', id: String(instance.number), name, by: 1 })
    } else known.by += 1
  }
}

/** Of an attempt that is made again the destination and the reason are counted, not the event: it is still under way. */
const RETRIED = { scope: 'destination', fact: 'retried', route: null, type: null, name: null } as const

type EndUpdate = Extract<DeliveryUpdate, { kind: 'end' }>

/** Deliveries of one mapping that are attempted together. */
interface Batch {
  readonly jobs: readonly Job[]
  readonly subscription: Subscription
  readonly msMax: number
}

/** Milliseconds after which an instance with too few deliveries for a batch is looked at again. */
const GATHER_MS = 1_000
/** Of the deliveries that succeed, those of one event in so many keep request and answer. */
export const SUCCESS_SAMPLE = 100
/** Rows read at once for an instance that has fallen behind. */
const REFILL_ROWS = 1_000
/** Records of the log read at once for deliveries that do not carry theirs. */
const PAGE_RECORDS = 200

function invalid(reason: string): AttemptResult {
  return { outcome: { kind: 'invalid', reason }, request: null, frozen: null, host: null, hasUniqueKey: true }
}

function idOf({ position, route, instance, lane }: NewDelivery) {
  return { position, route, instance, lane }
}

function newJob(delivery: NewDelivery): Job {
  return {
    ...idOf(delivery),
    attempts: 0,
    firstAttemptAtMs: null,
    pausedMsAtFirst: 0,
    nextAttemptAtMs: 0,
    malformed: 0,
    frozen: null,
    replay: null,
    subject: undefined,
    record: undefined,
    isAlone: false,
    wasSpilled: false,
    isForgotten: false,
  }
}

function openJob(open: OpenDelivery): Job {
  return { ...open, subject: undefined, record: undefined, isAlone: false, wasSpilled: false, isForgotten: false }
}
