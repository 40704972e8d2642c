/** The workspace's promises about computed traits and audiences, run on every database. */
import type { Kysely } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { StateDb } from '../state/index.ts'
import { migrate } from '../state/index.ts'
import { aContext, NOW_MS } from './builders.ts'
import { COMPUTATION_NAME_CHARS_MAX } from './computations.ts'
import type { OpenWorkspaceDb } from './contract.ts'
import { ENDINGS_KEPT } from './endings.ts'
import {
  addWriteKey,
  COMPUTATIONS_MAX,
  type CommandContext,
  type ConnectComputation,
  type CreateComputation,
  connectComputation,
  createComputation,
  createDestination,
  createSpace,
  deleteComputation,
  deleteDestination,
  disconnectComputation,
  EVERY_MINUTES_MAX,
  EXTERNAL_ID_TYPES_MAX,
  ID_SYNC_ALL_MAX,
  ID_SYNC_MAX,
  type IdSyncRule,
  LOOK_BACK_DAYS_MAX,
  listAuditEvents,
  listComputations,
  listRestorable,
  loadConfigVersion,
  loadSnapshot,
  MAP_TO_CHARS_MAX,
  recordTelling,
  restoreComputation,
  updateComputation,
  type WorkspaceTables,
  workspaceMigrations,
} from './index.ts'

