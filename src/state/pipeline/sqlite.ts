/**
 * The pipeline's state on SQLite. Statements are prepared once and a commit runs without an await, because the
 * connection is shared with the configuration's commands (see `exclusive`). Keys are sorted before they touch a B-tree:
 * with random message ids, locality is what a batch costs.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import {
  type CancelLane,
  type CountDelta,
  DELIVERY_STATES,
  type DedupKey,
  type DeliveryDetail,
  type DeliveryId,
  type DeliveryState,
  type DeliveryUpdate,
  type InstanceRuntime,
  type NewRouting,
  OffsetConflict,
  type PipelineState,
  type PipelineStep,
  type RegulationView,
} from './port.ts'
import { OPEN_COLUMNS, toLedger, toOpen, toRuntime } from './rows.ts'

export interface SqlitePipelineOptions {
  readonly connection: DatabaseSync
  /** Runs work while nothing else uses the connection. */
  exclusive<T>(work: () => T): Promise<T>
}

const stateCode = (state: DeliveryState): number => DELIVERY_STATES.indexOf(state)

export class SqlitePipelineState implements PipelineState {
  readonly #db: DatabaseSync
  readonly #exclusive: SqlitePipelineOptions['exclusive']
  readonly #statements = new Map<string, StatementSync>()
  /** Days that have a deduplication table, newest first. */
  #dedupDays: number[]

  constructor(options: SqlitePipelineOptions) {
    this.#db = options.connection
    this.#exclusive = (work) => options.exclusive(work)
    this.#dedupDays = this.#db
      .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name GLOB 'dedup_[0-9]*'")
      .all()
      .map((row) => Number(String(row['name']).slice('dedup_'.length)))
      .sort((a, b) => b - a)
  }

  async offset(): Promise<number> {
    return this.#storedOffset()
  }

  async firstPositions(keys: readonly DedupKey[]): Promise<readonly (number | null)[]> {
    const found: (number | null)[] = new Array(keys.length).fill(null)
    const order = sortedByKey(keys)
    for (const day of this.#dedupDays) {
      const select = this.#prepare(`SELECT position FROM dedup_${day} WHERE key = ?`)
      for (const index of order) {
        if (found[index] !== null) continue
        const row = select.get((keys[index] as DedupKey).key)
        if (row !== undefined) found[index] = row['position'] as number
      }
    }
    return found
  }

  async tombstones(lanes: readonly number[]): Promise<readonly (number | null)[]> {
    const any = this.#prepare('SELECT 1 FROM tombstones LIMIT 1').get()
    if (any === undefined) return lanes.map(() => null)
    const select = this.#prepare('SELECT before_ms FROM tombstones WHERE lane = ?')
    return lanes.map((lane) => (select.get(lane)?.['before_ms'] as number | undefined) ?? null)
  }

