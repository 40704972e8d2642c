/**
 * Reads on from a replay's cursor: which deliveries it takes next, which it leaves alone and why. It reads and decides;
 * the replay commits what it is told, and a preview shows it.
 */
import type { LogReader, StoredRecord } from '../log/index.ts'
import { type NormalisedEvent, userKeyOf } from '../spec/index.ts'
import type { DeliveryId, LedgerRow, NewDelivery, PipelineState, ReplayKind } from '../state/index.ts'
import type { ConfigSnapshot, DestinationInstance } from '../workspace/index.ts'
import type { KeyedHash } from './keyed-hash.ts'
import { asksForEvent, type ReplaySelection, selectsEvent } from './replay-selection.ts'
import { route } from './route.ts'
import type { PipelineKind } from './work.ts'

export interface CandidatePorts {
  readonly state: Pick<PipelineState, 'deadLetters' | 'detail' | 'tombstones' | 'firstPositions' | 'ledger'>
  readonly log: Pick<LogReader, 'read' | 'get'>
  readonly hash: KeyedHash
  kindOf(slug: string): PipelineKind | undefined
}

export interface CandidateOptions {
  readonly kind: ReplayKind
  readonly instance: DestinationInstance
  readonly selection: ReplaySelection
  readonly config: ConfigSnapshot
  readonly after: DeliveryId
  /** Deliveries wanted; a history's last event may bring one for each of its mappings. */
  readonly limit: number
}

export interface Candidate extends NewDelivery {
  /** Why it is a dead letter, null for history. */
  readonly reason: string | null
}

export interface Candidates {
  readonly taken: readonly Candidate[]
  /** Their persons asked to be forgotten. */
  readonly skipped: number
  /** Everything up to here was looked at. */
  readonly to: DeliveryId
  /** There is nothing after it. */
  readonly isLast: boolean
}

/** Rows or records looked at in one go. */
const PAGE = 500
/** Before every delivery: where a replay's cursor begins. */
export const REPLAY_START: DeliveryId = { position: 0, route: Number.MIN_SAFE_INTEGER }
const ROUTE_MAX = Number.MAX_SAFE_INTEGER

export function readCandidates(ports: CandidatePorts, options: CandidateOptions): Promise<Candidates> {
  return options.kind === 'dead' ? deadLetters(ports, options) : history(ports, options)
}

async function deadLetters(ports: CandidatePorts, options: CandidateOptions): Promise<Candidates> {
  const { instance, selection, after, limit } = options
  const { mapping, lane, reasons, positions } = selection
  const rows = await ports.state.deadLetters({
    instance: instance.number,
    after,
    limit: PAGE,
    ...(mapping === undefined ? {} : { route: mapping }),
    ...(lane === undefined ? {} : { lane }),
    ...(reasons === undefined ? {} : { reasons }),
  })
  const wanted = positions === undefined ? undefined : new Set(positions)
  const tombstones = await ports.state.tombstones(rows.map((row) => row.lane))
  const taken: Candidate[] = []
  let skipped = 0
  for (const [index, row] of rows.entries()) {
    if (row.position > selection.untilPosition) return { taken, skipped, to: idOf(row), isLast: true }
    if (taken.length >= limit) return { taken, skipped, to: idOf(rows[index - 1] as LedgerRow), isLast: false }
    if (wanted?.has(row.position) === false || (row.endedAtMs ?? 0) > selection.diedByMs) continue
    const erasedBeforeMs = tombstones[index] ?? null
    // An erasure that failed is no event, and the wish to be forgotten outlives its own tombstone.
    const isEvent = row.route > 0
    if (isEvent && (asksForEvent(selection) || erasedBeforeMs !== null)) {
      const event = await eventOf(ports, row)
      if (event !== undefined && !selectsEvent(selection, event)) continue
      if (event === undefined && asksForEvent(selection)) continue
      if (erasedBeforeMs !== null && (event === undefined || Date.parse(event.timestamp) < erasedBeforeMs)) {
        skipped += 1
        continue
      }
    } else if (!isEvent && asksForEvent(selection)) continue
    taken.push({ ...idOf(row), instance: row.instance, lane: row.lane, reason: row.reason })
  }
  return { taken, skipped, to: idOf(rows.at(-1) ?? after), isLast: rows.length < PAGE }
}

/** What a dead letter is about: from the log, or from its own copy when the log has it no longer. */
export async function eventOf(
  { log, state }: { readonly log: Pick<LogReader, 'get'>; readonly state: Pick<PipelineState, 'detail'> },
  row: LedgerRow,
): Promise<NormalisedEvent | undefined> {
  const record = log.get(row.position)
  if (record !== undefined) return JSON.parse(record.body)
  const body = (await state.detail(row))?.body
  return body == null ? undefined : JSON.parse(Buffer.from(body).toString())
}

/** Events of the log as the instance would get them by today's configuration, without those it has a delivery of. */
async function history(ports: CandidatePorts, options: CandidateOptions): Promise<Candidates> {
  const { instance, selection, config, after, limit } = options
  const records = ports.log.read(after.position, PAGE)
  const last = records.at(-1)
  if (last === undefined) return { taken: [], skipped: 0, to: after, isLast: true }
  const events = records
    .filter((record) => record.kind === 'event' && record.sourceId === instance.sourceId)
    .filter((record) => record.position <= selection.untilPosition)
    .map((record) => candidateOf(ports, record))
  const first = await ports.state.firstPositions(events.map((each) => each.key))
  const tombstones = await ports.state.tombstones(events.map((each) => each.lane))
  const sourceKind = config.sources.get(instance.sourceId)?.kind ?? ''
  const kind = ports.kindOf(instance.kind)
  const positions = selection.positions === undefined ? undefined : new Set(selection.positions)
  const taken: Candidate[] = []
  let skipped = 0
  for (const [index, { record, event, lane }] of events.entries()) {
    const { position } = record
    if (taken.length >= limit) {
      const before = (events[index - 1]?.record ?? record).position
      return { taken, skipped, to: { position: before, route: ROUTE_MAX }, isLast: false }
    }
    // A repeat of an event is none, as it was none when it arrived. Beyond the days of deduplication nobody knows.
    if ((first[index] ?? position) !== position) continue
    if (positions?.has(position) === false) continue
    if (selection.lane !== undefined && selection.lane !== lane) continue
    if (!selectsEvent(selection, event)) continue
    const erasedBeforeMs = tombstones[index] ?? null
    if (erasedBeforeMs !== null && Date.parse(event.timestamp) < erasedBeforeMs) {
      skipped += 1
      continue
    }
    const routed = route(event, instance, kind, sourceKind)
    if (routed.filtered !== null) continue
    const known = new Set((await ports.state.ledger({ position, limit: PAGE })).map((row) => row.route))
    for (const { number } of routed.subscriptions) {
      if (known.has(number) || (selection.mapping ?? number) !== number) continue
      taken.push({ position, route: number, instance: instance.number, lane, reason: null })
    }
  }
  const isLast = last.position >= selection.untilPosition
  return { taken, skipped, to: { position: last.position, route: ROUTE_MAX }, isLast }
}

function candidateOf({ hash }: CandidatePorts, record: StoredRecord) {
  const event = JSON.parse(record.body) as NormalisedEvent
  const key = { day: 0, key: hash.message(record.sourceId, event.messageId) }
  return { record, event, lane: hash.lane(userKeyOf(event)), key }
}

const idOf = ({ position, route: number }: DeliveryId): DeliveryId => ({ position, route: number })
