/**
 * Groups of people. What a group was given, its members have beside what they were given themselves. Members are known by
 * their address, so that somebody who is only invited can be one.
 */
import type { Kysely } from 'kysely'
import { recordAudit } from '../audit.ts'
import type { CommandContext } from '../context.ts'
import { conflict, notFound, refuseInvalid, WorkspaceError } from '../errors.ts'
import { checkName } from '../fields.ts'
import { newId } from '../ids.ts'
import type { WorkspaceTables } from '../tables.ts'
import { emailKey } from './email.ts'
import { isPiiHeld, refusePiiLost } from './pii.ts'
import { covers, type Grant, isRole, type Role, rightsOf } from './rights.ts'
import { type Authority, refuseBeyond, unknownRole } from './users.ts'

export const GROUPS_MAX = 200

type Tx = Kysely<WorkspaceTables>

export interface Group extends Grant {
  readonly id: string
  readonly name: string
  /** In lower case, in alphabetical order. */
  readonly emails: readonly string[]
}

/** In the order in which they were made. */
export async function listGroups(read: Tx): Promise<Group[]> {
  const rows = await read.selectFrom('user_groups').selectAll().orderBy('created_at_ms').orderBy('id').execute()
  const members = await read.selectFrom('group_members').selectAll().orderBy('email_key').execute()
  const byGroup = Map.groupBy(members, (member) => member.group_id)
  return rows.map(({ id, name, role, pii }) => ({
    id,
    name,
    role: role as Role | null,
    pii: pii === 1,
    emails: (byGroup.get(id) ?? []).map(({ email_key }) => email_key),
  }))
}

/** @throws WorkspaceError `not_found` */
async function getGroup(read: Tx, id: string): Promise<Group> {
  const group = (await listGroups(read)).find((each) => each.id === id)
  if (group === undefined) throw notFound('the group')
  return group
}

/** It has no members and gives nothing. @throws WorkspaceError `invalid`, `conflict` */
export async function createGroup(tx: Tx, args: { readonly name: string }, ctx: CommandContext): Promise<Group> {
  refuseInvalid(checkName(args.name))
  const groups = await listGroups(tx)
  if (groups.length >= GROUPS_MAX)
    throw conflict('name', `there are ${GROUPS_MAX} groups, which is the most there may be`)
  refuseTaken(groups, args.name)
  const group: Group = { id: newId(ctx.random), name: args.name, role: null, pii: false, emails: [] }
  const { id, name } = group
  await tx
    .insertInto('user_groups')
    .values({ id, name, role: null, pii: 0, created_at_ms: ctx.clock.nowMs() })
    .execute()
  await recordAudit(tx, { ...changeOf('User Group Created', group), after: group }, ctx)
  return group
}

/** @throws WorkspaceError `not_found`, `invalid`, `forbidden`, `conflict` */
export async function renameGroup(
  tx: Tx,
  args: { readonly id: string; readonly name: string; readonly by: Authority },
  ctx: CommandContext,
): Promise<Group> {
  const before = await getGroup(tx, args.id)
  refuseBeyond(args.by, before)
  refuseInvalid(checkName(args.name))
  refuseTaken(
    (await listGroups(tx)).filter(({ id }) => id !== args.id),
    args.name,
  )
  const after = { ...before, name: args.name }
  await tx.updateTable('user_groups').set({ name: args.name }).where('id', '=', args.id).execute()
  await recordAudit(tx, { ...changeOf('User Group Modified', after), before, after }, ctx)
  return after
}

/** @throws WorkspaceError `not_found`, `forbidden`, or `conflict` when it gives the last who has it `pii` */
export async function deleteGroup(
  tx: Tx,
  args: { readonly id: string; readonly by: Authority },
  ctx: CommandContext,
): Promise<void> {
  const before = await getGroup(tx, args.id)
  refuseBeyond(args.by, before)
  const wasPiiHeld = await isPiiHeld(tx)
  await tx.deleteFrom('user_groups').where('id', '=', args.id).execute()
  await refusePiiLost(tx, wasPiiHeld)
  await endSessionsOf(tx, before.emails)
  await recordAudit(tx, { ...changeOf('User Group Deleted', before), before }, ctx)
}

/** @throws WorkspaceError `not_found`, `invalid`, `forbidden`, or `conflict`: see `refuseAhead`, `refusePiiLost` */
export async function setGroupPermission(
  tx: Tx,
  args: { readonly id: string; readonly role: string | null; readonly pii: boolean; readonly by: Authority },
  ctx: CommandContext,
): Promise<Group> {
  const before = await getGroup(tx, args.id)
  const { role, pii } = args
  if (role !== null && !isRole(role)) throw unknownRole()
  refuseBeyond(args.by, before)
  refuseBeyond(args.by, { role, pii })
  const wasPiiHeld = await isPiiHeld(tx)
  await refuseAhead(tx, 'permissions', { role, pii }, before.emails)
  const after: Group = { ...before, role, pii }
  await tx
    .updateTable('user_groups')
    .set({ role, pii: pii ? 1 : 0 })
    .where('id', '=', args.id)
    .execute()
  await refusePiiLost(tx, wasPiiHeld)
  await endSessionsOf(tx, before.emails)
  await recordAudit(tx, { ...changeOf('User Group Policy Updated', after), before, after }, ctx)
  return after
}

