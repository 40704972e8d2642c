/** What is promised of people, invitations and sessions, on every database. */
import type { Kysely } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { migrate, type StateDb } from '../state/index.ts'
import { aContext, NOW_MS } from './builders.ts'
import {
  acceptInvite,
  type CommandContext,
  createGroup,
  createInvites,
  createLabel,
  createSource,
  createToken,
  deleteGroup,
  deleteLabel,
  endSession,
  findSession,
  findUserByEmail,
  GROUPS_MAX,
  getUser,
  INVITE_MS,
  inviteFirstOwner,
  listAuditEvents,
  listGroups,
  listInvites,
  listLabels,
  listTokens,
  listUsers,
  loadSnapshot,
  noteSession,
  RIGHTS,
  type Right,
  ROLE_RIGHTS,
  removeUsers,
  renameGroup,
  revokeInvites,
  revokeToken,
  SESSION_IDLE_MS,
  SESSION_MS,
  SESSIONS_MAX,
  SOURCE_LABELS_MAX,
  setGroupMembers,
  setGroupPermission,
  setPassword,
  setSourceLabels,
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
    const invite = async ({ by, ...given }: { email: string; role: string; pii: boolean; by: { rights: Right[] } }) => {
      const [made] = await run(createInvites, { invites: [given], by })
      if (made === undefined) throw new Error('no invitation was made')
      return made
    }
    const remove = (id: string, by: { rights: Right[] }) => run(removeUsers, { ids: [id], by })
    let people = 0
    const aUser = async (role: string, pii = false) => {
      people += 1
      const { secret } = await invite({ email: `p${people}@example.com`, role, pii, by: everything })
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
      await expect(remove(owner.id, everything)).rejects.toMatchObject({ code: 'conflict' })
      await expect(run(updatePermission, { ...args, role: 'admin' })).rejects.toMatchObject({ code: 'conflict' })
      const second = await aUser('owner')
      expect(await run(updatePermission, { ...args, id: second.id, role: 'viewer' })).toMatchObject({ role: 'viewer' })
      await run(updatePermission, { ...args, id: second.id, role: 'owner' })
      await remove(second.id, everything)
      expect((await listUsers(db.read)).map(({ id }) => id)).toEqual([owner.id])
    })

    test('an invitation works once, for its address, until it ends or is taken back', async () => {
      const invited = { email: 'grace@example.com', role: 'viewer', pii: false, by: admin }
      const first = await invite(invited)
      const { secret, ...second } = await invite({ ...invited, email: 'Grace@example.com', role: 'editor' })
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
      await expect(invite(invited)).rejects.toMatchObject({ code: 'conflict' })
      const withdrawn = await invite({ ...invited, email: 'x@example.com' })
      await run(revokeInvites, { emails: ['X@example.com'], by: admin })
      await expect(accept(withdrawn.secret)).rejects.toMatchObject({ code: 'not_found' })
      await expect(run(revokeInvites, { emails: ['x@example.com'], by: admin })).rejects.toMatchObject({
        code: 'not_found',
      })
    })

    test.each([
      ['an owner', 'owner', false],
      ['somebody who sees contents', 'viewer', true],
    ])('an admin without pii cannot invite %s', async (_, role, pii) => {
      const attempt = invite({ email: 'new@example.com', role, pii, by: admin })
      await expect(attempt).rejects.toMatchObject({ code: 'forbidden' })
    })

    test.each([
      ['may invite nobody any more', 'editor', true],
      ['has lost pii', 'admin', false],
    ])(
      'an invitation is worth nothing while its inviter %s, and for good once they are removed',
      async (_, role, pii) => {
        const inviter = await aUser('admin', true)
        const invited = async (name: string) => {
          const [made] = await run(createInvites, {
            invites: [{ email: `${name}-${inviter.email}`, role: 'viewer', pii: true }],
            userId: inviter.id,
            by: { rights: [...ROLE_RIGHTS.admin, 'pii:read'] },
          })
          return made?.secret ?? ''
        }
        const [first, second] = [await invited('first'), await invited('second')]
        await run(updatePermission, { id: inviter.id, role, pii, by: everything })
        await expect(accept(first)).rejects.toMatchObject({ code: 'not_found' })
        await run(updatePermission, { id: inviter.id, role: 'admin', pii: true, by: everything })
        expect(await accept(first)).toMatchObject({ role: 'viewer', pii: true })
        await remove(inviter.id, everything)
        await expect(accept(second)).rejects.toMatchObject({ code: 'not_found' })
      },
    )

    test('nobody changes, raises or removes somebody beyond themselves', async () => {
      const viewer = await aUser('viewer')
      for (const attempt of [
        run(updatePermission, { id: owner.id, role: 'viewer', by: admin }),
        run(updatePermission, { id: viewer.id, role: 'owner', by: admin }),
        run(updatePermission, { id: viewer.id, pii: true, by: admin }),
        remove(owner.id, admin),
      ])
        await expect(attempt).rejects.toMatchObject({ code: 'forbidden' })
      await expect(run(updatePermission, { id: viewer.id, role: 'king', by: everything })).rejects.toMatchObject({
        code: 'invalid',
      })
      expect(await run(updatePermission, { id: viewer.id, role: 'admin', by: admin })).toMatchObject({ role: 'admin' })
    })

    test('a session lasts 12 hours without use and 7 days with it, and not a millisecond longer', async () => {
      const user = await aUser('viewer')
      const { secret } = await run(startSession, { verified: 'kept', userId: user.id })
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
      const first = await run(startSession, { verified: 'kept', userId: user.id })
      const session = await findSession(db.read, first.secret, nowMs)
      const second = await run(startSession, { verified: 'kept', userId: user.id, replaces: session?.hash ?? '' })
      expect([await open(first.secret), await open(second.secret)]).toEqual([false, true])
      await run(endSession, { hash: (await findSession(db.read, second.secret, nowMs))?.hash ?? '' })
      expect(await open(second.secret)).toBe(false)
      const third = await run(startSession, { verified: 'kept', userId: user.id })
      await run(updatePermission, { id: user.id, role: 'editor', by: everything })
      expect(await open(third.secret)).toBe(false)
      const fourth = await run(startSession, { verified: 'kept', userId: user.id })
      await run(setPassword, { id: user.id, verified: 'kept', password: 'new' })
      expect(await open(fourth.secret)).toBe(false)
      expect((await findUserByEmail(db.read, user.email))?.password).toBe('new')
      const fifth = await run(startSession, { verified: 'new', userId: user.id })
      await remove(user.id, everything)
      expect(await open(fifth.secret)).toBe(false)
    })

    test('a password that was changed while it was compared neither signs in nor changes the password', async () => {
      const { id, email } = await aUser('viewer')
      await run(setPassword, { id, verified: 'kept', password: 'new' })
      await expect(run(startSession, { userId: id, verified: 'kept' })).rejects.toMatchObject({ code: 'conflict' })
      await expect(run(setPassword, { id, verified: 'kept', password: 'old again' })).rejects.toMatchObject({
        code: 'conflict',
      })
      expect((await findUserByEmail(db.read, email))?.password).toBe('new')
      expect((await run(startSession, { userId: id, verified: 'new' })).user.id).toBe(id)
    })

    test(`one person is signed in ${SESSIONS_MAX} times at most: the oldest session ends`, async () => {
      const user = await aUser('viewer')
      const secrets: string[] = []
      for (let made = 0; made <= SESSIONS_MAX; made += 1) {
        nowMs += 1
        secrets.push((await run(startSession, { verified: 'kept', userId: user.id })).secret)
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
      await remove(user.id, everything)
      expect(await able()).toBeUndefined()
      expect((await listTokens(db.read)).map((each) => each.id)).not.toContain(id)
    })

    test('several are invited and removed together, or none of them', async () => {
      const [a, b] = [await aUser('viewer'), await aUser('viewer')]
      await expect(run(removeUsers, { ids: [a.id, owner.id, b.id], by: admin })).rejects.toMatchObject({
        code: 'forbidden',
      })
      await expect(run(removeUsers, { ids: [a.id, 'nobody'], by: admin })).rejects.toMatchObject({ code: 'not_found' })
      const invites = ['together@example.com', a.email].map((email) => ({ email, role: 'viewer', pii: false }))
      await expect(run(createInvites, { invites, by: admin })).rejects.toMatchObject({ code: 'conflict' })
      expect((await listInvites(db.read, nowMs)).map(({ email }) => email)).not.toContain('together@example.com')
      await run(removeUsers, { ids: [a.id, b.id], by: admin })
      await expect(getUser(db.read, b.id)).rejects.toMatchObject({ code: 'not_found' })
    })

    test('what a group gives, its members have for as long as they are in it, and tokens of theirs too', async () => {
      const user = await aUser('viewer')
      const group = await run(createGroup, { name: 'On call' })
      const { token } = await run(createToken, { name: 'theirs', scopes: ['api:write', 'pii:read'], userId: user.id })
      const { secret } = await run(startSession, { verified: 'kept', userId: user.id })
      const able = async () => (await verifyToken(db.read, token))?.scopes
      expect(await able()).toEqual([])
      await run(setGroupPermission, { id: group.id, role: 'editor', pii: true, by: everything })
      await run(setGroupMembers, { id: group.id, emails: [user.email.toUpperCase()], how: 'add', by: everything })
      expect(await able()).toEqual(['api:write', 'pii:read'])
      expect(await findSession(db.read, secret, nowMs)).toBeUndefined()
      const again = await run(startSession, { verified: 'kept', userId: user.id })
      expect(again.permission).toEqual({ role: 'editor', pii: true })
      expect(await findSession(db.read, again.secret, nowMs)).toMatchObject({ user, permission: again.permission })
      await run(deleteGroup, { id: group.id, by: everything })
      expect([await able(), await findSession(db.read, again.secret, nowMs)]).toEqual([[], undefined])
    })

    test('a group is no way around: who lacks what it gives neither fills it, changes it nor removes its members', async () => {
      const user = await aUser('viewer')
      const { id } = await run(createGroup, { name: 'Owners' })
      const emails = [user.email]
      await expect(run(setGroupPermission, { id, role: 'owner', pii: false, by: admin })).rejects.toMatchObject({
        code: 'forbidden',
      })
      await run(setGroupPermission, { id, role: 'owner', pii: false, by: everything })
      await run(setGroupMembers, { id, emails, how: 'add', by: everything })
      for (const attempt of [
        run(setGroupMembers, { id, emails: [], how: 'replace', by: admin }),
        run(setGroupPermission, { id, role: 'viewer', pii: false, by: admin }),
        run(renameGroup, { id, name: 'Ours', by: admin }),
        run(deleteGroup, { id, by: admin }),
        run(updatePermission, { id: user.id, role: 'editor', by: admin }),
        remove(user.id, admin),
      ])
        await expect(attempt).rejects.toMatchObject({ code: 'forbidden' })
      // An owner by group only does not make the last owner dispensable.
      await expect(remove(owner.id, everything)).rejects.toMatchObject({ code: 'conflict' })
    })

    test('who lacks pii neither renames nor deletes a group that gives it, nor takes it away', async () => {
      const { id } = await run(createGroup, { name: 'Sees contents' })
      await run(setGroupPermission, { id, role: null, pii: true, by: everything })
      for (const attempt of [
        run(setGroupPermission, { id, role: null, pii: false, by: admin }),
        run(renameGroup, { id, name: 'Ours', by: admin }),
        run(deleteGroup, { id, by: admin }),
      ])
        await expect(attempt).rejects.toMatchObject({ code: 'forbidden' })
      await run(deleteGroup, { id, by: everything })
    })

    test('a token is revoked by those only who may do what it may do now', async () => {
      const user = await aUser('owner', true)
      const scopes = ['api:read', 'owners:write', 'pii:read']
      const { id } = await run(createToken, { name: 'theirs', scopes, userId: user.id })
      const { id: own } = await run(createToken, { name: 'of the program', scopes })
      await expect(run(revokeToken, { id, by: admin })).rejects.toMatchObject({ code: 'forbidden' })
      await run(updatePermission, { id: user.id, role: 'viewer', pii: false, by: everything })
      await run(revokeToken, { id, by: admin })
      await expect(run(revokeToken, { id: own, by: admin })).rejects.toMatchObject({ code: 'forbidden' })
      await run(revokeToken, { id: own, by: everything })
      expect((await listTokens(db.read)).map((each) => each.id)).not.toContain(id)
    })

    test('pii is never lost: the last who has it, by themselves or by a group, keeps it', async () => {
      for (const { id, pii } of await listUsers(db.read))
        if (pii && id !== owner.id) await run(updatePermission, { id, pii: false, by: everything })
      const refused = { code: 'conflict', fields: [{ field: 'pii' }] }
      const take = () => run(updatePermission, { id: owner.id, pii: false, by: everything })
      await expect(take()).rejects.toMatchObject(refused)
      const { id } = await run(createGroup, { name: 'The last' })
      const user = await aUser('viewer')
      const waiting = await invite({ email: 'waits@example.com', role: 'viewer', pii: true, by: everything })
      const give = (pii: boolean) => run(setGroupPermission, { id, role: null, pii, by: everything })
      const set = (emails: string[], how: 'replace' | 'remove') =>
        run(setGroupMembers, { id, emails, how, by: everything })
      await give(true)
      await set([waiting.email], 'replace')
      // Who is only invited may never come.
      await expect(take()).rejects.toMatchObject(refused)
      await set([waiting.email, user.email], 'replace')
      await take()
      for (const attempt of [
        () => give(false),
        () => set([user.email], 'remove'),
        () => set([waiting.email], 'replace'),
        () => run(deleteGroup, { id, by: everything }),
        () => remove(user.id, everything),
      ])
        await expect(attempt()).rejects.toMatchObject(refused)
      await run(updatePermission, { id: owner.id, pii: true, by: everything })
      await run(deleteGroup, { id, by: everything })
      await remove(user.id, everything)
    })

    test('somebody who is invited is a member already, and nobody is who is neither here nor invited', async () => {
      const { id } = await run(createGroup, { name: 'Newcomers' })
      const { email, secret } = await invite({ email: 'soon@example.com', role: 'viewer', pii: false, by: admin })
      const members = async () => (await listGroups(db.read)).find((group) => group.id === id)?.emails
      const set = (emails: string[], how: 'add' | 'replace' | 'remove') =>
        run(setGroupMembers, { id, emails, how, by: admin })
      await expect(set(['stranger@example.com'], 'add')).rejects.toMatchObject({ fields: [{ field: 'emails' }] })
      await expect(set([''], 'add')).rejects.toMatchObject({ fields: [{ field: 'emails' }] })
      await set([email, owner.email], 'replace')
      expect(await members()).toEqual(['ada@example.com', 'soon@example.com'])
      const user = await accept(secret)
      expect(await members()).toContain('soon@example.com')
      await remove(user.id, admin)
      expect(await members()).toEqual(['ada@example.com'])
      await set([owner.email], 'remove')
      expect(await members()).toEqual([])
      const late = await invite({ email: 'late@example.com', role: 'viewer', pii: false, by: admin })
      await set([late.email], 'add')
      await run(revokeInvites, { emails: [late.email], by: admin })
      expect(await members()).toEqual([])
    })

    test('who is only invited is in no group that gives more than the invitation, until they have joined', async () => {
      const { id } = await run(createGroup, { name: 'Seers' })
      const { email, secret } = await invite({ email: 'early@example.com', role: 'viewer', pii: false, by: admin })
      const set = (how: 'add' | 'replace') => run(setGroupMembers, { id, emails: [email], how, by: everything })
      const give = (role: string | null, pii: boolean) => run(setGroupPermission, { id, role, pii, by: everything })
      await give('viewer', false)
      await set('add')
      for (const [role, pii] of [
        ['editor', false],
        [null, true],
      ] as const)
        await expect(give(role, pii)).rejects.toMatchObject({ code: 'conflict', fields: [{ field: 'permissions' }] })
      await run(setGroupMembers, { id, emails: [], how: 'replace', by: everything })
      await give(null, true)
      for (const how of ['add', 'replace'] as const)
        await expect(set(how)).rejects.toMatchObject({ code: 'conflict', fields: [{ field: 'emails' }] })
      await accept(secret)
      expect((await set('add')).emails).toEqual([email])
    })

    test('the audit trail tells of each token and each place in a group that went with a person or an invitation', async () => {
      const user = await aUser('viewer')
      const { id } = await run(createGroup, { name: 'Emptied' })
      const invited = { role: 'viewer', pii: false, by: admin }
      const { email } = await invite({ ...invited, email: 'gone@example.com' })
      const lapsing = await invite({ ...invited, email: 'lapsing@example.com' })
      const emails = [email, lapsing.email, user.email]
      await run(setGroupMembers, { id, emails, how: 'add', by: admin })
      const token = await run(createToken, { name: 'theirs', scopes: ['api:read'], userId: user.id })
      const newest = async () =>
        (await listAuditEvents(db.read, { limit: 10 })).map(({ type, resourceId }) => `${type} ${resourceId}`)
      const modified = `User Group Modified ${id}`
      await remove(user.id, admin)
      expect((await newest()).slice(0, 3)).toEqual([`User Removed ${user.id}`, modified, `Token Revoked ${token.id}`])
      await run(revokeInvites, { emails: [email], by: admin })
      expect((await newest())[0]).toBe(modified)
      nowMs += INVITE_MS
      await invite({ ...invited, email: 'sweeps@example.com' })
      const [swept] = await listAuditEvents(db.read, { limit: 1, resourceType: 'USER_GROUP', resourceId: id })
      expect(swept).toMatchObject({ before: { emails: [lapsing.email] }, after: { emails: [] } })
    })

    test(`group names are taken once, and there are ${GROUPS_MAX} groups at most`, async () => {
      const { id } = await run(createGroup, { name: 'Same' })
      await expect(run(createGroup, { name: ' same' })).rejects.toMatchObject({ code: 'conflict' })
      expect(await run(renameGroup, { id, name: 'SAME', by: admin })).toMatchObject({ name: 'SAME' })
      for (let made = (await listGroups(db.read)).length; made < GROUPS_MAX; made += 1)
        await run(createGroup, { name: `Group ${made}` })
      await expect(run(createGroup, { name: 'One more' })).rejects.toMatchObject({ code: 'conflict' })
    })

    test('labels are made before they are put on a source, stand in the snapshot, and go from it when deleted', async () => {
      const source = await run(createSource, { slug: 'labelled', kind: 'node' })
      const label = (value: string) => ({ key: 'env', value })
      const set = (values: string[], how: 'add' | 'replace') =>
        run(setSourceLabels, { sourceId: source.id, labels: values.map(label), how })
      await expect(set(['prod'], 'add')).rejects.toMatchObject({ fields: [{ field: 'labels' }] })
      await run(createLabel, { ...label('prod'), description: 'Live' })
      await run(createLabel, label('eu'))
      await expect(run(createLabel, label('eu'))).rejects.toMatchObject({ code: 'conflict' })
      expect(await set(['prod'], 'add')).toEqual([{ ...label('prod'), description: 'Live' }])
      expect(await set(['eu'], 'add')).toEqual([label('eu'), { ...label('prod'), description: 'Live' }])
      const snapshot = async () => (await loadSnapshot(db.read, ctx.secrets)).sources.get(source.id)?.labels
      expect(await snapshot()).toEqual([label('eu'), { ...label('prod'), description: 'Live' }])
      expect(await set(['eu'], 'replace')).toEqual([label('eu')])
      await run(deleteLabel, label('eu'))
      expect([await snapshot(), await listLabels(db.read)]).toEqual([
        undefined,
        [expect.objectContaining(label('prod'))],
      ])
      await expect(run(deleteLabel, label('eu'))).rejects.toMatchObject({ code: 'not_found' })
      const many = Array.from({ length: SOURCE_LABELS_MAX + 1 }, (_, index) => `v${index}`)
      for (const value of many) await run(createLabel, label(value))
      await expect(set(many, 'replace')).rejects.toMatchObject({ code: 'conflict' })
      expect(await set(many.slice(1), 'replace')).toHaveLength(SOURCE_LABELS_MAX)
    })

    test('the database holds no secret that opens anything, and the audit trail no password', async () => {
      const { secret } = await invite({ email: 'dump@example.com', role: 'viewer', pii: false, by: admin })
      const { secret: session } = await run(startSession, { verified: 'kept', userId: owner.id })
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
