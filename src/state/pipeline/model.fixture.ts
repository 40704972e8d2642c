/** The pipeline's state as plainly as it can be said: what the adapters are compared with. */
import type {
  CountDelta,
  DedupKey,
  DeliveryDetail,
  DeliveryId,
  DeliveryUpdate,
  EndState,
  InstanceRuntime,
  LedgerQuery,
  LedgerRow,
  NewRouting,
  OpenDelivery,
  PipelineState,
  PipelineStep,
  RegulationHead,
  RegulationProgress,
  RegulationTask,
  RegulationView,
} from './port.ts'
import { OffsetConflict } from './port.ts'
import {
  type NewReplay,
  type Replay,
  type ReplayAdvance,
  ReplayConflict,
  type ReplayCounts,
  type ReplayEnd,
  type ReplayState,
} from './replay-port.ts'

const MS_PER_DAY = 86_400_000

type Delivery = { -readonly [Field in keyof LedgerRow]: LedgerRow[Field] } & {
  isSpilled: boolean
  detail: DeliveryDetail | null
}

const inOrder = (a: DeliveryId, b: DeliveryId) => a.position - b.position || a.route - b.route
const isAfter = (id: DeliveryId, after: DeliveryId) => inOrder(id, after) > 0
const isSame = (a: DeliveryId) => (b: DeliveryId) => a.position === b.position && a.route === b.route
const repaired = (text: string) => text.toWellFormed().replaceAll('\0', '\ufffd')
const repairedOrNull = (text: string | null) => (text === null ? null : repaired(text))

export class PipelineModel implements Omit<PipelineState, 'people' | 'seen' | 'volume'> {
  #offset = 0
  #keys: (DedupKey & { position: number })[] = []
  #days = new Map<number, number>()
  #routings: NewRouting[] = []
  #deliveries: Delivery[] = []
  #tombstones = new Map<number, number>()
  #counts = new Map<string, CountDelta & { by: number }>()
  #runtimes = new Map<number, InstanceRuntime>()
  #regulations = new Map<string, { createdAtMs: number; subjects: number }>()
  #tasks: RegulationTask[] = []
  #replays: { -readonly [Field in keyof Omit<Replay, 'counts'>]: Replay[Field] }[] = []

  async offset(): Promise<number> {
    return this.#offset
  }