/** @param open gives a database of its own, without tables */
export function computationContract(adapter: string, open: () => Promise<OpenWorkspaceDb>): void {
  describe(`computations on ${adapter}`, () => {
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
      spaceId = (await run(createSpace, { slug: `space-${spaces}` })).id
    })

    const run = <A, T>(command: (tx: Kysely<WorkspaceTables>, args: A, ctx: CommandContext) => Promise<T>, args: A) =>
      db.write((tx) => command(tx, args, ctx))
    const make = (over: Partial<CreateComputation> = {}) =>
      run(createComputation, {
        spaceId,
        kind: 'audience',
        name: 'Buyers',
        query: "event('Order').count() >= 1",
        ...over,
      })
    const aDestination = () =>
      run(createDestination, {
        sourceId: spaceId,
        kind: 'example',
        settings: { apiKey: 'key-0123456789' },
        startPosition: 0,
      })

    test('one is made with a key of its name, goes to all destinations of its space, and is in the snapshot', async () => {
      const { id: destinationId } = await aDestination()
      const made = await make({ name: 'Order Completed Last 30days' })
      expect(made).toMatchObject({
        key: 'order_completed_last_30days',
        enabled: true,
        activations: [{ destinationId }],
      })
      expect(made.id).toMatch(/^aud_/)
      expect(made).toMatchObject({ createdBy: ctx.actor.id, updatedBy: ctx.actor.id })
      expect(await listComputations(db.read, spaceId)).toEqual([made])
      const { spaces: all } = await loadSnapshot(db.read, ctx.secrets)
      expect(all.find(({ id }) => id === spaceId)?.computations).toEqual([made])
      expect((await listAuditEvents(db.read, { limit: 1 }))[0]).toMatchObject({
        type: 'Audience Created',
        resourceId: made.id,
      })
    })

    test('a text is kept in its canonical form, and a mistake is told with its place', async () => {
      expect(await make({ query: 'event("Order") . count()>=1' })).toMatchObject({
        query: "event('Order').count() >= 1",
      })
      await expect(make({ name: 'Wrong', query: "event('Order').count() >=\n x" })).rejects.toMatchObject({
        fields: [{ field: 'definition.query', message: expect.stringContaining('line 2, column 2') }],
      })
    })

    test('a key is never given out twice, also not after a deletion, and neither is a name in use', async () => {
      const { id } = await make()
      await expect(make()).rejects.toMatchObject({ code: 'conflict', fields: [{ field: 'name' }] })
      await run(deleteComputation, { spaceId, id })
      await expect(make()).rejects.toMatchObject({ code: 'conflict', fields: [{ field: 'key' }] })
      expect(await make({ key: 'buyers_again' })).toMatchObject({ key: 'buyers_again' })
    })

    test.each(['Bad Key', '_a', 'a__b', 'ä', ''])('%j is no key', async (key) => {
      await expect(make({ key })).rejects.toMatchObject({ fields: [{ field: 'key' }] })
    })

    test('names and numbers have limits', async () => {
      await expect(make({ name: 'x'.repeat(COMPUTATION_NAME_CHARS_MAX + 1) })).rejects.toMatchObject({
        code: 'invalid',
      })
      await make({ name: 'x'.repeat(COMPUTATION_NAME_CHARS_MAX) })
      for (let n = 1; n < COMPUTATIONS_MAX; n += 1) await make({ name: `n${n}` })
      await expect(make({ name: 'one more' })).rejects.toMatchObject({ code: 'conflict' })
    }, 60_000)

    test('a circle is refused with its way round, and what is read can neither be deleted nor switched off', async () => {
      const one = await make({ name: 'one' })
      const two = await make({ name: 'two', query: "trait('one') = true" })
      await expect(run(updateComputation, { spaceId, id: one.id, query: "trait('two') = true" })).rejects.toMatchObject(
        {
          fields: [{ message: expect.stringContaining('one reads two reads one') }],
        },
      )
      for (const change of [
        () => run(deleteComputation, { spaceId, id: one.id }),
        () => run(updateComputation, { spaceId, id: one.id, enabled: false }),
      ])
        await expect(change()).rejects.toMatchObject({
          code: 'conflict',
          fields: [{ message: expect.stringContaining('two') }],
        })
      await run(updateComputation, { spaceId, id: two.id, enabled: false })
      expect(await run(updateComputation, { spaceId, id: one.id, enabled: false })).toMatchObject({ enabled: false })
      const { spaces: all } = await loadSnapshot(db.read, ctx.secrets)
      expect(all.find(({ id }) => id === spaceId)?.computations).toEqual([])
    })

    test('an update keeps the key, makes a version only where something is different, and is in the trail', async () => {
      const made = await make()
      const version = await loadConfigVersion(db.read)
      await run(updateComputation, { spaceId, id: made.id, name: made.name })
      expect(await loadConfigVersion(db.read)).toBe(version)
      ctx = { ...ctx, actor: { kind: 'token', id: 'tok_2', name: 'Another' } }
      const after = await run(updateComputation, {
        spaceId,
        id: made.id,
        name: 'Customers',
        query: "trait('vip') = true",
      })
      expect(after).toMatchObject({ key: made.key, name: 'Customers', query: "trait('vip') = true" })
      expect(await listComputations(db.read, spaceId)).toEqual([after])
      expect(after).toMatchObject({ createdBy: made.createdBy, updatedBy: 'tok_2' })
      expect((await listAuditEvents(db.read, { limit: 1 }))[0]).toMatchObject({ type: 'Audience Modified' })
      await expect(run(updateComputation, { spaceId, id: 'aud_none' })).rejects.toMatchObject({ code: 'not_found' })
    })

    test('a destination of another space is refused, and one that is deleted is let go', async () => {
      const { id: destinationId } = await aDestination()
      const made = await make()
      await expect(make({ name: 'b', activations: [{ destinationId: 'elsewhere' }] })).rejects.toMatchObject({
        fields: [{ field: 'destinationConnections' }],
      })
      await run(deleteDestination, { id: destinationId })
      expect(await listComputations(db.read, spaceId)).toEqual([{ ...made, activations: [] }])
    })

    test('rules on ids are kept with their destination, taken away by an empty list, and refused beyond their limits', async () => {
      const { id: destinationId } = await aDestination()
      const withRules = (idSync: readonly IdSyncRule[]) => ({ activations: [{ destinationId, idSync }] })
      const rule = (externalId: string, strategy: IdSyncRule['strategy'] = 'first', mapTo?: string): IdSyncRule => ({
        externalId,
        strategy,
        ...(mapTo === undefined ? {} : { mapTo }),
      })
      const many = (count: number, strategy: IdSyncRule['strategy']) =>
        Array.from({ length: count }, (_, n) => rule(`type_${n}`, strategy))
      const rules = [
        rule('user_id'),
        ...many(ID_SYNC_ALL_MAX, 'all'),
        rule('crm', 'last', 'x'.repeat(MAP_TO_CHARS_MAX)),
      ]
      const made = await make(withRules(rules))
      expect(made.activations).toMatchObject([{ destinationId, idSync: rules }])
      expect(await listComputations(db.read, spaceId)).toEqual([made])
      const update = (idSync: readonly IdSyncRule[]) =>
        run(updateComputation, { spaceId, id: made.id, ...withRules(idSync) })
      await update(many(ID_SYNC_MAX, 'last'))
      for (const [refused, why] of [
        [many(ID_SYNC_MAX + 1, 'last'), `at most ${ID_SYNC_MAX} identifiers`],
        [many(ID_SYNC_ALL_MAX + 1, 'all'), `at most ${ID_SYNC_ALL_MAX} identifiers with the strategy all`],
        [[rule('email'), rule('email', 'all')], 'email twice'],
        [[rule('Email')], 'lower case'],
        [[rule('email', 'all', ' ')], 'for mapTo'],
        [[rule('email', 'all', 'x'.repeat(MAP_TO_CHARS_MAX + 1))], 'for mapTo'],
        [[rule('email', 'all', 'id'), rule('crm', 'all', 'id')], 'maps two identifiers to id'],
      ] as const)
        await expect(update(refused)).rejects.toMatchObject({
          fields: [{ field: 'destinationConnections.0.idSyncConfiguration', message: expect.stringContaining(why) }],
        })
      expect((await update([])).activations).toEqual([expect.not.objectContaining({ idSync: expect.anything() })])
    })

    test('an audience may ask for ids of its own choice, within limits', async () => {
      const types = Array.from({ length: EXTERNAL_ID_TYPES_MAX }, (_, n) => `type_${n}`)
      const made = await make({ externalIdTypes: [...types.slice(2), 'email', 'email'] })
      expect(made.externalIdTypes).toEqual([...types.slice(2), 'email'])
      expect(await listComputations(db.read, spaceId)).toEqual([made])
      for (const [refused, why] of [
        [[], 'leave it out'],
        [[...types, 'email'], `1 to ${EXTERNAL_ID_TYPES_MAX} types`],
        [['E-Mail'], 'in lower case'],
      ] as const)
        await expect(make({ name: 'b', externalIdTypes: refused })).rejects.toMatchObject({
          fields: [{ field: 'options.filterByExternalIds', message: expect.stringContaining(why) }],
        })
    })

    test('one destination at a time is connected, changed in what is given, and let go; the others stay', async () => {
      const { id: first } = await aDestination()
      const { id } = await make()
      const { id: second } = await run(createDestination, {
        sourceId: spaceId,
        kind: 'example',
        name: 'Second',
        settings: { apiKey: 'key-0123456789' },
        startPosition: 0,
      })
      const idSync = [{ externalId: 'email', strategy: 'last' }] as const
      const connect = (draft: ConnectComputation['draft'], isNew: boolean) =>
        run(connectComputation, { spaceId, id, draft, isNew })
      const made = await connect({ destinationId: second, idSync, form: 'track', everyMinutes: 15 }, true)
      expect(made).toMatchObject({ destinationId: second, idSync, form: 'track', everyMinutes: 15 })
      const settings = { enteredEvent: 'Came in', everyMinutes: null }
      const changed = await connect({ destinationId: second, ...settings }, false)
      expect(changed).toEqual({ ...made, enteredEvent: 'Came in', everyMinutes: undefined })
      const [{ activations } = { activations: [] }] = await listComputations(db.read, spaceId)
      expect(activations).toEqual([expect.objectContaining({ destinationId: first }), changed])
      await expect(connect({ destinationId: second }, true)).rejects.toMatchObject({ code: 'conflict' })
      await expect(connect({ destinationId: 'elsewhere' }, true)).rejects.toMatchObject({ code: 'invalid' })
      await expect(connect({ destinationId: 'elsewhere' }, false)).rejects.toMatchObject({ code: 'not_found' })
      const disconnect = () => run(disconnectComputation, { spaceId, id, destinationId: first })
      await disconnect()
      expect((await listComputations(db.read, spaceId))[0]?.activations).toEqual([changed])
      await expect(disconnect()).rejects.toMatchObject({ code: 'not_found' })
    })

    test('a look-back begins anew with what reads history anew, and is refused beyond the log and its limits', async () => {
      const days = 86_400_000
      const logStartMs = NOW_MS - 9 * days
      const made = await make({ lookBackDays: 9, logStartMs })
      expect(made).toMatchObject({ lookBackDays: 9, countsFromMs: NOW_MS - 9 * days })
      expect(await listComputations(db.read, spaceId)).toEqual([made])
      const { spaces: all } = await loadSnapshot(db.read, ctx.secrets)
      expect(all.find(({ id }) => id === spaceId)?.computations).toEqual([made])
      const tooFar = `earliest possible date is ${new Date(logStartMs).toISOString()}, where the log begins: give 9 at most`
      for (const [over, field, why] of [
        [{ lookBackDays: 10, logStartMs }, 'options.backfillEventDataDays', tooFar],
        [{ lookBackDays: 1 }, 'options.backfillEventDataDays', 'leave it out'],
        [{ lookBackDays: LOOK_BACK_DAYS_MAX + 1, logStartMs: 0 }, 'options.backfillEventDataDays', 'from 1 to 1095'],
        [{ lookBackDays: 0, logStartMs }, 'options.backfillEventDataDays', 'from 1 to'],
        [{ lookBackDays: 1, logStartMs, includesHistory: false }, 'options.includeHistoricalData', 'must be true'],
        [
          { lookBackDays: 10, logStartMs, kind: 'trait', query: "event('Order').count()" },
          'options.backfillDurationDays',
          tooFar,
        ],
      ] as const)
        await expect(make({ name: 'b', ...over })).rejects.toMatchObject({
          fields: [{ field, message: expect.stringContaining(why) }],
        })
      await make({ name: 'at the limit', lookBackDays: LOOK_BACK_DAYS_MAX, logStartMs: 0 })
      ctx = { ...ctx, clock: { nowMs: () => NOW_MS + days } }
      const update = (over: object) => run(updateComputation, { spaceId, id: made.id, logStartMs, ...over })
      expect(await update({ name: 'Customers' })).toMatchObject({ countsFromMs: NOW_MS - 9 * days })
      await expect(update({ query: "event('Order').count() >= 2", logStartMs: NOW_MS })).rejects.toMatchObject({
        fields: [{ message: expect.stringContaining('give 1 at most') }],
      })
      expect(await update({ query: "event('Order').count() >= 2" })).toMatchObject({ countsFromMs: NOW_MS - 8 * days })
      ctx = { ...ctx, clock: { nowMs: () => NOW_MS + 2 * days } }
      expect(await update({ enabled: false })).toMatchObject({ countsFromMs: NOW_MS - 8 * days })
      expect(await update({ enabled: true })).toMatchObject({ countsFromMs: NOW_MS - 7 * days })
    })

    test('how often a destination is told is kept, taken away when it is left out, and refused beyond a day', async () => {
      const { id: destinationId } = await aDestination()
      const every = (everyMinutes?: number) => ({
        activations: [{ destinationId, ...(everyMinutes === undefined ? {} : { everyMinutes }) }],
      })
      const made = await make(every(EVERY_MINUTES_MAX))
      expect(await listComputations(db.read, spaceId)).toMatchObject([
        { activations: [{ everyMinutes: EVERY_MINUTES_MAX }] },
      ])
      const update = (everyMinutes?: number) => run(updateComputation, { spaceId, id: made.id, ...every(everyMinutes) })
      await expect(update(EVERY_MINUTES_MAX + 1)).rejects.toMatchObject({
        fields: [
          { field: 'destinationConnections.0.everyMinutes', message: expect.stringContaining('from 1 to 1440') },
        ],
      })
      expect((await update()).activations).toEqual([expect.not.objectContaining({ everyMinutes: expect.anything() })])
    })

    test('what ends is noted with the change itself: a deletion, and what is switched off with exits', async () => {
      const { id: destinationId } = await aDestination()
      const made = await make({ activations: [{ destinationId }] })
      const { id, number, key } = made
      const endings = async () =>
        (await loadSnapshot(db.read, ctx.secrets)).spaces.find((each) => each.id === spaceId)?.endings ?? []
      await run(updateComputation, { spaceId, id, enabled: false })
      expect(await endings()).toEqual([])
      // Also when it is off already.
      await run(updateComputation, { spaceId, id, enabled: false, sendExits: true })
      await run(updateComputation, { spaceId, id, enabled: true, sendExits: true })
      await run(updateComputation, { spaceId, id, enabled: false, sendExits: true })
      const computation = { id, number, key, definition: { kind: 'audience' }, activations: made.activations }
      const first = await endings()
      expect(first).toMatchObject([
        { computation, isDeleted: false },
        { computation, isDeleted: false },
      ])
      await run(deleteComputation, { spaceId, id })
      const other = await make({ name: 'other', activations: [{ destinationId }] })
      await run(deleteComputation, { spaceId, id: other.id, sendExits: true })
      const all = await endings()
      expect(all.slice(2)).toMatchObject([
        { computation: { id, activations: [] }, isDeleted: true },
        { computation: { id: other.id, activations: other.activations }, isDeleted: true },
      ])
      expect(all.map((each) => each.number)).toEqual(all.map((each) => each.number).toSorted((a, b) => a - b))
      await db.write((tx) =>
        tx
          .updateTable('numbers')
          .set({ last: ENDINGS_KEPT + (all[0]?.number ?? 0) - 1 })
          .where('name', '=', 'computation_ending')
          .execute(),
      )
      const last = await make({ name: 'last' })
      await run(deleteComputation, { spaceId, id: last.id })
      expect((await endings()).map((each) => each.number)).toEqual([
        ...all.slice(1).map((each) => each.number),
        ENDINGS_KEPT + (all[0]?.number ?? 0),
      ])
    })

    test('one that was deleted has its key to itself, and comes back as it was where its name is free', async () => {
      const { id: destinationId } = await aDestination()
      const { id: otherId } = await run(createDestination, {
        sourceId: spaceId,
        kind: 'example',
        name: 'Other',
        settings: { apiKey: 'key-0123456789' },
        startPosition: 0,
      })
      const made = await make({ description: 'who buys', includesAnonymous: true })
      expect(made.activations).toHaveLength(2)
      const deletedOf = async () =>
        (await loadSnapshot(db.read, ctx.secrets)).spaces.find(({ id }) => id === spaceId)?.deleted
      expect(await deletedOf()).toBeUndefined()
      await run(deleteComputation, { spaceId, id: made.id })
      expect(await deletedOf()).toEqual([{ number: made.number, key: 'buyers' }])
      const { id, name, key, query } = made
      expect(await listRestorable(db.read, spaceId, 'audience')).toEqual([
        { id, name, key, query, level: 'users', deletedAtMs: ctx.clock.nowMs() },
      ])
      expect(await listRestorable(db.read, spaceId, 'trait')).toEqual([])
      await expect(make({ name: 'BUYERS!' })).rejects.toMatchObject({
        code: 'conflict',
        fields: [{ field: 'key', message: expect.stringContaining(`by the audience "Buyers" which was deleted at`) }],
      })
      await expect(make({ name: 'Other', key: 'buyers' })).rejects.toThrow(`Restore that one (${made.id})`)
      const restore = (id: string, kind: 'audience' | 'trait' = 'audience') =>
        run(restoreComputation, { spaceId, kind, id })
      await expect(restore('buyers', 'trait')).rejects.toMatchObject({ code: 'not_found' })
      await run(deleteDestination, { id: otherId })
      const inItsPlace = await make({ key: 'new_buyers' })
      await expect(restore(made.id)).rejects.toMatchObject({ code: 'conflict', fields: [{ field: 'name' }] })
      await run(updateComputation, { spaceId, id: inItsPlace.id, name: 'New buyers' })
      const back = await restore('buyers')
      expect(await listRestorable(db.read, spaceId, 'audience')).toEqual([])
      expect(back).toEqual({ ...made, activations: [expect.objectContaining({ destinationId })] })
      expect((await listComputations(db.read, spaceId)).map(({ id }) => id)).toEqual([made.id, inItsPlace.id])
      expect((await listAuditEvents(db.read, { limit: 1 }))[0]).toMatchObject({ type: 'Audience Restored' })
      expect(await deletedOf()).toBeUndefined()
      await expect(restore('buyers')).rejects.toMatchObject({ code: 'not_found' })
      // It can be deleted again, and once more come back; and nothing of it stays where its members were told that it ended.
      await run(deleteComputation, { spaceId, id: made.id, sendExits: true })
      expect(await deletedOf()).toBeUndefined()
      expect(await restore(made.id)).toMatchObject({ key: 'buyers' })
    })

    test('one that was deleted does not come back into a circle', async () => {
      const one = await make({ name: 'one' })
      const two = await make({ name: 'two', query: "trait('one') = true" })
      await run(deleteComputation, { spaceId, id: two.id })
      await run(updateComputation, { spaceId, id: one.id, query: "trait('two') = true" })
      await expect(run(restoreComputation, { spaceId, kind: 'audience', id: 'two' })).rejects.toMatchObject({
        fields: [{ message: expect.stringContaining('two reads one reads two') }],
      })
    })

    test('who asked for a sync or an undo is in the trail', async () => {
      const made = await make({ name: 'Loyal' })
      const asked = { id: 'r1', computation: made, name: made.name, total: 7 }
      for (const [value, type] of [
        ['current', 'Audience Synced'],
        ['drifted', 'Audience Reconciled'],
        ['before', 'Audience Undone'],
      ] as const) {
        await run(recordTelling, { ...asked, value, destinationIds: ['dst_1'] })
        const [event] = await listAuditEvents(db.read, { limit: 1 })
        expect(event).toMatchObject({ type, resourceType: 'AUDIENCE', resourceId: made.id, resourceName: 'Loyal' })
      }
    })

    test('one of accounts is read again as such, asks its users, and is told of by group calls', async () => {
      const source = await aDestination()
      const query = "ANY(event('A').count() >= 1)"
      const made = await make({ level: 'accounts', query })
      expect(made).toMatchObject({
        level: 'accounts',
        query,
        activations: [{ destinationId: source.id, form: 'group' }],
      })
      expect(await listComputations(db.read, spaceId)).toEqual([made])
      const update = (over: object) => run(updateComputation, { spaceId, id: made.id, ...over })
      expect(await update({ query: "ALL(trait('a') = 1)" })).toMatchObject({ level: 'accounts' })
      const destinationId = source.id
      await expect(update({ activations: [{ destinationId, form: 'track' }] })).rejects.toMatchObject({
        fields: [{ field: 'destinationConnections.0.form', message: expect.stringContaining('must be group') }],
      })
      const idSync = [{ externalId: 'email', strategy: 'first' }]
      await expect(update({ activations: [{ destinationId, idSync }] })).rejects.toMatchObject({
        fields: [{ field: 'destinationConnections.0.idSyncConfiguration' }],
      })
      await expect(make({ name: 'Others', query })).rejects.toMatchObject({ fields: [{ field: 'definition.query' }] })
      await run(deleteComputation, { spaceId, id: made.id })
      expect(await run(restoreComputation, { spaceId, kind: 'audience', id: made.id })).toMatchObject({
        level: 'accounts',
      })
    })

    test('nothing can be sent to a space from outside', async () => {
      await expect(run(addWriteKey, { sourceId: spaceId })).rejects.toMatchObject({ code: 'invalid' })
      expect((await loadSnapshot(db.read, ctx.secrets)).sources.get(spaceId)?.writeKeys).toEqual([])
    })
  })
}
