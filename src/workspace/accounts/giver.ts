import type { Kysely } from 'kysely'
import type { WorkspaceTables } from '../tables.ts'
import { effectivePermission } from './effective.ts'
import { covers, type Permission, rightsOf } from './rights.ts'
import { toUser } from './users.ts'

/** Whether who passed a secret on is still here, and still has the right to manage people and all that the secret gives. */
export async function mayStillGive(
  read: Kysely<WorkspaceTables>,
  giverId: string,
  given: Permission,
): Promise<boolean> {
  const giver = await read.selectFrom('users').selectAll().where('id', '=', giverId).executeTakeFirst()
  if (giver === undefined) return false
  const held = rightsOf(await effectivePermission(read, toUser(giver)))
  return held.has('users:write') && covers(held, rightsOf(given))
}
