import { describe } from 'vitest'
import { systemClock } from '../../ports/index.ts'
import { migrate } from '../migrate.ts'
import { openPostgresState } from '../postgres/open.ts'
import { POSTGRES, postgresMissing, useTestPostgres } from '../postgres/test-server.ts'
import { pipelineStateContract } from './contract.ts'
import { PostgresPipelineState } from './postgres.ts'
import { pipelineMigrations } from './schema.ts'

describe.skipIf(postgresMissing)(POSTGRES, () => {
  const postgres = useTestPostgres()

  pipelineStateContract(
    'PostgreSQL',
    async () => {
      const database = await postgres.newDatabase()
      const db = await openPostgresState({ url: database.url, asyncStandbyAllowed: true, clock: systemClock })
      await migrate(db, pipelineMigrations)
      return {
        state: new PostgresPipelineState(db),
        reopen: async () => new PostgresPipelineState(db),
        async close() {
          await db.close()
          await database.drop()
        },
      }
    },
    15,
  )
})
