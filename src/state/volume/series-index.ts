/**
 * Which number stands for which series, and which names a source or destination still has room for. The one process that
 * writes keeps it in memory and reads it anew after a transaction that failed.
 */
import { repairText } from '../pipeline/step.ts'
import {
  HOUR_MS,
  MINUTE_MS,
  NAME_CHARS_MAX,
  NAMES_MAX,
  OTHER_NAME,
  type VolumeDelta,
  type VolumeKey,
  type VolumeSeries,
} from './port.ts'
import { seriesText } from './sum.ts'

export interface StoredSeries extends VolumeSeries {
  /** The latest hour that it has anything in, counted from 1970. */
  readonly lastHour: number
}

export interface Cell {
  readonly bucket: number
  readonly series: number
  readonly by: number
  readonly retries: number
}

export interface VolumeRows {
  readonly created: readonly StoredSeries[]
  /** Series that were there, and reached a later hour. */
  readonly prolonged: readonly StoredSeries[]
  /** In key order, one of a series and bucket. */
  readonly minutes: readonly Cell[]
  readonly hours: readonly Cell[]
}

export class SeriesIndex {
  readonly #series = new Map<string, { readonly number: number; lastHour: number }>()
  readonly #names = new Map<string, Set<string>>()
  #last = 0

  constructor(stored: readonly StoredSeries[]) {
    for (const each of stored) {
      this.#add(each, each)
      this.#last = Math.max(this.#last, each.number)
    }
  }

  /** The rows to be written for them. They are known from then on. */
  take(deltas: readonly VolumeDelta[]): VolumeRows {
    const created: StoredSeries[] = []
    const prolonged = new Map<number, StoredSeries>()
    const minutes = new Cells()
    const hours = new Cells()
    for (const delta of deltas) {
      const hour = Math.floor(delta.atMs / HOUR_MS)
      const key = this.#within(storable(delta))
      let series = this.#series.get(seriesText(key))
      if (series === undefined) {
        this.#last += 1
        series = { number: this.#last, lastHour: hour }
        this.#add(key, series)
        created.push({ ...key, ...series })
      } else if (hour > series.lastHour) {
        series.lastHour = hour
        prolonged.set(series.number, { ...key, ...series })
      }
      minutes.add(Math.floor(delta.atMs / MINUTE_MS), series.number, delta)
      hours.add(hour, series.number, delta)
    }
    return {
      created,
      prolonged: [...prolonged.values()],
      minutes: minutes.sorted(),
      hours: hours.sorted(),
    }
  }

  #within(key: VolumeKey): VolumeKey {
    const names = key.name === null ? undefined : this.#names.get(ownerText(key))
    if (names === undefined || names.size < NAMES_MAX || names.has(key.name as string)) return key
    return { ...key, name: OTHER_NAME }
  }

  #add(key: VolumeKey, series: { readonly number: number; readonly lastHour: number }): void {
    this.#series.set(seriesText(key), { number: series.number, lastHour: series.lastHour })
    if (key.name === null || key.name === OTHER_NAME) return
    const owner = ownerText(key)
    const names = this.#names.get(owner)
    if (names === undefined) this.#names.set(owner, new Set([key.name]))
    else names.add(key.name)
  }
}

/** As both databases can keep it. */
function storable({ scope, id, fact, route, type, name, reason }: VolumeKey): VolumeKey {
  return {
    scope,
    id: repairText(id),
    fact,
    route,
    type: repairText(type),
    name: name !== null && name.length > NAME_CHARS_MAX ? OTHER_NAME : repairText(name),
    reason: repairText(reason),
  }
}

const ownerText = ({ scope, id }: VolumeKey): string => `${scope}\n${id}`

class Cells {
  readonly #cells = new Map<string, { bucket: number; series: number; by: number; retries: number }>()

  add(bucket: number, series: number, { by, retries }: Pick<Cell, 'by' | 'retries'>): void {
    const text = `${bucket} ${series}`
    const known = this.#cells.get(text)
    if (known === undefined) this.#cells.set(text, { bucket, series, by, retries })
    else {
      known.by += by
      known.retries += retries
    }
  }

  sorted(): readonly Cell[] {
    return [...this.#cells.values()].sort((a, b) => a.bucket - b.bucket || a.series - b.series)
  }
}
