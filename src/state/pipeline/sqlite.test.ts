import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { migrate } from '../migrate.ts'
import { peopleContract } from '../profiles/contract.ts'
import { tellingContract } from '../profiles/telling-contract.ts'
import { seenContract } from '../seen/contract.ts'
import { openSqliteState } from '../sqlite/open.ts'
import { volumeContract } from '../volume/contract.ts'
import { pipelineStateContract } from './contract.ts'
import { replayContract } from './replay-contract.ts'
import { pipelineMigrations } from './schema.ts'
import { SqlitePipelineState } from './sqlite.ts'

const open = async () => {
  const directory = mkdtempSync(join(tmpdir(), 'grapevine-pipeline-'))
  const db = openSqliteState({ file: join(directory, 'state.db') })
  await migrate(db, pipelineMigrations)
  return {
    state: new SqlitePipelineState(db),
    reopen: async () => new SqlitePipelineState(db),
    async close() {
      await db.close()
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

pipelineStateContract('SQLite', open, 100)
replayContract('SQLite', open)
peopleContract('SQLite', open)
tellingContract('SQLite', open)
seenContract('SQLite', open)
volumeContract('SQLite', open, 60)
