/** Writes one step. Runs inside of a transaction and never awaits. */

import { writeUnify } from '../profiles/sqlite.ts'
import { writeSeen } from '../seen/sqlite.ts'
import type { SqliteVolume } from '../volume/sqlite.ts'
import {
  type DeliveryId,
  type DeliveryUpdate,
  type EndState,
  type NewDelivery,
  OffsetConflict,
  type OpenDelivery,
  type PipelineStep,
} from './port.ts'
import { stateCode } from './rows.ts'
import type { SqliteStatements } from './sqlite-statements.ts'
import { CountSum, firstOfDays, idText, mergeCancels, mergeTombstones, repairText, sortedByKey } from './step.ts'

type Processed = NonNullable<PipelineStep['processed']>
type Retry = Extract<DeliveryUpdate, { kind: 'retry' }>
type End = Extract<DeliveryUpdate, { kind: 'end' }>

const SPILL = `INSERT OR IGNORE INTO spills (instance, lane, position, route)
  SELECT instance, lane, position, route FROM deliveries WHERE position = ? AND route = ? AND state = 0`
const RETRIED = `UPDATE deliveries SET attempts = ?, status = ?, reason = ?
  WHERE position = ? AND route = ? AND state = 0`
const RETRY = `INSERT INTO retries
  (position, route, first_attempt_at, paused_ms_at_first, next_attempt_at, malformed, frozen)
  VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (position, route) DO UPDATE SET
  next_attempt_at = excluded.next_attempt_at, malformed = excluded.malformed,
  frozen = coalesce(frozen, excluded.frozen)`
const END = `UPDATE deliveries SET state = ?, attempts = coalesce(?, attempts), status = coalesce(?, status),
  reason = ?, ended_at = ? WHERE position = ? AND route = ? AND state = 0`
const FORGET_RETRY = 'DELETE FROM retries WHERE position = ? AND route = ?'
const FORGET_SPILL = 'DELETE FROM spills WHERE instance = ? AND lane = ? AND position = ? AND route = ?'
const DETAIL =
  'INSERT OR REPLACE INTO delivery_details (position, route, request, response, body) VALUES (?, ?, ?, ?, ?)'
/** The lanes come as one JSON array, so that only what is to be cancelled leaves the database. */
const OPEN_OF_LANES = `SELECT position, route, instance, lane, replay FROM deliveries INDEXED BY deliveries_open
  WHERE state = 0 AND route > 0 AND lane IN (SELECT value FROM json_each(?))`
const COUNT = `INSERT INTO counters (scope, id, name, value) VALUES (?, ?, ?, ?)
  ON CONFLICT (scope, id, name) DO UPDATE SET value = value + excluded.value`
const FORGET_DETAIL = 'DELETE FROM delivery_details WHERE position = ? AND route = ?'
const RUNTIME = `INSERT INTO instance_runtimes (instance, paused_ms, hold_reason, hold_since, hold_detail)
  VALUES (?, ?, ?, ?, ?) ON CONFLICT (instance) DO UPDATE SET paused_ms = excluded.paused_ms,
  hold_reason = excluded.hold_reason, hold_since = excluded.hold_since, hold_detail = excluded.hold_detail`

export function storedOffset(sql: SqliteStatements): number {
  return sql.prepare('SELECT position FROM log_offset WHERE partition = 0').get()?.['position'] as number
}

export function writeStep(sql: SqliteStatements, volume: SqliteVolume, step: PipelineStep): void {
  const counts = new CountSum()
  counts.addStated(step.counts)
  counts.volume.addAll(step.volume ?? [])
  // What has ended must not be cancelled by an erasure of the same step.
  for (const update of step.updates) writeUpdate(sql, update, counts)
  if (step.processed !== undefined) writeProcessed(sql, step.processed, counts)
  if (step.unify !== undefined) writeUnify(sql, step.unify, counts.volume)
  if (step.seen !== undefined) writeSeen(sql, step.seen)
  writeCounts(sql, volume, counts)
  for (const { instance, pausedMs, hold } of step.runtimes) {
    const held = hold === null ? [null, null, null] : [repairText(hold.reason), hold.sinceMs, repairText(hold.detail)]
    sql.prepare(RUNTIME).run(instance, Math.round(pausedMs), ...held)
  }
}

export function writeCounts(sql: SqliteStatements, volume: SqliteVolume, counts: CountSum): void {
  for (const { scope, id, name, by } of counts.sums()) sql.prepare(COUNT).run(scope, id, name, by)
  volume.write(counts.volume)
}

