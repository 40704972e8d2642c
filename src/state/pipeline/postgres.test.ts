import { afterAll, describe, expect, test } from 'vitest'
import { systemClock } from '../../ports/index.ts'
import { migrate } from '../migrate.ts'
import { openPostgresState, type PostgresState } from '../postgres/open.ts'
import { POSTGRES, postgresMissing, useTestPostgres } from '../postgres/test-server.ts'
import { peopleContract } from '../profiles/contract.ts'
import { tellingContract } from '../profiles/telling-contract.ts'
import { seenContract } from '../seen/contract.ts'
import { volumeContract } from '../volume/contract.ts'
import { HOUR_MS, HOURS_KEPT_MS, type VolumeDelta } from '../volume/port.ts'
import { aStep, FIRST_DAY } from './builders.fixture.ts'
import { pipelineStateContract } from './contract.ts'
import { PostgresPipelineState } from './postgres.ts'
import { replayContract } from './replay-contract.ts'
import { pipelineMigrations } from './schema.ts'

/** To empty a database takes a tenth of the time that making one does. */
const EMPTY = `DO $$ DECLARE each text; BEGIN
  FOR each IN SELECT relname FROM pg_inherits JOIN pg_class ON oid = inhrelid WHERE inhparent = 'dedup'::regclass LOOP
    EXECUTE 'DROP TABLE ' || each;
  END LOOP;
  FOR each IN SELECT tablename FROM pg_tables WHERE schemaname = 'public'
    AND tablename NOT IN ('schema_migrations', 'log_offset', 'unify_numbers') LOOP
    EXECUTE 'DELETE FROM ' || each;
  END LOOP;
  UPDATE log_offset SET position = 0;
  UPDATE unify_numbers SET profile = 0, outbox = 0;
END $$`

describe.skipIf(postgresMissing)(POSTGRES, () => {
  const postgres = useTestPostgres()
  let db: PostgresState | undefined

  const database = async () => {
    if (db !== undefined) return db
    const { url } = await postgres.newDatabase()
    db = await openPostgresState({ url, asyncStandbyAllowed: true, clock: systemClock })
    await migrate(db, pipelineMigrations)
    return db
  }
  afterAll(() => db?.close())

  const open = async () => {
    const opened = await database()
    await opened.pool.query(EMPTY)
    return {
      state: new PostgresPipelineState(opened),
      reopen: async () => new PostgresPipelineState(opened),
      close: async () => {},
    }
  }

  pipelineStateContract('PostgreSQL', open, 25)
  replayContract('PostgreSQL', open)
  peopleContract('PostgreSQL', open)
  tellingContract('PostgreSQL', open)
  seenContract('PostgreSQL', open)
  volumeContract('PostgreSQL', open, 20)

  describe('a series of counts that comes back after all of it was forgotten', () => {
    const T0 = FIRST_DAY * 24 * HOUR_MS
    const nowMs = T0 + HOURS_KEPT_MS + 2 * HOUR_MS
    const clicked = (atMs: number): VolumeDelta => {
      const key = { scope: 'source', id: 's', fact: 'accepted', route: null, type: 'track', name: 'Clicked' } as const
      return { ...key, reason: null, atMs, by: 1, retries: 0 }
    }
    const count = (state: PostgresPipelineState, atMs: number) => state.commit(aStep({ volume: [clicked(atMs)] }))
    const counted = async ({ volume }: PostgresPipelineState) => {
      const series = (await volume.series({ scope: 'source', facts: ['accepted'] })).map(({ number }) => number)
      const hours = { unit: 'hour', fromMs: T0, toMs: nowMs + HOUR_MS, unitsOfPoint: 1, series } as const
      return (await volume.points(hours)).map(({ atMs, count: by }) => [atMs, by])
    }

    test('is counted on, also by who does not know yet that it was forgotten', async () => {
      const { state } = await open()
      await count(state, T0)
      // By another connection and memory, as it is between the moment it is forgotten and the moment this is known.
      await new PostgresPipelineState(await database()).volume.forget({ nowMs, limit: 100 })
      expect(await counted(state)).toEqual([])
      await count(state, nowMs)
      await count(state, nowMs)
      expect(await counted(state)).toEqual([[nowMs, 2]])
    })

    test('is not forgotten, nor waited for, while a commit brings it back', async () => {
      const { state } = await open()
      await count(state, T0)
      const committing = await (await database()).pool.connect()
      await committing.query('BEGIN')
      await committing.query(`UPDATE volume_series SET last_hour = ${nowMs / HOUR_MS}`)
      await state.volume.forget({ nowMs, limit: 100 })
      await committing.query('COMMIT')
      committing.release()
      await count(state, nowMs)
      expect(await counted(state)).toEqual([[nowMs, 1]])
    })
  })
})
