/** What did not become part of the profiles of spaces, counted by why. */
import type { CountDelta } from '../state/index.ts'
import type { Dropped } from '../unify/index.ts'

export class SpaceDrops {
  readonly #counts = new Map<string, { space: number; name: string; by: number }>()

  /** @param space its number */
  add(space: number, { what, reason }: Dropped): void {
    const name = `${what}:${reason}`
    const known = this.#counts.get(`${space} ${name}`)
    if (known === undefined) this.#counts.set(`${space} ${name}`, { space, name, by: 1 })
    else known.by += 1
  }

  /** All since the last time. */
  take(): readonly CountDelta[] {
    const counts = Array.from(this.#counts.values(), ({ space, name, by }): CountDelta => {
      return { scope: 'space', id: String(space), name, by }
    })
    this.#counts.clear()
    return counts
  }
}
