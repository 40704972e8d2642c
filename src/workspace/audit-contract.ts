/** A change and its row of the audit trail are one (reliability contract S23), on every database. */
import type { Kysely } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { systemRandom } from '../ports/index.ts'
import { migrate, type StateDb } from '../state/index.ts'
import { aContext, NOW_MS } from './builders.ts'
import {
  acceptInvite,
  type CommandContext,
  createInvites,
  createLabel,
  createSource,
  createToken,
  inviteFirstOwner,
  listAuditEvents,
  listLabels,
  listTokens,
  listUsers,
  loadSnapshot,
  RIGHTS,
  removeUsers,
  verifyAudit,
  type WorkspaceTables,
  workspaceMigrations,
} from './index.ts'

interface Opened {
  readonly db: StateDb<WorkspaceTables>
  close(): Promise<void>
}

/** @param open gives a database of its own, without tables */
export function auditContract(adapter: string, open: () => Promise<Opened>): void {
  describe(`changes and their rows of the audit trail on ${adapter}`, () => {
    let opened: Opened
    let db: StateDb<WorkspaceTables>

    type Command<A, T> = (tx: Kysely<WorkspaceTables>, args: A, ctx: CommandContext) => Promise<T>
    const run = <A, T>(command: Command<A, T>, args: A, ctx = aContext()) => db.write((tx) => command(tx, args, ctx))
    const everything = async () => {
      const { sources } = await loadSnapshot(db.read, aContext().secrets)
      const rows = await listAuditEvents(db.read, { limit: 1_000 })
      return {
        sources,
        rows,
        labels: await listLabels(db.read),
        tokens: await listTokens(db.read),
        users: await listUsers(db.read),
      }
    }

    beforeAll(async () => {
      opened = await open()
      db = opened.db
      await migrate(db, workspaceMigrations)
      const first = await run(inviteFirstOwner, {})
      const owner = { secret: first?.secret ?? '', email: 'ada@example.com', name: 'Ada', password: 'kept' }
      await run(acceptInvite, owner)
    })
    afterAll(() => opened.close())

    /** Each makes the id of its row of the trail last. */
    test.each<[string, () => Promise<unknown>, (ctx: CommandContext) => Promise<unknown>]>([
      [
        'a source',
        () => run(createSource, { slug: 'a', kind: 'http' }),
        (ctx) => run(createSource, { slug: 'b', kind: 'http' }, ctx),
      ],
      [
        'a token',
        () => run(createToken, { name: 'a', scopes: ['api:read'] }),
        (ctx) => run(createToken, { name: 'b', scopes: ['api:read'] }, ctx),
      ],
      [
        'a label',
        () => run(createLabel, { key: 'a', value: 'v' }),
        (ctx) => run(createLabel, { key: 'b', value: 'v' }, ctx),
      ],
    ])('%s whose row of the trail cannot be made is not made either', async (_, works, fails) => {
      const before = await everything()
      const failing = async (callsBefore: number) => {
        let left = callsBefore
        const bytes = (count: number) => {
          if (left === 0) throw new Error('no more chance')
          left -= 1
          return systemRandom.bytes(count)
        }
        return fails(aContext({ random: { ...systemRandom, bytes } })).then(
          () => 'made',
          (error: Error) => error.message,
        )
      }
      // Fails at each call of chance in turn, of which the last is for the row of the trail.
      let calls = 0
      for (let end = await failing(0); end !== 'made'; end = await failing(calls)) {
        expect(end).toBe('no more chance')
        expect(await everything()).toEqual(before)
        calls += 1
      }
      expect(calls).toBeGreaterThan(0)
      const after = await everything()
      expect(after.rows).toHaveLength(before.rows.length + 1)
      await works()
      expect(await verifyAudit(db.read)).toMatchObject({ intact: true })
    })

    test('what one change did before it was refused is gone, and so are the rows that told of it', async () => {
      const invites = [{ email: 'grace@example.com', role: 'viewer', pii: false }]
      const by = { rights: [...RIGHTS] }
      const [invite] = await run(createInvites, { invites, by })
      const grace = await run(acceptInvite, { secret: invite?.secret ?? '', name: 'Grace', password: 'kept' })
      const { id: tokenId } = await run(createToken, { name: 'hers', scopes: ['api:read'], userId: grace.id })
      const before = await everything()
      const owner = before.users.find(({ role }) => role === 'owner')
      // Her token is revoked and she is removed, with a row for each, before the last owner is in the way.
      const args = { ids: [grace.id, owner?.id ?? ''], by }
      await expect(run(removeUsers, args)).rejects.toMatchObject({ code: 'conflict' })
      expect(await everything()).toEqual(before)
      expect(before.tokens.map(({ id }) => id)).toContain(tokenId)
      await run(removeUsers, { ids: [grace.id], by })
      expect((await everything()).rows.length).toBeGreaterThan(before.rows.length + 1)
    })

    test('rows of a time come newest first, page after page, also those of one moment and of a clock set back', async () => {
      const offsets = [10, 30, 20, 20, 40, 10, 20]
      for (const [index, offset] of offsets.entries()) {
        const clock = { nowMs: () => NOW_MS + offset }
        await run(createLabel, { key: 'times', value: `v${index}` }, aContext({ clock }))
      }
      const every = await listAuditEvents(db.read, { limit: 1_000 })
      const [startMs, endMs] = [NOW_MS + 10, NOW_MS + 40]
      const expected = every
        .filter(({ atMs }) => atMs >= startMs && atMs < endMs)
        .sort((a, b) => b.atMs - a.atMs || b.seq - a.seq)
        .map(({ seq }) => seq)
      expect(expected).toHaveLength(6)
      const pages: number[] = []
      for (let fromSeq: number | undefined; ; ) {
        const query = { limit: 3, startMs, endMs, ...(fromSeq === undefined ? {} : { fromSeq }) }
        const rows = (await listAuditEvents(db.read, query)).map(({ seq }) => seq)
        pages.push(...rows.slice(0, 2))
        fromSeq = rows[2]
        if (fromSeq === undefined) break
      }
      expect(pages).toEqual(expected)
      expect(await listAuditEvents(db.read, { limit: 3, startMs, fromSeq: 1_000_000 })).toEqual([])
      const labels = await listAuditEvents(db.read, { limit: 1_000, startMs, endMs, resourceType: 'LABEL' })
      expect(labels.map(({ seq }) => seq)).toEqual(expected)
      const of = { resourceType: 'LABEL', resourceId: every.find(({ seq }) => seq === expected[0])?.resourceId ?? '' }
      expect((await listAuditEvents(db.read, { limit: 9, startMs, ...of })).map(({ seq }) => seq)).toEqual([
        expected[0],
      ])
    })
  })
}
