/**
 * The order in which one destination instance's deliveries may be attempted. Pure: no clock, no I/O.
 *
 * A lane is the deliveries of one person. At most one of a lane is in flight, and the next starts only when it ended;
 * a lane whose head waits for a retry is parked until its time and holds up nobody else. Ready lanes take turns.
 *
 * Memory is bounded. A lane keeps at most `LANE_ITEMS_MAX` items here; under pressure parked lanes keep their head only,
 * and few lanes no more than their share, so that they do not keep everybody else out. The rest is *spilled*: it stays
 * in the database, and the lane asks for it when it has room (`hungry`). Once a lane has spilled, everything newer of it
 * is spilled as well, so that order cannot show where an item was kept.
 *
 * Items of a replay are older than what the lane has seen. They go behind what waits in memory; spilled they are read
 * back in the database's order, and the caller of `restore` leaves out what is over already.
 */
import { CONCURRENCY_MAX } from '../delivery/index.ts'
import { DueHeap } from './due-heap.ts'

export interface ItemId {
  readonly position: number
  readonly route: number
}

export interface LaneItem extends ItemId {
  readonly lane: number
}

/** Items of one lane that wait in memory. */
export const LANE_ITEMS_MAX = 100
/**
 * With more lanes than this in memory there is always work for every request that may be under way. With fewer, some
 * could lie idle while other lanes wait in the database.
 */
export const LANES_FEW = 2 * CONCURRENCY_MAX

interface Lane<T> {
  readonly key: number
  /** In order; the head is the one in flight or next. */
  items: T[]
  state: 'ready' | 'in_flight' | 'parked' | 'empty'
  /** Tells a stale entry of the due heap from the current one. */
  parking: number
  /** Items of this lane that are in the database only. */
  spilled: number
  /** Everything of the lane up to here is in memory or over; spilled items come after it. */
  spilledAfter: ItemId
}

export class LaneQueue<T extends LaneItem> {
  readonly #lanes = new Map<number, Lane<T>>()
  #ready: Lane<T>[] = []
  #readyHead = 0
  readonly #parked = new DueHeap<{ lane: Lane<T>; parking: number }>()
  #size = 0
  #parkings = 0
  #inFlight = 0
  readonly #hungry = new Set<Lane<T>>()

  /** Items in memory. */
  get size(): number {
    return this.#size
  }

  /** Lanes with anything here or spilled. */
  get lanes(): number {
    return this.#lanes.size
  }

