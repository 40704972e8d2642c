/**
 * Counts over time: how many events did what in each minute and hour, by type, name and reason, and how many people came
 * into a computation and left it. They are written in the transaction of what they count, so that their sums are those of
 * the counters. Nothing is ever taken off: a dead letter that is replayed did die in its minute. `contract.ts` holds both
 * adapters to what is written here.
 */

/**
 * What became of an event. `accepted`, `rejected`, `suppressed` and `duplicate` are of a source and dated by its arrival;
 * `filtered` is of a destination and dated by the arrival too; the ends of deliveries are dated by when they ended.
 * `retried` is an attempt at a destination that failed and is made again, dated by when it ended.
 * `latency` is of those that were delivered, without those of replays: its reason is where the band ends, see `latency.ts`.
 * `entered` and `left` are of a computation, and dated by the engine time of the step in which members changed.
 */
export const VOLUME_FACTS = [
  'accepted',
  'rejected',
  'suppressed',
  'duplicate',
  'filtered',
  'delivered',
  'dead',
  'cancelled',
  'retried',
  'latency',
  'entered',
  'left',
] as const
export type VolumeFact = (typeof VOLUME_FACTS)[number]

export interface VolumeKey {
  readonly scope: 'source' | 'destination' | 'computation'
  /** The source's id, or the number of the destination or computation in decimal. */
  readonly id: string
  readonly fact: VolumeFact
  /** Number of the subscription; null for what no mapping decides. */
  readonly route: number | null
  /** Type of the event, such as `track`; null where it is not known, or not to be kept. */
  readonly type: string | null
  /** The name of a track call, else null. */
  readonly name: string | null
  /** Why it was rejected, filtered, dead or is made again; of a delivered one the attempt that succeeded, as `attemptReason` says it. */
  readonly reason: string | null
}

export interface VolumeDelta extends VolumeKey {
  /** Unix milliseconds. */
  readonly atMs: number
  readonly by: number
  /** Attempts that these deliveries took beyond their first. */
  readonly retries: number
}

/** Names of track calls kept of one source, and of one destination. */
export const NAMES_MAX = 500
/** Longest name kept, in UTF-16 code units. */
export const NAME_CHARS_MAX = 200
/** Names beyond these limits are counted as this one. */
export const OTHER_NAME = '(other)'

export const MINUTE_MS = 60_000
export const HOUR_MS = 3_600_000
/** How long minutes are kept, and hours, in milliseconds: what may be asked for (segment contract 8.3) and one more. */
export const MINUTES_KEPT_MS = 49 * HOUR_MS
export const HOURS_KEPT_MS = 31 * 24 * HOUR_MS

/** The last attempt that Segment names; later ones count as it. */
const ATTEMPT_MAX = 10

/** Segment's word for a success by its attempt: `successes.attempt.1` up to `successes.attempt.10`. */
export const attemptReason = (attempts: number): string => `successes.attempt.${Math.min(attempts, ATTEMPT_MAX)}`

export interface VolumeSeries extends VolumeKey {
  readonly number: number
}

export interface VolumeQuery {
  readonly unit: 'minute' | 'hour'
  /** Unix milliseconds of the start of a unit. */
  readonly fromMs: number
  /** As `fromMs`; the first that counts no more. */
  readonly toMs: number
  /** Units that are added up into one point, from 1970 on. */
  readonly unitsOfPoint: number
  /** Their numbers. */
  readonly series: readonly number[]
}

export interface VolumePoint {
  readonly series: number
  /** Start of the point, Unix milliseconds. */
  readonly atMs: number
  readonly count: number
  readonly retries: number
}

export interface MembersQuery extends Omit<VolumeQuery, 'toMs' | 'series'> {
  readonly computation: number
}

export interface VolumeStore {
  /** Series that have one of the facts, in no order. @param id of one source or destination; of all when left out */
  series(of: { scope: VolumeKey['scope']; id?: string; facts: readonly VolumeFact[] }): Promise<readonly VolumeSeries[]>
  /** Points that are not 0, by series and time. Looks at all that was counted in the range: ask for parts of a long one. */
  points(query: VolumeQuery): Promise<readonly VolumePoint[]>
  /**
   * How many members a computation has, and the points of who came and left from a time on: both of one moment, so that
   * the number at the end of any point follows.
   */
  membersSince(query: MembersQuery): Promise<{ readonly count: number; readonly points: readonly VolumePoint[] }>
  /**
   * Throws away minutes and hours that are older than they are kept, and series and names of which nothing is left. No
   * more than about `limit` rows of a kind; `more` asks for another call soon.
   */
  forget(options: { nowMs: number; limit: number }): Promise<{ more: boolean }>
}
