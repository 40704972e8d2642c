/** Counts over time on SQLite. */
import type { SqliteStatements } from '../pipeline/sqlite-statements.ts'
import { repairText } from '../pipeline/step.ts'
import { HOURS_KEPT_MS, type MembersQuery, MINUTES_KEPT_MS, type VolumeQuery, type VolumeStore } from './port.ts'
import { bucketsOf, firstKept, SERIES_COLUMNS, toMembers, toPoint, toSeries, UNITS } from './rows.ts'
import { type Cell, SeriesIndex } from './series-index.ts'
import type { VolumeSum } from './sum.ts'

const CREATE = `INSERT INTO volume_series (${SERIES_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`
const PROLONG = 'UPDATE volume_series SET last_hour = ? WHERE number = ?'

export class SqliteVolume implements VolumeStore {
  readonly #sql: SqliteStatements
  readonly #exclusive: <T>(work: () => T) => Promise<T>
  #index: SeriesIndex | undefined

  constructor(sql: SqliteStatements, exclusive: <T>(work: () => T) => Promise<T>) {
    this.#sql = sql
    this.#exclusive = exclusive
  }

  /** Inside of a transaction. Should that fail, `reread` is to be called. */
  write(sum: VolumeSum): void {
    const deltas = sum.deltas()
    if (deltas.length === 0) return
    this.#index ??= new SeriesIndex(
      this.#sql.prepare(`SELECT ${SERIES_COLUMNS} FROM volume_series`).all().map(toSeries),
    )
    const { created, prolonged, minutes, hours } = this.#index.take(deltas)
    const create = this.#sql.prepare(CREATE)
    for (const { number, scope, id, fact, route, type, name, reason, lastHour } of created) {
      create.run(number, scope, id, fact, route, type, name, reason, lastHour)
    }
    for (const { number, lastHour } of prolonged) this.#sql.prepare(PROLONG).run(lastHour, number)
    this.#add(UNITS.minute.table, minutes)
    this.#add(UNITS.hour.table, hours)
  }

  /** What is in memory may not be in the database. */
  reread(): void {
    this.#index = undefined
  }

  async series({ scope, id, facts }: Parameters<VolumeStore['series']>[0]) {
    const ofId = id === undefined ? '' : 'AND id = ?'
    const rows = this.#sql
      .prepare(`SELECT ${SERIES_COLUMNS} FROM volume_series
        WHERE scope = ? AND fact IN (SELECT value FROM json_each(?)) ${ofId}`)
      .all(scope, JSON.stringify(facts), ...(id === undefined ? [] : [repairText(id)]))
    return rows.map(toSeries)
  }

  async points(query: VolumeQuery) {
    const { from, to } = bucketsOf(query)
    const rows = this.#sql
      .prepare(`SELECT series, bucket / CAST(? AS INTEGER) AS point, sum(count) AS count, sum(retries) AS retries
        FROM ${UNITS[query.unit].table} WHERE bucket >= ? AND bucket < ? AND series IN (SELECT value FROM json_each(?))
        GROUP BY series, point ORDER BY series, point`)
      .all(query.unitsOfPoint, from, to, JSON.stringify(query.series))
    return rows.map((row) => toPoint(row, query))
  }

  async membersSince(query: MembersQuery) {
    const { computation, unit, unitsOfPoint, fromMs } = query
    const rows = this.#sql
      .prepare(`SELECT NULL AS series, NULL AS point, count(*) AS count, 0 AS retries FROM members WHERE computation = ?
        UNION ALL
        SELECT series, bucket / CAST(? AS INTEGER) AS point, sum(count) AS count, sum(retries) AS retries
        FROM ${UNITS[unit].table} WHERE bucket >= ?
          AND series IN (SELECT number FROM volume_series WHERE scope = 'computation' AND id = ?)
        GROUP BY series, point ORDER BY series, point`)
      .all(computation, unitsOfPoint, Math.floor(fromMs / UNITS[unit].ms), String(computation))
    return toMembers(rows, query)
  }

  forget({ nowMs, limit }: { nowMs: number; limit: number }): Promise<{ more: boolean }> {
    return this.#exclusive(() =>
      this.#sql.transaction(() => {
        const minutes = this.#remove(UNITS.minute.table, firstKept(nowMs, MINUTES_KEPT_MS, UNITS.minute.ms), limit)
        const firstHour = firstKept(nowMs, HOURS_KEPT_MS, UNITS.hour.ms)
        const hours = this.#remove(UNITS.hour.table, firstHour, limit)
        const more = minutes === limit || hours === limit
        if (!more && this.#forgetSeries(firstHour)) this.reread()
        return { more }
      }),
    )
  }

  #add(table: string, cells: readonly Cell[]): void {
    const add = this.#sql.prepare(`INSERT INTO ${table} (bucket, series, count, retries) VALUES (?, ?, ?, ?)
      ON CONFLICT (bucket, series) DO UPDATE SET count = count + excluded.count, retries = retries + excluded.retries`)
    for (const { bucket, series, by, retries } of cells) add.run(bucket, series, by, retries)
  }

  #remove(table: string, before: number, limit: number): number {
    const { changes } = this.#sql
      .prepare(`DELETE FROM ${table} WHERE (bucket, series) IN
        (SELECT bucket, series FROM ${table} WHERE bucket < ? ORDER BY bucket, series LIMIT ?)`)
      .run(before, limit)
    return Number(changes)
  }

  #forgetSeries(firstHour: number): boolean {
    return this.#sql.prepare('DELETE FROM volume_series WHERE last_hour < ?').run(firstHour).changes > 0
  }
}