  /** Lanes whose head waits for the time of its retry. */
  get parked(): number {
    let count = 0
    for (const { state } of this.#lanes.values()) if (state === 'parked') count += 1
    return count
  }

  /** Items being attempted. */
  get inFlight(): number {
    return this.#inFlight
  }

  /** Whether `take` has something to give without waiting for a parked lane. */
  get hasReady(): boolean {
    while (this.#readyHead < this.#ready.length && this.#ready[this.#readyHead]?.state !== 'ready') this.#readyHead += 1
    return this.#readyHead < this.#ready.length
  }

  /** Adds an item behind its lane. `spilled` means that it was not kept: record that, it will be asked for. */
  offer(item: T): 'kept' | 'spilled' {
    const lane = this.#lane(item.lane)
    if (lane.spilled > 0 || lane.items.length >= LANE_ITEMS_MAX) {
      spill(lane, item)
      return 'spilled'
    }
    this.#push(lane, item)
    return 'kept'
  }

  /** Takes back spilled items, in order; none means that there are no more. */
  restore(laneKey: number, items: readonly T[]): void {
    const lane = this.#lane(laneKey)
    this.#hungry.delete(lane)
    lane.spilled = items.length === 0 ? 0 : Math.max(0, lane.spilled - items.length)
    for (const item of items) {
      lane.spilledAfter = item
      this.#push(lane, item)
    }
    this.#dropIfDone(lane)
  }

  /** Lanes that ran empty and have spilled items: read those that come after `after`, and call `restore`. */
  hungry(): readonly { readonly lane: number; readonly after: ItemId }[] {
    return Array.from(this.#hungry, (lane) => ({ lane: lane.key, after: lane.spilledAfter }))
  }

  /** The next item to attempt at `nowMs`, which is then in flight until `ended`, `park` or `release`. */
  take(nowMs: number): T | undefined {
    this.#wake(nowMs)
    for (;;) {
      const lane = this.#ready[this.#readyHead]
      if (lane === undefined) return undefined
      this.#readyHead += 1
      if (this.#readyHead > 1_000 && this.#readyHead * 2 > this.#ready.length) {
        this.#ready = this.#ready.slice(this.#readyHead)
        this.#readyHead = 0
      }
      // Cancelled and delayed lanes leave their place in the line behind.
      if (lane.state !== 'ready') continue
      lane.state = 'in_flight'
      this.#inFlight += 1
      return lane.items[0]
    }
  }

  /** The lane's item in flight is over, whatever became of it: the next may start. */
  ended(laneKey: number): void {
    const lane = this.#flying(laneKey)
    lane.items.shift()
    this.#size -= 1
    this.#settle(lane)
  }

  /** The item in flight is to be tried again at `dueMs` and not before; the lane waits. */
  park(laneKey: number, dueMs: number): void {
    const lane = this.#flying(laneKey)
    this.#inFlight -= 1
    this.#parkLane(lane, dueMs)
  }

  /** The item in flight was not attempted after all: it is next again, behind the other ready lanes. */
  release(laneKey: number): void {
    const lane = this.#flying(laneKey)
    this.#inFlight -= 1
    this.#makeReady(lane)
  }

  /** Puts the head of a lane that is not in flight to sleep until `dueMs` (a retry known from before a restart). */
  delay(laneKey: number, dueMs: number): void {
    const lane = this.#lanes.get(laneKey)
    if (lane === undefined || lane.state !== 'ready') return
    this.#parkLane(lane, dueMs)
  }

  /** Nobody waits for the time of a retry any more: their heads are ready, those that were due first before the others. */
  wakeAll(): void {
    this.#wake(Number.POSITIVE_INFINITY)
  }

  /** Removes what is not in flight of a lane before `position`, and forgets that anything of it was spilled. */
  cancel(laneKey: number, before: number): readonly T[] {
    const lane = this.#lanes.get(laneKey)
    if (lane === undefined) return []
    lane.spilled = 0
    this.#hungry.delete(lane)
    return this.#remove(lane, (item) => item.position < before)
  }

  /** Removes what is not in flight and `isUnwanted`; of what was spilled the database knows. */
  withdraw(isUnwanted: (item: T) => boolean): readonly T[] {
    return [...this.#lanes.values()].flatMap((lane) => this.#remove(lane, isUnwanted))
  }

  /** Whether anything of the lane before `position` is here, in flight or spilled. */
  hasBefore(laneKey: number, position: number): boolean {
    const lane = this.#lanes.get(laneKey)
    if (lane === undefined) return false
    return lane.spilled > 0 || lane.items.some((item) => item.position < position)
  }

  /**
   * Frees memory: takes everything but the head out of parked lanes until at most `sizeMax` items are left or parked
   * lanes have no more to give. Returns what is to be recorded as spilled.
   */
  relieve(sizeMax: number): readonly T[] {
    return this.#spillTails(sizeMax, (lane) => (lane.state === 'parked' ? 1 : Number.POSITIVE_INFINITY))
  }

  /**
   * Makes room for other lanes where few have all of it: takes what each has beyond its share of `sizeMax`, until at
   * most so many items are left. Returns what is to be recorded as spilled.
   */
  level(sizeMax: number): readonly T[] {
    if (this.#lanes.size > LANES_FEW) return []
    const share = Math.max(1, Math.floor(sizeMax / this.#lanes.size))
    return this.#spillTails(sizeMax, () => share)
  }

  /** Unix ms at which a parked lane is due next, or undefined when none is parked. */
  nextDueMs(): number | undefined {
    this.#dropStale()
    return this.#parked.peek()?.dueMs
  }

  #spillTails(sizeMax: number, keptOf: (lane: Lane<T>) => number): readonly T[] {
    const out: T[] = []
    for (const lane of this.#lanes.values()) {
      if (this.#size <= sizeMax) break
      const tail = lane.items.splice(keptOf(lane))
      for (const item of tail) spill(lane, item)
      this.#size -= tail.length
      out.push(...tail)
    }
    return out
  }

  #remove(lane: Lane<T>, isUnwanted: (item: T) => boolean): readonly T[] {
    const head = lane.items[0]
    const flying = lane.state === 'in_flight' ? head : undefined
    const removed = new Set(lane.items.filter((item) => item !== flying && isUnwanted(item)))
    if (removed.size === 0) return []
    lane.items = lane.items.filter((item) => !removed.has(item))
    this.#size -= removed.size
    if (lane.state !== 'in_flight' && lane.items[0] !== head) this.#restart(lane)
    return [...removed]
  }

  #lane(key: number): Lane<T> {
    let lane = this.#lanes.get(key)
    if (lane === undefined) {
      lane = { key, items: [], state: 'empty', parking: 0, spilled: 0, spilledAfter: NOTHING }
      this.#lanes.set(key, lane)
    }
    return lane
  }

  #flying(key: number): Lane<T> {
    const lane = this.#lanes.get(key)
    if (lane?.state !== 'in_flight') throw new Error(`lane ${key} has nothing in flight`)
    return lane
  }

  #push(lane: Lane<T>, item: T): void {
    lane.items.push(item)
    this.#size += 1
    if (lane.state === 'empty') this.#makeReady(lane)
  }

  #makeReady(lane: Lane<T>): void {
    lane.state = 'ready'
    this.#ready.push(lane)
  }

  #parkLane(lane: Lane<T>, dueMs: number): void {
    lane.state = 'parked'
    this.#parkings += 1
    lane.parking = this.#parkings
    this.#parked.push(dueMs, { lane, parking: lane.parking })
  }

  #settle(lane: Lane<T>): void {
    this.#inFlight -= 1
    this.#restart(lane)
  }