  async firstPositions(keys: readonly DedupKey[]): Promise<readonly (number | null)[]> {
    return keys.map(({ key }) => this.#keys.find((each) => Buffer.compare(each.key, key) === 0)?.position ?? null)
  }

  async tombstones(lanes: readonly number[]): Promise<readonly (number | null)[]> {
    return lanes.map((lane) => this.#tombstones.get(lane) ?? null)
  }

  async commit(step: PipelineStep): Promise<void> {
    if (step.processed !== undefined && step.processed.from !== this.#offset) throw new OffsetConflict('model')
    for (const { scope, id, name, by } of step.counts) {
      const isEnd = scope === 'destination' && /^(delivered|dead|erased|cancelled|dead:.*)$/.test(name)
      if (!isEnd) this.#count(scope, id, name, by)
    }
    for (const update of step.updates) this.#update(update)
    if (step.processed !== undefined) this.#process(step.processed)
    for (const runtime of step.runtimes) this.#runtimes.set(runtime.instance, runtime)
  }

  async open({ instance, after, limit }: { instance: number; after: DeliveryId; limit: number }) {
    return this.#pendingOf(instance)
      .filter((each) => isAfter(each, after))
      .slice(0, limit)
      .map(asOpen)
  }

  async spilled(options: { instance: number; lane: number; after: DeliveryId; limit: number }) {
    return this.#pendingOf(options.instance)
      .filter((each) => each.isSpilled && each.lane === options.lane && isAfter(each, options.after))
      .slice(0, options.limit)
      .map(asOpen)
  }

  async unspill(): Promise<void> {
    for (const each of this.#deliveries) each.isSpilled = false
  }

  async runtimes(): Promise<readonly InstanceRuntime[]> {
    return [...this.#runtimes.values()].sort((a, b) => a.instance - b.instance)
  }

  async counts(): Promise<readonly CountDelta[]> {
    return [...this.#counts.values()]
  }

  async pending(): Promise<ReadonlyMap<number, number>> {
    const pending = new Map<number, number>()
    for (const { state, instance } of this.#deliveries) {
      if (state === 'pending') pending.set(instance, (pending.get(instance) ?? 0) + 1)
    }
    return pending
  }

  async tally() {
    return { counts: await this.counts(), pending: await this.pending() }
  }

  async ledger(options: LedgerQuery) {
    return this.#deliveries
      .filter((each) => options.instance === undefined || each.instance === options.instance)
      .filter((each) => options.state === undefined || each.state === options.state)
      .filter((each) => options.position === undefined || each.position === options.position)
      .filter((each) => options.lane === undefined || each.lane === options.lane)
      .filter((each) => options.reason === undefined || each.reason === repaired(options.reason))
      .filter((each) => options.replay === undefined || each.replay === options.replay)
      .filter((each) => options.before === undefined || isAfter(options.before, each))
      .filter((each) => each.position >= (options.fromPosition ?? 0))
      .sort((a, b) => inOrder(b, a))
      .slice(0, options.limit)
      .map(asLedger)
  }

  async detail(id: DeliveryId): Promise<DeliveryDetail | null> {
    return this.#deliveries.find(isSame(id))?.detail ?? null
  }

  async routing(position: number): Promise<NewRouting | null> {
    return this.#routings.find((each) => each.position === position) ?? null
  }

  async regulation(id: string): Promise<RegulationView | null> {
    const known = this.#regulations.get(id)
    if (known === undefined) return null
    const tasks = this.#tasks.filter((task) => task.regulationId === id).sort(inOrder)
    return {
      id,
      ...known,
      tasks: tasks.map((task) => {
        const { state, status, reason, endedAtMs } = asLedger(this.#deliveries.find(isSame(task)) as Delivery)
        return {
          position: task.position,
          route: task.route,
          destinationId: task.destinationId,
          state,
          status,
          reason,
          endedAtMs,
        }
      }),
    }
  }

  async latestRegulations(limit: number): Promise<readonly RegulationHead[]> {
    return Array.from(this.#regulations, ([id, { createdAtMs, subjects }]) => ({ id, createdAtMs, subjects }))
      .sort((a, b) => b.createdAtMs - a.createdAtMs || (a.id < b.id ? 1 : -1))
      .slice(0, limit)
  }

  async regulationProgress(id: string): Promise<RegulationProgress> {
    const tasks = (await this.regulation(id))?.tasks ?? []
    const ends = tasks.flatMap(({ endedAtMs }) => endedAtMs ?? [])
    const inState = (wanted: string) => tasks.filter(({ state }) => state === wanted).length
    const endedAtMs = ends.length === 0 ? null : Math.max(...ends)
    return { all: tasks.length, pending: inState('pending'), delivered: inState('delivered'), endedAtMs }
  }

  async createReplay(replay: NewReplay): Promise<Replay> {
    const running = this.#replays.find((each) => each.state === 'running' && each.instance === replay.instance)
    if (running !== undefined) throw new ReplayConflict(running.id)
    const number = this.#replays.length + 1
    this.#replays.push({ ...replay, number, isRead: false, state: 'running', endedAtMs: null })
    return this.#replay(number)
  }

  async replays(options: { id?: string; number?: number; state?: ReplayState; limit: number }) {
    return this.#replays
      .filter((each) => options.id === undefined || each.id === options.id)
      .filter((each) => options.number === undefined || each.number === options.number)
      .filter((each) => options.state === undefined || each.state === options.state)
      .map(({ number }) => this.#replay(number))
      .reverse()
      .slice(0, options.limit)
  }

  async deadLetters(options: Parameters<PipelineState['deadLetters']>[0]) {
    const { instance, after, limit, route, lane, reasons } = options
    return this.#deliveries
      .filter((each) => each.state === 'dead' && each.instance === instance && isAfter(each, after))
      .filter((each) => (route ?? each.route) === each.route && (lane ?? each.lane) === each.lane)
      .filter((each) => reasons === undefined || reasons.map(repaired).includes(String(each.reason)))
      .sort(inOrder)
      .slice(0, limit)
      .map(asLedger)
  }

  async advanceReplay({ number, from, to, isRead, revive, insert, skipped }: ReplayAdvance) {
    const replay = this.#runningReplay(number)
    if (!isSame(replay.cursor)(from)) throw new OffsetConflict('model')
    Object.assign(replay, { cursor: to, isRead })
    const { instance } = replay
    const pending: Delivery[] = []
    for (const id of revive) {
      const delivery = this.#deliveries.find(isSame(id))
      if (delivery?.state !== 'dead' || delivery.instance !== instance) continue
      const attemptsBefore = delivery.attemptsBefore + delivery.attempts
      Object.assign(delivery, { state: 'pending', replay: number, attempts: 0, attemptsBefore })
      this.#countDead(delivery, -1)
      this.#count('replay', String(number), 'revived', 1)
      pending.push(delivery)
    }
    for (const each of insert) {
      if (this.#deliveries.some(isSame(each))) continue
      const delivery = { ...each, instance, ...NEW, replay: number }
      this.#deliveries.push(delivery)
      this.#count('destination', String(instance), 'deliveries', 1)
      this.#count('replay', String(number), 'revived', 1)
      pending.push(delivery)
    }
    if (skipped > 0) this.#count('replay', String(number), 'skipped', skipped)
    return pending.sort(inOrder).map(asOpen)
  }

  async endReplay({ number, state, atMs, spare }: ReplayEnd): Promise<void> {
    const replay = this.#runningReplay(number)
    Object.assign(replay, { state, endedAtMs: Math.round(atMs) })
    if (state !== 'cancelled') return
    for (const each of this.#deliveries) {
      if (each.state !== 'pending' || each.replay !== number || each.attempts > 0 || spare.some(isSame(each))) continue
      if (each.endedAtMs === null) this.#end(each, 'cancelled', 'replay_cancelled', atMs)
      else {
        each.state = 'dead'
        each.isSpilled = false
        this.#countDead(each, 1)
        this.#count('replay', String(number), 'returned', 1)
      }
    }
  }

  #runningReplay(number: number) {
    const replay = this.#replays.find((each) => each.number === number)
    if (replay?.state !== 'running') throw new OffsetConflict('model')
    return replay
  }

  #replay(number: number): Replay {
    const counted = (name: string) => this.#counts.get(`replay ${number} ${name}`)?.by ?? 0
    const names = ['revived', 'skipped', 'delivered', 'dead', 'erased', 'cancelled', 'returned'] as const
    const counts = Object.fromEntries(names.map((name) => [name, counted(name)])) as unknown as ReplayCounts
    return { ...(this.#replays[number - 1] as Omit<Replay, 'counts'>), counts }
  }

  #countDead({ instance, reason }: Delivery, by: number): void {
    this.#count('destination', String(instance), 'dead', by)
    this.#count('destination', String(instance), `dead:${repaired(String(reason))}`, by)
  }

  async forget(options: { dedupBeforeDay: number; deliveredBeforeMs: number }): Promise<{ more: boolean }> {
    this.#keys = this.#keys.filter((each) => each.day >= options.dedupBeforeDay)
    const isOld = ({ state, route, endedAtMs }: Delivery) =>
      route > 0 &&
      state !== 'pending' &&
      state !== 'dead' &&
      endedAtMs !== null &&
      endedAtMs < options.deliveredBeforeMs
    const forgotten = new Set(this.#deliveries.filter(isOld).map((each) => each.position))
    this.#deliveries = this.#deliveries.filter((each) => !isOld(each))
    const day = Math.floor(options.deliveredBeforeMs / MS_PER_DAY)
    const floor = Math.max(0, ...[...this.#days].filter(([each]) => each <= day).map(([, position]) => position))
    const kept = new Set(this.#deliveries.map((each) => each.position))
    this.#routings = this.#routings.filter(
      ({ position }) => kept.has(position) || (position >= floor && !forgotten.has(position)),
    )
    return { more: false }
  }

  #pendingOf(instance: number): Delivery[] {
    return this.#deliveries.filter((each) => each.state === 'pending' && each.instance === instance).sort(inOrder)
  }

  #count(scope: CountDelta['scope'], id: string, name: string, by: number): void {
    const key = `${scope} ${id} ${name}`
    const known = this.#counts.get(key) ?? { scope, id, name, by: 0 }
    this.#counts.set(key, { ...known, by: known.by + by })
  }

  #end(delivery: Delivery, state: EndState, reason: string | null, atMs: number): void {
    Object.assign(delivery, NO_RETRY, { state, reason: repairedOrNull(reason), endedAtMs: Math.round(atMs) })
    delivery.isSpilled = false
    this.#count('destination', String(delivery.instance), state, 1)
    if (state === 'dead') this.#count('destination', String(delivery.instance), `dead:${repaired(String(reason))}`, 1)
    if (delivery.replay !== null) this.#count('replay', String(delivery.replay), state, 1)
  }

  #update(update: DeliveryUpdate): void {
    const delivery = this.#deliveries.find(isSame(update))
    if (delivery?.state !== 'pending') return
    if (update.kind === 'spill') delivery.isSpilled = true
    else if (update.kind === 'retry') {
      delivery.attempts = update.attempts
      delivery.status = update.status
      delivery.reason = repaired(update.reason)
      if (delivery.firstAttemptAtMs === null) {
        delivery.firstAttemptAtMs = Math.round(update.firstAttemptAtMs)
        delivery.pausedMsAtFirst = Math.round(update.pausedMsAtFirst)
      }
      delivery.nextAttemptAtMs = Math.round(update.nextAttemptAtMs)
      delivery.malformed = update.malformed
      delivery.frozen ??= repairedOrNull(update.frozen)
    } else {
      delivery.attempts = update.attempts
      delivery.status = update.status ?? delivery.status
      if (update.detail === null && delivery.replay !== null) delivery.detail = null
      if (update.detail !== null) {
        const { request, response, body } = update.detail
        delivery.detail = { request: repairedOrNull(request), response: repairedOrNull(response), body }
      }
      this.#end(delivery, update.state, update.reason, update.atMs)
    }
  }

  #process(processed: NonNullable<PipelineStep['processed']>): void {
    this.#offset = processed.to
    for (const each of processed.accepted) {
      this.#keys.push(each)
      if (!this.#days.has(each.day)) this.#days.set(each.day, each.position)
    }
    this.#routings.push(...processed.routings)
    // Of two requests of one person the one that reaches further is told.
    const furthestFirst = processed.cancelLanes.toSorted((a, b) => b.before - a.before)
    const inFlight = processed.cancelLanes.flatMap((each) => each.inFlight)
    for (const { lane, before, atMs } of furthestFirst) {
      for (const each of this.#deliveries) {
        if (each.state !== 'pending' || each.route < 0 || each.lane !== lane || each.position >= before) continue
        if (!inFlight.some(isSame(each))) this.#end(each, 'cancelled', 'erasure_requested', atMs)
      }
    }
    for (const each of processed.deliveries) {
      this.#deliveries.push({ ...each, ...NEW })
    }
    for (const { lane, beforeMs } of processed.tombstones) {
      this.#tombstones.set(lane, Math.max(beforeMs, this.#tombstones.get(lane) ?? 0))
    }
    for (const { id, createdAtMs, subjects } of processed.regulations) {
      const known = this.#regulations.get(id)
      if (known === undefined) this.#regulations.set(id, { createdAtMs, subjects })
      else known.subjects += subjects
    }
    this.#tasks.push(...processed.regulationTasks)
  }
}

const NO_RETRY = { firstAttemptAtMs: null, pausedMsAtFirst: 0, nextAttemptAtMs: 0, malformed: 0, frozen: null }

const NEW = {
  ...NO_RETRY,
  state: 'pending',
  attempts: 0,
  attemptsBefore: 0,
  status: null,
  reason: null,
  endedAtMs: null,
  isSpilled: false,
  detail: null,
  replay: null,
} as const

function asLedger({ isSpilled: _, detail: __, ...row }: Delivery): LedgerRow {
  return row.state === 'pending' ? { ...row, endedAtMs: null } : row
}

function asOpen(delivery: Delivery): OpenDelivery {
  const { state: _, status: __, reason: ___, endedAtMs: ____, attemptsBefore: _____, ...open } = asLedger(delivery)
  return open
}
