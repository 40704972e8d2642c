/** Counts over time on PostgreSQL: one statement a kind of row. */
import { integers, type PostgresSessions, type Session } from '../pipeline/postgres-session.ts'
import { repairText } from '../pipeline/step.ts'
import { HOURS_KEPT_MS, type MembersQuery, MINUTES_KEPT_MS, type VolumeQuery, type VolumeStore } from './port.ts'
import { bucketsOf, firstKept, SERIES_COLUMNS, toMembers, toPoint, toSeries, UNITS } from './rows.ts'
import { type Cell, SeriesIndex, type StoredSeries } from './series-index.ts'
import type { VolumeSum } from './sum.ts'

export class PostgresVolume implements VolumeStore {
  readonly #sessions: PostgresSessions
  #index: SeriesIndex | undefined

  constructor(sessions: PostgresSessions) {
    this.#sessions = sessions
  }

  /** Inside of a transaction. Should that fail, `reread` is to be called. */
  async write(session: Session, sum: VolumeSum): Promise<void> {
    const deltas = sum.deltas()
    if (deltas.length === 0) return
    this.#index ??= new SeriesIndex(await allSeries(session))
    const { created, prolonged, minutes, hours } = this.#index.take(deltas)
    await insert(session, { name: 'create volume series', series: created })
    // One that is being forgotten at this moment is there again.
    const again = 'ON CONFLICT (number) DO UPDATE SET last_hour = excluded.last_hour'
    await insert(session, { name: 'prolong volume series', series: prolonged, clause: again })
    await add(session, UNITS.minute.table, minutes)
    await add(session, UNITS.hour.table, hours)
  }

  /** What is in memory may not be in the database. */
  reread(): void {
    this.#index = undefined
  }

  async series({ scope, id, facts }: Parameters<VolumeStore['series']>[0]) {
    const rows = await this.#sessions.read((session) =>
      session.query(
        {
          name: 'volume series',
          text: `SELECT ${SERIES_COLUMNS} FROM volume_series
            WHERE scope = $1 AND fact = ANY ($2::text[]) AND ($3::text IS NULL OR id = $3)`,
        },
        [scope, [...facts], id === undefined ? null : repairText(id)],
      ),
    )
    return rows.map(toSeries)
  }

  async points(query: VolumeQuery) {
    const { from, to } = bucketsOf(query)
    const rows = await this.#sessions.read((session) =>
      session.query(
        {
          name: `volume points of ${query.unit}s`,
          text: `SELECT series, bucket / $1::bigint AS point, sum(count)::bigint AS count, sum(retries)::bigint AS retries
            FROM ${UNITS[query.unit].table} WHERE bucket >= $2 AND bucket < $3 AND series = ANY ($4::bigint[])
            GROUP BY series, point ORDER BY series, point`,
        },
        [query.unitsOfPoint, from, to, integers(query.series, (each) => each)],
      ),
    )
    return rows.map((row) => toPoint(row, query))
  }

  async membersSince(query: MembersQuery) {
    const { computation, unit, unitsOfPoint, fromMs } = query
    const rows = await this.#sessions.read((session) =>
      session.query(
        {
          name: `members since by ${unit}s`,
          text: `SELECT NULL::bigint AS series, NULL::bigint AS point, count(*) AS count, 0::bigint AS retries
            FROM members WHERE computation = $1
            UNION ALL
            SELECT series, bucket / $2::bigint, sum(count)::bigint, sum(retries)::bigint
            FROM ${UNITS[unit].table} WHERE bucket >= $3
              AND series IN (SELECT number FROM volume_series WHERE scope = 'computation' AND id = $4)
            GROUP BY 1, 2 ORDER BY series, point`,
        },
        [computation, unitsOfPoint, Math.floor(fromMs / UNITS[unit].ms), String(computation)],
      ),
    )
    return toMembers(rows, query)
  }

  async forget({ nowMs, limit }: { nowMs: number; limit: number }) {
    const { more, hasForgotten } = await this.#sessions.transaction(async (session) => {
      const minutes = await remove(
        session,
        UNITS.minute.table,
        firstKept(nowMs, MINUTES_KEPT_MS, UNITS.minute.ms),
        limit,
      )
      const firstHour = firstKept(nowMs, HOURS_KEPT_MS, UNITS.hour.ms)
      const hours = await remove(session, UNITS.hour.table, firstHour, limit)
      const isMore = minutes === limit || hours === limit
      return { more: isMore, hasForgotten: !isMore && (await forgetSeries(session, firstHour)) }
    })
    if (hasForgotten) this.reread()
    return { more }
  }
}

async function allSeries(session: Session): Promise<readonly StoredSeries[]> {
  const rows = await session.query({
    name: 'volume all series',
    text: `SELECT ${SERIES_COLUMNS} FROM volume_series`,
  })
  return rows.map(toSeries)
}

async function insert(
  session: Session,
  { name, series, clause = '' }: { name: string; series: readonly StoredSeries[]; clause?: string },
): Promise<void> {
  if (series.length === 0) return
  await session.query(
    {
      name,
      text: `INSERT INTO volume_series (${SERIES_COLUMNS}) SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[],
        $4::text[], $5::integer[], $6::text[], $7::text[], $8::text[], $9::bigint[]) ${clause}`,
    },
    [
      integers(series, (each) => each.number),
      series.map((each) => each.scope),
      series.map((each) => each.id),
      series.map((each) => each.fact),
      integers(series, (each) => each.route),
      series.map((each) => each.type),
      series.map((each) => each.name),
      series.map((each) => each.reason),
      integers(series, (each) => each.lastHour),
    ],
  )
}

async function add(session: Session, table: string, cells: readonly Cell[]): Promise<void> {
  await session.query(
    {
      name: `add ${table}`,
      text: `INSERT INTO ${table} AS c (bucket, series, count, retries)
        SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[])
        ON CONFLICT (bucket, series) DO UPDATE SET count = c.count + excluded.count,
          retries = c.retries + excluded.retries`,
    },
    [
      integers(cells, (each) => each.bucket),
      integers(cells, (each) => each.series),
      integers(cells, (each) => each.by),
      integers(cells, (each) => each.retries),
    ],
  )
}

async function remove(session: Session, table: string, before: number, limit: number): Promise<number> {
  const [row] = await session.query(
    {
      name: `forget ${table}`,
      text: `WITH old AS (SELECT bucket, series FROM ${table} WHERE bucket < $1 ORDER BY bucket, series LIMIT $2),
        gone AS (DELETE FROM ${table} c USING old WHERE c.bucket = old.bucket AND c.series = old.series RETURNING 1)
        SELECT count(*) AS rows FROM gone`,
    },
    [before, limit],
  )
  return row?.['rows'] as number
}

/** Waits for no commit: a series that one prolongs at this moment is not to be forgotten. */
async function forgetSeries(session: Session, firstHour: number): Promise<boolean> {
  const rows = await session.query(
    {
      name: 'forget volume series',
      text: `DELETE FROM volume_series WHERE number IN (
        SELECT number FROM volume_series WHERE last_hour < $1 FOR UPDATE SKIP LOCKED) RETURNING number`,
    },
    [firstHour],
  )
  return rows.length > 0
}
