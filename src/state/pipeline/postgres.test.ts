import { afterAll, describe } from 'vitest'
import { systemClock } from '../../ports/index.ts'
import { migrate } from '../migrate.ts'
import { openPostgresState, type PostgresState } from '../postgres/open.ts'
import { POSTGRES, postgresMissing, useTestPostgres } from '../postgres/test-server.ts'
import { peopleContract } from '../profiles/contract.ts'
import { tellingContract } from '../profiles/telling-contract.ts'
import { seenContract } from '../seen/contract.ts'
import { volumeContract } from '../volume/contract.ts'
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
})
