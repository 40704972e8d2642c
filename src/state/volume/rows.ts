/** What both adapters read and how. Pure. */
import { HOUR_MS, MINUTE_MS, type VolumeAnswer, type VolumeFact, type VolumeKey, type VolumeQuery } from './port.ts'
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

/**
 * Totals and points in one statement, which is one moment.
 * @param groups a table of (series, grp)
 * @param value gives the placeholder of: first bucket, end, buckets of a point, limit, offset
 */
export function sumsQuery(
  unit: VolumeQuery['unit'],
  groups: string,
  join: string,
  value: (index: 1 | 2 | 3 | 4 | 5) => string,
): string {
  return `WITH g AS MATERIALIZED (${groups}), points AS MATERIALIZED (
      SELECT g.grp, c.bucket / ${value(3)} AS point, sum(c.count) AS count, sum(c.retries) AS retries
      FROM ${UNITS[unit].table} c ${join} g ON g.series = c.series
      WHERE c.bucket >= ${value(1)} AND c.bucket < ${value(2)} GROUP BY g.grp, c.bucket / ${value(3)}
    ), totals AS MATERIALIZED (
      SELECT grp, sum(count) AS count, sum(retries) AS retries FROM points GROUP BY grp
    ), page AS MATERIALIZED (
      SELECT grp FROM totals ORDER BY count DESC, grp LIMIT ${value(4)} OFFSET ${value(5)}
    )
    SELECT grp, NULL AS point, count, retries FROM totals
    UNION ALL SELECT p.grp, p.point, p.count, p.retries FROM page JOIN points p ON p.grp = page.grp`
}

export const bucketsOf = ({ unit, fromMs, toMs }: VolumeQuery) => {
  const { ms } = UNITS[unit]
  return { from: Math.floor(fromMs / ms), to: Math.ceil(toMs / ms) }
}

export function toAnswer(rows: readonly Row[], { unit, unitsOfPoint }: VolumeQuery): VolumeAnswer {
  const figures = rows.map((row) => ({
    group: row['grp'] as number,
    count: Number(row['count']),
    retries: Number(row['retries']),
    point: row['point'] as number | null,
  }))
  const ms = UNITS[unit].ms * unitsOfPoint
  return {
    totals: figures
      .filter(({ point }) => point === null)
      .map(({ group, count, retries }) => ({ group, count, retries }))
      .sort((a, b) => b.count - a.count || a.group - b.group),
    points: figures
      .flatMap(({ point, ...rest }) => (point === null ? [] : [{ ...rest, atMs: point * ms }]))
      .sort((a, b) => a.group - b.group || a.atMs - b.atMs),
  }
}

/** The first bucket that is kept. */
export const firstKept = (nowMs: number, keptMs: number, unitMs: number): number =>
  Math.floor((nowMs - keptMs) / unitMs)
