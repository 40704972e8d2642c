/**
 * Works records of the log into one step: what is new, who gets it, what must be counted. It reads state and decides;
 * the caller commits the step and hands its deliveries on. The same records and configuration give the same step.
 */
import type { StoredRecord } from '../log/index.ts'
import { type NormalisedEvent, type RejectedReport, userKeyOf } from '../spec/index.ts'
import type {
  CancelLane,
  CountDelta,
  DedupKey,
  NewDelivery,
  NewRouting,
  PipelineState,
  PipelineStep,
  RegulationTask,
  VolumeDelta,
} from '../state/index.ts'
import { type VolumeFact, VolumeSum } from '../state/index.ts'
import type { ConfigSnapshot } from '../workspace/index.ts'
import type { AcceptedRecord } from './accepted.ts'
import { decodeCommand, type EraseCommand, type ForgetCommand } from './command.ts'
import type { FilterReason } from './filter-reasons.ts'
import type { KeyedHash } from './keyed-hash.ts'
import type { OutcomeFeed } from './outcome-feed.ts'
import { route } from './route.ts'
import { type Content, eraseRoute, labelOf, type PipelineKind } from './work.ts'

export interface ProcessorPorts {
  readonly state: Pick<PipelineState, 'firstPositions' | 'tombstones'>
  readonly hash: KeyedHash
  readonly outcomes: Pick<OutcomeFeed, 'publish'>
  kindOf(slug: string): PipelineKind | undefined
}

export interface Prepared {
  readonly processed: NonNullable<PipelineStep['processed']>
  readonly counts: readonly CountDelta[]
  /** The same over time. */
  readonly volume: readonly VolumeDelta[]
  /** What each new delivery delivers, in the order of `processed.deliveries`. */
  readonly contents: readonly Content[]
  /** Persons to be forgotten, in order: their queued deliveries go before the step is committed. */
  readonly erased: readonly { readonly lane: number; readonly before: number; readonly atMs: number }[]
  /** What was accepted, in order, for the spaces. */
  readonly accepted: readonly AcceptedRecord[]
  /** Who asked to be forgotten. */
  readonly forgotten: readonly Forgotten[]
  /** Engine times of ticks. */
  readonly ticks: readonly number[]
}

/** An id of a person, in one space or in all. */
export interface Forgotten {
  readonly id: { readonly type: string; readonly value: string }
  readonly spaceId?: string
  /** Of the command in the log, and when it was asked for, Unix milliseconds. */
  readonly position: number
  readonly atMs: number
}

/** Of an event that these keep back it is not known whether the destination is meant to have it. */
const IS_NOT_THERE: ReadonlySet<FilterReason> = new Set(['DESTINATION_DISABLED', 'UNKNOWN_INTEGRATION'])
const MS_PER_DAY = 86_400_000

/**
 * @param records at least one, in order. Events and commands are not mixed: see `cutAtCommand`.
 * @param from offset before the first record
 */
export async function prepareStep(
  ports: ProcessorPorts,
  config: ConfigSnapshot,
  from: number,
  records: readonly StoredRecord[],
): Promise<Prepared> {
  const step = new StepBuilder(ports, config)
  if (records[0]?.kind === 'command') for (const record of records) step.addCommand(record)
  else await step.addEvents(records)
  return step.build(from, records.at(-1)?.position ?? from)
}

/** The longest run from the start that is either all commands or has none: a command must see what came before it. */
export function cutAtCommand(records: readonly StoredRecord[]): readonly StoredRecord[] {
  const isCommand = records[0]?.kind === 'command'
  const end = records.findIndex((record) => (record.kind === 'command') !== isCommand)
  return end === -1 ? records : records.slice(0, end)
}

interface Candidate {
  readonly record: StoredRecord
  readonly event: NormalisedEvent
  readonly lane: number
  readonly key: DedupKey
  readonly receivedMs: number
}

class StepBuilder {
  readonly #ports: ProcessorPorts
  readonly #config: ConfigSnapshot
  readonly #counts = new Map<string, { scope: CountDelta['scope']; id: string; name: string; by: number }>()
  readonly #volume = new VolumeSum()
  readonly #accepted: (DedupKey & { position: number })[] = []
  readonly #routings: NewRouting[] = []
  readonly #deliveries: NewDelivery[] = []
  readonly #contents: Content[] = []
  readonly #acceptedRecords: AcceptedRecord[] = []
  readonly #forgotten: Forgotten[] = []
  readonly #ticks: number[] = []
  readonly #erased: Omit<CancelLane, 'inFlight'>[] = []
  readonly #tombstones: { lane: number; beforeMs: number }[] = []
  readonly #regulations: { id: string; createdAtMs: number; subjects: number }[] = []
  readonly #regulationTasks: RegulationTask[] = []

