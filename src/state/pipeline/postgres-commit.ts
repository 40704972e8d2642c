/** Writes one step inside of a transaction: one statement a kind of row, whatever their number. */
import { writeUnify } from '../profiles/postgres.ts'
import { writeSeen } from '../seen/postgres.ts'
import type { PostgresVolume } from '../volume/postgres.ts'
import { collapseUpdates, type End, type Retry, type Spill } from './collapse.ts'
import { type InstanceRuntime, type NewDelivery, OffsetConflict, type OpenDelivery, type PipelineStep } from './port.ts'
import { IS_OPEN, integers, type Session } from './postgres-session.ts'
import { stateCode } from './rows.ts'
import { CountSum, firstOfDays, mergeCancels, mergeTombstones, repairText, sortedByKey } from './step.ts'

type Processed = NonNullable<PipelineStep['processed']>

/** @returns days that now have a partition, for the caller to remember once the transaction is committed */
export async function writeStep(
  session: Session,
  volume: PostgresVolume,
  step: PipelineStep,
  knownDays: ReadonlySet<number>,
): Promise<readonly number[]> {
  const counts = new CountSum()
  counts.addStated(step.counts)
  counts.volume.addAll(step.volume ?? [])
  // The offset first: its lock keeps another process's step out until this one is over.
  if (step.processed !== undefined) await moveOffset(session, step.processed)
  // What has ended must not be cancelled by an erasure of the same step.
  const { ends, retries, spills } = collapseUpdates(step.updates)
  if (ends.length > 0) await writeEnds(session, ends, counts)
  if (retries.length > 0) await writeRetries(session, retries)
  if (spills.length > 0) await writeSpills(session, spills)
  const days = step.processed === undefined ? [] : await writeProcessed(session, step.processed, counts, knownDays)
  if (step.unify !== undefined) await writeUnify(session, step.unify, counts.volume)
  if (step.seen !== undefined) await writeSeen(session, step.seen)
  await writeCounts(session, volume, counts)
  if (step.runtimes.length > 0) await writeRuntimes(session, step.runtimes)
  return days
}

async function moveOffset(session: Session, { from, to }: Processed): Promise<void> {
  const [row] = await session.query({
    name: 'lock offset',
    text: 'SELECT position FROM log_offset WHERE partition = 0 FOR UPDATE',
  })
  const stored = row?.['position'] as number
  if (stored !== from) throw new OffsetConflict(`offset is ${stored}, expected ${from}`)
  await session.query({ name: 'move offset', text: 'UPDATE log_offset SET position = $1 WHERE partition = 0' }, [to])
}

async function writeProcessed(
  session: Session,
  processed: Processed,
  counts: CountSum,
  knownDays: ReadonlySet<number>,
): Promise<readonly number[]> {
  const days = processed.accepted.length === 0 ? [] : await writeAccepted(session, processed.accepted, knownDays)
  const { routings, deliveries } = processed
  if (routings.length > 0) {
    await session.query(
      {
        name: 'add routings',
        text: `INSERT INTO routings (position, lane, config_version, decisions)
          SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::integer[], $4::text[])`,
      },
      [
        integers(routings, (each) => each.position),
        integers(routings, (each) => each.lane),
        integers(routings, (each) => each.configVersion),
        routings.map((each) => JSON.stringify(each.decisions)),
      ],
    )
  }
  if (processed.cancelLanes.length > 0) await cancelLanes(session, processed.cancelLanes, counts)
  if (deliveries.length > 0) {
    await session.query(
      {
        name: 'add deliveries',
        text: `INSERT INTO deliveries (position, route, instance, lane)
          SELECT * FROM unnest($1::bigint[], $2::integer[], $3::integer[], $4::bigint[])`,
      },
      [
        integers(deliveries, (each) => each.position),
        integers(deliveries, (each) => each.route),
        integers(deliveries, (each) => each.instance),
        integers(deliveries, (each) => each.lane),
      ],
    )
  }
  await writePrivacy(session, processed)
  return days
}

