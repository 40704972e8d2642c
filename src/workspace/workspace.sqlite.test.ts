import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openSqliteState } from '../state/index.ts'
import { accountContract } from './account-contract.ts'
import { auditContract } from './audit-contract.ts'
import { computationContract } from './computation-contract.ts'
import { workspaceContract } from './contract.ts'
import { occasionContract } from './occasion-contract.ts'
import { onceContract } from './once-contract.ts'
import { passwordResetContract } from './password-reset-contract.ts'
import { spaceSettingsContract } from './space-settings-contract.ts'
import type { WorkspaceTables } from './tables.ts'

const open = async () => {
  const directory = mkdtempSync(join(tmpdir(), 'grapevine-workspace-'))
  const db = openSqliteState<WorkspaceTables>({ file: join(directory, 'state.db') })
  return {
    db,
    async close() {
      await db.close()
      rmSync(directory, { recursive: true })
    },
  }
}

workspaceContract('SQLite', open)
auditContract('SQLite', open)
computationContract('SQLite', open)
spaceSettingsContract('SQLite', open)
occasionContract('SQLite', open)
accountContract('SQLite', open)
passwordResetContract('SQLite', open)
onceContract('SQLite', open)
