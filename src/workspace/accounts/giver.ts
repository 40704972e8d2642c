import type { Kysely } from 'kysely'
import type { Actor } from '../context.ts'
import type { WorkspaceTables } from '../tables.ts'
import { effectivePermission } from './effective.ts'
import { covers, type Permission, rightsOf } from './rights.ts'
import { toUser } from './users.ts'

/** Who passed a secret on. */
export interface Giver {
  /** Null for the program itself, and for a token that is nobody's. */
  readonly userId: string | null
  /** Of the token that it was done with. */
  readonly tokenId: string | null
}

export const tokenIdOf = ({ kind, id }: Actor): string | null => (kind === 'token' ? id : null)

/**
 * Whether they are still here, and still have the right to manage people and all that the secret gives. What was made with a
 * token ends with it: whoever revokes one that was stolen need not look for what was done with it.
 */
export async function mayStillGive(
  read: Kysely<WorkspaceTables>,
  { userId, tokenId }: Giver,
  given: Permission,
): Promise<boolean> {
  if (tokenId !== null && !(await works(read, tokenId))) return false
  if (userId === null) return true
  const giver = await read.selectFrom('users').selectAll().where('id', '=', userId).executeTakeFirst()
  if (giver === undefined) return false
  const held = rightsOf(await effectivePermission(read, toUser(giver)))
  return held.has('users:write') && covers(held, rightsOf(given))
}

async function works(read: Kysely<WorkspaceTables>, tokenId: string): Promise<boolean> {
  const token = await read
    .selectFrom('api_tokens')
    .select('id')
    .where('id', '=', tokenId)
    .where('revoked_at_ms', 'is', null)
    .executeTakeFirst()
  return token !== undefined
}
