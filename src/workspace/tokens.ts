/** API tokens (reliability contract S15): 256 random bits, kept as a hash, shown once. */
import type { Kysely, Selectable } from 'kysely'
import { effectivePermission } from './accounts/effective.ts'
import { rightsOf } from './accounts/rights.ts'
import { type Authority, toUser } from './accounts/users.ts'
import { recordAudit } from './audit.ts'
import type { CommandContext } from './context.ts'
import { notFound, refuseInvalid, WorkspaceError } from './errors.ts'
import { checkName } from './fields.ts'
import { newId, newToken, sha256 } from './ids.ts'
import type { WorkspaceTables } from './tables.ts'

/** Scopes of one token. */
export const SCOPES_MAX = 50

const SCOPE = /^[a-z][a-z0-9_:.*-]{0,63}$/

type Tx = Kysely<WorkspaceTables>

export interface ApiToken {
  readonly id: string
  readonly name: string
  readonly scopes: readonly string[]
  /** Who made it: it never does more than they may. Null for the program's own. */
  readonly userId: string | null
  readonly createdAtMs: number
}

/** `token` is shown to the person now and cannot be read again. @throws WorkspaceError `invalid` */
export async function createToken(
  tx: Tx,
  args: { readonly name: string; readonly scopes: readonly string[]; readonly userId?: string | null },
  ctx: CommandContext,
): Promise<ApiToken & { readonly token: string }> {
  const scopesAreFine = args.scopes.length <= SCOPES_MAX && args.scopes.every((scope) => SCOPE.test(scope))
  const scopesProblem = { field: 'scopes', message: `must be at most ${SCOPES_MAX} names such as api:read` }
  refuseInvalid([...checkName(args.name), ...(scopesAreFine ? [] : [scopesProblem])])
  const token = newToken(ctx.random)
  const row = {
    id: newId(ctx.random),
    name: args.name,
    hash: sha256(token),
    scopes: JSON.stringify(args.scopes),
    user_id: args.userId ?? null,
    created_at_ms: ctx.clock.nowMs(),
    revoked_at_ms: null,
  }
  await tx.insertInto('api_tokens').values(row).execute()
  const created = toToken(row)
  await recordAudit(tx, { ...changeOf('Token Created', created), after: created }, ctx)
  return { ...created, token }
}

/**
 * From now on `verifyToken` does not know it.
 * @throws WorkspaceError `not_found` also when it was revoked before; `forbidden` for one that may do more than the caller
 */
export async function revokeToken(
  tx: Tx,
  args: { readonly id: string; readonly by: Authority },
  ctx: CommandContext,
): Promise<void> {
  const row = await tx
    .selectFrom('api_tokens')
    .selectAll()
    .where('id', '=', args.id)
    .where('revoked_at_ms', 'is', null)
    .executeTakeFirst()
  if (row === undefined) throw notFound('the token')
  const before = toToken(row)
  const beyond = ((await scopesNow(tx, before)) ?? []).filter((scope) => !args.by.rights.includes(scope))
  if (beyond.length > 0) {
    const message = `You may not revoke this token: it has rights that you lack (${beyond.join(', ')}).`
    throw new WorkspaceError('forbidden', message)
  }
  await revoke(tx, before, ctx)
}

/** All that somebody made. */
export async function revokeTokensOf(tx: Tx, userId: string, ctx: CommandContext): Promise<void> {
  for (const token of await listTokens(tx)) if (token.userId === userId) await revoke(tx, token, ctx)
}

async function revoke(tx: Tx, before: ApiToken, ctx: CommandContext): Promise<void> {
  await tx.updateTable('api_tokens').set({ revoked_at_ms: ctx.clock.nowMs() }).where('id', '=', before.id).execute()
  await recordAudit(tx, { ...changeOf('Token Revoked', before), before }, ctx)
}

/**
 * The token that this text is, or undefined. Looked up by its hash: how long a look-up takes tells nothing about a
 * token that exists, since nobody can steer a hash towards another. Its scopes are those that its maker still has.
 */
export async function verifyToken(read: Tx, token: string): Promise<ApiToken | undefined> {
  const row = await read
    .selectFrom('api_tokens')
    .selectAll()
    .where('hash', '=', sha256(token))
    .where('revoked_at_ms', 'is', null)
    .executeTakeFirst()
  if (row === undefined) return undefined
  const made = toToken(row)
  const scopes = await scopesNow(read, made)
  return scopes && { ...made, scopes }
}

/** Those that its maker still has; undefined when they are gone. */
async function scopesNow(read: Tx, { scopes, userId }: ApiToken): Promise<readonly string[] | undefined> {
  if (userId === null) return scopes
  const maker = await read.selectFrom('users').selectAll().where('id', '=', userId).executeTakeFirst()
  if (maker === undefined) return undefined
  const rights: ReadonlySet<string> = rightsOf(await effectivePermission(read, toUser(maker)))
  return scopes.filter((scope) => rights.has(scope))
}

/** Those that work, oldest first. */
export async function listTokens(read: Tx): Promise<ApiToken[]> {
  const rows = await read
    .selectFrom('api_tokens')
    .selectAll()
    .where('revoked_at_ms', 'is', null)
    .orderBy('created_at_ms')
    .orderBy('id')
    .execute()
  return rows.map(toToken)
}

function toToken(row: Selectable<WorkspaceTables['api_tokens']>): ApiToken {
  const { id, name, user_id, created_at_ms } = row
  return { id, name, scopes: JSON.parse(row.scopes), userId: user_id, createdAtMs: created_at_ms }
}

const changeOf = (type: string, { id, name }: ApiToken) =>
  ({ type, resourceType: 'TOKEN', resourceId: id, resourceName: name }) as const