  constructor(ports: ProcessorPorts, config: ConfigSnapshot) {
    this.#ports = ports
    this.#config = config
  }

  build(from: number, to: number): Prepared {
    return {
      processed: {
        from,
        to,
        accepted: this.#accepted,
        routings: this.#routings,
        deliveries: this.#deliveries,
        cancelLanes: [],
        tombstones: this.#tombstones,
        regulations: this.#regulations,
        regulationTasks: this.#regulationTasks,
      },
      counts: [...this.#counts.values()],
      volume: this.#volume.deltas(),
      contents: this.#contents,
      erased: this.#erased,
      accepted: this.#acceptedRecords,
      forgotten: this.#forgotten,
      ticks: this.#ticks,
    }
  }

  async addEvents(records: readonly StoredRecord[]): Promise<void> {
    const candidates: Candidate[] = []
    for (const record of records) {
      const parsed: unknown = JSON.parse(record.body)
      if (record.kind === 'rejected') this.#addRejected(record.sourceId, parsed as RejectedReport)
      else candidates.push(this.#candidate(record, parsed as NormalisedEvent))
    }
    if (candidates.length === 0) return
    const { state } = this.#ports
    const seenAt = await state.firstPositions(candidates.map((each) => each.key))
    const tombstones = await state.tombstones(candidates.map((each) => each.lane))
    const seenHere = new Set<string>()
    for (const [index, candidate] of candidates.entries()) {
      const { record, event, key, receivedMs } = candidate
      const { sourceId, position } = record
      this.#count('source', sourceId, 'received')
      const name = Buffer.from(key.key).toString('latin1')
      const erasedBeforeMs = tombstones[index] ?? null
      if (erasedBeforeMs !== null && Date.parse(event.timestamp) < erasedBeforeMs) {
        this.#count('source', sourceId, 'suppressed')
        // Only a number remains of it.
        this.#countAt(sourceId, 'suppressed', receivedMs, null)
        this.#ports.outcomes.publish(event, sourceId, { position, outcome: 'suppressed' })
      } else if (seenAt[index] !== null || seenHere.has(name)) {
        this.#count('source', sourceId, 'duplicate')
        this.#countAt(sourceId, 'duplicate', receivedMs, event)
        this.#ports.outcomes.publish(event, sourceId, { position, outcome: 'duplicate' })
      } else {
        seenHere.add(name)
        this.#count('source', sourceId, 'accepted')
        this.#countAt(sourceId, 'accepted', receivedMs, event)
        this.#accept(candidate)
      }
    }
  }

  addCommand(record: StoredRecord): void {
    const command = decodeCommand(record.body)
    if (command.command === 'tick') this.#ticks.push(command.atMs)
    else if (command.command === 'forget') this.#addForgetting(record, command)
    else this.#addErasure(record, command)
  }

  #addForgetting({ position }: StoredRecord, { regulationId, spaceId, id, requestedAtMs }: ForgetCommand): void {
    this.#forgotten.push({ id, spaceId, position, atMs: requestedAtMs })
    this.#regulations.push({ id: regulationId, createdAtMs: requestedAtMs, subjects: 1 })
    if (id.type === 'anonymous_id') this.#stopLane(userKeyOf({ anonymousId: id.value }), position, requestedAtMs)
  }

  /** Nothing of it from before is delivered, or taken again. */
  #stopLane(key: ReturnType<typeof userKeyOf>, position: number, atMs: number): void {
    const lane = this.#ports.hash.lane(key)
    this.#erased.push({ lane, before: position, atMs })
    this.#tombstones.push({ lane, beforeMs: atMs })
  }

