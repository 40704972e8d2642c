/**
 * The pipeline's state on PostgreSQL, told in batches: one row a statement would cost 190 µs. Each commit is one
 * transaction that locks the offset.
 */

import type { Kysely } from 'kysely'
import type { Pool } from 'pg'
import { PostgresProfiles } from '../profiles/postgres.ts'
import { PostgresSeen } from '../seen/postgres.ts'
import { PostgresVolume } from '../volume/postgres.ts'
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
import { writeStep } from './postgres-commit.ts'
import { PostgresForgetting } from './postgres-forget.ts'
import { advanceReplay, createReplay, endReplay, readDeadLetters, readReplays } from './postgres-replays.ts'
import {
  IS_OPEN,
  integers,
  PostgresSessions,
  type Session,
  type Statement,
  sessionIn,
  type Value,
} from './postgres-session.ts'
import type { Alongside, NewReplay, Replay, ReplayAdvance, ReplayEnd, ReplayState } from './replay-port.ts'
import {
  latestRegulationsSql,
  ledgerQuery,
  OPEN_COLUMNS,
  type Row,
  regulationProgressSql,
  toLedger,
  toOpen,
  toRegulation,
  toRegulationHead,
  toRegulationProgress,
  toRouting,
  toRuntime,
} from './rows.ts'
import { repairText } from './step.ts'

const COUNTS = { name: 'counts', text: 'SELECT scope, id, name, value AS by FROM counters ORDER BY scope, id, name' }
const PENDING = {
  name: 'pending',
  text: 'SELECT instance, count(*) AS pending FROM deliveries WHERE state = 0 GROUP BY instance',
}

const toPending = (rows: readonly Row[]) =>
  new Map(rows.map((row) => [row['instance'] as number, row['pending'] as number]))

export interface PostgresPipelineOptions {
  /** Reads 64-bit integers as numbers, see `openPostgresState`. */
  readonly pool: Pool
  /** Runs work in one transaction. */
  write<T>(work: (tx: Kysely<unknown>) => Promise<T>): Promise<T>
}

export class PostgresPipelineState implements PipelineState {
  readonly people: PostgresProfiles
  readonly seen: PostgresSeen
  readonly volume: PostgresVolume
  readonly #sessions: PostgresSessions
  readonly #write: PostgresPipelineOptions['write']
  readonly #forgetting = new PostgresForgetting()
  /** Days known to have a partition for their keys. */
  readonly #days = new Set<number>()

  constructor(options: PostgresPipelineOptions) {
    const { pool } = options
    this.#write = (work) => options.write(work)
    this.#sessions = new PostgresSessions(pool)
    this.people = new PostgresProfiles(this.#sessions)
    this.seen = new PostgresSeen(this.#sessions)
    this.volume = new PostgresVolume(this.#sessions)
  }

  async offset(): Promise<number> {
    const [row] = await this.#read({ name: 'offset', text: 'SELECT position FROM log_offset WHERE partition = 0' })
    return row?.['position'] as number
  }

  async firstPositions(keys: readonly DedupKey[]): Promise<readonly (number | null)[]> {
    if (keys.length === 0) return []
    const rows = await this.#read(
      {
        name: 'first positions',
        text: `SELECT (SELECT d.position FROM dedup d WHERE d.key = k.key LIMIT 1) AS position
          FROM unnest($1::bytea[]) WITH ORDINALITY AS k (key, place) ORDER BY k.place`,
      },
      [keys.map((each) => each.key)],
    )
    return rows.map((row) => row['position'] as number | null)
  }

  async tombstones(lanes: readonly number[]): Promise<readonly (number | null)[]> {
    const found = new Map<number, number>()
    if (lanes.length > 0) {
      const rows = await this.#read(
        { name: 'tombstones', text: 'SELECT lane, before_ms FROM tombstones WHERE lane = ANY ($1::bigint[])' },
        [integers(lanes, (lane) => lane)],
      )
      for (const row of rows) found.set(row['lane'] as number, row['before_ms'] as number)
    }
    return lanes.map((lane) => found.get(lane) ?? null)
  }

  async commit(step: PipelineStep): Promise<void> {
    const days = await this.#counting((session) => writeStep(session, this.volume, step, this.#days))
    for (const day of days) this.#days.add(day)
  }

  async open({ instance, after, limit }: { instance: number; after: DeliveryId; limit: number }) {
    const rows = await this.#read(
      {
        name: 'open',
        text: `SELECT ${OPEN_COLUMNS} FROM deliveries d LEFT JOIN retries r USING (position, route)
          WHERE d.state = 0 AND d.instance = $1 AND (d.position, d.route) > ($2::bigint, $3::bigint)
          ORDER BY d.position, d.route LIMIT $4`,
      },
      [instance, after.position, after.route, limit],
    )
    return rows.map(toOpen)
  }

