/**
 * The pipeline's state on SQLite. Statements are prepared once and a commit runs without an await, because the
 * connection is shared with the configuration's commands (see `exclusive`). Keys are sorted before they touch a B-tree:
 * with random message ids, locality is what a batch costs.
 */
import type { DatabaseSync } from 'node:sqlite'
import type { Kysely } from 'kysely'
import { SqliteProfiles } from '../profiles/sqlite.ts'
import { SqliteSeen } from '../seen/sqlite.ts'
import { SqliteVolume } from '../volume/sqlite.ts'
import type {
  CountDelta,
  DedupKey,
  DeliveryDetail,
  DeliveryId,
  InstanceRuntime,
  LedgerQuery,
  NewRouting,
  PipelineState,
  PipelineStep,
  RegulationHead,
  RegulationProgress,
  RegulationView,
} from './port.ts'
import type { Alongside, NewReplay, Replay, ReplayAdvance, ReplayEnd, ReplayState } from './replay-port.ts'
import {
  latestRegulationsSql,
  ledgerQuery,
  OPEN_COLUMNS,
  regulationProgressSql,
  toLedger,
  toOpen,
  toRegulation,
  toRegulationHead,
  toRegulationProgress,
  toRouting,
  toRuntime,
} from './rows.ts'
import { storedOffset, writeStep } from './sqlite-commit.ts'
import { SqliteForgetting } from './sqlite-forget.ts'
import { advanceReplay, createReplay, endReplay, readDeadLetters, readReplays } from './sqlite-replays.ts'
import { SqliteStatements } from './sqlite-statements.ts'
import { repairText, sortedByKey } from './step.ts'

export interface SqlitePipelineOptions {
  readonly connection: DatabaseSync
  /** Runs work while nothing else uses the connection. */
  exclusive<T>(work: () => T): Promise<T>
  /** Runs work in one transaction, begun on the connection, while nothing else uses it. */
  write<T>(work: (tx: Kysely<unknown>) => Promise<T>): Promise<T>
}

/** Bytes of a deduplication key. */
const KEY_BYTES = 16

export class SqlitePipelineState implements PipelineState {
  readonly people: SqliteProfiles
  readonly seen: SqliteSeen
  readonly volume: SqliteVolume
  readonly #sql: SqliteStatements
  readonly #exclusive: SqlitePipelineOptions['exclusive']
  readonly #write: SqlitePipelineOptions['write']
  readonly #forgetting: SqliteForgetting

