import { describe, expect, test } from 'vitest'
import { systemClock } from '../ports/index.ts'
import { migrate, openPostgresState } from '../state/index.ts'
import { POSTGRES, postgresMissing, useTestPostgres } from '../state/postgres/test-server.ts'
import { accountContract } from './account-contract.ts'
import { auditContract } from './audit-contract.ts'
import { aContext } from './builders.ts'
import { computationContract } from './computation-contract.ts'
import { workspaceContract } from './contract.ts'
import {
  CONFIG_CHANNEL,
  createSource,
  loadConfigVersion,
  loadSnapshot,
  type WorkspaceTables,
  watchConfig,
  workspaceMigrations,
} from './index.ts'
import { occasionContract } from './occasion-contract.ts'
import { onceContract } from './once-contract.ts'
import { passwordResetContract } from './password-reset-contract.ts'
import { spaceSettingsContract } from './space-settings-contract.ts'

describe.skipIf(postgresMissing)(POSTGRES, () => {
  const postgres = useTestPostgres()
  const openNew = async () => {
    const database = await postgres.newDatabase()
    const db = await openPostgresState<WorkspaceTables>({
      url: database.url,
      asyncStandbyAllowed: true,
      clock: systemClock,
    })
    return {
      db,
      async close() {
        await db.close()
        await database.drop()
      },
    }
  }

  workspaceContract('PostgreSQL', openNew)
  auditContract('PostgreSQL', openNew)
  computationContract('PostgreSQL', openNew)
  spaceSettingsContract('PostgreSQL', openNew)
  occasionContract('PostgreSQL', openNew)
  accountContract('PostgreSQL', openNew)
  passwordResetContract('PostgreSQL', openNew)
  onceContract('PostgreSQL', openNew)

  test('a change is told to every listening process, with no poll', async () => {
    const { db, close } = await openNew()
    await migrate(db, workspaceMigrations)
    const ctx = aContext()
    const watch = await watchConfig({
      load: () => loadSnapshot(db.read, ctx.secrets),
      loadVersion: () => loadConfigVersion(db.read),
    })
    const newer = new Promise<number>((resolve) => watch.onChange(({ version }) => resolve(version)))
    const stop = await db.listen(CONFIG_CHANNEL, () => void watch.changed())
    const source = await db.write((tx) => createSource(tx, { slug: 'told', kind: 'node' }, ctx))
    expect(await newer).toBe(await loadConfigVersion(db.read))
    expect(watch.findByWriteKey(source.writeKeys[0] ?? '')).toEqual(source)
    await stop()
    await close()
  })
})
