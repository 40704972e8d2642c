/**
 * The pipeline's own state: what was routed where, what became of it, and how far the log has been worked through.
 * `contract.ts` holds every adapter to the promises written here.
 *
 * The shape is read, decide, commit: reads are plain questions, decisions happen in pure code, and `commit` writes the
 * whole result together with the offset that caused it in one transaction. A crash before the commit leaves nothing; a
 * replay of the same records gives the same rows.
 *
 * Text may be anything: U+0000 and lone surrogates, which one of the databases could not keep, become U+FFFD in both.
 * Milliseconds are rounded to whole ones.
 */

import type { ProfileState, UnifyStep } from '../profiles/port.ts'
import type { SeenState, StoredSeen } from '../seen/port.ts'
import type { VolumeDelta, VolumeStore } from '../volume/port.ts'
import type { ReplayStore } from './replay-port.ts'

/** Where a delivery stands. The number is the code on disk: append only. */
export const DELIVERY_STATES = ['pending', 'delivered', 'dead', 'erased', 'cancelled'] as const
export type DeliveryState = (typeof DELIVERY_STATES)[number]
export type EndState = Exclude<DeliveryState, 'pending'>

/**
 * Names a delivery for ever: the event's position in the log, and the route it takes. A positive route is the number of
 * a subscription, a negative one the erasure call of the instance with that number.
 */
export interface DeliveryId {
  readonly position: number
  readonly route: number
}

export interface NewDelivery extends DeliveryId {
  /** Number of the destination instance. */
  readonly instance: number
  /** Keyed hash of the person, an integer from 0 to 2^53 - 1. Deliveries with one instance and lane keep their order. */
  readonly lane: number
}

/** A delivery that has not ended. */
export interface OpenDelivery extends NewDelivery {
  /** Attempts whose outcome is recorded. */
  readonly attempts: number
  /** Unix ms of the first recorded attempt, null before it. */
  readonly firstAttemptAtMs: number | null
  /** Milliseconds the destination had been paused in all when the first attempt was recorded. */
  readonly pausedMsAtFirst: number
  /** No attempt before this Unix ms; 0 when it may go at once. */
  readonly nextAttemptAtMs: number
  /** 2xx answers so far that could not be read. */
  readonly malformed: number
  /** JSON of the request frozen at the first attempt, null before it. */
  readonly frozen: string | null
  /** Number of the replay that made it pending, null for none. */
  readonly replay: number | null
}

/** One event and what was decided about it. */
export interface NewRouting {
  readonly position: number
  readonly lane: number
  readonly configVersion: number
  /** For each instance number the reason it was filtered, or null where it was routed. JSON-able, small. */
  readonly decisions: Readonly<Record<number, string | null>>
}

/**
 * What happened to a delivery in one attempt, or without one. Updates of one step take effect in order. One for a
 * delivery that is not pending (any more) changes nothing: the first end is the end.
 */
export type DeliveryUpdate = DeliveryId & {
  readonly instance: number
  readonly lane: number
} & (
    | {
        readonly kind: 'retry'
        readonly attempts: number
        readonly firstAttemptAtMs: number
        readonly pausedMsAtFirst: number
        readonly nextAttemptAtMs: number
        readonly malformed: number
        readonly status: number | null
        readonly reason: string
        /** Kept once there is one, as `firstAttemptAtMs` and `pausedMsAtFirst` are: later ones are ignored. */
        readonly frozen: string | null
      }
    | {
        readonly kind: 'end'
        readonly state: EndState
        readonly attempts: number
        /** Null leaves the status of an earlier attempt. */
        readonly status: number | null
        readonly reason: string | null
        readonly atMs: number
        /** Whether rows about retries or a spill may exist and must go. */
        readonly hasRetryRow: boolean
        readonly wasSpilled: boolean
        /** Kept for dead letters, and for a sample of the rest. Null removes that of a delivery that was replayed. */
        readonly detail: DeliveryDetail | null
        /** As `OpenDelivery` has it: the end is counted under the replay too. */
        readonly replay: number | null
        /** What was delivered, for the counts over time; left out where it is not known or not to be kept. */
        readonly event?: EventLabel & {
          /** Unix milliseconds. */
          readonly receivedMs: number
        }
      }
    /** Left to the database, because the lane's part in memory is full. Read again with `spilled`. */
    | { readonly kind: 'spill' }
  )

