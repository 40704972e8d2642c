/** Adds up what a step counts: one cell for each series and minute, however many events. Pure. */
import { MINUTE_MS, type VolumeDelta, type VolumeKey } from './port.ts'

export class VolumeSum {
  readonly #cells = new Map<string, VolumeDelta & { by: number; retries: number }>()

  add(key: VolumeKey, atMs: number, by = 1, retries = 0): void {
    const minute = Math.floor(atMs / MINUTE_MS)
    const text = `${minute}\n${seriesText(key)}`
    const known = this.#cells.get(text)
    if (known === undefined) this.#cells.set(text, { ...key, atMs: minute * MINUTE_MS, by, retries })
    else {
      known.by += by
      known.retries += retries
    }
  }

  addAll(deltas: readonly VolumeDelta[]): void {
    for (const { atMs, by, retries, ...key } of deltas) this.add(key, atMs, by, retries)
  }

  /** `atMs` of each is the start of its minute. */
  deltas(): readonly VolumeDelta[] {
    return [...this.#cells.values()]
  }
}

/** The name comes last: it may be any text, and the others have no line breaks. */
export function seriesText({ scope, id, fact, route, type, reason, name }: VolumeKey): string {
  return `${scope}\n${id}\n${fact}\n${route}\n${type}\n${reason}\n${name === null ? '' : `=${name}`}`
}
