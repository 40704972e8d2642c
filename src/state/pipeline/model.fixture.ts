/** The pipeline's state as plainly as it can be said: what the adapters are compared with. */
import type {
  CountDelta,
  DedupKey,
  DeliveryDetail,
  DeliveryId,
  DeliveryState,
  DeliveryUpdate,
  EndState,
  InstanceRuntime,
  LedgerRow,
  NewRouting,
  OpenDelivery,
  PipelineState,
  PipelineStep,
  RegulationTask,
  RegulationView,
} from './port.ts'
import { OffsetConflict } from './port.ts'

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

export class PipelineModel implements PipelineState {
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

  async ledger(options: { instance?: number; state?: DeliveryState; position?: number; limit: number }) {
    return this.#deliveries
      .filter((each) => options.instance === undefined || each.instance === options.instance)
      .filter((each) => options.state === undefined || each.state === options.state)
      .filter((each) => options.position === undefined || each.position === options.position)
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
        const { state, status, reason, endedAtMs } = this.#deliveries.find(isSame(task)) as Delivery
        return { destinationId: task.destinationId, state, status, reason, endedAtMs }
      }),
    }
  }

  async forget(options: { dedupBeforeDay: number; deliveredBeforeMs: number }): Promise<{ more: boolean }> {
    this.#keys = this.#keys.filter((each) => each.day >= options.dedupBeforeDay)
    const isOld = ({ state, route, endedAtMs }: Delivery) =>
      route > 0 && endedAtMs !== null && state !== 'dead' && endedAtMs < options.deliveredBeforeMs
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
      const standing = { state: 'pending', attempts: 0, status: null, reason: null, endedAtMs: null } as const
      this.#deliveries.push({ ...each, ...standing, ...NO_RETRY, isSpilled: false, detail: null })
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

function asLedger({ isSpilled: _, detail: __, ...row }: Delivery): LedgerRow {
  return row
}

function asOpen(delivery: Delivery): OpenDelivery {
  const { state: _, status: __, reason: ___, endedAtMs: ____, ...open } = asLedger(delivery)
  return open
}
