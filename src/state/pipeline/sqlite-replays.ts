/** Replays on SQLite. Each function runs inside of a transaction and never awaits. */

import type { SqliteVolume } from '../volume/sqlite.ts'
import { type DeliveryId, type LedgerRow, OffsetConflict, type OpenDelivery } from './port.ts'
import {
  type NewReplay,
  type Replay,
  type ReplayAdvance,
  ReplayConflict,
  type ReplayEnd,
  type ReplayState,
} from './replay-port.ts'
import { deadLetterQuery, replayQuery, replayStateCode, toLedger, toOpen, toReplay } from './replay-rows.ts'
import { writeCounts } from './sqlite-commit.ts'
import type { SqliteStatements } from './sqlite-statements.ts'
import { CountSum, cancelledReplay, idText, repairText } from './step.ts'

const CREATE = `INSERT INTO replays
  (id, kind, instance, selection, total, rate, created_at, cursor_position, cursor_route)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`
const REVIVE = `UPDATE deliveries SET state = 0, replay = ?, attempts_before = coalesce(attempts_before, 0) + attempts,
  attempts = 0 WHERE position = ? AND route = ? AND instance = ? AND state = 2 RETURNING lane, reason`
const INSERT =
  'INSERT INTO deliveries (position, route, instance, lane, replay) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING'
const ADVANCE = `UPDATE replays SET cursor_position = ?, cursor_route = ?, is_read = ?
  WHERE number = ? AND state = 0 AND cursor_position = ? AND cursor_route = ? RETURNING instance`
const END = 'UPDATE replays SET state = ?, ended_at = ? WHERE number = ? AND state = 0 RETURNING instance'
const UNTRIED = `SELECT position, route, lane, reason, ended_at FROM deliveries INDEXED BY deliveries_open
  WHERE state = 0 AND instance = ? AND replay = ? AND attempts = 0`
const GIVE_BACK = 'UPDATE deliveries SET state = 2 WHERE position = ? AND route = ?'
const CANCEL = `UPDATE deliveries SET state = 4, reason = 'replay_cancelled', ended_at = ?
  WHERE position = ? AND route = ?`

export function createReplay(sql: SqliteStatements, replay: NewReplay): Replay {
  const { id, kind, instance, selection, total, ratePerSecond, createdAtMs, cursor } = replay
  const running = sql.prepare('SELECT id FROM replays WHERE instance = ? AND state = 0').get(instance)
  if (running !== undefined) throw new ReplayConflict(String(running['id']))
  const text = [repairText(id), kind, instance, repairText(selection)] as const
  sql.prepare(CREATE).run(...text, total, ratePerSecond, Math.round(createdAtMs), cursor.position, cursor.route)
  return readReplays(sql, { id, limit: 1 })[0] as Replay
}

export function readReplays(
  sql: SqliteStatements,
  options: { id?: string; number?: number; state?: ReplayState; limit: number },
): readonly Replay[] {
  const { text, values } = replayQuery(options, () => '?')
  const counts = sql.prepare("SELECT name, value FROM counters WHERE scope = 'replay' AND id = ?")
  return sql
    .prepare(text)
    .all(...values)
    .map((row) => toReplay(row, counts.all(String(row['number']))))
}

export function readDeadLetters(
  sql: SqliteStatements,
  options: Parameters<typeof deadLetterQuery>[0] & { reasons?: readonly string[] },
): readonly LedgerRow[] {
  const { text, values } = deadLetterQuery(options, () => '?', 'SELECT value FROM json_each(?)')
  const reasons = options.reasons === undefined ? [] : [JSON.stringify(options.reasons.map((each) => repairText(each)))]
  return sql
    .prepare(text)
    .all(...reasons, ...values)
    .map((row) => toLedger(row))
}

export function advanceReplay(
  sql: SqliteStatements,
  volume: SqliteVolume,
  advance: ReplayAdvance,
): readonly OpenDelivery[] {
  const { number, from, to, isRead, skipped } = advance
  const moved = sql.prepare(ADVANCE).get(to.position, to.route, Number(isRead), number, from.position, from.route)
  if (moved === undefined) throw new OffsetConflict(`replay ${number} is not running from ${idText(from)}`)
  const instance = moved['instance'] as number
  const counts = new CountSum()
  const pending: OpenDelivery[] = []
  for (const { position, route } of advance.revive) {
    const row = sql.prepare(REVIVE).get(number, position, route, instance)
    if (row === undefined) continue
    counts.addRevived({ instance, replay: number, reason: row['reason'] as string | null }, 1)
    pending.push(untried({ position, route }, instance, row['lane'] as number, number))
  }
  for (const { position, route, lane } of advance.insert) {
    const { changes } = sql.prepare(INSERT).run(position, route, instance, lane, number)
    if (changes === 0) continue
    counts.addInserted({ instance, replay: number })
    pending.push(untried({ position, route }, instance, lane, number))
  }
  counts.addSkipped(number, skipped)
  writeCounts(sql, volume, counts)
  return pending.sort((a, b) => a.position - b.position || a.route - b.route)
}

export function endReplay(
  sql: SqliteStatements,
  volume: SqliteVolume,
  { number, state, atMs, spare }: ReplayEnd,
): void {
  const ended = sql.prepare(END).get(replayStateCode(state), Math.round(atMs), number)
  if (ended === undefined) throw new OffsetConflict(`replay ${number} is not running`)
  if (state !== 'cancelled') return
  const instance = ended['instance'] as number
  const spared = new Set(spare.map(idText))
  const counts = new CountSum()
  for (const row of sql.prepare(UNTRIED).all(instance, number)) {
    const id = { position: row['position'] as number, route: row['route'] as number }
    if (spared.has(idText(id))) continue
    // A dead letter has kept the time of its end.
    if (row['ended_at'] === null) {
      sql.prepare(CANCEL).run(Math.round(atMs), id.position, id.route)
      counts.addEnded({ instance, replay: number }, 'cancelled', cancelledReplay(id.route, atMs))
    } else {
      sql.prepare(GIVE_BACK).run(id.position, id.route)
      counts.addRevived({ instance, replay: number, reason: row['reason'] as string | null }, -1)
    }
    sql
      .prepare('DELETE FROM spills WHERE instance = ? AND lane = ? AND position = ? AND route = ?')
      .run(instance, row['lane'] as number, id.position, id.route)
  }
  writeCounts(sql, volume, counts)
}

function untried(id: DeliveryId, instance: number, lane: number, replay: number): OpenDelivery {
  return toOpen({ ...id, instance, lane, attempts: 0, first_attempt_at: null, frozen: null, replay })
}
