/** What both adapters make of a step before they write it. Pure. */

import { bandEndMs } from '../volume/latency.ts'
import { attemptReason } from '../volume/port.ts'
import { VolumeSum } from '../volume/sum.ts'
import type { CancelLane, CountDelta, DeliveryId, EndState, EventLabel } from './port.ts'

export const MS_PER_DAY = 86_400_000

const UNSTORABLE = /\0/g

/** Text as both databases can keep it: U+0000 and lone surrogates become U+FFFD. */
export function repairText<T extends string | null>(text: T): T
export function repairText(text: string | null): string | null {
  if (text === null) return null
  const wellFormed = text.isWellFormed() ? text : text.toWellFormed()
  return wellFormed.includes('\0') ? wellFormed.replace(UNSTORABLE, '\ufffd') : wellFormed
}

export const idText = ({ position, route }: DeliveryId): string => `${position}.${route}`

export interface MergedCancel {
  readonly lane: number
  readonly before: number
  readonly atMs: number
}

export interface MergedCancels {
  readonly lanes: ReadonlyMap<number, MergedCancel>
  /** `idText` of what is spared. */
  readonly spared: ReadonlyMap<string, DeliveryId>
}

/** A person may ask twice within one step: the later request reaches further. */
export function mergeCancels(cancels: readonly CancelLane[]): MergedCancels {
  const lanes = new Map<number, MergedCancel>()
  const spared = new Map<string, DeliveryId>()
  for (const { lane, before, atMs, inFlight } of cancels) {
    for (const id of inFlight) spared.set(idText(id), id)
    if (before > (lanes.get(lane)?.before ?? -1)) lanes.set(lane, { lane, before, atMs: Math.round(atMs) })
  }
  return { lanes, spared }
}

/** The lanes' latest tombstones. */
export function mergeTombstones(tombstones: readonly { readonly lane: number; readonly beforeMs: number }[]) {
  const latest = new Map<number, number>()
  for (const { lane, beforeMs } of tombstones) {
    latest.set(lane, Math.max(Math.round(beforeMs), latest.get(lane) ?? Number.MIN_SAFE_INTEGER))
  }
  return latest
}

const END_NAMES: ReadonlySet<string> = new Set<EndState>(['delivered', 'dead', 'erased', 'cancelled'])

const isEndCount = ({ scope, name }: CountDelta): boolean =>
  scope === 'destination' && (END_NAMES.has(name) || name.startsWith('dead:'))

interface Ended {
  readonly instance: number
  readonly replay: number | null
}

export interface HowEnded {
  readonly route: number
  readonly reason: string | null
  readonly atMs: number
  readonly attempts: number
  readonly event?: EventLabel & { readonly receivedMs: number }
}

/** Of a delivery that a replay made and that ends untried with it. */
export const cancelledReplay = (route: number, atMs: number): HowEnded => {
  return { route, reason: 'replay_cancelled', atMs, attempts: 0 }
}

/** Adds up what a step changes, by counter. */
export class CountSum {
  readonly volume = new VolumeSum()
  readonly #sums = new Map<string, { scope: CountDelta['scope']; id: string; name: string; by: number }>()

  /** Counts of a step, without those of ends. */
  addStated(counts: readonly CountDelta[]): void {
    for (const count of counts) if (!isEndCount(count)) this.#add(count.scope, count.id, count.name, count.by)
  }

  /** A delivery that did end. */
  addEnded({ instance, replay }: Ended, state: EndState, how: HowEnded): void {
    const { reason } = how
    this.#add('destination', String(instance), state, 1)
    if (state === 'dead') this.#add('destination', String(instance), `dead:${reason}`, 1)
    if (replay !== null) this.#add('replay', String(replay), state, 1)
    // An erasure call delivers no event.
    if (state === 'erased' || how.route < 0) return
    this.#addEndedAt(String(instance), state, how)
    if (state === 'delivered' && replay === null) this.#addLatency(String(instance), how)
  }

  /** A dead letter that is pending again, or (`by` -1) is given back as it was. */
  addRevived({ instance, replay, reason }: Ended & { readonly reason: string | null }, by: 1 | -1): void {
    this.#add('destination', String(instance), 'dead', -by)
    this.#add('destination', String(instance), `dead:${reason}`, -by)
    this.#add('replay', String(replay), by > 0 ? 'revived' : 'returned', 1)
  }

  /** A delivery that a replay made. */
  addInserted({ instance, replay }: Ended): void {
    this.#add('destination', String(instance), 'deliveries', 1)
    this.#add('replay', String(replay), 'revived', 1)
  }

  addSkipped(replay: number, by: number): void {
    if (by > 0) this.#add('replay', String(replay), 'skipped', by)
  }

  sums(): readonly CountDelta[] {
    return [...this.#sums.values()]
  }

  #addLatency(id: string, { atMs, event }: HowEnded): void {
    if (event === undefined) return
    const none = { route: null, type: null, name: null }
    const reason = String(bandEndMs(atMs - event.receivedMs))
    this.volume.add({ scope: 'destination', id, fact: 'latency', ...none, reason }, atMs)
  }

  #addEndedAt(id: string, fact: Exclude<EndState, 'erased'>, { route, reason, atMs, attempts, event }: HowEnded): void {
    // Of the events of a person who asked to be forgotten only a number remains.
    const { type = null, name = null } = fact === 'cancelled' ? {} : (event ?? {})
    const said = fact === 'delivered' ? attemptReason(attempts) : reason
    this.volume.add(
      { scope: 'destination', id, fact, route, type, name, reason: said },
      atMs,
      1,
      Math.max(0, attempts - 1),
    )
  }

  #add(scope: CountDelta['scope'], id: string, name: string, by: number): void {
    const repaired = { scope, id: repairText(id), name: repairText(name) }
    const key = `${scope}\n${repaired.id}\n${repaired.name}`
    const known = this.#sums.get(key)
    if (known === undefined) this.#sums.set(key, { ...repaired, by })
    else known.by += by
  }
}

/** For each day the smallest of its positions. */
export function firstOfDays(accepted: readonly { readonly day: number; readonly position: number }[]) {
  const days = new Map<number, number>()
  for (const { day, position } of accepted) {
    const known = days.get(day)
    if (known === undefined || position < known) days.set(day, position)
  }
  return days
}

/** Indexes of `keys` in key order. */
export function sortedByKey(keys: readonly { readonly key: Uint8Array }[]): number[] {
  return keys
    .map((each, index) => ({ key: each.key, index }))
    .sort((a, b) => Buffer.compare(a.key, b.key))
    .map(({ index }) => index)
}