/** What the counts over time say of an event. */
export interface EventLabel {
  readonly type: string
  /** Of a track call, else null. */
  readonly name: string | null
}

/** Request and answer of the last attempt, secrets masked, and for a dead letter the event's own body. */
export interface DeliveryDetail {
  readonly request: string | null
  readonly response: string | null
  readonly body: Uint8Array | null
}

/** A name for the first accepted event of a source with this `messageId`: 16 bytes of a keyed hash. */
export interface DedupKey {
  /** Days since 1970 of the event's arrival, by the server's clock. */
  readonly day: number
  readonly key: Uint8Array
  /** The message did not exist before that day: earlier ones need not be looked through for it. */
  readonly fromDay?: number
}

/**
 * Adds `by` to a counter. Counters are never reset. The ends of deliveries are counted by the adapter, from the rows
 * that really ended, under the destination: `delivered`, `dead` and `dead:<reason>`, `erased`, `cancelled`. A step's own
 * counts of these names are ignored, so that nothing can be counted twice. A dead letter that is made pending again is
 * taken off `dead` and `dead:<reason>`: they say how many there are.
 */
export interface CountDelta {
  readonly scope: 'source' | 'destination' | 'replay' | 'space'
  /** The source's id, or the destination's, replay's or space's number in decimal. */
  readonly id: string
  /** One of the words of the conservation equations; for filtered events `filtered:<REASON>`, of a space `<what>:<reason>`. */
  readonly name: string
  readonly by: number
}

/** Why an instance does nothing now, kept across restarts. */
export interface InstanceRuntime {
  readonly instance: number
  /** Milliseconds spent paused (hold, open breaker) since the instance was made. */
  readonly pausedMs: number
  readonly hold: { readonly reason: string; readonly sinceMs: number; readonly detail: string } | null
}

export type RegulationStatus = 'INITIALIZED' | 'RUNNING' | 'FINISHED' | 'FAILED' | 'PARTIAL_SUCCESS' | 'NOT_SUPPORTED'

/** A destination's part in a regulation: one row for each erasure call and subject. */
export interface RegulationTask extends DeliveryId {
  readonly regulationId: string
  readonly destinationId: string
}

export interface CancelLane {
  readonly lane: number
  readonly before: number
  readonly atMs: number
  readonly inFlight: readonly DeliveryId[]
}

export interface PipelineStep {
  /** Present when records of the log were worked through. */
  readonly processed?: {
    /** Offset this step was computed from. @throws OffsetConflict when the stored one differs. */
    readonly from: number
    readonly to: number
    /** Keys of the events accepted, all of them new (asked with `firstPositions`), and their positions. */
    readonly accepted: readonly (DedupKey & { readonly position: number })[]
    readonly routings: readonly NewRouting[]
    readonly deliveries: readonly NewDelivery[]
    /**
     * Lanes of which every pending delivery before position `before` ends as cancelled, because the person asked to be
     * forgotten; `inFlight` are spared, their attempt has begun, and so are erasure calls and the step's own
     * deliveries. The step's updates come first.
     */
    readonly cancelLanes: readonly CancelLane[]
    readonly tombstones: readonly { readonly lane: number; readonly beforeMs: number }[]
    readonly regulations: readonly { readonly id: string; readonly createdAtMs: number; readonly subjects: number }[]
    readonly regulationTasks: readonly RegulationTask[]
  }
  /** What became of people. */
  readonly unify?: UnifyStep
  /** Names that were not seen before, or lately. A later row wins. Absent for none. */
  readonly seen?: readonly StoredSeen[]
  readonly updates: readonly DeliveryUpdate[]
  readonly counts: readonly CountDelta[]
  /** The same over time. Ends of deliveries are counted by the adapter, as they are among `counts`. */
  readonly volume?: readonly VolumeDelta[]
  readonly runtimes: readonly InstanceRuntime[]
}

/** Another process worked the same partition: this one must stop. */
export class OffsetConflict extends Error {
  override readonly name = 'OffsetConflict'
}

