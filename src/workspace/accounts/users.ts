/** The people who operate this workspace. */
import type { Kysely, Selectable } from 'kysely'
import { recordAudit } from '../audit.ts'
import type { CommandContext } from '../context.ts'
import { conflict, notFound, refuseInvalid, WorkspaceError } from '../errors.ts'
import { checkName, isStorableText } from '../fields.ts'
import type { WorkspaceTables } from '../tables.ts'
import { effectivePermission } from './effective.ts'
import { checkEmail, emailKey } from './email.ts'
import { refusePiiLost } from './pii.ts'
import { covers, type Grant, isRole, type Permission, type Role, rightsOf } from './rights.ts'

/** People of one workspace. */
export const USERS_MAX = 1_000

type Tx = Kysely<WorkspaceTables>

export interface User extends Permission {
  readonly id: string
  /** As it was given; no two differ in case only. */
  readonly email: string
  readonly name: string
  readonly createdAtMs: number
}

/** What the caller of a command may do. Nobody gives, takes or changes what is beyond it. */
export interface Authority {
  readonly rights: readonly string[]
}

/** @throws WorkspaceError `forbidden` */
export function refuseBeyond(by: Authority, permission: Grant): void {
  if (covers(new Set(by.rights), rightsOf(permission))) return
  const what =
    permission.pii && !by.rights.includes('pii:read') ? 'the right pii:read' : `the role ${permission.role ?? ''}`
  throw new WorkspaceError('forbidden', `You may not give, change or remove ${what}: it is more than you have.`)
}

export async function listUsers(read: Tx): Promise<User[]> {
  return (await read.selectFrom('users').selectAll().orderBy('created_at_ms').orderBy('id').execute()).map(toUser)
}

/** @throws WorkspaceError `not_found` */
export async function getUser(read: Tx, id: string): Promise<User> {
  const row = await read.selectFrom('users').selectAll().where('id', '=', id).executeTakeFirst()
  if (row === undefined) throw notFound('the user')
  return toUser(row)
}

/** For signing in: with what is kept of the password. */
export async function findUserByEmail(
  read: Tx,
  email: string,
): Promise<{ readonly user: User; readonly password: string } | undefined> {
  if (!isStorableText(email)) return undefined
  const row = await read.selectFrom('users').selectAll().where('email_key', '=', emailKey(email)).executeTakeFirst()
  return row && { user: toUser(row), password: row.password }
}

export async function insertUser(tx: Tx, user: User, password: string, ctx: CommandContext): Promise<User> {
  refuseInvalid([...checkEmail(user.email), ...checkName(user.name)])
  const { count } = await tx
    .selectFrom('users')
    .select((of) => of.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow()
  if (Number(count) >= USERS_MAX)
    throw conflict('email', `there are ${USERS_MAX} users, which is the most there may be`)
  const email_key = emailKey(user.email)
  const taken = await tx.selectFrom('users').select('id').where('email_key', '=', email_key).executeTakeFirst()
  if (taken !== undefined) throw conflict('email', 'is the address of another user')
  const row = {
    id: user.id,
    email: user.email,
    email_key,
    name: user.name,
    role: user.role,
    pii: user.pii ? 1 : 0,
    password,
    created_at_ms: user.createdAtMs,
  }
  await tx.insertInto('users').values(row).execute()
  const created = toUser(row)
  await recordAudit(tx, { ...changeOf('User Created', created), after: created }, ctx)
  return created
}

/**
 * Gives somebody another role or takes `pii` from them. Their sessions end: what they could do before, nobody can with
 * an old cookie.
 * @throws WorkspaceError `not_found`, `invalid`, `forbidden`, or `conflict` for the last owner or the last who has `pii`
 */
export async function updatePermission(
  tx: Tx,
  args: { readonly id: string; readonly role?: string; readonly pii?: boolean; readonly by: Authority },
  ctx: CommandContext,
): Promise<User> {
  const before = await getUser(tx, args.id)
  const role = args.role ?? before.role
  if (!isRole(role)) throw unknownRole()
  const after: User = { ...before, role, pii: args.pii ?? before.pii }
  if (after.role === before.role && after.pii === before.pii) return before
  refuseBeyond(args.by, { ...(await effectivePermission(tx, before)), pii: after.pii && !before.pii })
  refuseBeyond(args.by, { role: after.role, pii: false })
  if (before.role === 'owner' && after.role !== 'owner') await refuseLastOwner(tx)
  await tx
    .updateTable('users')
    .set({ role: after.role, pii: after.pii ? 1 : 0 })
    .where('id', '=', args.id)
    .execute()
  await refusePiiLost(tx, before.pii)
  await tx.deleteFrom('sessions').where('user_id', '=', args.id).execute()
  await recordAudit(tx, { ...changeOf('User Policy Updated', after), before, after }, ctx)
  return after
}

/**
 * To compare a password takes a while, in which it may have been changed.
 * @param verified what was kept of the password when it was compared
 * @throws WorkspaceError `not_found`, or `conflict` when another is kept by now
 */
export async function getVerified(tx: Tx, id: string, verified: string): Promise<User> {
  const row = await tx.selectFrom('users').selectAll().where('id', '=', id).executeTakeFirst()
  if (row === undefined) throw notFound('the user')
  if (row.password !== verified) throw conflict('password', 'was changed meanwhile: sign in with the new one')
  return toUser(row)
}

/**
 * @param args `password` is what `Passwords.hash` answered, `verified` what was kept of the one before when it was compared
 * @throws WorkspaceError `not_found`, or `conflict` when it was changed meanwhile
 */
export async function setPassword(
  tx: Tx,
  args: { readonly id: string; readonly verified: string; readonly password: string },
  ctx: CommandContext,
): Promise<void> {
  await replacePassword(tx, await getVerified(tx, args.id, args.verified), args.password, ctx)
}

/** Also ends sessions and a reset that waits. */
export async function replacePassword(tx: Tx, user: User, password: string, ctx: CommandContext): Promise<void> {
  await tx.updateTable('users').set({ password }).where('id', '=', user.id).execute()
  await tx.deleteFrom('sessions').where('user_id', '=', user.id).execute()
  await tx.deleteFrom('password_resets').where('user_id', '=', user.id).execute()
  await recordAudit(tx, changeOf('User Password Changed', user), ctx)
}

/** @throws WorkspaceError `conflict` */
export async function refuseLastOwner(tx: Tx): Promise<void> {
  const owners = await tx.selectFrom('users').select('id').where('role', '=', 'owner').limit(2).execute()
  if (owners.length < 2) throw conflict('role', 'is that of the last owner: make somebody else an owner first')
}

export function unknownRole(): WorkspaceError {
  return new WorkspaceError('invalid', 'there is no such role', [{ field: 'role', message: 'is not a role there is' }])
}

export function toUser(row: Omit<Selectable<WorkspaceTables['users']>, 'password'>): User {
  const { id, email, name, pii, created_at_ms } = row
  return { id, email, name, role: row.role as Role, pii: pii === 1, createdAtMs: created_at_ms }
}

export const changeOf = (type: string, { id, email }: Pick<User, 'id' | 'email'>) =>
  ({ type, resourceType: 'USER', resourceId: id, resourceName: email }) as const
