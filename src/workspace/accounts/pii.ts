/** Somebody can see contents at all times: as the last owner stays one, the last who has `pii` keeps it. */
import type { Kysely } from 'kysely'
import { conflict } from '../errors.ts'
import type { WorkspaceTables } from '../tables.ts'

/** Whether a user has it, by themselves or by a group. Who is only invited does not count. */
export async function isPiiHeld(read: Kysely<WorkspaceTables>): Promise<boolean> {
  const direct = await read.selectFrom('users').select('id').where('pii', '=', 1).limit(1).executeTakeFirst()
  if (direct !== undefined) return true
  const byGroup = await read
    .selectFrom('user_groups')
    .innerJoin('group_members', 'group_members.group_id', 'user_groups.id')
    .innerJoin('users', 'users.email_key', 'group_members.email_key')
    .select('users.id')
    .where('user_groups.pii', '=', 1)
    .limit(1)
    .executeTakeFirst()
  return byGroup !== undefined
}

/**
 * For the end of a change.
 * @param wasHeld what `isPiiHeld` said before it
 * @throws WorkspaceError `conflict`
 */
export async function refusePiiLost(tx: Kysely<WorkspaceTables>, wasHeld: boolean): Promise<void> {
  if (wasHeld && !(await isPiiHeld(tx)))
    throw conflict('pii', 'is that of the last who has it: give it to somebody else first')
}