  #addErasure(record: StoredRecord, command: EraseCommand): void {
    const { position } = record
    const { regulationId, userId, requestedAtMs } = command
    this.#forgotten.push({ id: { type: 'user_id', value: userId }, position, atMs: requestedAtMs })
    const lane = this.#ports.hash.lane(userKeyOf({ userId }))
    this.#stopLane(userKeyOf({ userId }), position, requestedAtMs)
    this.#regulations.push({ id: regulationId, createdAtMs: requestedAtMs, subjects: 1 })
    // One call for each account at a destination, however many instances lead there.
    const asked = new Set<string>()
    for (const instance of this.#config.destinations.values()) {
      const kind = this.#ports.kindOf(instance.kind)
      if (kind?.canErase !== true || !instance.enabled) continue
      const account = `${instance.kind}\n${kind.credentialKey(instance.settings)}`
      if (asked.has(account)) continue
      asked.add(account)
      const id = { position, route: eraseRoute(instance) }
      this.#deliveries.push({ ...id, instance: instance.number, lane })
      this.#contents.push({ subject: { kind: 'erase', command }, record })
      this.#regulationTasks.push({ ...id, regulationId, destinationId: instance.id })
      this.#count('destination', String(instance.number), 'deliveries')
    }
  }

  #candidate(record: StoredRecord, event: NormalisedEvent): Candidate {
    const { hash } = this.#ports
    const receivedMs = Date.parse(event.receivedAt)
    const day = Math.floor(receivedMs / MS_PER_DAY)
    // What a space says is dated from when it became so, and was not said before.
    const isOwn = this.#config.sources.get(record.sourceId)?.kind === 'space'
    const fromDay = Math.min(day, Math.floor(Date.parse(event.timestamp) / MS_PER_DAY))
    const key = { day, key: hash.message(record.sourceId, event.messageId), ...(isOwn ? { fromDay } : {}) }
    return { record, event, lane: hash.lane(userKeyOf(event)), key, receivedMs }
  }

  #addRejected(sourceId: string, report: RejectedReport): void {
    const atMs = Date.parse(report.receivedAt)
    for (const [reason, by] of Object.entries(report.counts)) {
      this.#count('source', sourceId, 'received', by)
      if (reason === 'suppressed') {
        this.#count('source', sourceId, 'suppressed', by)
        this.#countAt(sourceId, 'suppressed', atMs, null, by)
      } else {
        this.#count('source', sourceId, 'rejected', by)
        this.#count('source', sourceId, `rejected:${reason}`, by)
        const none = { route: null, type: null, name: null }
        this.#volume.add({ scope: 'source', id: sourceId, fact: 'rejected', ...none, reason }, atMs, by)
      }
    }
  }

  #accept({ record, event, lane, key, receivedMs }: Candidate): void {
    const { position, sourceId } = record
    const content: Content = { subject: { kind: 'event', event }, record }
    this.#accepted.push({ ...key, position })
    const { type, name } = labelOf(event)
    const decisions: Record<number, string | null> = {}
    const unroutedTo: number[] = []
    const sourceKind = this.#config.sources.get(sourceId)?.kind ?? ''
    for (const instance of this.#config.destinationsBySource.get(sourceId) ?? []) {
      if (position <= instance.startPosition) continue
      const id = String(instance.number)
      this.#count('destination', id, 'accepted')
      const routed = route(event, instance, this.#ports.kindOf(instance.kind), sourceKind)
      decisions[instance.number] = routed.filtered
      if (routed.filtered !== null) {
        if (IS_NOT_THERE.has(routed.filtered)) unroutedTo.push(instance.number)
        this.#count('destination', id, 'filtered')
        this.#count('destination', id, `filtered:${routed.filtered}`)
        const why = { route: null, type, name, reason: routed.filtered }
        this.#volume.add({ scope: 'destination', id, fact: 'filtered', ...why }, receivedMs)
        const said = { position, outcome: 'filtered', destinationId: instance.id, reason: routed.filtered } as const
        this.#ports.outcomes.publish(event, sourceId, said)
        continue
      }
      this.#count('destination', id, 'routed')
      this.#count('destination', id, 'deliveries', routed.subscriptions.length)
      for (const subscription of routed.subscriptions) {
        this.#deliveries.push({ position, route: subscription.number, instance: instance.number, lane })
        this.#contents.push(content)
      }
    }
    this.#acceptedRecords.push({ record, event, unroutedTo })
    this.#routings.push({ position, lane, configVersion: this.#config.version, decisions })
  }

  #countAt(id: string, fact: VolumeFact, atMs: number, event: NormalisedEvent | null, by = 1): void {
    const label = event === null ? { type: null, name: null } : labelOf(event)
    this.#volume.add({ scope: 'source', id, fact, route: null, ...label, reason: null }, atMs, by)
  }

  #count(scope: CountDelta['scope'], id: string, name: string, by = 1): void {
    const key = `${scope}\n${id}\n${name}`
    const known = this.#counts.get(key)
    if (known === undefined) this.#counts.set(key, { scope, id, name, by })
    else known.by += by
  }
}