async function writeAccepted(
  session: Session,
  accepted: Processed['accepted'],
  knownDays: ReadonlySet<number>,
): Promise<readonly number[]> {
  const firsts = firstOfDays(accepted)
  const newDays = [...firsts.keys()].filter((day) => !knownDays.has(day))
  for (const day of newDays) {
    await session.run(`CREATE TABLE IF NOT EXISTS dedup_${day} PARTITION OF dedup FOR VALUES IN (${day})`)
    await session.query(
      {
        name: 'add day',
        text: 'INSERT INTO log_days (day, first_position) VALUES ($1, $2) ON CONFLICT (day) DO NOTHING',
      },
      [day, firsts.get(day) ?? null],
    )
  }
  const sorted = sortedByKey(accepted).map((index) => accepted[index] as Processed['accepted'][number])
  await session.query(
    {
      name: 'add keys',
      text: `INSERT INTO dedup (day, key, position) SELECT * FROM unnest($1::integer[], $2::bytea[], $3::bigint[])`,
    },
    [integers(sorted, (each) => each.day), sorted.map((each) => each.key), integers(sorted, (each) => each.position)],
  )
  return newDays
}

async function cancelLanes(session: Session, cancels: Processed['cancelLanes'], counts: CountSum): Promise<void> {
  const merged = mergeCancels(cancels)
  const lanes = [...merged.lanes.values()]
  const spared = [...merged.spared.values()]
  // Everything that is open is looked at once: a plan by the index would do so for each lane.
  await session.run('SET LOCAL enable_hashjoin = on')
  const rows = await session.query(
    {
      name: 'cancel lanes',
      text: `UPDATE deliveries d SET state = ${stateCode('cancelled')}, reason = 'erasure_requested', ended_at = c.at
        FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) AS c (lane, before, at)
        WHERE d.state = 0 AND d.route > 0 AND d.lane = c.lane AND d.position < c.before AND NOT EXISTS (
          SELECT 1 FROM unnest($4::bigint[], $5::integer[]) AS s (position, route)
          WHERE s.position = d.position AND s.route = d.route)
        RETURNING d.position, d.route, d.instance, d.lane, d.replay`,
    },
    [
      integers(lanes, (each) => each.lane),
      integers(lanes, (each) => each.before),
      integers(lanes, (each) => each.atMs),
      integers(spared, (each) => each.position),
      integers(spared, (each) => each.route),
    ],
  )
  if (rows.length === 0) return
  const cancelled = rows as unknown as readonly OpenDelivery[]
  for (const row of cancelled) {
    const { route, lane } = row
    const how = { route, reason: 'erasure_requested', atMs: merged.lanes.get(lane)?.atMs ?? 0, attempts: 0 }
    counts.addEnded(row, 'cancelled', how)
  }
  await removeRetries(session, cancelled)
  await removeSpills(session, cancelled)
}

async function writePrivacy(session: Session, processed: Processed): Promise<void> {
  const { tombstones, regulations, regulationTasks } = processed
  if (tombstones.length > 0) {
    const merged = [...mergeTombstones(tombstones)]
    await session.query(
      {
        name: 'add tombstones',
        text: `INSERT INTO tombstones (lane, before_ms) SELECT * FROM unnest($1::bigint[], $2::bigint[])
          ON CONFLICT (lane) DO UPDATE SET before_ms = greatest(tombstones.before_ms, excluded.before_ms)`,
      },
      [integers(merged, ([lane]) => lane), integers(merged, ([, beforeMs]) => beforeMs)],
    )
  }
  for (const { id, createdAtMs, subjects } of mergeRegulations(regulations)) {
    await session.query(
      {
        name: 'add regulation',
        text: `INSERT INTO regulations (id, created_at, subjects) VALUES ($1, $2, $3)
          ON CONFLICT (id) DO UPDATE SET subjects = regulations.subjects + excluded.subjects`,
      },
      [id, createdAtMs, subjects],
    )
  }
  if (regulationTasks.length === 0) return
  await session.query(
    {
      name: 'add tasks',
      text: `INSERT INTO regulation_tasks (regulation_id, position, route, destination_id)
        SELECT * FROM unnest($1::text[], $2::bigint[], $3::integer[], $4::text[])`,
    },
    [
      regulationTasks.map((each) => repairText(each.regulationId)),
      integers(regulationTasks, (each) => each.position),
      integers(regulationTasks, (each) => each.route),
      regulationTasks.map((each) => repairText(each.destinationId)),
    ],
  )
}

