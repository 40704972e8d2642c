/** What both adapters read and how. Pure. */
import {
  HOUR_MS,
  type MembersQuery,
  MINUTE_MS,
  type VolumeFact,
  type VolumeKey,
  type VolumePoint,
  type VolumeQuery,
} from './port.ts'
import type { StoredSeries } from './series-index.ts'

export type Row = Readonly<Record<string, unknown>>

export const UNITS = {
  minute: { table: 'volume_minutes', ms: MINUTE_MS },
  hour: { table: 'volume_hours', ms: HOUR_MS },
} as const

export const SERIES_COLUMNS = 'number, scope, id, fact, route, type, name, reason, last_hour'

export function toSeries(row: Row): StoredSeries {
  return {
    number: row['number'] as number,
    scope: row['scope'] as VolumeKey['scope'],
    id: row['id'] as string,
    fact: row['fact'] as VolumeFact,
    route: row['route'] as number | null,
    type: row['type'] as string | null,
    name: row['name'] as string | null,
    reason: row['reason'] as string | null,
    lastHour: row['last_hour'] as number,
  }
}

export const bucketsOf = ({ unit, fromMs, toMs }: VolumeQuery) => {
  const { ms } = UNITS[unit]
  return { from: Math.floor(fromMs / ms), to: Math.ceil(toMs / ms) }
}

export function toPoint(row: Row, { unit, unitsOfPoint }: Pick<VolumeQuery, 'unit' | 'unitsOfPoint'>): VolumePoint {
  return {
    series: row['series'] as number,
    atMs: (row['point'] as number) * UNITS[unit].ms * unitsOfPoint,
    count: row['count'] as number,
    retries: row['retries'] as number,
  }
}

/** The first bucket that is kept. */
export const firstKept = (nowMs: number, keptMs: number, unitMs: number): number =>
  Math.floor((nowMs - keptMs) / unitMs)

/** One row has no series: how many members there are. */
export function toMembers(rows: readonly Row[], query: MembersQuery) {
  const count = rows.find(({ series }) => series === null)?.['count'] as number
  return { count, points: rows.filter(({ series }) => series !== null).map((row) => toPoint(row, query)) }
}
