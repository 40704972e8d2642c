import type { Kysely } from 'kysely'
import type { WorkspaceTables } from '../tables.ts'
import { emailKey } from './email.ts'
import { type Grant, type Permission, type Role, strongest } from './rights.ts'

/** What somebody may do: what they were given, and what their groups give. */
export async function effectivePermission(
  read: Kysely<WorkspaceTables>,
  user: Permission & { readonly email: string },
): Promise<Permission> {
  const rows = await read
    .selectFrom('group_members')
    .innerJoin('user_groups', 'user_groups.id', 'group_members.group_id')
    .select(['user_groups.role', 'user_groups.pii'])
    .where('group_members.email_key', '=', emailKey(user.email))
    .execute()
  const grants = rows.map(({ role, pii }): Grant => ({ role: role as Role | null, pii: pii === 1 }))
  return strongest(user, grants)
}
