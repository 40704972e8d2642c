/**
 * Rates per key with one number each: the time until which what was admitted has used its share up. Pure but for its own
 * memory, which is bounded: of the keys not seen for longest it forgets what they used.
 */

export interface RateLimit {
  /** Admissions per second on average, greater than 0. */
  readonly perSecond: number
  /** How far ahead a key may be, in milliseconds: `perSecond * burstMs / 1000` at once. */
  readonly burstMs: number
  /** Keys remembered: between this many and twice as many. */
  readonly keysMax: number
}

export class RateLimiter {
  readonly #limit: RateLimit
  #recent = new Map<string, number>()
  #older = new Map<string, number>()

  constructor(limit: RateLimit) {
    this.#limit = limit
  }

  /**
   * Milliseconds to wait, 0 when admitted. An admission may be larger than the burst: it is let in when nothing is owed
   * and owes the rest, so that a large batch is late rather than impossible.
   * @param nowMs monotonic
   * @param units how much is asked for, 0 or more
   */
  admit(key: string, nowMs: number, units = 1): number {
    const { perSecond, burstMs } = this.#limit
    const usedUntilMs = Math.max(this.#recent.get(key) ?? this.#older.get(key) ?? 0, nowMs)
    const afterMs = usedUntilMs + (units * 1_000) / perSecond
    const aheadMs = usedUntilMs - nowMs
    if (aheadMs > 0 && afterMs - nowMs > burstMs) return Math.min(afterMs - nowMs - burstMs, aheadMs)
    if (this.#recent.size >= this.#limit.keysMax && !this.#recent.has(key)) {
      this.#older = this.#recent
      this.#recent = new Map()
    }
    this.#recent.set(key, afterMs)
    return 0
  }
}
