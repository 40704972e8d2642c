/** What is promised to who forgot their password, on every database. */
import type { Kysely } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { migrate, type StateDb } from '../state/index.ts'
import { aContext, NOW_MS } from './builders.ts'
import {
  acceptInvite,
  type CommandContext,
  createGroup,
  createInvites,
  createPasswordReset,
  createToken,
  findSession,
  findUserByEmail,
  listAuditEvents,
  PASSWORD_RESET_MS,
  RIGHTS,
  ROLE_RIGHTS,
  removeUsers,
  resetPassword,
  revokeToken,
  setGroupMembers,
  setGroupPermission,
  setPassword,
  startSession,
  updatePermission,
  verifyAudit,
  type WorkspaceTables,
  workspaceMigrations,
} from './index.ts'

interface Opened {
  readonly db: StateDb<WorkspaceTables>
  close(): Promise<void>
}

/** @param open gives a database of its own, without tables */
export function passwordResetContract(adapter: string, open: () => Promise<Opened>): void {
  describe(`password resets on ${adapter}`, () => {
    let opened: Opened
    let db: StateDb<WorkspaceTables>
    let ctx: CommandContext
    let nowMs: number
    const everything = { rights: [...RIGHTS] }

    const run = <A, T>(command: (tx: Kysely<WorkspaceTables>, args: A, ctx: CommandContext) => Promise<T>, args: A) =>
      db.write((tx) => command(tx, args, ctx))
    let people = 0
    const aUser = async (role: string, pii = false) => {
      people += 1
      const invites = [{ email: `p${people}@example.com`, role, pii }]
      const [invite] = await run(createInvites, { invites, by: everything })
      return run(acceptInvite, { secret: invite?.secret ?? '', name: 'Somebody', password: 'kept' })
    }
    const make = (id: string, by = everything, userId: string | null = null) =>
      run(createPasswordReset, { id, userId, by })
    const use = (secret: string, password = 'new') => run(resetPassword, { secret, password })
    const keptOf = async ({ email }: { email: string }) => (await findUserByEmail(db.read, email))?.password
    const gone = { code: 'not_found' }

    beforeAll(async () => {
      opened = await open()
      db = opened.db
      await migrate(db, workspaceMigrations)
    })
    afterAll(() => opened.close())
    beforeEach(() => {
      nowMs = NOW_MS
      ctx = aContext({ clock: { nowMs: () => nowMs } })
    })

    test('a reset works once, ends every session, and has its two rows of the trail without the secret', async () => {
      const user = await aUser('viewer')
      const session = await run(startSession, { userId: user.id, verified: 'kept' })
      const { secret, expiresAtMs } = await make(user.id)
      expect([secret.length, expiresAtMs]).toEqual([47, nowMs + PASSWORD_RESET_MS])
      // Until it is used, nothing has changed for the person.
      expect(await findSession(db.read, session.secret, nowMs)).toBeDefined()
      expect(await use(secret)).toEqual(user)
      expect(await keptOf(user)).toBe('new')
      expect(await findSession(db.read, session.secret, nowMs)).toBeUndefined()
      await expect(use(secret, 'again')).rejects.toMatchObject(gone)
      expect(await keptOf(user)).toBe('new')
      const [changed, created] = await listAuditEvents(db.read, { limit: 2 })
      expect([changed?.type, changed?.actor.id, changed?.resourceId]).toEqual([
        'User Password Changed',
        user.id,
        user.id,
      ])
      expect([created?.type, created?.actor.kind]).toEqual(['User Password Reset Created', 'system'])
      expect(JSON.stringify([changed, created])).not.toContain(secret)
      expect(await verifyAudit(db.read)).toMatchObject({ intact: true })
    })

    test('a reset works to its last millisecond', async () => {
      const user = await aUser('viewer')
      const { secret } = await make(user.id)
      nowMs += PASSWORD_RESET_MS
      await expect(use(secret)).rejects.toMatchObject(gone)
      nowMs -= 1
      expect(await use(secret)).toEqual(user)
    })

    test('a second reset takes the place of the first, and a password that is changed that of both', async () => {
      const user = await aUser('viewer')
      const first = await make(user.id)
      const second = await make(user.id)
      await expect(use(first.secret)).rejects.toMatchObject(gone)
      await run(setPassword, { id: user.id, verified: 'kept', password: 'remembered' })
      await expect(use(second.secret)).rejects.toMatchObject(gone)
      expect(await keptOf(user)).toBe('remembered')
    })

    test('nobody resets the password of who may do more than they, nor their own', async () => {
      const [admin, owner, sees] = [await aUser('admin'), await aUser('owner'), await aUser('viewer', true)]
      const by = { rights: [...ROLE_RIGHTS.admin] }
      const forbidden = { code: 'forbidden' }
      await expect(make(owner.id, by, admin.id)).rejects.toMatchObject(forbidden)
      await expect(make(sees.id, by, admin.id)).rejects.toMatchObject(forbidden)
      await expect(make(admin.id, by, admin.id)).rejects.toMatchObject(forbidden)
      await expect(make('nobody', by, admin.id)).rejects.toMatchObject(gone)
      const [newest] = await listAuditEvents(db.read, { limit: 1 })
      expect(newest?.type).not.toBe('User Password Reset Created')
      expect((await make(admin.id, by)).user).toEqual(admin)
    })

    test('what a group gives counts too', async () => {
      const [admin, member] = [await aUser('admin'), await aUser('viewer')]
      const group = await run(createGroup, { name: 'See everything' })
      await run(setGroupPermission, { id: group.id, role: null, pii: true, by: everything })
      await run(setGroupMembers, { id: group.id, emails: [member.email], how: 'add', by: everything })
      const by = { rights: [...ROLE_RIGHTS.admin] }
      await expect(make(member.id, by, admin.id)).rejects.toMatchObject({ code: 'forbidden' })
    })

    test('a reset is worth nothing once the person may do more, or who made it may do less or is gone', async () => {
      const raised = await aUser('viewer')
      const ofRaised = await make(raised.id)
      await run(updatePermission, { id: raised.id, role: 'editor', by: everything })
      await expect(use(ofRaised.secret)).rejects.toMatchObject(gone)
      await run(updatePermission, { id: raised.id, role: 'viewer', by: everything })
      expect(await use(ofRaised.secret)).toEqual(raised)

      const [admin, viewer] = [await aUser('admin'), await aUser('viewer')]
      const byAdmin = await make(viewer.id, { rights: [...ROLE_RIGHTS.admin] }, admin.id)
      await run(updatePermission, { id: admin.id, role: 'editor', by: everything })
      await expect(use(byAdmin.secret)).rejects.toMatchObject(gone)
      await run(updatePermission, { id: admin.id, role: 'admin', by: everything })
      await run(removeUsers, { ids: [admin.id], by: everything })
      await expect(use(byAdmin.secret)).rejects.toMatchObject(gone)
      expect(await keptOf(viewer)).toBe('kept')
    })

    test('what a token made ends with it, of a person and of nobody, and nothing else does', async () => {
      const giver = await aUser('owner', true)
      for (const userId of [null, giver.id]) {
        const user = await aUser('viewer')
        const token = await run(createToken, { name: 'leaked', scopes: ['users:write'], userId })
        const other = await run(createToken, { name: 'kept', scopes: ['users:write'], userId })
        const by = ({ id, name }: { id: string; name: string }) =>
          aContext({ clock: ctx.clock, actor: { kind: 'token', id, name } })
        const made = async (actor: CommandContext) => {
          people += 1
          const invites = [{ email: `p${people}@example.com`, role: 'viewer', pii: false }]
          const [invite] = await db.write((tx) => createInvites(tx, { invites, userId, by: everything }, actor))
          const args = { id: user.id, userId, by: everything }
          const { secret } = await db.write((tx) => createPasswordReset(tx, args, actor))
          const join = () => run(acceptInvite, { secret: invite?.secret ?? '', name: 'Somebody', password: 'kept' })
          return { reset: () => use(secret), join }
        }
        const byLeaked = await made(by(token))
        await run(revokeToken, { id: token.id, by: everything })
        await expect(byLeaked.reset()).rejects.toMatchObject(gone)
        await expect(byLeaked.join()).rejects.toMatchObject(gone)
        expect(await keptOf(user)).toBe('kept')
        const byOther = await made(by(other))
        expect(await byOther.reset()).toEqual(user)
        expect(await byOther.join()).toMatchObject({ role: 'viewer' })
      }
    })

    test('a reset goes with its person', async () => {
      const user = await aUser('viewer')
      const { secret } = await make(user.id)
      await run(removeUsers, { ids: [user.id], by: everything })
      await expect(use(secret)).rejects.toMatchObject(gone)
    })
  })
}