export interface LedgerRow extends OpenDelivery {
  readonly state: DeliveryState
  /** Attempts before it was last replayed, which come on top of `attempts`. */
  readonly attemptsBefore: number
  readonly status: number | null
  readonly reason: string | null
  readonly endedAtMs: number | null
}

/** Which rows of the ledger: those that meet all that is named. */
export interface LedgerQuery {
  readonly instance?: number
  readonly state?: DeliveryState
  readonly position?: number
  readonly lane?: number
  readonly reason?: string
  /** Number of the replay that made it pending last. */
  readonly replay?: number
  /** Older than this one: the last of the page before. */
  readonly before?: DeliveryId
  /** Not older than this position: bounds what is looked at where few rows meet the rest. */
  readonly fromPosition?: number
  readonly limit: number
}

export interface RegulationView {
  readonly id: string
  readonly createdAtMs: number
  readonly subjects: number
  readonly tasks: readonly (DeliveryId & {
    readonly destinationId: string
    readonly state: DeliveryState
    readonly status: number | null
    readonly reason: string | null
    readonly endedAtMs: number | null
  })[]
}

/** A regulation in a list. */
export interface RegulationHead {
  readonly id: string
  readonly createdAtMs: number
  readonly subjects: number
}

/** Calls to destinations: all of them, those that are not over, and those that were answered well. */
export interface RegulationProgress {
  readonly all: number
  readonly pending: number
  readonly delivered: number
  /** Of the call that ended last, null where none has. */
  readonly endedAtMs: number | null
}

export interface PipelineState extends ReplayStore {
  /** What is kept of people. */
  readonly people: ProfileState
  /** Which names sources have sent. */
  readonly seen: SeenState
  /** Counts over time. */
  readonly volume: VolumeStore
  /** Position up to which the log has been worked through; 0 at first. */
  offset(): Promise<number>
  /** For each key the position of the event that was accepted with it, null where there is none yet. */
  firstPositions(keys: readonly DedupKey[]): Promise<readonly (number | null)[]>
  /** For each lane the Unix ms before which its person's events are gone, null where there is no tombstone. */
  tombstones(lanes: readonly number[]): Promise<readonly (number | null)[]>
  /** All or nothing; durable when it resolves. */
  commit(step: PipelineStep): Promise<void>
  /** Pending deliveries of an instance after `after`, in (position, route) order. */
  open(options: { instance: number; after: DeliveryId; limit: number }): Promise<readonly OpenDelivery[]>
  /** Pending deliveries of one lane that were spilled, after `after`, in order. */
  spilled(options: {
    instance: number
    lane: number
    after: DeliveryId
    limit: number
  }): Promise<readonly OpenDelivery[]>
  /** Forgets all spills, as a restart must: memory is empty, so everything is to be read with `open` again. */
  unspill(): Promise<void>
  runtimes(): Promise<readonly InstanceRuntime[]>
  counts(): Promise<readonly CountDelta[]>
  /** Pending deliveries now, counted, by instance number. */
  pending(): Promise<ReadonlyMap<number, number>>
  /** Both of one moment: read one after the other they would not add up while deliveries end. */
  tally(): Promise<{ readonly counts: readonly CountDelta[]; readonly pending: ReadonlyMap<number, number> }>
  /** Rows of the ledger, newest first. */
  ledger(options: LedgerQuery): Promise<readonly LedgerRow[]>
  detail(id: DeliveryId): Promise<DeliveryDetail | null>
  routing(position: number): Promise<NewRouting | null>
  regulation(id: string): Promise<RegulationView | null>
  /** Newest first. */
  latestRegulations(limit: number): Promise<readonly RegulationHead[]>
  /** Looks at each of its calls: some thousands may be. */
  regulationProgress(id: string): Promise<RegulationProgress>
  /**
   * Throws away what is old: deduplication days before `dedupBeforeDay`, deliveries that ended before
   * `deliveredBeforeMs` and their details, routings of that time that lead to no delivery (any more). Dead letters and
   * erasure calls stay: the ones wait for a person, the others are the receipt of their regulation. Looks at no more
   * than about `limit` rows of a kind; `more` asks for another call soon.
   */
  forget(options: { dedupBeforeDay: number; deliveredBeforeMs: number; limit: number }): Promise<{ more: boolean }>
}
