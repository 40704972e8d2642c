/** The workspace's promises about the occasions on which destinations are told of an audience, run on every database. */
import type { Kysely } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { StateDb } from '../state/index.ts'
import { migrate } from '../state/index.ts'
import { aContext } from './builders.ts'
import type { OpenWorkspaceDb } from './contract.ts'
import {
  type CommandContext,
  createComputation,
  createDestination,
  createSpace,
  listAuditEvents,
  listComputations,
  loadSnapshot,
  occasionsOf,
  removeOccasion,
  type SetOccasion,
  setOccasion,
  updateComputation,
  type WorkspaceTables,
  workspaceMigrations,
} from './index.ts'

/** @param open gives a database of its own, without tables */
export function occasionContract(adapter: string, open: () => Promise<OpenWorkspaceDb>): void {
  describe(`occasions on ${adapter}`, () => {
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
      spaceId = (await run(createSpace, { slug: `told-${spaces}` })).id
    })

    const run = <A, T>(command: (tx: Kysely<WorkspaceTables>, args: A, ctx: CommandContext) => Promise<T>, args: A) =>
      db.write((tx) => command(tx, args, ctx))
    const anAudience = async (level: 'users' | 'accounts' = 'users') => {
      const settings = { apiKey: 'key-0123456789' }
      const destination = await run(createDestination, {
        sourceId: spaceId,
        kind: 'example',
        settings,
        startPosition: 0,
      })
      const query = "event('Order').count() >= 1"
      const { id } = await run(createComputation, { spaceId, kind: 'audience', name: 'Buyers', query, level })
      return { spaceId, id, destinationId: destination.id }
    }
    const connection = async () => {
      const [{ activations } = { activations: [] }] = await listComputations(db.read, spaceId)
      const [found] = activations
      if (found === undefined) throw new Error('no connection')
      return found
    }

    test('what follows from the form is told until an occasion takes its place, with its audit row', async () => {
      const of = await anAudience()
      expect(occasionsOf(await connection())).toMatchObject([{ on: 'membership', enabled: true }])
      const made = await run(setOccasion, { ...of, on: 'entered', name: 'Hello', isNew: true, enrichTraits: ['plan'] })
      const occasions = [{ on: 'entered', name: 'Hello', enabled: true }]
      expect(made).toMatchObject({ form: 'track', enrichTraits: ['plan'], occasions })
      expect(await connection()).toEqual(made)
      const { spaces: all } = await loadSnapshot(db.read, ctx.secrets)
      expect(all.find(({ id }) => id === spaceId)?.computations[0]?.activations).toEqual([made])
      const [newest] = await listAuditEvents(db.read, { limit: 1 })
      expect(newest).toMatchObject({ type: 'Audience Modified', resourceId: of.id })
    })

    test('one that is changed keeps what is not given, and one that is gone is told no more', async () => {
      const of = await anAudience()
      const set = (args: Omit<SetOccasion, keyof typeof of>) => run(setOccasion, { ...of, ...args })
      await set({ on: 'entered', name: 'Hello', actionId: 'track', isNew: true })
      await set({ on: 'exited', name: 'Goodbye', isNew: true })
      const off = await set({ on: 'entered', enabled: false, isNew: false })
      const entered = { on: 'entered', name: 'Hello', actionId: 'track', enabled: false }
      expect(off.occasions).toEqual([entered, { on: 'exited', name: 'Goodbye', enabled: true }])
      await run(removeOccasion, { ...of, on: 'exited' })
      expect((await connection()).occasions).toEqual([entered])
      await run(removeOccasion, { ...of, on: 'entered' })
      expect((await connection()).occasions).toEqual([])
      await expect(run(removeOccasion, { ...of, on: 'entered' })).rejects.toMatchObject({ code: 'not_found' })
      await expect(set({ on: 'exited', enabled: true, isNew: false })).rejects.toMatchObject({ code: 'not_found' })
    })

    test('what cannot be beside another, or of accounts, is refused and nothing is changed', async () => {
      const of = await anAudience()
      const set = (args: Omit<SetOccasion, keyof typeof of>) => run(setOccasion, { ...of, ...args })
      await set({ on: 'entered', name: 'Hello', isNew: true })
      const before = await connection()
      for (const on of ['entered', 'membership'] as const)
        await expect(set({ on, name: 'Other', isNew: true })).rejects.toMatchObject({ code: 'conflict' })
      await expect(set({ on: 'exited', name: 'Hello', isNew: true })).rejects.toMatchObject({ code: 'conflict' })
      await expect(set({ on: 'exited', name: 'Bye', enrichTraits: ['plan'], isNew: true })).rejects.toMatchObject({
        fields: [{ field: 'personalization.profile.properties' }],
      })
      const identify = [{ destinationId: of.destinationId, form: 'identify' as const }]
      await expect(run(updateComputation, { spaceId, id: of.id, activations: identify })).rejects.toMatchObject({
        fields: [{ field: 'destinationConnections.0.form' }],
      })
      expect(await connection()).toEqual(before)
      await expect(run(setOccasion, { ...of, destinationId: 'x', on: 'exited', isNew: true })).rejects.toMatchObject({
        code: 'not_found',
      })
    })

    test('accounts are told of both by group calls', async () => {
      const of = await anAudience('accounts')
      await expect(run(setOccasion, { ...of, on: 'entered', name: 'Hello', isNew: true })).rejects.toMatchObject({
        fields: [{ field: 'activationType' }],
      })
      const made = await run(setOccasion, { ...of, on: 'membership', name: 'Both', isNew: true })
      expect(made).toMatchObject({ form: 'group', occasions: [{ on: 'membership', name: 'Both' }] })
    })

    test('who replaces the list of connections without a word on occasions leaves them as they are', async () => {
      const of = await anAudience()
      const made = await run(setOccasion, { ...of, on: 'exited', name: 'Bye', isNew: true })
      const { occasions, ...rest } = made
      const activations = [{ ...rest, exitedEvent: 'Left' }]
      await run(updateComputation, { spaceId, id: of.id, activations })
      expect(await connection()).toEqual({ ...made, exitedEvent: 'Left' })
      expect(occasions).toHaveLength(1)
    })
  })
}