/**
 * Makes exactly these people the members; whoever comes or goes signs in anew.
 * @throws WorkspaceError `not_found`; `invalid` for an address that is neither a user's nor invited; `forbidden`; `conflict`:
 *   see `refuseAhead`, `refusePiiLost`
 */
export async function setGroupMembers(
  tx: Tx,
  args: {
    readonly id: string
    readonly emails: readonly string[]
    readonly how: 'add' | 'replace' | 'remove'
    readonly by: Authority
  },
  ctx: CommandContext,
): Promise<Group> {
  const before = await getGroup(tx, args.id)
  refuseBeyond(args.by, before)
  const given = new Set(args.emails.map(emailKey))
  if (args.how !== 'remove') await refuseUnknown(tx, given)
  const old = new Set(before.emails)
  const wanted = { add: old.union(given), replace: given, remove: old.difference(given) }[args.how]
  const after: Group = { ...before, emails: [...wanted].sort() }
  const changed = [...old.symmetricDifference(wanted)]
  if (changed.length === 0) return before
  const coming = changed.filter((email) => wanted.has(email))
  await refuseAhead(tx, 'emails', before, coming)
  const wasPiiHeld = await isPiiHeld(tx)
  await tx.deleteFrom('group_members').where('group_id', '=', args.id).where('email_key', 'in', changed).execute()
  const added = coming.map((email_key) => ({ group_id: args.id, email_key }))
  if (added.length > 0) await tx.insertInto('group_members').values(added).execute()
  await refusePiiLost(tx, wasPiiHeld)
  await endSessionsOf(tx, changed)
  await recordAudit(tx, { ...changeOf('User Group Modified', after), before, after }, ctx)
  return after
}

/** Nobody stays a member who is neither a user nor invited any more. */
export async function sweepMembers(tx: Tx, ctx: CommandContext): Promise<void> {
  const rows = await tx
    .selectFrom('group_members')
    .select('email_key')
    .where('email_key', 'not in', (select) => select.selectFrom('users').select('email_key'))
    .where('email_key', 'not in', (select) => select.selectFrom('invites').select('email_key'))
    .execute()
  if (rows.length > 0)
    await leaveGroups(
      tx,
      rows.map(({ email_key }) => email_key),
      ctx,
    )
}

/** Takes these people, at least one, out of every group. */
export async function leaveGroups(tx: Tx, emails: readonly string[], ctx: CommandContext): Promise<void> {
  const groups = await listGroups(tx)
  await tx.deleteFrom('group_members').where('email_key', 'in', emails).execute()
  for (const before of groups) {
    const after: Group = { ...before, emails: before.emails.filter((email) => !emails.includes(email)) }
    if (after.emails.length === before.emails.length) continue
    await recordAudit(tx, { ...changeOf('User Group Modified', after), before, after }, ctx)
  }
}

function refuseTaken(groups: readonly Group[], name: string): void {
  const key = name.trim().toLowerCase()
  if (groups.some((group) => group.name.trim().toLowerCase() === key))
    throw conflict('name', 'another group has this name')
}

async function refuseUnknown(tx: Tx, keys: ReadonlySet<string>): Promise<void> {
  const users = await tx.selectFrom('users').select('email_key').execute()
  const invites = await tx.selectFrom('invites').select('email_key').execute()
  const known = new Set([...users, ...invites].map(({ email_key }) => email_key))
  if ([...keys].every((key) => key !== '' && known.has(key))) return
  const message = 'must be addresses of users or of people who are invited'
  throw new WorkspaceError('invalid', `emails ${message}`, [{ field: 'emails', message }])
}

/**
 * Whoever invited has the secret, and could come to what the group gives with it.
 * @throws WorkspaceError `conflict` for people who are only invited, with less than the group gives
 */
async function refuseAhead(tx: Tx, field: string, grant: Grant, emails: readonly string[]): Promise<void> {
  if (emails.length === 0) return
  const waiting = await tx.selectFrom('invites').selectAll().where('email_key', 'in', emails).execute()
  const ahead = waiting.filter(
    ({ role, pii }) => !covers(rightsOf({ role: role as Role, pii: pii === 1 }), rightsOf(grant)),
  )
  if (ahead.length === 0) return
  const who = ahead.map(({ email }) => email).join(', ')
  throw conflict(field, `would give more than an invitation does: wait until they have joined (${who})`)
}

async function endSessionsOf(tx: Tx, emails: readonly string[]): Promise<void> {
  if (emails.length === 0) return
  const ids = tx.selectFrom('users').select('id').where('email_key', 'in', emails)
  await tx.deleteFrom('sessions').where('user_id', 'in', ids).execute()
}

const changeOf = (type: string, { id, name }: Group) =>
  ({ type, resourceType: 'USER_GROUP', resourceId: id, resourceName: name }) as const
