/** The workspace's promises, run on every database. */
import { type Kysely, sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { StateDb } from '../state/index.ts'
import { migrate, ValueError } from '../state/index.ts'
import { type AuditRow, auditHash } from './audit.ts'
import { aContext, exampleKind } from './builders.ts'
import {
  addWriteKey,
  assertSecretsFit,
  type CommandContext,
  createDestination,
  createFilter,
  createSecrets,
  createSource,
  createSpace,
  createSubscription,
  createToken,
  deleteDestination,
  deleteFilter,
  deleteSource,
  deleteSubscription,
  ensureWorkspace,
  FILTER_TITLE_CHARS_MAX,
  FILTERS_MAX,
  getDestination,
  INSTANCES_MAX,
  listAuditEvents,
  listSpaces,
  listTokens,
  loadConfigVersion,
  loadSnapshot,
  mask,
  resealSecrets,
  revokeToken,
  revokeWriteKey,
  SUBSCRIPTIONS_MAX,
  updateDestination,
  updateFilter,
  updateSource,
  updateSpace,
  updateSubscription,
  verifyAudit,
  verifyToken,
  type WorkspaceTables,
  WRITE_KEYS_MAX,
  workspaceMigrations,
} from './index.ts'

export interface OpenWorkspaceDb {
  readonly db: StateDb<WorkspaceTables>
  close(): Promise<void>
}

/** @param open gives a database of its own, without tables */
export function workspaceContract(adapter: string, open: () => Promise<OpenWorkspaceDb>): void {
  describe(`workspace on ${adapter}`, () => {
    let opened: OpenWorkspaceDb
    let db: StateDb<WorkspaceTables>
    let ctx: CommandContext
    let slugs = 0

    beforeAll(async () => {
      opened = await open()
      db = opened.db
      await migrate(db, workspaceMigrations)
    })
    afterAll(async () => {
      await opened.close()
    })
    beforeEach(() => {
      ctx = aContext()
    })

    const run = <A, T>(command: (tx: Kysely<WorkspaceTables>, args: A, ctx: CommandContext) => Promise<T>, args: A) =>
      db.write((tx) => command(tx, args, ctx))
    const aSource = () => {
      slugs += 1
      return run(createSource, { slug: `source-${slugs}`, kind: 'node' })
    }
    const anInstance = async (over: Partial<Parameters<typeof createDestination>[1]> = {}) => {
      const sourceId = over.sourceId ?? (await aSource()).id
      return run(createDestination, {
        sourceId,
        kind: 'example',
        settings: { apiKey: 'key-0123456789' },
        startPosition: 7,
        ...over,
      })
    }
    const newestAudit = async () => (await listAuditEvents(db.read, { limit: 1 }))[0]

    test('a source starts with one write key of 32 letters and digits and is found in the snapshot', async () => {
      const source = await aSource()
      expect(source).toMatchObject({ kind: 'node', enabled: true, name: source.slug })
      expect(source.writeKeys).toEqual([expect.stringMatching(/^[0-9A-Za-z]{32}$/)])
      expect((await loadSnapshot(db.read, ctx.secrets)).sources.get(source.id)).toEqual(source)
    })

    test('two sources never share a slug, also not after an update', async () => {
      const [one, two] = [await aSource(), await aSource()]
      const create = run(createSource, { slug: one.slug, kind: 'http' })
      await expect(create).rejects.toMatchObject({ code: 'conflict', fields: [{ field: 'slug' }] })
      await expect(run(updateSource, { id: two.id, slug: one.slug })).rejects.toMatchObject({ code: 'conflict' })
      await expect(run(updateSource, { id: one.id, slug: one.slug })).resolves.toEqual(one)
    })

    test('every mistake in the arguments is told at once, and nothing is kept', async () => {
      const before = await loadConfigVersion(db.read)
      const create = run(createSource, { slug: 'no spaces', name: ' ', kind: '' })
      await expect(create).rejects.toMatchObject({
        code: 'invalid',
        fields: [{ field: 'slug' }, { field: 'name' }, { field: 'kind' }],
      })
      expect(await loadConfigVersion(db.read)).toBe(before)
    })

    test('a source is renamed, disabled and deleted, each with its own word in the audit trail', async () => {
      const source = await aSource()
      await run(updateSource, { id: source.id, name: 'Shop' })
      expect(await newestAudit()).toMatchObject({ type: 'Source Modified', resourceName: 'Shop' })
      await run(updateSource, { id: source.id, enabled: false })
      expect(await newestAudit()).toMatchObject({ type: 'Source Disabled' })
      await run(deleteSource, { id: source.id })
      expect(await newestAudit()).toMatchObject({ type: 'Source Deleted', after: null })
      await expect(run(updateSource, { id: source.id, name: 'x' })).rejects.toMatchObject({ code: 'not_found' })
    })

    test('a source with destinations, or of a space, is not deleted', async () => {
      const instance = await anInstance()
      await expect(run(deleteSource, { id: instance.sourceId })).rejects.toMatchObject({ code: 'conflict' })
      const space = await run(createSpace, { slug: 'kept-space' })
      await expect(run(deleteSource, { id: space.id })).rejects.toMatchObject({ code: 'conflict' })
    })

    test('write keys rotate with overlap; a revoked one is gone and is not found again', async () => {
      const source = await aSource()
      const [old = ''] = source.writeKeys
      const { writeKey } = await run(addWriteKey, { sourceId: source.id })
      const both = await loadSnapshot(db.read, ctx.secrets)
      expect(both.sources.get(source.id)?.writeKeys).toEqual([old, writeKey])
      const after = await run(revokeWriteKey, { sourceId: source.id, writeKey: old })
      expect(after.writeKeys).toEqual([writeKey])
      const again = run(revokeWriteKey, { sourceId: source.id, writeKey: old })
      await expect(again).rejects.toMatchObject({ code: 'not_found' })
    })

    test('a write key is revoked through its own source only', async () => {
      const [one, two] = [await aSource(), await aSource()]
      const foreign = run(revokeWriteKey, { sourceId: one.id, writeKey: two.writeKeys[0] ?? '' })
      await expect(foreign).rejects.toMatchObject({ code: 'not_found' })
    })

    test(`a source holds ${WRITE_KEYS_MAX} write keys and not one more`, async () => {
      const source = await aSource()
      for (let keys = 1; keys < WRITE_KEYS_MAX; keys += 1) await run(addWriteKey, { sourceId: source.id })
      await expect(run(addWriteKey, { sourceId: source.id })).rejects.toMatchObject({ code: 'conflict' })
    })

    test('a new instance gets the presets, enabled, and stands in the snapshot with readable settings', async () => {
      const instance = await anInstance()
      expect(instance).toMatchObject({ name: 'Example', enabled: true, startPosition: 7 })
      expect(instance.subscriptions.map(({ name, enabled }) => [name, enabled])).toEqual([['Track calls', true]])
      const snapshot = await loadSnapshot(db.read, ctx.secrets)
      expect(snapshot.destinations.get(instance.id)).toEqual(instance)
      expect(snapshot.destinationsBySource.get(instance.sourceId)).toEqual([instance])
      expect(await getDestination(db.read, instance.id, ctx.secrets)).toEqual(instance)
    })

    test('settings are unreadable in the database, and masked in the audit trail', async () => {
      const secret = 'canary-secret-4711'
      const instance = await anInstance({ settings: { apiKey: secret, region: 'eu' } })
      await run(updateDestination, { id: instance.id, settings: { region: 'us' } })
      const everything = JSON.stringify([
        await db.read.selectFrom('destinations').selectAll().execute(),
        await db.read.selectFrom('audit_events').selectAll().execute(),
      ])
      expect(everything).not.toContain(secret)
      expect(await newestAudit()).toMatchObject({
        before: { settings: { apiKey: mask(secret), region: 'eu' } },
        after: { settings: { apiKey: mask(secret), region: 'us' } },
      })
    })

    test('sealed settings copied into another row do not open', async () => {
      const [one, two] = [await anInstance(), await anInstance()]
      const swapped = db.write(async (tx) => {
        const { settings } = await tx
          .selectFrom('destinations')
          .select('settings')
          .where('id', '=', one.id)
          .executeTakeFirstOrThrow()
        await tx.updateTable('destinations').set({ settings }).where('id', '=', two.id).execute()
        await getDestination(tx, two.id, ctx.secrets)
      })
      await expect(swapped).rejects.toThrow('belongs to another record')
    })

    test('what the catalog does not know, or its check refuses, is not made', async () => {
      const sourceId = (await aSource()).id
      await expect(anInstance({ sourceId, kind: 'nobody' })).rejects.toMatchObject({ fields: [{ field: 'kind' }] })
      await expect(anInstance({ sourceId, settings: {} })).rejects.toMatchObject({
        code: 'invalid',
        fields: [{ field: 'settings.apiKey' }],
      })
      await expect(anInstance({ sourceId: 'nobody' })).rejects.toMatchObject({ code: 'not_found' })
    })

    test('names are unique within a source; a name nobody chose gets a number', async () => {
      const first = await anInstance()
      const { sourceId } = first
      expect((await anInstance({ sourceId })).name).toBe('Example 2')
      await expect(anInstance({ sourceId, name: 'Example' })).rejects.toMatchObject({ code: 'conflict' })
      await expect(run(updateDestination, { id: first.id, name: 'Example 2' })).rejects.toMatchObject({
        code: 'conflict',
        fields: [{ field: 'name' }],
      })
      await expect(anInstance({ name: 'Example' })).resolves.toMatchObject({ name: 'Example' })
    })

    test(`a source holds ${INSTANCES_MAX} instances of one destination and not one more`, async () => {
      const sourceId = (await aSource()).id
      for (let made = 0; made < INSTANCES_MAX; made += 1) await anInstance({ sourceId, subscriptions: 'none' })
      await expect(anInstance({ sourceId })).rejects.toMatchObject({ code: 'conflict' })
    })

    test('settings merge; null removes one; a masked secret that comes back changes nothing', async () => {
      const instance = await anInstance({ settings: { apiKey: 'key-0123456789', region: 'eu' } })
      const echoed = { apiKey: mask('key-0123456789'), region: null, retries: 3 }
      const after = await run(updateDestination, { id: instance.id, settings: echoed })
      expect(after.settings).toEqual({ apiKey: 'key-0123456789', retries: 3 })
      const foreign = run(updateDestination, { id: instance.id, settings: { apiKey: mask('another-key-abcd') } })
      await expect(foreign).rejects.toMatchObject({ code: 'invalid', fields: [{ field: 'settings.apiKey' }] })
    })

    test('an update that changes nothing makes no version and no audit row', async () => {
      const instance = await anInstance()
      const [version, audit] = [await loadConfigVersion(db.read), await newestAudit()]
      await run(updateDestination, { id: instance.id, name: instance.name, settings: {} })
      expect([await loadConfigVersion(db.read), await newestAudit()]).toEqual([version, audit])
    })

    const aFilter = (destinationId: string, over: Partial<Parameters<typeof createFilter>[1]> = {}) =>
      run(createFilter, {
        destinationId,
        title: 'No tests',
        if: 'all',
        actions: [{ type: 'DROP' }],
        enabled: true,
        ...over,
      })

    test('filters stand in the snapshot in the order they were made, are changed, audited and go', async () => {
      const { id: destinationId, sourceId } = await anInstance()
      const first = await aFilter(destinationId, { sourceId, description: 'from the test team' })
      const second = await aFilter(destinationId, { title: 'Half', actions: [{ type: 'SAMPLE', percent: 0.5 }] })
      const inSnapshot = async () => (await loadSnapshot(db.read, ctx.secrets)).destinations.get(destinationId)?.filters
      expect(await inSnapshot()).toEqual([first, second])
      const changed = await run(updateFilter, { destinationId, id: first.id, enabled: false })
      expect(changed).toEqual({ ...first, enabled: false })
      expect(await newestAudit()).toMatchObject({ type: 'Destination Filter Disabled', resourceName: 'No tests' })
      await run(updateFilter, { destinationId, id: first.id, if: 'type = "track"', description: null })
      expect(await inSnapshot()).toMatchObject([{ if: 'type = "track"', description: null, enabled: false }, second])
      expect((await getDestination(db.read, destinationId, ctx.secrets)).filters).toEqual(await inSnapshot())
      for (const { id } of [first, second]) await run(deleteFilter, { destinationId, id })
      expect(await newestAudit()).toMatchObject({ type: 'Destination Filter Deleted', after: null })
      expect(await inSnapshot()).toBeUndefined()
    })

    test('a filter is reached through its own destination only, and goes with it', async () => {
      const [one, two] = [await anInstance(), await anInstance()]
      const { id } = await aFilter(one.id)
      const foreign = { destinationId: two.id, id }
      await expect(run(deleteFilter, foreign)).rejects.toMatchObject({ code: 'not_found' })
      await expect(run(updateFilter, { ...foreign, title: 'x' })).rejects.toMatchObject({ code: 'not_found' })
      await expect(aFilter('nobody')).rejects.toMatchObject({ code: 'not_found' })
      await expect(aFilter(one.id, { sourceId: two.sourceId })).rejects.toMatchObject({
        fields: [{ field: 'sourceId' }],
      })
      await run(deleteDestination, { id: one.id })
      expect(await db.read.selectFrom('destination_filters').selectAll().where('id', '=', id).execute()).toEqual([])
    })

    test(`a destination holds ${FILTERS_MAX} filters and not one more`, async () => {
      const { id } = await anInstance()
      for (let made = 0; made < FILTERS_MAX; made += 1) await aFilter(id)
      await expect(aFilter(id)).rejects.toMatchObject({ code: 'conflict' })
    })

    test.each([
      ['title', { title: ' ' }],
      ['title', { title: 'x'.repeat(FILTER_TITLE_CHARS_MAX + 1) }],
      ['if', { if: 'userId = oops"' }],
      ['if', { if: 'x'.repeat(6_000) }],
      ['actions', { actions: [] }],
      ['actions.0.percent', { actions: [{ type: 'SAMPLE' as const, percent: 1.01 }] }],
      ['actions.0.percent', { actions: [{ type: 'SAMPLE' as const, percent: Number.NaN }] }],
      ['actions.0.path', { actions: [{ type: 'SAMPLE' as const, percent: 1, path: 'a..b' }] }],
      ['actions.0.fields', { actions: [{ type: 'DROP_PROPERTIES' as const, fields: {} }] }],
      ['actions.0.fields.properties', { actions: [{ type: 'DROP_PROPERTIES' as const, fields: { properties: [] } }] }],
      ['actions.0.fields.', { actions: [{ type: 'DROP_PROPERTIES' as const, fields: { '': ['messageId'] } }] }],
    ])('a filter with a mistake in %s is refused and named', async (field, over) => {
      const { id } = await anInstance()
      await expect(aFilter(id, over)).rejects.toMatchObject({ code: 'invalid', fields: [{ field }] })
    })

    test('consent categories are kept, replaced and taken away', async () => {
      const instance = await anInstance({ consentCategories: ['ads'] })
      expect(instance.consentCategories).toEqual(['ads'])
      const stored = async () => (await loadSnapshot(db.read, ctx.secrets)).destinations.get(instance.id)
      await run(updateDestination, { id: instance.id, consentCategories: ['ads', 'stats'] })
      expect((await stored())?.consentCategories).toEqual(['ads', 'stats'])
      await run(updateDestination, { id: instance.id, name: 'Other' })
      expect((await stored())?.consentCategories).toEqual(['ads', 'stats'])
      const emptied = await run(updateDestination, { id: instance.id, consentCategories: [] })
      expect(await stored()).toEqual(emptied)
      expect(emptied).not.toHaveProperty('consentCategories')
      const wrong = run(updateDestination, { id: instance.id, consentCategories: [''] })
      await expect(wrong).rejects.toMatchObject({ code: 'invalid', fields: [{ field: 'consentCategories' }] })
    })

    test('numbers of deleted instances and mappings are never used again', async () => {
      const gone = await anInstance()
      await run(deleteDestination, { id: gone.id })
      const next = await anInstance()
      expect(next.number).toBe(gone.number + 1)
      const [mapping] = next.subscriptions
      await run(deleteSubscription, { destinationId: next.id, id: mapping?.id ?? '' })
      const made = await run(createSubscription, aMapping(next.id))
      expect(made.number).toBeGreaterThan(mapping?.number ?? 0)
      expect((await loadSnapshot(db.read, ctx.secrets)).destinations.has(gone.id)).toBe(false)
    })

    const aMapping = (destinationId: string) => ({
      destinationId,
      name: 'Orders',
      action: 'send',
      trigger: 'type = "track"',
      mapping: { name: { '@path': '$.event' } },
    })

    test('a new mapping is off; it is changed, switched on and read back as it was given', async () => {
      const { id: destinationId } = await anInstance({ subscriptions: 'none' })
      const made = await run(createSubscription, aMapping(destinationId))
      expect(made.enabled).toBe(false)
      const odd = { text: 'lone \ud800 and \0', number: 2 ** 53 - 1, nested: { list: [null, true] } }
      const after = await run(updateSubscription, { destinationId, id: made.id, enabled: true, mapping: odd })
      expect(after).toEqual({ ...made, enabled: true, mapping: odd })
      const snapshot = await loadSnapshot(db.read, ctx.secrets)
      expect(snapshot.destinations.get(destinationId)?.subscriptions).toEqual([after])
      expect(await newestAudit()).toMatchObject({ type: 'Mapping Modified', resourceType: 'SUBSCRIPTION' })
    })

    test('a mapping is reached through its own destination only', async () => {
      const [one, two] = [await anInstance(), await anInstance()]
      const foreign = { destinationId: one.id, id: two.subscriptions[0]?.id ?? '' }
      await expect(run(deleteSubscription, foreign)).rejects.toMatchObject({ code: 'not_found' })
    })

    test('a mapping with an unknown action, an empty trigger or text that cannot be stored is refused', async () => {
      const { id } = await anInstance()
      const make = (over: object) => run(createSubscription, { ...aMapping(id), ...over })
      await expect(make({ action: 'fly' })).rejects.toMatchObject({ fields: [{ field: 'action' }] })
      await expect(make({ trigger: ' ' })).rejects.toMatchObject({ fields: [{ field: 'trigger' }] })
      await expect(make({ trigger: 'a\0' })).rejects.toMatchObject({ fields: [{ field: 'trigger' }] })
      await expect(make({ name: '\ud800' })).rejects.toMatchObject({ fields: [{ field: 'name' }] })
    })

    test(`a destination holds ${SUBSCRIPTIONS_MAX} mappings and not one more`, async () => {
      const { id } = await anInstance({ subscriptions: 'none' })
      for (let made = 0; made < SUBSCRIPTIONS_MAX; made += 1) await run(createSubscription, aMapping(id))
      await expect(run(createSubscription, aMapping(id))).rejects.toMatchObject({ code: 'conflict' })
    })

    test('a token is known until it is revoked, and the database holds nothing that could be used as one', async () => {
      const { token, ...made } = await run(createToken, { name: 'CI', scopes: ['api:read'] })
      expect(Buffer.from(token.slice('gvt_'.length), 'base64url')).toHaveLength(32)
      expect(await verifyToken(db.read, token)).toEqual(made)
      expect(await listTokens(db.read)).toContainEqual(made)
      expect(await verifyToken(db.read, `${token}x`)).toBeUndefined()
      const dump = JSON.stringify([
        await db.read.selectFrom('api_tokens').selectAll().execute(),
        await db.read.selectFrom('audit_events').selectAll().execute(),
      ])
      expect(dump).not.toContain(token.slice('gvt_'.length))
      await run(revokeToken, { id: made.id, by: { rights: ['api:read'] } })
      expect(await verifyToken(db.read, token)).toBeUndefined()
      expect(await listTokens(db.read)).not.toContainEqual(made)
      await expect(run(revokeToken, { id: made.id, by: { rights: ['api:read'] } })).rejects.toMatchObject({
        code: 'not_found',
      })
    })

    test('text that no token can be is unknown and does no harm', async () => {
      for (const text of ['', '\0', '\ud800', "' OR 1=1 --"]) {
        expect(await verifyToken(db.read, text)).toBeUndefined()
      }
    })

    test('a space is a source with the same id, fed by others, and never by a space', async () => {
      const [b, a] = [await aSource(), await aSource()]
      const space = await run(createSpace, { slug: 'people', name: 'People', sourceIds: [b.id, a.id, b.id] })
      expect(space.sourceIds).toEqual([a.id, b.id].sort())
      expect(await listSpaces(db.read)).toContainEqual(space)
      const source = (await loadSnapshot(db.read, ctx.secrets)).sources.get(space.id)
      expect(source).toMatchObject({ kind: 'space', slug: 'people', name: 'People' })
      const fed = (sourceIds: string[]) => run(createSpace, { slug: 'more', sourceIds })
      await expect(fed([space.id])).rejects.toMatchObject({ code: 'invalid' })
      await expect(fed(['nobody'])).rejects.toMatchObject({ code: 'not_found' })
      await expect(run(createSource, { slug: 'sly', kind: 'space' })).rejects.toMatchObject({ code: 'invalid' })
    })

    test('a space is renamed as its source is, and can be fed by other sources', async () => {
      const [one, two] = [await aSource(), await aSource()]
      const space = await run(createSpace, { slug: 'renamed', sourceIds: [one.id] })
      await run(updateSource, { id: space.id, name: 'By its source' })
      const after = await run(updateSpace, { id: space.id, slug: 'renamed-too', sourceIds: [two.id] })
      expect(after).toEqual({
        id: space.id,
        number: space.number,
        slug: 'renamed-too',
        name: 'By its source',
        sourceIds: [two.id],
      })
      expect(await newestAudit()).toMatchObject({ type: 'Space Modified', after })
      await expect(run(updateSpace, { id: one.id, name: 'No space' })).rejects.toMatchObject({ code: 'not_found' })
    })

    test('a change, its audit row and its version are kept or dropped together', async () => {
      const [version, audit] = [await loadConfigVersion(db.read), await newestAudit()]
      const failed = db.write(async (tx) => {
        await createSource(tx, { slug: 'dropped', kind: 'node' }, ctx)
        throw new Error('after the change')
      })
      await expect(failed).rejects.toThrow('after the change')
      expect([await loadConfigVersion(db.read), await newestAudit()]).toEqual([version, audit])
      await run(createSource, { slug: 'dropped', kind: 'node' })
      expect(await loadConfigVersion(db.read)).toBe(version + 1)
      expect((await newestAudit())?.seq).toBe((audit?.seq ?? 0) + 1)
    })

    test('the audit trail names the actor and the address', async () => {
      const actor = { kind: 'user', id: 'u1', name: 'ada@example.com', address: '127.0.0.1' } as const
      ctx = { ...ctx, actor }
      const source = await aSource()
      expect(await newestAudit()).toMatchObject({ actor, resourceId: source.id, before: null })
    })

    test('the audit trail is read in pages, by resource and by time', async () => {
      const source = await aSource()
      await run(updateSource, { id: source.id, name: 'One' })
      await run(updateSource, { id: source.id, name: 'Two' })
      const query = { resourceType: 'SOURCE', resourceId: source.id }
      const page = await listAuditEvents(db.read, { ...query, limit: 2 })
      expect(page.map((event) => event.resourceName)).toEqual(['Two', 'One'])
      const rest = await listAuditEvents(db.read, { ...query, limit: 2, fromSeq: (page[1]?.seq ?? 0) - 1 })
      expect(rest.map((event) => event.type)).toEqual(['Source Created'])
      const nowMs = ctx.clock.nowMs()
      expect(await listAuditEvents(db.read, { ...query, limit: 9, endMs: nowMs })).toEqual([])
      expect(await listAuditEvents(db.read, { ...query, limit: 9, startMs: nowMs, endMs: nowMs + 1 })).toHaveLength(3)
    })

    test('audit rows cannot be changed or deleted through the database', async () => {
      await aSource()
      const update = db.write((tx) => tx.updateTable('audit_events').set({ actor_name: 'nobody' }).execute())
      await expect(update).rejects.toThrow('append-only')
      await expect(db.write((tx) => tx.deleteFrom('audit_events').execute())).rejects.toThrow('append-only')
    })

    test('the audit trail so far is one intact chain', async () => {
      await aSource()
      expect(await verifyAudit(db.read)).toEqual({ intact: true, rows: (await newestAudit())?.seq })
    })

    /** Runs `tamper` on the trail with its guards off, says what the check found, and undoes it. */
    const afterTampering = async (tamper: (tx: Kysely<WorkspaceTables>, seq: number) => Promise<unknown>) => {
      for (let changes = 0; changes < 3; changes += 1) await aSource()
      const seq = ((await newestAudit())?.seq ?? 0) - 1
      const undone = new Error('undone')
      let found: unknown
      const attempt = db.write(async (tx) => {
        const guards =
          db.dialect === 'postgres'
            ? ['ALTER TABLE audit_events DISABLE TRIGGER ALL']
            : ['update', 'delete'].map((change) => `DROP TRIGGER audit_events_no_${change}`)
        for (const statement of guards) await sql.raw(statement).execute(tx)
        await tamper(tx, seq)
        found = await verifyAudit(tx)
        throw undone
      })
      await expect(attempt).rejects.toBe(undone)
      return { found, seq }
    }

    test.each([
      ['altered', (seq: number) => sql`UPDATE audit_events SET actor_name = 'nobody' WHERE seq = ${seq}`],
      ['removed', (seq: number) => sql`DELETE FROM audit_events WHERE seq = ${seq}`],
      ['cut off with all that follow', (seq: number) => sql`DELETE FROM audit_events WHERE seq >= ${seq}`],
      ['given another hash', (seq: number) => sql`UPDATE audit_events SET hash = previous_hash WHERE seq = ${seq}`],
      ['moved elsewhere', (seq: number) => sql`UPDATE audit_events SET seq = -seq WHERE seq = ${seq}`],
    ])('tampering is found: a row %s', async (_, tamper) => {
      const { found, seq } = await afterTampering((tx, victim) => tamper(victim).execute(tx))
      expect(found).toEqual({ intact: false, brokenAtSeq: seq })
    })

    const rewrite = async (tx: Kysely<WorkspaceTables>, seq: number, change: Partial<AuditRow>) => {
      const row = await tx.selectFrom('audit_events').selectAll().where('seq', '=', seq).executeTakeFirstOrThrow()
      const { hash: _, ...rewritten } = { ...row, ...change }
      const hash = auditHash(rewritten)
      await tx
        .updateTable('audit_events')
        .set({ ...change, hash })
        .where('seq', '=', seq)
        .execute()
      return row
    }

    test('tampering is found: a row rewritten with a hash that fits it shows at the next one', async () => {
      const { found, seq } = await afterTampering((tx, victim) => rewrite(tx, victim, { actor_name: 'nobody' }))
      expect(found).toEqual({ intact: false, brokenAtSeq: seq + 1 })
    })

    test('tampering is found: a row removed and the later ones chained anew leaves a gap', async () => {
      const { found, seq } = await afterTampering(async (tx, victim) => {
        const { previous_hash } = await rewrite(tx, victim, {})
        await tx.deleteFrom('audit_events').where('seq', '=', victim).execute()
        await rewrite(tx, victim + 1, { previous_hash })
      })
      expect(found).toEqual({ intact: false, brokenAtSeq: seq })
    })

    test('the audit trail holds no write key that works', async () => {
      const source = await aSource()
      const { writeKey } = await run(addWriteKey, { sourceId: source.id })
      await run(updateSource, { id: source.id, name: 'Seen' })
      const trail = JSON.stringify(await db.read.selectFrom('audit_events').selectAll().execute())
      for (const key of [...source.writeKeys, writeKey]) expect(trail).not.toContain(key)
      expect(trail).toContain(mask(writeKey))
    })

    test('a snapshot read while changes land is that of its version, whole', async () => {
      const base = await loadSnapshot(db.read, ctx.secrets)
      const changes = Array.from({ length: 15 }, () => aSource())
      const snapshots = []
      for (let load = 0; load < 10; load += 1) snapshots.push(await loadSnapshot(db.read, ctx.secrets))
      await Promise.all(changes)
      // Each change of this test adds one source.
      for (const { version, sources } of snapshots)
        expect(sources.size - base.sources.size).toBe(version - base.version)
    })

    test('keys rotate: the old one opens until everything is sealed anew, then the new one is enough', async () => {
      await db.write((tx) => ensureWorkspace(tx, { slug: 'w', name: 'W' }, ctx))
      const instance = await anInstance()
      const [old, newest] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)]
      const both = createSecrets([old, newest], ctx.random)
      expect((await loadSnapshot(db.read, both)).destinations.get(instance.id)).toEqual(instance)
      const onlyNewest = createSecrets([newest], ctx.random)
      await expect(assertSecretsFit(db.read, onlyNewest)).rejects.toMatchObject({ exitCode: 27 })
      ctx = { ...ctx, secrets: both }
      expect(await run(resealSecrets, {})).toBeGreaterThan(1)
      expect(await newestAudit()).toMatchObject({ type: 'Secrets Rotated' })
      expect(await run(resealSecrets, {})).toBe(0)
      await assertSecretsFit(db.read, onlyNewest)
      expect((await loadSnapshot(db.read, onlyNewest)).destinations.get(instance.id)).toEqual(instance)
    })

    test('the workspace is made once', async () => {
      const first = await db.write((tx) => ensureWorkspace(tx, { slug: 'w', name: 'W' }, ctx))
      const again = await db.write((tx) => ensureWorkspace(tx, { slug: 'other', name: 'Other' }, ctx))
      expect(again).toEqual(first)
    })

    test('a kind that left the catalog keeps its instances; all their settings are masked in the trail', async () => {
      const instance = await anInstance({ settings: { apiKey: 'key-0123456789', region: 'somewhere-far' } })
      ctx = { ...ctx, catalog: { find: () => undefined } }
      await run(updateDestination, { id: instance.id, enabled: false })
      expect(JSON.stringify(await newestAudit())).not.toContain('somewhere-far')
      expect(exampleKind.slug).toBe(instance.kind)
    })

    test('an actor whose name cannot be stored stops the change rather than being recorded as somebody else', async () => {
      ctx = { ...ctx, actor: { kind: 'user', id: 'u', name: 'a\0b' } }
      await expect(aSource()).rejects.toBeInstanceOf(ValueError)
    })
  })
}
