/**
 * How people come in: by a secret that works once and for a while. The first owner comes in the same way, with a secret
 * that the server prints (reliability contract S26); there is no default password.
 */
import type { Kysely, Selectable } from 'kysely'
import { recordAudit } from '../audit.ts'
import type { CommandContext } from '../context.ts'
import { conflict, notFound, refuseInvalid, WorkspaceError } from '../errors.ts'
import { newId, newInviteSecret, sha256 } from '../ids.ts'
import type { WorkspaceTables } from '../tables.ts'
import { checkEmail, emailKey } from './email.ts'
import { mayStillGive, tokenIdOf } from './giver.ts'
import { sweepMembers } from './groups.ts'
import { isRole, type Permission, type Role } from './rights.ts'
import { type Authority, insertUser, refuseBeyond, type User, unknownRole } from './users.ts'

/** How long an invitation waits. */
export const INVITE_MS = 7 * 24 * 3_600_000
/** Invitations that wait at one time. */
export const INVITES_MAX = 1_000

/** Of the invitation of the first owner, whose address nobody knows yet. */
const NOBODY = ''

type Tx = Kysely<WorkspaceTables>

export interface Invite extends Permission {
  readonly id: string
  /** Empty for the one that sets up the first owner. */
  readonly email: string
  readonly createdAtMs: number
  readonly expiresAtMs: number
}

export interface NewInvite {
  readonly email: string
  readonly role: string
  readonly pii: boolean
}

/**
 * All of them or none. A second invitation of one address takes the place of the first.
 * @param args `userId` is who invites; null for the program itself
 * @returns with the secrets, which are kept nowhere: the inviter passes them on
 * @throws WorkspaceError `invalid`, `forbidden`, or `conflict` when an address is a user's
 */
export async function createInvites(
  tx: Tx,
  args: { readonly invites: readonly NewInvite[]; readonly userId?: string | null; readonly by: Authority },
  ctx: CommandContext,
): Promise<(Invite & { readonly secret: string })[]> {
  const made: (Invite & { readonly secret: string })[] = []
  for (const { email: given, role, pii } of args.invites) {
    const email = given.trim()
    refuseInvalid(checkEmail(email))
    if (!isRole(role)) throw unknownRole()
    refuseBeyond(args.by, { role, pii })
    const email_key = emailKey(email)
    const user = await tx.selectFrom('users').select('id').where('email_key', '=', email_key).executeTakeFirst()
    if (user !== undefined) throw conflict('email', 'is the address of a user')
    await forget(tx, email_key, args.by, ctx)
    const waiting = await tx.selectFrom('invites').select('id').limit(INVITES_MAX).execute()
    if (waiting.length >= INVITES_MAX) throw conflict('email', `${INVITES_MAX} invitations wait, which is the most`)
    const { secret, invite } = await insert(tx, { email, role, pii }, args.userId ?? null, ctx)
    await recordAudit(tx, { ...changeOf('Invite Created', invite), after: invite }, ctx)
    made.push({ ...invite, secret })
  }
  return made
}

/** The secret for the first owner, a new one at each call; undefined once there is a user. */
export async function inviteFirstOwner(
  tx: Tx,
  _: Record<never, never>,
  ctx: CommandContext,
): Promise<{ readonly secret: string } | undefined> {
  if ((await tx.selectFrom('users').select('id').limit(1).executeTakeFirst()) !== undefined) return undefined
  await tx.deleteFrom('invites').where('email_key', '=', NOBODY).execute()
  const { secret } = await insert(tx, { email: NOBODY, role: 'owner', pii: true }, null, ctx)
  return { secret }
}

/**
 * Makes the user that was invited, and the invitation worth nothing.
 * @param args `email` is asked for only by the invitation of the first owner; `password` is what `Passwords.hash` answered
 * @throws WorkspaceError `not_found` when there is no such invitation any more, or who invited may not give that any more;
 *   `invalid`, `conflict`
 */