  commit(step: PipelineStep): Promise<void> {
    return this.#exclusive(() => {
      this.#makeDedupTables(step)
      this.#db.exec('BEGIN IMMEDIATE')
      try {
        this.#write(step)
        this.#db.exec('COMMIT')
      } catch (error) {
        if (this.#db.isTransaction) this.#db.exec('ROLLBACK')
        throw error
      }
    })
  }

  async open({ instance, after, limit }: { instance: number; after: DeliveryId; limit: number }) {
    const rows = this.#prepare(`SELECT ${OPEN_COLUMNS} FROM deliveries d LEFT JOIN retries r USING (position, route)
      WHERE d.state = 0 AND d.instance = ? AND (d.position, d.route) > (?, ?)
      ORDER BY d.position, d.route LIMIT ?`).all(instance, after.position, after.route, limit)
    return rows.map((row) => toOpen(row))
  }

  async spilled(options: { instance: number; lane: number; after: DeliveryId; limit: number }) {
    const { instance, lane, after, limit } = options
    const rows = this.#prepare(`SELECT ${OPEN_COLUMNS} FROM spills s JOIN deliveries d USING (position, route)
      LEFT JOIN retries r USING (position, route)
      WHERE s.instance = ? AND s.lane = ? AND (s.position, s.route) > (?, ?) AND d.state = 0
      ORDER BY s.position, s.route LIMIT ?`).all(instance, lane, after.position, after.route, limit)
    return rows.map((row) => toOpen(row))
  }

  async unspill(): Promise<void> {
    await this.#exclusive(() => this.#db.exec('DELETE FROM spills'))
  }

  async runtimes(): Promise<readonly InstanceRuntime[]> {
    return this.#prepare('SELECT * FROM instance_runtimes')
      .all()
      .map((row) => toRuntime(row))
  }

  async counts(): Promise<readonly CountDelta[]> {
    const rows = this.#prepare('SELECT scope, id, name, value AS by FROM counters').all()
    return rows.map((row) => ({ ...row })) as unknown as CountDelta[]
  }

  async pending(): Promise<ReadonlyMap<number, number>> {
    const rows = this.#prepare(
      'SELECT instance, count(*) AS pending FROM deliveries WHERE state = 0 GROUP BY instance',
    ).all()
    return new Map(rows.map((row) => [row['instance'] as number, row['pending'] as number]))
  }

  async ledger(options: { instance?: number; state?: DeliveryState; position?: number; limit: number }) {
    const where: string[] = []
    const values: number[] = []
    if (options.instance !== undefined) {
      where.push('d.instance = ?')
      values.push(options.instance)
    }
    // Written out, not bound: a partial index is used only when the statement itself names its condition.
    if (options.state !== undefined) where.push(`d.state = ${stateCode(options.state)}`)
    if (options.position !== undefined) {
      where.push('d.position = ?')
      values.push(options.position)
    }
    const rows = this.#prepare(`SELECT ${OPEN_COLUMNS}, d.state, d.status, d.reason, d.ended_at
      FROM deliveries d LEFT JOIN retries r USING (position, route)
      ${where.length > 0 ? `WHERE ${where.join(' AND ')}` : ''}
      ORDER BY d.position DESC, d.route DESC LIMIT ?`).all(...values, options.limit)
    return rows.map((row) => toLedger(row))
  }

  async detail({ position, route }: DeliveryId): Promise<DeliveryDetail | null> {
    const row = this.#prepare(
      'SELECT request, response, body FROM delivery_details WHERE position = ? AND route = ?',
    ).get(position, route)
    return row === undefined ? null : ({ ...row } as unknown as DeliveryDetail)
  }

  async routing(position: number): Promise<NewRouting | null> {
    const row = this.#prepare('SELECT lane, config_version, decisions FROM routings WHERE position = ?').get(position)
    if (row === undefined) return null
    return {
      position,
      lane: row['lane'] as number,
      configVersion: row['config_version'] as number,
      decisions: JSON.parse(row['decisions'] as string),
    }
  }

  async regulation(id: string): Promise<RegulationView | null> {
    const row = this.#prepare('SELECT created_at, subjects FROM regulations WHERE id = ?').get(id)
    if (row === undefined) return null
    const tasks = this.#prepare(`SELECT t.destination_id, d.state, d.status, d.reason, d.ended_at
      FROM regulation_tasks t JOIN deliveries d USING (position, route) WHERE t.regulation_id = ?`).all(id)
    return {
      id,
      createdAtMs: row['created_at'] as number,
      subjects: row['subjects'] as number,
      tasks: tasks.map((task) => ({
        destinationId: task['destination_id'] as string,
        state: DELIVERY_STATES[task['state'] as number] as DeliveryState,
        status: task['status'] as number | null,
        reason: task['reason'] as string | null,
        endedAtMs: task['ended_at'] as number | null,
      })),
    }
  }

  forget(options: { dedupBeforeDay: number; deliveredBeforeMs: number; limit: number }): Promise<{ more: boolean }> {
    return this.#exclusive(() => {
      for (const day of this.#dedupDays.filter((each) => each < options.dedupBeforeDay)) {
        this.#statements.delete(`SELECT position FROM dedup_${day} WHERE key = ?`)
        this.#statements.delete(`INSERT INTO dedup_${day} (key, position) VALUES (?, ?)`)
        this.#db.exec(`DROP TABLE dedup_${day}`)
      }
      this.#dedupDays = this.#dedupDays.filter((day) => day >= options.dedupBeforeDay)
      const ended = this.#prepare(`SELECT position, route FROM deliveries
        WHERE state IN (1, 3, 4) AND ended_at < ? ORDER BY position, route LIMIT ?`).all(
        options.deliveredBeforeMs,
        options.limit,
      )
      if (ended.length === 0) return { more: false }
      const last = ended.at(-1)?.['position'] as number
      this.#db.exec('BEGIN IMMEDIATE')
      for (const table of ['delivery_details', 'deliveries']) {
        const remove = this.#prepare(`DELETE FROM ${table} WHERE position = ? AND route = ?`)
        for (const row of ended) remove.run(row['position'] as number, row['route'] as number)
      }
      this.#prepare(
        `DELETE FROM routings WHERE position <= ?
          AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.position = routings.position)`,
      ).run(last)
      this.#db.exec('COMMIT')
      return { more: ended.length === options.limit }
    })
  }

  #prepare(sql: string): StatementSync {
    let statement = this.#statements.get(sql)
    if (statement === undefined) {
      statement = this.#db.prepare(sql)
      this.#statements.set(sql, statement)
    }
    return statement
  }

  #storedOffset(): number {
    return this.#prepare('SELECT position FROM log_offset WHERE partition = 0').get()?.['position'] as number
  }

  #makeDedupTables(step: PipelineStep): void {
    for (const { day } of step.processed?.accepted ?? []) {
      if (this.#dedupDays.includes(day)) continue
      this.#db.exec(`CREATE TABLE IF NOT EXISTS dedup_${day}
        (key BLOB PRIMARY KEY, position INTEGER NOT NULL) WITHOUT ROWID, STRICT`)
      this.#dedupDays = [day, ...this.#dedupDays].sort((a, b) => b - a)
    }
  }

  #write(step: PipelineStep): void {
    // What has ended must not be cancelled by an erasure of the same step.
    for (const update of step.updates) this.#writeUpdate(update)
    if (step.processed !== undefined) this.#writeProcessed(step.processed)
    for (const { scope, id, name, by } of step.counts) this.#count(scope, id, name, by)
    const runtime =
      this.#prepare(`INSERT INTO instance_runtimes (instance, paused_ms, hold_reason, hold_since, hold_detail)
      VALUES (?, ?, ?, ?, ?) ON CONFLICT (instance) DO UPDATE SET paused_ms = excluded.paused_ms,
      hold_reason = excluded.hold_reason, hold_since = excluded.hold_since, hold_detail = excluded.hold_detail`)
    for (const { instance, pausedMs, hold } of step.runtimes) {
      runtime.run(instance, Math.round(pausedMs), hold?.reason ?? null, hold?.sinceMs ?? null, hold?.detail ?? null)
    }
  }

  #count(scope: string, id: string, name: string, by: number): void {
    this.#prepare(`INSERT INTO counters (scope, id, name, value) VALUES (?, ?, ?, ?)
      ON CONFLICT (scope, id, name) DO UPDATE SET value = value + excluded.value`).run(scope, id, name, by)
  }

  #writeProcessed(processed: NonNullable<PipelineStep['processed']>): void {
    const stored = this.#storedOffset()
    if (stored !== processed.from) throw new OffsetConflict(`offset is ${stored}, expected ${processed.from}`)
    this.#prepare('UPDATE log_offset SET position = ? WHERE partition = 0').run(processed.to)
    for (const index of sortedByKey(processed.accepted)) {
      const { day, key, position } = processed.accepted[index] as (typeof processed.accepted)[number]
      this.#prepare(`INSERT INTO dedup_${day} (key, position) VALUES (?, ?)`).run(key, position)
    }
    const routing = this.#prepare(
      'INSERT INTO routings (position, lane, config_version, decisions) VALUES (?, ?, ?, ?)',
    )
    for (const each of processed.routings) {
      routing.run(each.position, each.lane, each.configVersion, JSON.stringify(each.decisions))
    }
    this.#cancelLanes(processed.cancelLanes)
    const delivery = this.#prepare('INSERT INTO deliveries (position, route, instance, lane) VALUES (?, ?, ?, ?)')
    for (const each of processed.deliveries) delivery.run(each.position, each.route, each.instance, each.lane)
    const tombstone = this.#prepare(`INSERT INTO tombstones (lane, before_ms) VALUES (?, ?)
      ON CONFLICT (lane) DO UPDATE SET before_ms = max(before_ms, excluded.before_ms)`)
    for (const { lane, beforeMs } of processed.tombstones) tombstone.run(lane, beforeMs)
    const regulation = this.#prepare(`INSERT INTO regulations (id, created_at, subjects) VALUES (?, ?, ?)
      ON CONFLICT (id) DO UPDATE SET subjects = subjects + excluded.subjects`)
    for (const { id, createdAtMs, subjects } of processed.regulations) regulation.run(id, createdAtMs, subjects)
    const task = this.#prepare(
      'INSERT INTO regulation_tasks (regulation_id, position, route, destination_id) VALUES (?, ?, ?, ?)',
    )
    for (const each of processed.regulationTasks) {
      task.run(each.regulationId, each.position, each.route, each.destinationId)
    }
  }

  /** One pass over what is open for all lanes of the step: deletions come in lists. */
  #cancelLanes(lanes: readonly CancelLane[]): void {
    if (lanes.length === 0) return
    const wanted = new Map(lanes.map((each) => [each.lane, each]))
    const open = this.#prepare(
      'SELECT position, route, instance, lane FROM deliveries INDEXED BY deliveries_open WHERE state = 0 AND route > 0',
    ).all() as unknown as { position: number; route: number; instance: number; lane: number }[]
    const cancelled = new Map<number, number>()
    for (const row of open) {
      const cancel = wanted.get(row.lane)
      if (cancel === undefined || row.position >= cancel.before) continue
      if (cancel.inFlight.some((id) => id.position === row.position && id.route === row.route)) continue
      const how = { attempts: null, status: null, reason: 'erasure_requested', atMs: cancel.atMs }
      this.#end(row, 'cancelled', { ...how, hasRetryRow: true, wasSpilled: true })
      cancelled.set(row.instance, (cancelled.get(row.instance) ?? 0) + 1)
    }
    for (const [instance, by] of cancelled) this.#count('destination', String(instance), 'cancelled', by)
  }

  #writeUpdate(update: DeliveryUpdate): void {
    const { position, route } = update
    switch (update.kind) {
      case 'spill':
        this.#prepare('INSERT OR IGNORE INTO spills (instance, lane, position, route) VALUES (?, ?, ?, ?)').run(
          update.instance,
          update.lane,
          position,
          route,
        )
        return
      case 'retry':
        this.#prepare(
          'UPDATE deliveries SET attempts = ?, status = ?, reason = ? WHERE position = ? AND route = ? AND state = 0',
        ).run(update.attempts, update.status, update.reason, position, route)
        this.#prepare(`INSERT INTO retries
          (position, route, first_attempt_at, paused_ms_at_first, next_attempt_at, malformed, frozen)
          VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (position, route) DO UPDATE SET
          next_attempt_at = excluded.next_attempt_at, malformed = excluded.malformed`).run(
          position,
          route,
          update.firstAttemptAtMs,
          Math.round(update.pausedMsAtFirst),
          Math.round(update.nextAttemptAtMs),
          update.malformed,
          update.frozen,
        )
        return
      case 'end':
        this.#end(update, update.state, update)
        if (update.detail !== null) {
          const { request, response, body } = update.detail
          this.#prepare(
            'INSERT OR REPLACE INTO delivery_details (position, route, request, response, body) VALUES (?, ?, ?, ?, ?)',
          ).run(position, route, request, response, body)
        }
    }
  }

  #end(
    delivery: DeliveryId & { instance: number; lane: number },
    state: DeliveryState,
    how: {
      attempts: number | null
      status: number | null
      reason: string | null
      atMs: number
      hasRetryRow: boolean
      wasSpilled: boolean
    },
  ): void {
    const { position, route } = delivery
    this.#prepare(`UPDATE deliveries SET state = ?, attempts = coalesce(?, attempts), status = coalesce(?, status),
      reason = ?, ended_at = ? WHERE position = ? AND route = ? AND state = 0`).run(
      stateCode(state),
      how.attempts,
      how.status,
      how.reason,
      Math.round(how.atMs),
      position,
      route,
    )
    if (how.hasRetryRow) this.#prepare('DELETE FROM retries WHERE position = ? AND route = ?').run(position, route)
    if (!how.wasSpilled) return
    this.#prepare('DELETE FROM spills WHERE instance = ? AND lane = ? AND position = ? AND route = ?').run(
      delivery.instance,
      delivery.lane,
      position,
      route,
    )
  }
}

/** Indexes of `keys` in key order. */
function sortedByKey(keys: readonly DedupKey[]): number[] {
  return keys
    .map((_, index) => index)
    .sort((a, b) => Buffer.compare((keys[a] as DedupKey).key, (keys[b] as DedupKey).key))
}