  async spilled(options: { instance: number; lane: number; after: DeliveryId; limit: number }) {
    const { instance, lane, after, limit } = options
    const rows = await this.#read(
      {
        name: 'spilled',
        text: `SELECT ${OPEN_COLUMNS} FROM spills s JOIN deliveries d USING (position, route)
          LEFT JOIN retries r USING (position, route)
          WHERE s.instance = $1 AND s.lane = $2 AND (s.position, s.route) > ($3::bigint, $4::bigint)
            AND ${IS_OPEN}
          ORDER BY s.position, s.route LIMIT $5`,
      },
      [instance, lane, after.position, after.route, limit],
    )
    return rows.map(toOpen)
  }

  async unspill(): Promise<void> {
    await this.#read({ name: 'unspill', text: 'DELETE FROM spills' })
  }

  async runtimes(): Promise<readonly InstanceRuntime[]> {
    const rows = await this.#read({ name: 'runtimes read', text: 'SELECT * FROM instance_runtimes ORDER BY instance' })
    return rows.map(toRuntime)
  }

  async counts(): Promise<readonly CountDelta[]> {
    return (await this.#read(COUNTS)) as unknown as CountDelta[]
  }

  async pending(): Promise<ReadonlyMap<number, number>> {
    return toPending(await this.#read(PENDING))
  }

  tally() {
    return this.#sessions.transaction(async (session) => {
      await session.run('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY')
      const counts = (await session.query(COUNTS)) as unknown as readonly CountDelta[]
      return { counts, pending: toPending(await session.query(PENDING)) }
    })
  }

  async ledger(options: LedgerQuery) {
    const { sql, values } = ledgerQuery(options, (number) => `$${number}`)
    const { instance, position, lane, reason, replay, before, fromPosition } = options
    const asked = [instance, position, lane, reason, replay, before, fromPosition]
    const shape = asked.map((each) => (each === undefined ? '0' : '1')).join('')
    const rows = await this.#read({ name: `ledger ${shape} ${options.state}`, text: sql }, values)
    return rows.map(toLedger)
  }

  async detail({ position, route }: DeliveryId): Promise<DeliveryDetail | null> {
    const [row] = await this.#read(
      {
        name: 'detail',
        text: `SELECT request, response, body FROM delivery_details WHERE position = $1 AND route = $2`,
      },
      [position, route],
    )
    if (row === undefined) return null
    const { request, response, body } = row as unknown as DeliveryDetail
    return { request, response, body: body === null ? null : new Uint8Array(body) }
  }

  async routing(position: number): Promise<NewRouting | null> {
    const [row] = await this.#read(
      { name: 'routing', text: 'SELECT position, lane, config_version, decisions FROM routings WHERE position = $1' },
      [position],
    )
    return row === undefined ? null : toRouting(row)
  }

  async regulation(id: string): Promise<RegulationView | null> {
    const known = repairText(id)
    const [row] = await this.#read(
      { name: 'regulation', text: 'SELECT id, created_at, subjects FROM regulations WHERE id = $1' },
      [known],
    )
    if (row === undefined) return null
    const tasks = await this.#read(
      {
        name: 'tasks',
        text: `SELECT position, route, t.destination_id, d.state, d.status, d.reason, d.ended_at
          FROM regulation_tasks t JOIN deliveries d USING (position, route) WHERE t.regulation_id = $1
          ORDER BY t.position, t.route`,
      },
      [known],
    )
    return toRegulation(row, tasks)
  }

  async latestRegulations(limit: number): Promise<readonly RegulationHead[]> {
    const rows = await this.#read({ name: 'latest regulations', text: latestRegulationsSql('$1') }, [limit])
    return rows.map(toRegulationHead)
  }

  async regulationProgress(id: string): Promise<RegulationProgress> {
    const statement = { name: 'regulation progress', text: regulationProgressSql('$1') }
    const [row] = await this.#read(statement, [repairText(id)])
    return toRegulationProgress(row)
  }

  async forget(options: { dedupBeforeDay: number; deliveredBeforeMs: number; limit: number }) {
    const dropped = await this.#sessions.read((session) =>
      this.#forgetting.dropDaysBefore(session, options.dedupBeforeDay),
    )
    for (const day of dropped) this.#days.delete(day)
    const forgotten = await this.#sessions.transaction((session) => this.#forgetting.forget(session, options))
    forgotten.remember()
    return { more: forgotten.more }
  }

  createReplay(replay: NewReplay, alongside?: Alongside): Promise<Replay> {
    return this.#write(async (tx) => {
      const created = await createReplay(sessionIn(tx), replay)
      await alongside?.(tx, created)
      return created
    })
  }

  replays(options: { id?: string; number?: number; state?: ReplayState; limit: number }) {
    return this.#sessions.read((session) => readReplays(session, options))
  }

  deadLetters(options: Parameters<PipelineState['deadLetters']>[0]) {
    return this.#sessions.read((session) => readDeadLetters(session, options))
  }

  advanceReplay(advance: ReplayAdvance) {
    return this.#counting((session) => advanceReplay(session, this.volume, advance))
  }

  async endReplay(end: ReplayEnd, alongside?: Alongside): Promise<void> {
    try {
      await this.#write(async (tx) => {
        const session = sessionIn(tx)
        await endReplay(session, this.volume, end)
        const [ended] = await readReplays(session, { number: end.number, limit: 1 })
        if (ended !== undefined) await alongside?.(tx, ended)
      })
    } catch (error) {
      this.volume.reread()
      throw error
    }
  }

  /** A transaction that counts. */
  async #counting<T>(work: (session: Session) => Promise<T>): Promise<T> {
    try {
      return await this.#sessions.transaction(work)
    } catch (error) {
      this.volume.reread()
      throw error
    }
  }

  #read(statement: Statement, values: readonly Value[] = []): Promise<readonly Row[]> {
    return this.#sessions.read((session) => session.query(statement, values))
  }
}
