/** How often somebody may try to sign in: after 10 failures in 15 minutes the next try waits. Pure but for its memory. */
export const FAILURES_MAX = 10
export const FAILURES_WINDOW_MS = 15 * 60_000
/** Accounts and addresses remembered; the one that was quiet the longest is forgotten first. */
const KEYS_MAX = 20_000

export class Attempts {
  /** By account or address, when tries failed: oldest first, the last ten. */
  readonly #failures = new Map<string, number[]>()
  /** By account or address, how many tries are under way: at least one. */
  readonly #pending = new Map<string, number>()

  /**
   * Starts a try, which must be ended. Tries under way may all fail yet, so there are no more of them than failures are left.
   * @param nowMs monotonic
   * @returns 0 when it is started, how long to wait in milliseconds after too many failures, or `busy` when it depends on how
   *   those under way end
   */
  begin(keys: readonly string[], nowMs: number): number | 'busy' {
    const waitMs = Math.max(0, ...keys.map((key) => this.#waitMs(key, nowMs)))
    if (waitMs > 0) return waitMs
    if (keys.some((key) => this.#recent(key, nowMs).length + this.#pendingOf(key) >= FAILURES_MAX)) return 'busy'
    for (const key of keys) this.#pending.set(key, this.#pendingOf(key) + 1)
    return 0
  }

  /** @param nowMs monotonic */
  end(keys: readonly string[], nowMs: number, hasFailed: boolean): void {
    for (const key of keys) {
      const others = this.#pendingOf(key) - 1
      if (others > 0) this.#pending.set(key, others)
      else this.#pending.delete(key)
      if (!hasFailed) continue
      const failures = this.#failures.get(key) ?? []
      this.#failures.delete(key)
      this.#failures.set(key, [...failures, nowMs].slice(-FAILURES_MAX))
    }
    for (const key of this.#failures.keys()) {
      if (this.#failures.size <= KEYS_MAX) break
      this.#failures.delete(key)
    }
  }

  #pendingOf(key: string): number {
    return this.#pending.get(key) ?? 0
  }

  #recent(key: string, nowMs: number): number[] {
    return (this.#failures.get(key) ?? []).filter((failedMs) => failedMs > nowMs - FAILURES_WINDOW_MS)
  }

  #waitMs(key: string, nowMs: number): number {
    const failures = this.#recent(key, nowMs)
    const [oldest] = failures
    return failures.length < FAILURES_MAX || oldest === undefined ? 0 : oldest + FAILURES_WINDOW_MS - nowMs
  }
}
