import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openSqliteState } from '../state/index.ts'
import { workspaceContract } from './contract.ts'
import type { WorkspaceTables } from './tables.ts'

workspaceContract('SQLite', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'grapevine-workspace-'))
  const db = openSqliteState<WorkspaceTables>({ file: join(directory, 'state.db') })
  return {
    db,
    async close() {
      await db.close()
      rmSync(directory, { recursive: true })
    },
  }
})