  /** Decides what a lane that is not in flight does next. */
  #restart(lane: Lane<T>): void {
    if (lane.items.length > 0) {
      if (lane.state !== 'ready') this.#makeReady(lane)
      return
    }
    lane.state = 'empty'
    if (lane.spilled > 0) this.#hungry.add(lane)
    else this.#dropIfDone(lane)
  }

  #dropIfDone(lane: Lane<T>): void {
    if (lane.state === 'empty' && lane.spilled === 0) this.#lanes.delete(lane.key)
  }

  #wake(nowMs: number): void {
    for (;;) {
      this.#dropStale()
      const first = this.#parked.peek()
      if (first === undefined || first.dueMs > nowMs) return
      this.#parked.pop()
      this.#makeReady(first.value.lane)
    }
  }

  #dropStale(): void {
    for (;;) {
      const first = this.#parked.peek()
      if (first === undefined) return
      const { lane, parking } = first.value
      if (lane.state === 'parked' && lane.parking === parking) return
      this.#parked.pop()
    }
  }
}

const NOTHING: ItemId = { position: 0, route: Number.MIN_SAFE_INTEGER }

function spill(lane: { spilled: number; spilledAfter: ItemId }, item: ItemId): void {
  const before = justBefore(item)
  if (lane.spilled === 0 || isBefore(before, lane.spilledAfter)) lane.spilledAfter = before
  lane.spilled += 1
}

const isBefore = (a: ItemId, b: ItemId) => a.position < b.position || (a.position === b.position && a.route < b.route)

const justBefore = ({ position, route }: ItemId): ItemId => ({ position, route: route - 1 })