export async function acceptInvite(
  tx: Tx,
  args: { readonly secret: string; readonly email?: string; readonly name: string; readonly password: string },
  ctx: CommandContext,
): Promise<User> {
  const row = await tx.selectFrom('invites').selectAll().where('hash', '=', sha256(args.secret)).executeTakeFirst()
  const now = ctx.clock.nowMs()
  if (row === undefined || row.expires_at_ms <= now) throw notFound('this invitation')
  const invite = toInvite(row)
  const giver = { userId: row.invited_by, tokenId: row.invited_with_token }
  if (!(await mayStillGive(tx, giver, invite))) throw notFound('this invitation')
  const isFirst = row.email_key === NOBODY
  if (isFirst && (await tx.selectFrom('users').select('id').limit(1).executeTakeFirst()) !== undefined)
    throw notFound('this invitation')
  const email = isFirst ? (args.email ?? '').trim() : invite.email
  if (args.email !== undefined && emailKey(args.email) !== emailKey(email))
    throw new WorkspaceError('invalid', 'the invitation is for another address', [
      { field: 'email', message: 'is not the one that was invited' },
    ])
  await tx.deleteFrom('invites').where('id', '=', invite.id).execute()
  const { role, pii } = invite
  const user = { id: newId(ctx.random), email, name: args.name, role, pii, createdAtMs: now }
  // Whoever has the secret is the new user: the trail names them, not nobody.
  const actor = { ...ctx.actor, kind: 'user', id: user.id, name: email } as const
  return insertUser(tx, user, args.password, { ...ctx, actor })
}

/** All of them or none. @throws WorkspaceError `not_found`, `forbidden` */
export async function revokeInvites(
  tx: Tx,
  args: { readonly emails: readonly string[]; readonly by: Authority },
  ctx: CommandContext,
): Promise<void> {
  for (const key of new Set(args.emails.map(emailKey))) {
    if (key === NOBODY || !(await forget(tx, key, args.by, ctx))) throw notFound('the invitation')
  }
  await sweepMembers(tx, ctx)
}

/** Those that wait, oldest first. */
export async function listInvites(read: Tx, nowMs: number): Promise<Invite[]> {
  const rows = await read
    .selectFrom('invites')
    .selectAll()
    .where('email_key', '<>', NOBODY)
    .where('expires_at_ms', '>', nowMs)
    .orderBy('created_at_ms')
    .orderBy('id')
    .execute()
  return rows.map(toInvite)
}

async function insert(
  tx: Tx,
  given: Permission & { readonly email: string },
  invited_by: string | null,
  ctx: CommandContext,
) {
  const now = ctx.clock.nowMs()
  await tx.deleteFrom('invites').where('expires_at_ms', '<=', now).execute()
  await sweepMembers(tx, ctx)
  const secret = newInviteSecret(ctx.random)
  const row = {
    id: newId(ctx.random),
    hash: sha256(secret),
    email: given.email,
    email_key: emailKey(given.email),
    role: given.role,
    pii: given.pii ? 1 : 0,
    invited_by,
    invited_with_token: tokenIdOf(ctx.actor),
    created_at_ms: now,
    expires_at_ms: now + INVITE_MS,
  }
  await tx.insertInto('invites').values(row).execute()
  return { secret, invite: toInvite(row) }
}

/** @returns whether there was one */
async function forget(tx: Tx, key: string, by: Authority, ctx: CommandContext): Promise<boolean> {
  const row = await tx.deleteFrom('invites').where('email_key', '=', key).returningAll().executeTakeFirst()
  if (row === undefined) return false
  const before = toInvite(row)
  refuseBeyond(by, { role: before.role, pii: false })
  await recordAudit(tx, { ...changeOf('Invite Deleted', before), before }, ctx)
  return true
}

function toInvite(row: Selectable<WorkspaceTables['invites']>): Invite {
  const { id, email, role, pii, created_at_ms, expires_at_ms } = row
  return { id, email, role: role as Role, pii: pii === 1, createdAtMs: created_at_ms, expiresAtMs: expires_at_ms }
}

const changeOf = (type: string, { id, email }: Invite) =>
  ({ type, resourceType: 'INVITE', resourceId: id, resourceName: email }) as const