/** A regulation of 5,000 subjects comes as 5,000 rows of one id. */
function mergeRegulations(regulations: Processed['regulations']) {
  const merged = new Map<string, { id: string; createdAtMs: number; subjects: number }>()
  for (const regulation of regulations) {
    const id = repairText(regulation.id)
    const known = merged.get(id)
    if (known !== undefined) known.subjects += regulation.subjects
    else merged.set(id, { id, createdAtMs: Math.round(regulation.createdAtMs), subjects: regulation.subjects })
  }
  return merged.values()
}

async function writeEnds(session: Session, ends: readonly End[], counts: CountSum): Promise<void> {
  const rows = await session.query(
    {
      name: 'end',
      text: `UPDATE deliveries d SET state = u.state, attempts = u.attempts, status = coalesce(u.status, d.status),
          reason = u.reason, ended_at = u.at
        FROM unnest($1::bigint[], $2::integer[], $3::smallint[], $4::integer[], $5::integer[], $6::text[], $7::bigint[])
          WITH ORDINALITY AS u (position, route, state, attempts, status, reason, at, place)
        WHERE d.position = u.position AND d.route = u.route AND ${IS_OPEN} RETURNING u.place`,
    },
    [
      integers(ends, (each) => each.position),
      integers(ends, (each) => each.route),
      integers(ends, (each) => stateCode(each.state)),
      integers(ends, (each) => each.attempts),
      integers(ends, (each) => each.status),
      ends.map((each) => repairText(each.reason)),
      integers(ends, (each) => Math.round(each.atMs)),
    ],
  )
  const ended = rows.map((row) => ends[(row['place'] as number) - 1] as End)
  for (const each of ended) counts.addEnded(each, each.state, each)
  const retried = ended.filter((each) => each.hasRetryRow)
  if (retried.length > 0) await removeRetries(session, retried)
  const spilled = ended.filter((each) => each.wasSpilled)
  if (spilled.length > 0) await removeSpills(session, spilled)
  const detailed = ended.filter((each) => each.detail !== null)
  if (detailed.length > 0) await writeDetails(session, detailed)
  const resolved = ended.filter((each) => each.detail === null && each.replay !== null)
  if (resolved.length > 0) await removeDetails(session, resolved)
}

async function removeDetails(session: Session, ids: readonly NewDelivery[]): Promise<void> {
  await session.query(
    {
      name: 'remove details',
      text: `DELETE FROM delivery_details x USING unnest($1::bigint[], $2::integer[]) AS u (position, route)
        WHERE x.position = u.position AND x.route = u.route`,
    },
    [integers(ids, (each) => each.position), integers(ids, (each) => each.route)],
  )
}

async function writeDetails(session: Session, ends: readonly End[]): Promise<void> {
  await session.query(
    {
      name: 'add details',
      text: `INSERT INTO delivery_details (position, route, request, response, body)
        SELECT * FROM unnest($1::bigint[], $2::integer[], $3::text[], $4::text[], $5::bytea[])
        ON CONFLICT (position, route) DO UPDATE SET request = excluded.request, response = excluded.response,
          body = excluded.body`,
    },
    [
      integers(ends, (each) => each.position),
      integers(ends, (each) => each.route),
      ends.map((each) => repairText(each.detail?.request ?? null)),
      ends.map((each) => repairText(each.detail?.response ?? null)),
      ends.map((each) => each.detail?.body ?? null),
    ],
  )
}

