/** A binary heap of values by the time they are due; ties in the order pushed. */
export interface Due<T> {
  readonly dueMs: number
  readonly value: T
}

interface Entry<T> extends Due<T> {
  readonly order: number
}

export class DueHeap<T> {
  readonly #entries: Entry<T>[] = []
  #pushed = 0

  get size(): number {
    return this.#entries.length
  }

  peek(): Due<T> | undefined {
    return this.#entries[0]
  }

  push(dueMs: number, value: T): void {
    const entry = { dueMs, value, order: this.#pushed++ }
    this.#entries.push(entry)
    let at = this.#entries.length - 1
    while (at > 0) {
      const parent = (at - 1) >> 1
      const above = this.#entries[parent] as Entry<T>
      if (!isBefore(entry, above)) break
      this.#entries[at] = above
      at = parent
    }
    this.#entries[at] = entry
  }

  pop(): Due<T> | undefined {
    const first = this.#entries[0]
    const last = this.#entries.pop()
    if (first === undefined || last === undefined || this.#entries.length === 0) return first
    let at = 0
    for (;;) {
      const left = 2 * at + 1
      const right = left + 1
      let least = left
      if (left >= this.#entries.length) break
      if (right < this.#entries.length && isBefore(this.#entries[right] as Entry<T>, this.#entries[left] as Entry<T>)) {
        least = right
      }
      const below = this.#entries[least] as Entry<T>
      if (!isBefore(below, last)) break
      this.#entries[at] = below
      at = least
    }
    this.#entries[at] = last
    return first
  }
}

function isBefore<T>(a: Entry<T>, b: Entry<T>): boolean {
  return a.dueMs < b.dueMs || (a.dueMs === b.dueMs && a.order < b.order)
}
