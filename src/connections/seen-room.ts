/**
 * What gives way to something new where no more is kept: what was seen longest ago, if that is long ago. Whoever sends
 * new names all the time costs nothing but a comparison each: all are looked through only once one of them can have got
 * old, which is at most once in 31 days for each. Pure.
 */

/** What was seen so long ago gives way, in milliseconds of arrival: 31 days, as in the counts over time. */
export const SEEN_KEPT_MS = 31 * 24 * 3_600_000

interface Kept {
  readonly lastAtMs: number
}

export class SeenRoom<T extends Kept> {
  /** Those that were old when all were looked through, the oldest last. */
  #old: { readonly one: T; readonly lastAtMs: number }[] = []
  /** No other can be old before that. */
  #lookAtMs = Number.NEGATIVE_INFINITY

  /** @param isKept whether it is still one of `all` @returns the one to give way, undefined if none is old */
  oldest(all: () => Iterable<T>, isKept: (one: T) => boolean, atMs: number): T | undefined {
    for (;;) {
      const found = this.#old.pop()
      if (found === undefined) {
        if (atMs < this.#lookAtMs) return undefined
        this.#look(all(), atMs)
        if (this.#old.length === 0) return undefined
      } else if (isKept(found.one)) {
        const oldAtMs = found.one.lastAtMs + SEEN_KEPT_MS
        if (found.one.lastAtMs === found.lastAtMs && atMs >= oldAtMs) return found.one
        // It was seen again.
        this.#lookAtMs = Math.min(this.#lookAtMs, oldAtMs)
      }
    }
  }

  #look(all: Iterable<T>, atMs: number): void {
    let oldestMs = atMs
    for (const one of all) {
      if (atMs >= one.lastAtMs + SEEN_KEPT_MS) this.#old.push({ one, lastAtMs: one.lastAtMs })
      else oldestMs = Math.min(oldestMs, one.lastAtMs)
    }
    this.#old.sort((a, b) => a.lastAtMs - b.lastAtMs).reverse()
    this.#lookAtMs = oldestMs + SEEN_KEPT_MS
  }
}
