/** The one workspace of an installation, and the proof that its encryption key is at hand. */
import type { Kysely } from 'kysely'
import { EXIT_ENCRYPTION_KEY, GateError } from '../state/index.ts'
import { recordAudit } from './audit.ts'
import { recordConfigChange } from './changes.ts'
import type { CommandContext } from './context.ts'
import { resealSettings } from './destinations.ts'
import { refuseInvalid } from './errors.ts'
import { checkName, checkSlug } from './fields.ts'
import { newId } from './ids.ts'
import { resealOnce } from './once.ts'
import { SecretError, type Secrets } from './secrets.ts'
import type { WorkspaceTables } from './tables.ts'

const KEY_CHECK_TEXT = 'grapevine'

type Tx = Kysely<WorkspaceTables>

export interface Workspace {
  readonly id: string
  readonly slug: string
  readonly name: string
}

/** Makes the workspace where there is none yet; answers the one there is. @throws WorkspaceError `invalid` */
export async function ensureWorkspace(
  tx: Tx,
  args: { readonly slug: string; readonly name: string },
  ctx: CommandContext,
): Promise<Workspace> {
  const existing = await getWorkspace(tx)
  if (existing !== undefined) return existing
  refuseInvalid([...checkSlug(args.slug), ...checkName(args.name)])
  const workspace: Workspace = { id: newId(ctx.random), slug: args.slug, name: args.name }
  const keyCheck = ctx.secrets.seal(KEY_CHECK_TEXT, keyCheckRecord(workspace.id))
  await tx
    .insertInto('workspace')
    .values({ ...workspace, key_check: keyCheck, created_at_ms: ctx.clock.nowMs() })
    .execute()
  const { id, name } = workspace
  const change = { type: 'Workspace Created', resourceType: 'WORKSPACE', resourceId: id, resourceName: name } as const
  await recordConfigChange(tx, { ...change, after: workspace }, ctx)
  return workspace
}

/** Undefined before the first start has finished. */
export async function getWorkspace(read: Tx): Promise<Workspace | undefined> {
  return read.selectFrom('workspace').select(['id', 'slug', 'name']).executeTakeFirst()
}

/** Start-up gate: the keys given open what this database holds. @throws GateError 27 */
export async function assertSecretsFit(read: Tx, secrets: Pick<Secrets, 'open'>): Promise<void> {
  const row = await read.selectFrom('workspace').select(['id', 'key_check']).executeTakeFirst()
  if (row === undefined) return
  try {
    secrets.open(row.key_check, keyCheckRecord(row.id))
  } catch (error) {
    if (!(error instanceof SecretError)) throw error
    throw new GateError(
      EXIT_ENCRYPTION_KEY,
      `the encryption key does not fit this data: ${error.message}`,
      'Put back the `secrets` file that belongs to this data, or set GRAPEVINE_SECRET_KEY to its key.',
      { cause: error },
    )
  }
}

/**
 * After a rotation: seals anew what an older key sealed. Older keys can go once it has committed.
 * Answers how many values it sealed.
 */
export async function resealSecrets(tx: Tx, _: Record<never, never>, ctx: CommandContext): Promise<number> {
  const row = await tx.selectFrom('workspace').select(['id', 'name', 'key_check']).executeTakeFirst()
  if (row === undefined) return 0
  let resealed = (await resealSettings(tx, ctx.secrets)) + (await resealOnce(tx, ctx.secrets))
  if (!ctx.secrets.isCurrent(row.key_check)) {
    const sealed = ctx.secrets.seal(KEY_CHECK_TEXT, keyCheckRecord(row.id))
    await tx.updateTable('workspace').set({ key_check: sealed }).where('id', '=', row.id).execute()
    resealed += 1
  }
  if (resealed === 0) return 0
  const { id, name } = row
  const change = { type: 'Secrets Rotated', resourceType: 'WORKSPACE', resourceId: id, resourceName: name } as const
  await recordAudit(tx, { ...change, after: { resealed } }, ctx)
  return resealed
}

const keyCheckRecord = (workspaceId: string) => `workspace:${workspaceId}`