async function writeRetries(session: Session, retries: readonly Retry[]): Promise<void> {
  await session.query(
    {
      name: 'retry',
      text: `WITH u AS (
          SELECT * FROM unnest($1::bigint[], $2::integer[], $3::integer[], $4::integer[], $5::text[], $6::bigint[],
            $7::bigint[], $8::bigint[], $9::integer[], $10::text[])
          AS u (position, route, attempts, status, reason, first_at, paused, next_at, malformed, frozen)
        ), pending AS (
          UPDATE deliveries d SET attempts = u.attempts, status = u.status, reason = u.reason FROM u
          WHERE d.position = u.position AND d.route = u.route AND ${IS_OPEN}
          RETURNING u.position, u.route, u.first_at, u.paused, u.next_at, u.malformed, u.frozen
        )
        INSERT INTO retries (position, route, first_attempt_at, paused_ms_at_first, next_attempt_at, malformed, frozen)
        SELECT * FROM pending ON CONFLICT (position, route) DO UPDATE SET next_attempt_at = excluded.next_attempt_at,
          malformed = excluded.malformed, frozen = coalesce(retries.frozen, excluded.frozen)`,
    },
    [
      integers(retries, (each) => each.position),
      integers(retries, (each) => each.route),
      integers(retries, (each) => each.attempts),
      integers(retries, (each) => each.status),
      retries.map((each) => repairText(each.reason)),
      integers(retries, (each) => Math.round(each.firstAttemptAtMs)),
      integers(retries, (each) => Math.round(each.pausedMsAtFirst)),
      integers(retries, (each) => Math.round(each.nextAttemptAtMs)),
      integers(retries, (each) => each.malformed),
      retries.map((each) => repairText(each.frozen)),
    ],
  )
}

async function writeSpills(session: Session, spills: readonly Spill[]): Promise<void> {
  await session.query(
    {
      name: 'spill',
      text: `INSERT INTO spills (instance, lane, position, route)
        SELECT d.instance, d.lane, d.position, d.route
        FROM unnest($1::bigint[], $2::integer[]) AS u (position, route) JOIN deliveries d USING (position, route)
        WHERE ${IS_OPEN} ON CONFLICT DO NOTHING`,
    },
    [integers(spills, (each) => each.position), integers(spills, (each) => each.route)],
  )
}

async function removeRetries(session: Session, ids: readonly NewDelivery[]): Promise<void> {
  await session.query(
    {
      name: 'remove retries',
      text: `DELETE FROM retries r USING unnest($1::bigint[], $2::integer[]) AS u (position, route)
        WHERE r.position = u.position AND r.route = u.route`,
    },
    [integers(ids, (each) => each.position), integers(ids, (each) => each.route)],
  )
}

export async function removeSpills(session: Session, deliveries: readonly NewDelivery[]): Promise<void> {
  await session.query(
    {
      name: 'remove spills',
      text: `DELETE FROM spills s
        USING unnest($1::integer[], $2::bigint[], $3::bigint[], $4::integer[]) AS u (instance, lane, position, route)
        WHERE s.instance = u.instance AND s.lane = u.lane AND s.position = u.position AND s.route = u.route`,
    },
    [
      integers(deliveries, (each) => each.instance),
      integers(deliveries, (each) => each.lane),
      integers(deliveries, (each) => each.position),
      integers(deliveries, (each) => each.route),
    ],
  )
}

export async function writeCounts(session: Session, volume: PostgresVolume, counts: CountSum): Promise<void> {
  await volume.write(session, counts.volume)
  const sums = counts.sums()
  if (sums.length === 0) return
  await session.query(
    {
      name: 'count',
      text: `INSERT INTO counters (scope, id, name, value)
        SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[])
        ON CONFLICT (scope, id, name) DO UPDATE SET value = counters.value + excluded.value`,
    },
    [
      sums.map((each) => each.scope),
      sums.map((each) => each.id),
      sums.map((each) => each.name),
      integers(sums, (each) => each.by),
    ],
  )
}

async function writeRuntimes(session: Session, runtimes: readonly InstanceRuntime[]): Promise<void> {
  const latest = [...new Map(runtimes.map((each) => [each.instance, each])).values()]
  await session.query(
    {
      name: 'runtimes',
      text: `INSERT INTO instance_runtimes (instance, paused_ms, hold_reason, hold_since, hold_detail)
        SELECT * FROM unnest($1::integer[], $2::bigint[], $3::text[], $4::bigint[], $5::text[])
        ON CONFLICT (instance) DO UPDATE SET paused_ms = excluded.paused_ms, hold_reason = excluded.hold_reason,
          hold_since = excluded.hold_since, hold_detail = excluded.hold_detail`,
    },
    [
      integers(latest, (each) => each.instance),
      integers(latest, (each) => Math.round(each.pausedMs)),
      latest.map((each) => repairText(each.hold?.reason ?? null)),
      integers(latest, (each) => (each.hold === null ? null : Math.round(each.hold.sinceMs))),
      latest.map((each) => repairText(each.hold?.detail ?? null)),
    ],
  )
}
