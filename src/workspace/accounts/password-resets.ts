/**
 * A way back in for who forgot their password. Grapevine sends no mail: somebody who may do all that this person may passes
 * on a secret, which works once and for a while.
 */
import type { Kysely } from 'kysely'
import { recordAudit } from '../audit.ts'
import type { CommandContext } from '../context.ts'
import { notFound, WorkspaceError } from '../errors.ts'
import { newResetSecret, sha256 } from '../ids.ts'
import type { WorkspaceTables } from '../tables.ts'
import { effectivePermission } from './effective.ts'
import { mayStillGive, tokenIdOf } from './giver.ts'
import { covers, type Role, rightsOf } from './rights.ts'
import { type Authority, changeOf, getUser, refuseBeyond, replacePassword, type User } from './users.ts'

/** How long a reset waits. */
export const PASSWORD_RESET_MS = 24 * 3_600_000

type Tx = Kysely<WorkspaceTables>

/**
 * A second reset of one person takes the place of the first. Until it is used the old password works.
 * @param args `id` is whose password it is, `userId` who resets it; null for the program itself
 * @returns with the secret, which is kept nowhere
 * @throws WorkspaceError `not_found`, or `forbidden` for somebody who may do more, and for oneself
 */
export async function createPasswordReset(
  tx: Tx,
  args: { readonly id: string; readonly userId: string | null; readonly by: Authority },
  ctx: CommandContext,
): Promise<{ readonly user: User; readonly secret: string; readonly expiresAtMs: number }> {
  const user = await getUser(tx, args.id)
  // A stolen session would become a password otherwise.
  if (user.id === args.userId)
    throw new WorkspaceError('forbidden', 'Change your own password with the one you have, or ask somebody else.')
  // Whoever has the secret can do what this person can.
  const { role, pii } = await effectivePermission(tx, user)
  refuseBeyond(args.by, { role, pii })
  const secret = newResetSecret(ctx.random)
  const now = ctx.clock.nowMs()
  const row = {
    user_id: user.id,
    hash: sha256(secret),
    role,
    pii: pii ? 1 : 0,
    made_by: args.userId,
    made_with_token: tokenIdOf(ctx.actor),
    expires_at_ms: now + PASSWORD_RESET_MS,
  }
  await tx.deleteFrom('password_resets').where('user_id', '=', user.id).execute()
  await tx.insertInto('password_resets').values(row).execute()
  const after = { expiresAtMs: row.expires_at_ms }
  await recordAudit(tx, { ...changeOf('User Password Reset Created', user), after }, ctx)
  return { user, secret, expiresAtMs: row.expires_at_ms }
}

/**
 * All sessions of the person end, and the secret is worth nothing any more.
 * @param args `password` is what `Passwords.hash` answered
 * @throws WorkspaceError `not_found` when there is no such reset any more, who made it may not give it any more, or the
 *   person may do more by now than when it was made
 */
export async function resetPassword(
  tx: Tx,
  args: { readonly secret: string; readonly password: string },
  ctx: CommandContext,
): Promise<User> {
  const row = await tx
    .selectFrom('password_resets')
    .selectAll()
    .where('hash', '=', sha256(args.secret))
    .executeTakeFirst()
  if (row === undefined || row.expires_at_ms <= ctx.clock.nowMs()) throw notFound('this password reset')
  const user = await getUser(tx, row.user_id)
  const permission = await effectivePermission(tx, user)
  const foreseen = rightsOf({ role: row.role as Role, pii: row.pii === 1 })
  if (!covers(foreseen, rightsOf(permission))) throw notFound('this password reset')
  const giver = { userId: row.made_by, tokenId: row.made_with_token }
  if (!(await mayStillGive(tx, giver, permission))) throw notFound('this password reset')
  // Whoever has the secret is that person from now on: the trail names them.
  const actor = { ...ctx.actor, kind: 'user', id: user.id, name: user.email } as const
  await replacePassword(tx, user, args.password, { ...ctx, actor })
  return user
}
