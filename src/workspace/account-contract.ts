/** What is promised of people, invitations and sessions, on every database. */
import type { Kysely } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { migrate, type StateDb } from '../state/index.ts'
import { aContext, NOW_MS } from './builders.ts'
import {
  acceptInvite,
  type CommandContext,
  createInvite,
  createToken,
  endSession,
  findSession,
  findUserByEmail,
  INVITE_MS,
  inviteFirstOwner,
  listInvites,
  listTokens,
  listUsers,
  noteSession,
  RIGHTS,
  ROLE_RIGHTS,
  removeUser,
  revokeInvite,
  SESSION_IDLE_MS,
  SESSION_MS,
  SESSIONS_MAX,
  setPassword,
  startSession,
  updatePermission,
  verifyAudit,
  verifyToken,
  type WorkspaceTables,
  workspaceMigrations,
} from './index.ts'

interface Opened {
  readonly db: StateDb<WorkspaceTables>
  close(): Promise<void>
}

/** @param open gives a database of its own, without tables */
export function accountContract(adapter: string, open: () => Promise<Opened>): void {
  describe(`accounts on ${adapter}`, () => {
    let opened: Opened
    let db: StateDb<WorkspaceTables>
    let ctx: CommandContext
    let nowMs: number
    let owner: { id: string; email: string }
    const everything = { rights: [...RIGHTS] }
    const admin = { rights: [...ROLE_RIGHTS.admin] }

    const run = <A, T>(command: (tx: Kysely<WorkspaceTables>, args: A, ctx: CommandContext) => Promise<T>, args: A) =>
      db.write((tx) => command(tx, args, ctx))
    const accept = (secret: string, email?: string) =>
      run(acceptInvite, { secret, name: 'Somebody', password: 'kept', ...(email === undefined ? {} : { email }) })
    let people = 0
    const aUser = async (role: string, pii = false) => {
      people += 1
      const { secret } = await run(createInvite, { email: `p${people}@example.com`, role, pii, by: everything })
      return accept(secret)
    }

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

    test('the first owner comes in with the newest secret of a start, once, and later starts give none', async () => {
      const old = await run(inviteFirstOwner, {})
      const newest = await run(inviteFirstOwner, {})
      await expect(accept(old?.secret ?? '', 'ada@example.com')).rejects.toMatchObject({ code: 'not_found' })
      await expect(accept(newest?.secret ?? '')).rejects.toMatchObject({ code: 'invalid' })
      expect(await listInvites(db.read, nowMs)).toEqual([])
      const made = await accept(newest?.secret ?? '', ' Ada@example.com ')
      expect(made).toMatchObject({ email: 'Ada@example.com', role: 'owner', pii: true })
      owner = made
      await expect(accept(newest?.secret ?? '', 'eve@example.com')).rejects.toMatchObject({ code: 'not_found' })
      expect(await run(inviteFirstOwner, {})).toBeUndefined()
      expect((await findUserByEmail(db.read, 'ADA@EXAMPLE.COM'))?.user).toEqual(made)
    })

    test('the last owner is neither removed nor made less; with another one, both can be', async () => {
      const args = { id: owner.id, by: everything }
      await expect(run(removeUser, args)).rejects.toMatchObject({ code: 'conflict' })
      await expect(run(updatePermission, { ...args, role: 'admin' })).rejects.toMatchObject({ code: 'conflict' })
      const second = await aUser('owner')
      expect(await run(updatePermission, { ...args, id: second.id, role: 'viewer' })).toMatchObject({ role: 'viewer' })
      await run(updatePermission, { ...args, id: second.id, role: 'owner' })
      await run(removeUser, { ...args, id: second.id })
      expect((await listUsers(db.read)).map(({ id }) => id)).toEqual([owner.id])
    })

    test('an invitation works once, for its address, until it ends or is taken back', async () => {
      const invited = { email: 'grace@example.com', role: 'viewer', pii: false, by: admin }
      const first = await run(createInvite, invited)
      const { secret, ...second } = await run(createInvite, { ...invited, email: 'Grace@example.com', role: 'editor' })
      expect(await listInvites(db.read, nowMs)).toEqual([second])
      await expect(accept(first.secret)).rejects.toMatchObject({ code: 'not_found' })
      await expect(accept(secret, 'eve@example.com')).rejects.toMatchObject({ code: 'invalid' })
      nowMs += INVITE_MS
      expect(await listInvites(db.read, nowMs)).toEqual([])
      await expect(accept(secret)).rejects.toMatchObject({ code: 'not_found' })
      nowMs -= 1
      const user = await accept(secret)
      expect(user).toMatchObject({ email: 'Grace@example.com', role: 'editor', pii: false })
      await expect(accept(secret)).rejects.toMatchObject({ code: 'not_found' })
      await expect(run(createInvite, invited)).rejects.toMatchObject({ code: 'conflict' })
      const withdrawn = await run(createInvite, { ...invited, email: 'x@example.com' })
      await run(revokeInvite, { email: 'X@example.com', by: admin })
      await expect(accept(withdrawn.secret)).rejects.toMatchObject({ code: 'not_found' })
      await expect(run(revokeInvite, { email: 'x@example.com', by: admin })).rejects.toMatchObject({
        code: 'not_found',
      })
    })

    test.each([
      ['an owner', 'owner', false],
      ['somebody who sees contents', 'viewer', true],
    ])('an admin without pii cannot invite %s', async (_, role, pii) => {
      const invite = run(createInvite, { email: 'new@example.com', role, pii, by: admin })
      await expect(invite).rejects.toMatchObject({ code: 'forbidden' })
    })

    test('nobody changes, raises or removes somebody beyond themselves', async () => {
      const viewer = await aUser('viewer')
      for (const attempt of [
        run(updatePermission, { id: owner.id, role: 'viewer', by: admin }),
        run(updatePermission, { id: viewer.id, role: 'owner', by: admin }),
        run(updatePermission, { id: viewer.id, pii: true, by: admin }),
        run(removeUser, { id: owner.id, by: admin }),
      ])
        await expect(attempt).rejects.toMatchObject({ code: 'forbidden' })
      await expect(run(updatePermission, { id: viewer.id, role: 'king', by: everything })).rejects.toMatchObject({
        code: 'invalid',
      })
      expect(await run(updatePermission, { id: viewer.id, role: 'admin', by: admin })).toMatchObject({ role: 'admin' })
    })

    test('a session lasts 12 hours without use and 7 days with it, and not a millisecond longer', async () => {
      const user = await aUser('viewer')
      const { secret } = await run(startSession, { userId: user.id })
      expect(Buffer.from(secret, 'base64url')).toHaveLength(32)
      const startMs = nowMs
      expect(await findSession(db.read, secret, startMs + SESSION_IDLE_MS - 1)).toMatchObject({ user })
      expect(await findSession(db.read, secret, startMs + SESSION_IDLE_MS)).toBeUndefined()
      for (nowMs = startMs; nowMs < startMs + SESSION_MS; nowMs += SESSION_IDLE_MS - 1) {
        const session = await findSession(db.read, secret, nowMs)
        await run(noteSession, { hash: session?.hash ?? '' })
      }
      expect(await findSession(db.read, secret, startMs + SESSION_MS - 1)).toMatchObject({ user })
      expect(await findSession(db.read, secret, startMs + SESSION_MS)).toBeUndefined()
    })

    test('a secret that was stolen is worth nothing after the sign-out, another sign-in or a change of role', async () => {
      const user = await aUser('viewer')
      const open = async (secret: string) => (await findSession(db.read, secret, nowMs)) !== undefined
      const first = await run(startSession, { userId: user.id })
      const session = await findSession(db.read, first.secret, nowMs)
      const second = await run(startSession, { userId: user.id, replaces: session?.hash ?? '' })
      expect([await open(first.secret), await open(second.secret)]).toEqual([false, true])
      await run(endSession, { hash: (await findSession(db.read, second.secret, nowMs))?.hash ?? '' })
      expect(await open(second.secret)).toBe(false)
      const third = await run(startSession, { userId: user.id })
      await run(updatePermission, { id: user.id, role: 'editor', by: everything })
      expect(await open(third.secret)).toBe(false)
      const fourth = await run(startSession, { userId: user.id })
      await run(setPassword, { id: user.id, password: 'new' })
      expect(await open(fourth.secret)).toBe(false)
      expect((await findUserByEmail(db.read, user.email))?.password).toBe('new')
      const fifth = await run(startSession, { userId: user.id })
      await run(removeUser, { id: user.id, by: everything })
      expect(await open(fifth.secret)).toBe(false)
    })

    test(`one person is signed in ${SESSIONS_MAX} times at most: the oldest session ends`, async () => {
      const user = await aUser('viewer')
      const secrets: string[] = []
      for (let made = 0; made <= SESSIONS_MAX; made += 1) {
        nowMs += 1
        secrets.push((await run(startSession, { userId: user.id })).secret)
      }
      const open = await Promise.all(secrets.map((secret) => findSession(db.read, secret, nowMs)))
      expect(open.map((session) => session !== undefined)).toEqual([false, ...Array(SESSIONS_MAX).fill(true)])
    })

    test('a token does no more than its maker may now, and dies with them', async () => {
      const user = await aUser('editor', true)
      const scopes = ['api:read', 'api:write', 'pii:read']
      const { id, token } = await run(createToken, { name: 'theirs', scopes, userId: user.id })
      const able = async () => (await verifyToken(db.read, token))?.scopes
      expect(await able()).toEqual(scopes)
      await run(updatePermission, { id: user.id, role: 'viewer', pii: false, by: everything })
      expect(await able()).toEqual(['api:read'])
      await run(removeUser, { id: user.id, by: everything })
      expect(await able()).toBeUndefined()
      expect((await listTokens(db.read)).map((each) => each.id)).not.toContain(id)
    })

    test('the database holds no secret that opens anything, and the audit trail no password', async () => {
      const { secret } = await run(createInvite, { email: 'dump@example.com', role: 'viewer', pii: false, by: admin })
      const { secret: session } = await run(startSession, { userId: owner.id })
      const tables = ['users', 'sessions', 'invites', 'api_tokens', 'audit_events'] as const
      const rows = await Promise.all(tables.map((table) => db.read.selectFrom(table).selectAll().execute()))
      const dump = JSON.stringify(rows)
      expect(dump).not.toContain(session)
      expect(dump).not.toContain(secret.slice('gvi_'.length))
      expect(JSON.stringify(rows.at(-1))).not.toContain('"kept"')
      expect(await verifyAudit(db.read)).toMatchObject({ intact: true })
    })
  })
}
