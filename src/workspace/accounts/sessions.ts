/** Who is signed in (reliability contract S15, S20): 256 random bits in a cookie, their hash here. */
import type { Kysely } from 'kysely'
import { recordAudit } from '../audit.ts'
import type { CommandContext } from '../context.ts'
import { newSessionSecret, sha256 } from '../ids.ts'
import type { WorkspaceTables } from '../tables.ts'
import { effectivePermission } from './effective.ts'
import type { Permission } from './rights.ts'
import { getUser, getVerified, toUser, type User } from './users.ts'

const HOUR_MS = 3_600_000
export const SESSION_IDLE_MS = 12 * HOUR_MS
export const SESSION_MS = 7 * 24 * HOUR_MS
/** A use is noted when the last one noted is older: one write a minute for each person at most. */
export const SESSION_NOTED_MS = 60_000
/** Of one person: the oldest ends when there would be more. */
export const SESSIONS_MAX = 20

type Tx = Kysely<WorkspaceTables>

export interface Session {
  /** SHA-256 of the secret. */
  readonly hash: string
  readonly user: User
  /** With what their groups give. */
  readonly permission: Permission
  /** Its use should be noted with `noteSession`. */
  readonly isToBeNoted: boolean
  readonly endsAtMs: number
}

/**
 * Signs somebody in; the session that the browser had before, whosever it was, ends.
 * @param args `verified` is what was kept of the password when it was compared
 * @returns the secret, for the cookie: it is kept nowhere
 * @throws WorkspaceError `not_found`, or `conflict` when the password was changed meanwhile
 */
export async function startSession(
  tx: Tx,
  args: { readonly userId: string; readonly verified: string; readonly replaces?: string },
  ctx: CommandContext,
): Promise<{ readonly secret: string; readonly user: User; readonly permission: Permission }> {
  const user = await getVerified(tx, args.userId, args.verified)
  const now = ctx.clock.nowMs()
  if (args.replaces !== undefined) await tx.deleteFrom('sessions').where('hash', '=', args.replaces).execute()
  await tx
    .deleteFrom('sessions')
    .where((has) =>
      has.or([has('seen_at_ms', '<=', now - SESSION_IDLE_MS), has('created_at_ms', '<=', now - SESSION_MS)]),
    )
    .execute()
  const others = await tx
    .selectFrom('sessions')
    .select('hash')
    .where('user_id', '=', user.id)
    .orderBy('created_at_ms', 'desc')
    .execute()
  const surplus = others.slice(SESSIONS_MAX - 1).map(({ hash }) => hash)
  if (surplus.length > 0) await tx.deleteFrom('sessions').where('hash', 'in', surplus).execute()
  const secret = newSessionSecret(ctx.random)
  const row = { hash: sha256(secret), user_id: user.id, created_at_ms: now, seen_at_ms: now }
  await tx.insertInto('sessions').values(row).execute()
  await recordAudit(tx, { type: 'User Signed In', ...resourceOf(user) }, ctx)
  return { secret, user, permission: await effectivePermission(tx, user) }
}

/** The session of a cookie, if it has not ended. */
export async function findSession(read: Tx, secret: string, nowMs: number): Promise<Session | undefined> {
  const hash = sha256(secret)
  const row = await read
    .selectFrom('sessions')
    .innerJoin('users', 'users.id', 'sessions.user_id')
    .selectAll('users')
    .select(['sessions.created_at_ms as started_at_ms', 'sessions.seen_at_ms'])
    .where('sessions.hash', '=', hash)
    .executeTakeFirst()
  if (row === undefined) return undefined
  const endsAtMs = Math.min(row.started_at_ms + SESSION_MS, row.seen_at_ms + SESSION_IDLE_MS)
  if (nowMs >= endsAtMs) return undefined
  const user = toUser(row)
  const permission = await effectivePermission(read, user)
  return { hash, user, permission, isToBeNoted: nowMs - row.seen_at_ms >= SESSION_NOTED_MS, endsAtMs }
}

/** Says that a session is in use. Not a change of the workspace: it has no audit row. */
export async function noteSession(tx: Tx, args: { readonly hash: string }, ctx: CommandContext): Promise<void> {
  await tx.updateTable('sessions').set({ seen_at_ms: ctx.clock.nowMs() }).where('hash', '=', args.hash).execute()
}

/** Signs out: from now on the cookie is worth nothing. */
export async function endSession(tx: Tx, args: { readonly hash: string }, ctx: CommandContext): Promise<void> {
  const ended = await tx.deleteFrom('sessions').where('hash', '=', args.hash).returning('user_id').executeTakeFirst()
  if (ended === undefined) return
  await recordAudit(tx, { type: 'User Signed Out', ...resourceOf(await getUser(tx, ended.user_id)) }, ctx)
}

const resourceOf = ({ id, email }: User) => ({ resourceType: 'USER', resourceId: id, resourceName: email }) as const
