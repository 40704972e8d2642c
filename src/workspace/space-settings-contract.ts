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
  createSpaceFilter,
  deleteSpaceFilter,
  getSpace,
  listAuditEvents,
  loadConfigVersion,
  loadSnapshot,
  SPACE_FILTERS_MAX,
  setSpaceRules,
  updateSpaceFilter,
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

    test('a space has as many filters as the limit, in the order in which they were made, and no more', async () => {
      const made = []
      for (let at = 1; at <= SPACE_FILTERS_MAX; at += 1)
        made.push(await run(createSpaceFilter, { spaceId, name: `f${at}`, if: `event = "Test ${at}"` }))
      await expect(run(createSpaceFilter, { spaceId, name: 'more', if: 'all' })).rejects.toMatchObject({
        code: 'conflict',
      })
      expect((await configOfSpace())?.filters).toEqual(made)
      const [first, second] = made
      if (first === undefined || second === undefined) throw new Error('no filters')
      await run(deleteSpaceFilter, { id: first.id })
      expect((await configOfSpace())?.filters?.[0]).toEqual(second)
      await run(createSpaceFilter, { spaceId, name: 'more', if: 'all' })
    })

    test('a filter is changed by what is given, and each change is in the audit trail', async () => {
      const { id } = await run(createSpaceFilter, { spaceId, name: 'Tests', if: 'event = "Test"', description: 'Ours' })
      const off = await run(updateSpaceFilter, { id, enabled: false })
      expect(off).toMatchObject({ name: 'Tests', if: 'event = "Test"', description: 'Ours', enabled: false })
      expect(await listAuditEvents(db.read, { limit: 1 })).toMatchObject([
        { type: 'Space Filter Disabled', resourceId: id },
      ])
      await run(updateSpaceFilter, { id, description: null, if: 'all' })
      expect((await configOfSpace())?.filters).toMatchObject([{ id, description: null, if: 'all', enabled: false }])
      await run(deleteSpaceFilter, { id })
      expect(await configOfSpace()).not.toHaveProperty('filters')
      await expect(run(deleteSpaceFilter, { id })).rejects.toMatchObject({ code: 'not_found' })
      await expect(run(updateSpaceFilter, { id, name: 'x' })).rejects.toMatchObject({ code: 'not_found' })
    })

    test('a filter that is wrong changes nothing, and says where', async () => {
      const wrong = run(createSpaceFilter, { spaceId, name: '', if: 'event = ' })
      await expect(wrong).rejects.toMatchObject({ code: 'invalid', fields: [{ field: 'name' }, { field: 'if' }] })
      const nowhere = run(createSpaceFilter, { spaceId: 'spa_nobody', name: 'a', if: 'all' })
      await expect(nowhere).rejects.toMatchObject({ code: 'not_found' })
      expect(await configOfSpace()).not.toHaveProperty('filters')
    })
  })
}
