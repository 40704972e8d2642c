/** How often somebody may try to sign in: after 10 failures in 15 minutes the next try waits. Pure but for its memory. */
export const FAILURES_MAX = 10
export const FAILURES_WINDOW_MS = 15 * 60_000
/** Accounts and addresses remembered; the one that was quiet the longest is forgotten first. */
const KEYS_MAX = 20_000

export class Attempts {
  /** By account or address, when it was tried without success: oldest first, the last ten. */
  readonly #failures = new Map<string, number[]>()

  /**
   * Counts a try as a failure until `forgive` is called, so that many at once are not let in before the first has failed.
   * @param nowMs monotonic
   * @returns how long to wait, in milliseconds; 0 when it may be tried now
   */
  begin(keys: readonly string[], nowMs: number): number {
    const waitMs = Math.max(0, ...keys.map((key) => this.#waitMs(key, nowMs)))
    if (waitMs > 0) return waitMs
    for (const key of keys) {
      const failures = this.#failures.get(key) ?? []
      this.#failures.delete(key)
      this.#failures.set(key, [...failures, nowMs].slice(-FAILURES_MAX))
    }
    for (const key of this.#failures.keys()) {
      if (this.#failures.size <= KEYS_MAX) break
      this.#failures.delete(key)
    }
    return 0
  }

  /** The try that began then was none. */
  forgive(keys: readonly string[], beganMs: number): void {
    for (const key of keys) {
      const left = this.#failures.get(key) ?? []
      const index = left.indexOf(beganMs)
      if (index === -1) continue
      if (left.length === 1) this.#failures.delete(key)
      else this.#failures.set(key, left.toSpliced(index, 1))
    }
  }

  #waitMs(key: string, nowMs: number): number {
    const failures = this.#failures.get(key) ?? []
    const [oldest] = failures
    if (failures.length < FAILURES_MAX || oldest === undefined) return 0
    return Math.max(0, oldest + FAILURES_WINDOW_MS - nowMs)
  }
}
