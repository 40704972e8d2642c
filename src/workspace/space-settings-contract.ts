/** The workspace's promises about the settings of a space, run on every database. */
import type { Kysely } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { StateDb } from '../state/index.ts'
import { migrate } from '../state/index.ts'
import { aContext } from './builders.ts'
import type { OpenWorkspaceDb } from './contract.ts'
import { JSON_BYTES_MAX } from './fields.ts'
import {
  type CommandContext,
  createSpace,
  getSpace,
  listAuditEvents,
  loadConfigVersion,
  loadSnapshot,
  setSpaceRules,
  type WorkspaceTables,
  workspaceMigrations,
} from './index.ts'

/** @param open gives a database of its own, without tables */
export function spaceSettingsContract(adapter: string, open: () => Promise<OpenWorkspaceDb>): void {
  describe(`settings of a space on ${adapter}`, () => {
    let opened: OpenWorkspaceDb
    let db: StateDb<WorkspaceTables>
    let ctx: CommandContext
    let spaceId: string
    let spaces = 0

    beforeAll(async () => {
      opened = await open()
      db = opened.db
      await migrate(db, workspaceMigrations)
    })
    afterAll(() => opened.close())
    beforeEach(async () => {
      ctx = aContext()
      spaces += 1
      spaceId = (await run(createSpace, { slug: `set-${spaces}` })).id
    })

    const run = <A, T>(command: (tx: Kysely<WorkspaceTables>, args: A, ctx: CommandContext) => Promise<T>, args: A) =>
      db.write((tx) => command(tx, args, ctx))
    const configOfSpace = async () =>
      (await loadSnapshot(db.read, ctx.secrets)).spaces.find((space) => space.id === spaceId)

    test('a space has the default rules until it gets its own, which are there for the pipeline', async () => {
      expect(await configOfSpace()).not.toHaveProperty('rules')
      const version = await loadConfigVersion(db.read)
      const { rules } = await run(setSpaceRules, { id: spaceId, rules: { types: [{ type: 'crm_id' }] } })
      expect(rules?.types).toEqual([
        { type: 'crm_id', collection: 'users', limit: { values: 5, period: 'ever' }, blocked: [] },
      ])
      expect((await configOfSpace())?.rules).toEqual(rules)
      expect((await getSpace(db.read, spaceId)).rules).toEqual(rules)
      expect(await loadConfigVersion(db.read)).toBe(version + 1)
      const [newest] = await listAuditEvents(db.read, { limit: 1 })
      expect(newest).toMatchObject({ type: 'Identity Rules Modified', resourceId: spaceId })
      await run(setSpaceRules, { id: spaceId, rules })
      expect(await loadConfigVersion(db.read)).toBe(version + 1)
    })

    test('rules that are wrong change nothing, and every mistake is told', async () => {
      const wrong = { types: [{ type: 'Crm' }], priority: ['email', 'email'] }
      await expect(run(setSpaceRules, { id: spaceId, rules: wrong })).rejects.toMatchObject({
        code: 'invalid',
        fields: [{ field: 'types.0.type' }, { field: 'priority.1' }],
      })
      expect(await configOfSpace()).not.toHaveProperty('rules')
      await expect(run(setSpaceRules, { id: 'spa_nobody', rules: {} })).rejects.toMatchObject({ code: 'not_found' })
    })

    test('rules may be as long as the limit, and no longer', async () => {
      const blocked = Array.from({ length: 100 }, (_, at) => ({ exact: `${at}`.padEnd(500) }))
      const types = Array.from({ length: 2 }, (_, at) => ({ type: `t${at}`, blocked }))
      const rules = (fill: number) => ({
        types: [types[0]],
        blocked: [],
        priority: Array.from({ length: fill }, (_, at) => `p${at}`),
      })
      await run(setSpaceRules, { id: spaceId, rules: rules(100) })
      expect(JSON.stringify((await configOfSpace())?.rules).length).toBeLessThanOrEqual(JSON_BYTES_MAX)
      await expect(run(setSpaceRules, { id: spaceId, rules: { types } })).rejects.toMatchObject({
        code: 'invalid',
        fields: [{ field: 'rules', message: `must be at most ${JSON_BYTES_MAX} bytes` }],
      })
    })
  })
}
