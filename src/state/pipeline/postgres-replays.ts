/** Replays on PostgreSQL. What changes runs inside of a transaction. */

import type { PostgresVolume } from '../volume/postgres.ts'
import { type LedgerRow, type NewDelivery, OffsetConflict, type OpenDelivery } from './port.ts'
import { removeSpills, writeCounts } from './postgres-commit.ts'
import { integers, type Session } from './postgres-session.ts'
import {
  type NewReplay,
  type Replay,
  type ReplayAdvance,
  ReplayConflict,
  type ReplayEnd,
  type ReplayState,
} from './replay-port.ts'
import { deadLetterQuery, replayQuery, replayStateCode, toLedger, toOpen, toReplay } from './replay-rows.ts'
import type { Row } from './rows.ts'
import { CountSum, cancelledReplay, idText, repairText } from './step.ts'

const dollar = (number: number) => `$${number}`

export async function createReplay(session: Session, replay: NewReplay): Promise<Replay> {
  const { id, kind, instance, selection, total, ratePerSecond, createdAtMs, cursor } = replay
  const made = await session.query(
    {
      name: 'create replay',
      text: `INSERT INTO replays
          (number, id, kind, instance, selection, total, rate, created_at, cursor_position, cursor_route)
        SELECT coalesce(max(number), 0) + 1, $1, $2, $3::integer, $4, $5::bigint, $6::integer, $7::bigint, $8::bigint,
          $9::bigint FROM replays ON CONFLICT (instance) WHERE state = 0 DO NOTHING RETURNING number`,
    },
    [
      repairText(id),
      kind,
      instance,
      repairText(selection),
      total,
      ratePerSecond,
      Math.round(createdAtMs),
      cursor.position,
      cursor.route,
    ],
  )
  if (made.length === 0) {
    const [running] = await session.query(
      { name: 'running replay', text: 'SELECT id FROM replays WHERE instance = $1 AND state = 0' },
      [instance],
    )
    throw new ReplayConflict(String(running?.['id']))
  }
  return (await readReplays(session, { id, limit: 1 }))[0] as Replay
}

export async function readReplays(
  session: Session,
  options: { id?: string; number?: number; state?: ReplayState; limit: number },
): Promise<readonly Replay[]> {
  const { text, values } = replayQuery(options, dollar)
  const asked = [options.id, options.number].map((each) => (each === undefined ? 'any' : 'one'))
  const rows = await session.query({ name: `replays ${asked.join(' ')} ${options.state}`, text }, values)
  if (rows.length === 0) return []
  const counts = await session.query(
    {
      name: 'replay counts',
      text: "SELECT id, name, value FROM counters WHERE scope = 'replay' AND id = ANY ($1::text[])",
    },
    [rows.map((row) => String(row['number']))],
  )
  const byId = Map.groupBy(counts, (row) => row['id'])
  return rows.map((row) => toReplay(row, byId.get(String(row['number'])) ?? []))
}

export async function readDeadLetters(
  session: Session,
  options: Parameters<typeof deadLetterQuery>[0],
): Promise<readonly LedgerRow[]> {
  const { text, values } = deadLetterQuery(options, dollar, 'SELECT unnest($1::text[])')
  const { reasons, route, lane } = options
  const asked = [reasons, route, lane].map((each) => (each === undefined ? 'any' : 'one')).join(' ')
  const first = reasons === undefined ? [] : [reasons.map((each) => repairText(each))]
  const rows = await session.query({ name: `dead letters ${asked}`, text }, [...first, ...values])
  return rows.map(toLedger)
}

