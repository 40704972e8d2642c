/** How people go: with their sessions, their tokens and their places in groups. */
import type { Kysely } from 'kysely'
import { recordAudit } from '../audit.ts'
import type { CommandContext } from '../context.ts'
import type { WorkspaceTables } from '../tables.ts'
import { revokeTokensOf } from '../tokens.ts'
import { effectivePermission } from './effective.ts'
import { emailKey } from './email.ts'
import { leaveGroups } from './groups.ts'
import { isPiiHeld, refusePiiLost } from './pii.ts'
import { type Authority, changeOf, getUser, refuseBeyond, refuseLastOwner } from './users.ts'

/**
 * All of them or nobody. Their sessions end and the tokens they made die with them.
 * @throws WorkspaceError `not_found`, `forbidden`, or `conflict` for the last owner or the last who has `pii`
 */
export async function removeUsers(
  tx: Kysely<WorkspaceTables>,
  args: { readonly ids: readonly string[]; readonly by: Authority },
  ctx: CommandContext,
): Promise<void> {
  const wasPiiHeld = await isPiiHeld(tx)
  for (const id of new Set(args.ids)) {
    const before = await getUser(tx, id)
    refuseBeyond(args.by, { ...(await effectivePermission(tx, before)), pii: false })
    if (before.role === 'owner') await refuseLastOwner(tx)
    await revokeTokensOf(tx, id, ctx)
    await leaveGroups(tx, [emailKey(before.email)], ctx)
    await tx.deleteFrom('users').where('id', '=', id).execute()
    await recordAudit(tx, { ...changeOf('User Removed', before), before }, ctx)
  }
  await refusePiiLost(tx, wasPiiHeld)
}