  constructor(options: SqlitePipelineOptions) {
    this.#sql = new SqliteStatements(options.connection)
    this.#exclusive = (work) => options.exclusive(work)
    this.#write = (work) => options.write(work)
    this.#forgetting = new SqliteForgetting(this.#sql)
    this.people = new SqliteProfiles(this.#sql)
    this.seen = new SqliteSeen(this.#sql)
    this.volume = new SqliteVolume(this.#sql, this.#exclusive)
  }

  async offset(): Promise<number> {
    return storedOffset(this.#sql)
  }

  /**
   * One statement a day, for all keys: with 30 days of 5,000 keys that took 11 µs an event, a statement for each key and
   * day 76 µs.
   */
  async firstPositions(keys: readonly DedupKey[]): Promise<readonly (number | null)[]> {
    const found: (number | null)[] = new Array(keys.length).fill(null)
    const order = sortedByKey(keys)
    const all = Buffer.concat(order.map((index) => (keys[index] as DedupKey).key))
    const starts = order.map((_, place) => place * KEY_BYTES + 1)
    const fromDays = order.map((index) => keys[index]?.fromDay ?? Number.NEGATIVE_INFINITY)
    for (const day of this.#sql.dedupDays) {
      const wanted = starts.filter((_, place) => (fromDays[place] as number) <= day)
      if (wanted.length === 0) continue
      const rows = this.#sql
        .prepare(`SELECT k.value AS start, d.position FROM json_each(?1) k
        CROSS JOIN dedup_${day} d ON d.key = substr(?2, k.value, ${KEY_BYTES})`)
        .all(JSON.stringify(wanted), all)
      for (const row of rows) {
        const place = ((row['start'] as number) - 1) / KEY_BYTES
        found[order[place] as number] ??= row['position'] as number
      }
    }
    return found
  }

  async tombstones(lanes: readonly number[]): Promise<readonly (number | null)[]> {
    const any = this.#sql.prepare('SELECT 1 FROM tombstones LIMIT 1').get()
    if (any === undefined) return lanes.map(() => null)
    const select = this.#sql.prepare('SELECT before_ms FROM tombstones WHERE lane = ?')
    return lanes.map((lane) => (select.get(lane)?.['before_ms'] as number | undefined) ?? null)
  }

  commit(step: PipelineStep): Promise<void> {
    return this.#counting(() => writeStep(this.#sql, this.volume, step))
  }

  async open({ instance, after, limit }: { instance: number; after: DeliveryId; limit: number }) {
    const rows = this.#sql
      .prepare(`SELECT ${OPEN_COLUMNS} FROM deliveries d LEFT JOIN retries r USING (position, route)
      WHERE d.state = 0 AND d.instance = ? AND (d.position, d.route) > (?, ?)
      ORDER BY d.position, d.route LIMIT ?`)
      .all(instance, after.position, after.route, limit)
    return rows.map((row) => toOpen(row))
  }

  async spilled(options: { instance: number; lane: number; after: DeliveryId; limit: number }) {
    const { instance, lane, after, limit } = options
    const rows = this.#sql
      .prepare(`SELECT ${OPEN_COLUMNS} FROM spills s JOIN deliveries d USING (position, route)
      LEFT JOIN retries r USING (position, route)
      WHERE s.instance = ? AND s.lane = ? AND (s.position, s.route) > (?, ?) AND d.state = 0
      ORDER BY s.position, s.route LIMIT ?`)
      .all(instance, lane, after.position, after.route, limit)
    return rows.map((row) => toOpen(row))
  }

  async unspill(): Promise<void> {
    await this.#exclusive(() => this.#sql.db.exec('DELETE FROM spills'))
  }

  async runtimes(): Promise<readonly InstanceRuntime[]> {
    const rows = this.#sql.prepare('SELECT * FROM instance_runtimes ORDER BY instance').all()
    return rows.map((row) => toRuntime(row))
  }

  async counts(): Promise<readonly CountDelta[]> {
    return this.#counts()
  }

  async pending(): Promise<ReadonlyMap<number, number>> {
    return this.#pending()
  }

  async tally() {
    // On the writing connection nothing can come between two statements; a reading one needs a transaction for that.
    if (this.#sql.db.isTransaction) return { counts: this.#counts(), pending: this.#pending() }
    this.#sql.db.exec('BEGIN')
    try {
      return { counts: this.#counts(), pending: this.#pending() }
    } finally {
      this.#sql.db.exec('COMMIT')
    }
  }

  async ledger(options: LedgerQuery) {
    const { sql, values } = ledgerQuery(options, () => '?')
    return this.#sql
      .prepare(sql)
      .all(...values)
      .map((row) => toLedger(row))
  }

  async detail({ position, route }: DeliveryId): Promise<DeliveryDetail | null> {
    const row = this.#sql
      .prepare('SELECT request, response, body FROM delivery_details WHERE position = ? AND route = ?')
      .get(position, route)
    return row === undefined ? null : ({ ...row } as unknown as DeliveryDetail)
  }

  async routing(position: number): Promise<NewRouting | null> {
    const row = this.#sql
      .prepare('SELECT position, lane, config_version, decisions FROM routings WHERE position = ?')
      .get(position)
    return row === undefined ? null : toRouting(row)
  }

  async regulation(id: string): Promise<RegulationView | null> {
    const known = repairText(id)
    const row = this.#sql.prepare('SELECT id, created_at, subjects FROM regulations WHERE id = ?').get(known)
    if (row === undefined) return null
    const tasks = this.#sql
      .prepare(`SELECT position, route, t.destination_id, d.state, d.status, d.reason, d.ended_at
      FROM regulation_tasks t JOIN deliveries d USING (position, route) WHERE t.regulation_id = ?
      ORDER BY t.position, t.route`)
      .all(known)
    return toRegulation(row, tasks)
  }

  async latestRegulations(limit: number): Promise<readonly RegulationHead[]> {
    return this.#sql.prepare(latestRegulationsSql('?')).all(limit).map(toRegulationHead)
  }

  async regulationProgress(id: string): Promise<RegulationProgress> {
    return toRegulationProgress(this.#sql.prepare(regulationProgressSql('?')).get(repairText(id)))
  }

  forget(options: { dedupBeforeDay: number; deliveredBeforeMs: number; limit: number }): Promise<{ more: boolean }> {
    return this.#exclusive(() => {
      this.#sql.dropDaysBefore(options.dedupBeforeDay)
      return this.#forgetting.forget(options)
    })
  }

  createReplay(replay: NewReplay, alongside?: Alongside): Promise<Replay> {
    return this.#write(async (tx) => {
      const created = createReplay(this.#sql, replay)
      await alongside?.(tx, created)
      return created
    })
  }

  async replays(options: { id?: string; number?: number; state?: ReplayState; limit: number }) {
    return readReplays(this.#sql, options)
  }

  async deadLetters(options: Parameters<PipelineState['deadLetters']>[0]) {
    return readDeadLetters(this.#sql, options)
  }

  advanceReplay(advance: ReplayAdvance) {
    return this.#counting(() => advanceReplay(this.#sql, this.volume, advance))
  }

  async endReplay(end: ReplayEnd, alongside?: Alongside): Promise<void> {
    try {
      await this.#write(async (tx) => {
        endReplay(this.#sql, this.volume, end)
        const [ended] = readReplays(this.#sql, { number: end.number, limit: 1 })
        if (ended !== undefined) await alongside?.(tx, ended)
      })
    } catch (error) {
      this.volume.reread()
      throw error
    }
  }

  /** A transaction that counts. */
  #counting<T>(work: () => T): Promise<T> {
    return this.#exclusive(() => {
      try {
        return this.#sql.transaction(work)
      } catch (error) {
        this.volume.reread()
        throw error
      }
    })
  }

  #counts(): readonly CountDelta[] {
    const rows = this.#sql.prepare('SELECT scope, id, name, value AS by FROM counters ORDER BY scope, id, name').all()
    return rows.map((row) => ({ ...row })) as unknown as CountDelta[]
  }

  #pending(): ReadonlyMap<number, number> {
    const rows = this.#sql.prepare(
      'SELECT instance, count(*) AS pending FROM deliveries WHERE state = 0 GROUP BY instance',
    )
    return new Map(rows.all().map((row) => [row['instance'] as number, row['pending'] as number]))
  }
}