export async function advanceReplay(
  session: Session,
  volume: PostgresVolume,
  advance: ReplayAdvance,
): Promise<readonly OpenDelivery[]> {
  const { number, from, to, isRead, revive, insert } = advance
  const [moved] = await session.query(
    {
      name: 'advance replay',
      text: `UPDATE replays SET cursor_position = $1, cursor_route = $2, is_read = $3
        WHERE number = $4 AND state = 0 AND cursor_position = $5 AND cursor_route = $6 RETURNING instance`,
    },
    [to.position, to.route, Number(isRead), number, from.position, from.route],
  )
  if (moved === undefined) throw new OffsetConflict(`replay ${number} is not running from ${idText(from)}`)
  const instance = moved['instance'] as number
  const counts = new CountSum()
  const pending: Row[] = []
  if (revive.length > 0) {
    const rows = await session.query(
      {
        name: 'revive',
        text: `UPDATE deliveries d SET state = 0, replay = $3::integer,
            attempts_before = coalesce(d.attempts_before, 0) + d.attempts, attempts = 0
          FROM unnest($1::bigint[], $2::integer[]) AS u (position, route)
          WHERE d.position = u.position AND d.route = u.route AND d.instance = $4 AND d.state = 2
          RETURNING d.position, d.route, d.lane, d.reason`,
      },
      [integers(revive, (each) => each.position), integers(revive, (each) => each.route), number, instance],
    )
    for (const row of rows) {
      counts.addRevived({ instance, replay: number, reason: row['reason'] as string | null }, 1)
      pending.push(row)
    }
  }
  if (insert.length > 0) {
    const rows = await session.query(
      {
        name: 'insert replayed',
        text: `INSERT INTO deliveries (position, route, instance, lane, replay)
          SELECT u.position, u.route, $4::integer, u.lane, $5::integer
          FROM unnest($1::bigint[], $2::integer[], $3::bigint[]) AS u (position, route, lane)
          ON CONFLICT DO NOTHING RETURNING position, route, lane`,
      },
      [
        integers(insert, (each) => each.position),
        integers(insert, (each) => each.route),
        integers(insert, (each) => each.lane),
        instance,
        number,
      ],
    )
    for (const row of rows) {
      counts.addInserted({ instance, replay: number })
      pending.push(row)
    }
  }
  counts.addSkipped(number, advance.skipped)
  await writeCounts(session, volume, counts)
  return pending
    .map((row) => toOpen({ ...row, instance, attempts: 0, first_attempt_at: null, frozen: null, replay: number }))
    .sort((a, b) => a.position - b.position || a.route - b.route)
}

export async function endReplay(
  session: Session,
  volume: PostgresVolume,
  { number, state, atMs, spare }: ReplayEnd,
): Promise<void> {
  const [ended] = await session.query(
    {
      name: 'end replay',
      text: 'UPDATE replays SET state = $1, ended_at = $2 WHERE number = $3 AND state = 0 RETURNING instance',
    },
    [replayStateCode(state), Math.round(atMs), number],
  )
  if (ended === undefined) throw new OffsetConflict(`replay ${number} is not running`)
  if (state !== 'cancelled') return
  const instance = ended['instance'] as number
  // A dead letter has kept the time of its end.
  const rows = await session.query(
    {
      name: 'give back',
      text: `UPDATE deliveries d SET state = CASE WHEN d.ended_at IS NULL THEN 4 ELSE 2 END,
          reason = CASE WHEN d.ended_at IS NULL THEN 'replay_cancelled' ELSE d.reason END,
          ended_at = coalesce(d.ended_at, $3::bigint)
        WHERE d.state = 0 AND d.instance = $1 AND d.replay = $2 AND d.attempts = 0 AND NOT EXISTS (
          SELECT 1 FROM unnest($4::bigint[], $5::integer[]) AS s (position, route)
          WHERE s.position = d.position AND s.route = d.route)
        RETURNING d.position, d.route, d.instance, d.lane, d.state, d.reason`,
    },
    [
      instance,
      number,
      Math.round(atMs),
      integers(spare, (each) => each.position),
      integers(spare, (each) => each.route),
    ],
  )
  const counts = new CountSum()
  for (const row of rows) {
    if (row['state'] === 4)
      counts.addEnded({ instance, replay: number }, 'cancelled', cancelledReplay(row['route'] as number, atMs))
    else counts.addRevived({ instance, replay: number, reason: row['reason'] as string | null }, -1)
  }
  if (rows.length > 0) await removeSpills(session, rows as unknown as readonly NewDelivery[])
  await writeCounts(session, volume, counts)
}
