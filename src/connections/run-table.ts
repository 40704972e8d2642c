/** What is kept of runs of one kind, or of spaces: rows by id, each written with the next step after it has changed. */
import type { StoredRun } from '../state/index.ts'

export class RunTable<Id extends string | number, Row> {
  readonly #kind: string
  readonly #rows = new Map<Id, Row>()
  readonly #unwritten = new Set<Id>()

  /** @param kind one word */
  constructor(kind: string) {
    this.#kind = kind
  }

  /** A row as it is stored. */
  load(id: Id, row: Row): void {
    this.#rows.set(id, row)
  }

  get(id: Id): Row | undefined {
    return this.#rows.get(id)
  }

  has(id: Id): boolean {
    return this.#rows.has(id)
  }

  get ids(): readonly Id[] {
    return [...this.#rows.keys()]
  }

  get rows(): readonly Row[] {
    return [...this.#rows.values()]
  }

  set(id: Id, row: Row): void {
    this.#rows.set(id, row)
    this.#unwritten.add(id)
  }

  delete(id: Id): void {
    this.#rows.delete(id)
    this.#unwritten.add(id)
  }

  get hasUnwritten(): boolean {
    return this.#unwritten.size > 0
  }

  /** What has changed since it was asked last. */
  takeUnwritten(): StoredRun[] {
    const written = Array.from(this.#unwritten, (id): StoredRun => {
      const row = this.#rows.get(id)
      return { name: `${this.#kind} ${id}`, body: row === undefined ? null : JSON.stringify(row) }
    })
    this.#unwritten.clear()
    return written
  }
}