function writeProcessed(sql: SqliteStatements, processed: Processed, counts: CountSum): void {
  const stored = storedOffset(sql)
  if (stored !== processed.from) throw new OffsetConflict(`offset is ${stored}, expected ${processed.from}`)
  sql.prepare('UPDATE log_offset SET position = ? WHERE partition = 0').run(processed.to)
  writeAccepted(sql, processed.accepted)
  const routing = sql.prepare('INSERT INTO routings (position, lane, config_version, decisions) VALUES (?, ?, ?, ?)')
  for (const { position, lane, configVersion, decisions } of processed.routings) {
    routing.run(position, lane, configVersion, JSON.stringify(decisions))
  }
  cancelLanes(sql, processed.cancelLanes, counts)
  const delivery = sql.prepare('INSERT INTO deliveries (position, route, instance, lane) VALUES (?, ?, ?, ?)')
  for (const each of processed.deliveries) delivery.run(each.position, each.route, each.instance, each.lane)
  const tombstone = sql.prepare(`INSERT INTO tombstones (lane, before_ms) VALUES (?, ?)
    ON CONFLICT (lane) DO UPDATE SET before_ms = max(before_ms, excluded.before_ms)`)
  for (const [lane, beforeMs] of mergeTombstones(processed.tombstones)) tombstone.run(lane, beforeMs)
  const regulation = sql.prepare(`INSERT INTO regulations (id, created_at, subjects) VALUES (?, ?, ?)
    ON CONFLICT (id) DO UPDATE SET subjects = subjects + excluded.subjects`)
  for (const { id, createdAtMs, subjects } of processed.regulations) {
    regulation.run(repairText(id), Math.round(createdAtMs), subjects)
  }
  const task = sql.prepare(
    'INSERT INTO regulation_tasks (regulation_id, position, route, destination_id) VALUES (?, ?, ?, ?)',
  )
  for (const each of processed.regulationTasks) {
    task.run(repairText(each.regulationId), each.position, each.route, repairText(each.destinationId))
  }
}

function writeAccepted(sql: SqliteStatements, accepted: Processed['accepted']): void {
  const insertOf = new Map<number, ReturnType<SqliteStatements['prepare']>>()
  for (const [day, position] of firstOfDays(accepted)) {
    sql.makeDay(day)
    sql.prepare('INSERT OR IGNORE INTO log_days (day, first_position) VALUES (?, ?)').run(day, position)
    insertOf.set(day, sql.prepare(`INSERT INTO dedup_${day} (key, position) VALUES (?, ?)`))
  }
  for (const index of sortedByKey(accepted)) {
    const { day, key, position } = accepted[index] as Processed['accepted'][number]
    insertOf.get(day)?.run(key, position)
  }
}

function cancelLanes(sql: SqliteStatements, cancels: Processed['cancelLanes'], counts: CountSum): void {
  if (cancels.length === 0) return
  const { lanes, spared } = mergeCancels(cancels)
  const open = sql.prepare(OPEN_OF_LANES).all(JSON.stringify([...lanes.keys()])) as unknown as OpenDelivery[]
  for (const row of open) {
    const cancel = lanes.get(row.lane)
    if (cancel === undefined || row.position >= cancel.before || spared.has(idText(row))) continue
    const how = { attempts: null, status: null, reason: 'erasure_requested', atMs: cancel.atMs }
    end(sql, row, 'cancelled', { ...how, hasRetryRow: true, wasSpilled: true })
    counts.addEnded(row, 'cancelled', { ...how, route: row.route, attempts: 0 })
  }
}

function writeUpdate(sql: SqliteStatements, update: DeliveryUpdate, counts: CountSum): void {
  switch (update.kind) {
    case 'spill':
      sql.prepare(SPILL).run(update.position, update.route)
      return
    case 'retry':
      writeRetry(sql, update)
      return
    case 'end':
      if (!end(sql, update, update.state, update)) return
      counts.addEnded(update, update.state, update)
      writeDetail(sql, update)
  }
}

function writeRetry(sql: SqliteStatements, retry: Retry): void {
  const { position, route } = retry
  const reason = repairText(retry.reason)
  if (sql.prepare(RETRIED).run(retry.attempts, retry.status, reason, position, route).changes === 0) return
  sql
    .prepare(RETRY)
    .run(
      position,
      route,
      Math.round(retry.firstAttemptAtMs),
      Math.round(retry.pausedMsAtFirst),
      Math.round(retry.nextAttemptAtMs),
      retry.malformed,
      repairText(retry.frozen),
    )
}

/** False when it had ended already. */
function end(
  sql: SqliteStatements,
  { position, route, instance, lane }: NewDelivery,
  state: EndState,
  how: Pick<End, 'status' | 'reason' | 'atMs' | 'hasRetryRow' | 'wasSpilled'> & { readonly attempts: number | null },
): boolean {
  const reason = repairText(how.reason)
  const { changes } = sql
    .prepare(END)
    .run(stateCode(state), how.attempts, how.status, reason, Math.round(how.atMs), position, route)
  if (changes === 0) return false
  if (how.hasRetryRow) sql.prepare(FORGET_RETRY).run(position, route)
  if (how.wasSpilled) sql.prepare(FORGET_SPILL).run(instance, lane, position, route)
  return true
}

function writeDetail(
  sql: SqliteStatements,
  { position, route, detail, replay }: DeliveryId & Pick<End, 'detail' | 'replay'>,
): void {
  if (detail === null) {
    if (replay !== null) sql.prepare(FORGET_DETAIL).run(position, route)
    return
  }
  const { request, response, body } = detail
  sql.prepare(DETAIL).run(position, route, repairText(request), repairText(response), body)
}
