/** Commands on sources and their write keys. Each runs in the caller's write transaction. */
import type { Kysely } from 'kysely'
import { changeVerb, recordConfigChange } from './changes.ts'
import type { CommandContext } from './context.ts'
import { conflict, notFound, refuseInvalid } from './errors.ts'
import { checkName, checkSlug } from './fields.ts'
import { newId, newWriteKey } from './ids.ts'
import { mask } from './mask.ts'
import { nextNumber } from './numbers.ts'
import type { WorkspaceTables } from './tables.ts'
import type { Source } from './types.ts'

/** Keys of one source that work at the same time. Two are needed to rotate without a gap. */
export const WRITE_KEYS_MAX = 10

type Tx = Kysely<WorkspaceTables>

export interface CreateSource {
  /** Unique in the workspace. */
  readonly slug: string
  /** Default: the slug. */
  readonly name?: string
  /** Catalog slug of the kind of source, e.g. `node`. */
  readonly kind: string
  /** Default true. */
  readonly enabled?: boolean
}

/** Makes a source with one write key. @throws WorkspaceError `invalid`, `conflict` */
export async function createSource(tx: Tx, args: CreateSource, ctx: CommandContext): Promise<Source> {
  if (args.kind === 'space') refuseInvalid([{ field: 'kind', message: 'must not be space: create a space instead' }])
  return insertSource(tx, { ...args, id: newId(ctx.random) }, ctx)
}

/** For sources whose id is given: a space is the source with its own id. */
export async function insertSource(tx: Tx, args: CreateSource & { id: string }, ctx: CommandContext): Promise<Source> {
  const { id, slug, name = slug, kind, enabled = true } = args
  refuseInvalid([...checkSlug(slug), ...checkName(name), ...checkSlug(kind, 'kind')])
  await refuseTakenSlug(tx, slug)
  const nowMs = ctx.clock.nowMs()
  await tx
    .insertInto('sources')
    .values({ id, slug, name, kind, enabled: Number(enabled), created_at_ms: nowMs, updated_at_ms: nowMs })
    .execute()
  // What a space says comes from inside.
  if (kind !== 'space') await insertWriteKey(tx, id, ctx)
  const source = await getSource(tx, id)
  await recordSourceChange(tx, 'Source Created', undefined, source, ctx)
  return source
}

export interface UpdateSource {
  readonly id: string
  readonly slug?: string
  readonly name?: string
  readonly enabled?: boolean
}

/** Changes what is given. @throws WorkspaceError `not_found`, `invalid`, `conflict` */
export async function updateSource(tx: Tx, args: UpdateSource, ctx: CommandContext): Promise<Source> {
  const before = await getSource(tx, args.id)
  const { slug = before.slug, name = before.name, enabled = before.enabled } = args
  refuseInvalid([...checkSlug(slug), ...checkName(name)])
  if (slug !== before.slug) await refuseTakenSlug(tx, slug)
  const after = { ...before, slug, name, enabled }
  if (JSON.stringify(after) === JSON.stringify(before)) return before
  await tx
    .updateTable('sources')
    .set({ slug, name, enabled: Number(enabled), updated_at_ms: ctx.clock.nowMs() })
    .where('id', '=', args.id)
    .execute()
  await recordSourceChange(tx, `Source ${changeVerb(before, after)}`, before, after, ctx)
  return after
}

/**
 * Deletes a source and its write keys. Its destinations must be deleted before, and spaces go another way.
 * @throws WorkspaceError `not_found`, `conflict`
 */
export async function deleteSource(tx: Tx, args: { readonly id: string }, ctx: CommandContext): Promise<void> {
  const before = await getSource(tx, args.id)
  if (before.kind === 'space') throw conflict('id', 'a space cannot be deleted as a source')
  const used = await tx.selectFrom('destinations').select('id').where('source_id', '=', args.id).executeTakeFirst()
  if (used !== undefined) throw conflict('id', 'delete the destinations of this source first')
  await tx.deleteFrom('sources').where('id', '=', args.id).execute()
  await recordSourceChange(tx, 'Source Deleted', before, undefined, ctx)
}

/** Adds a key beside those that work: rotation with overlap. @throws WorkspaceError `not_found`, `conflict` */
export async function addWriteKey(
  tx: Tx,
  args: { readonly sourceId: string },
  ctx: CommandContext,
): Promise<{ source: Source; writeKey: string }> {
  const before = await getSource(tx, args.sourceId)
  if (before.kind === 'space')
    refuseInvalid([{ field: 'sourceId', message: 'must not be a space: what it says comes from inside' }])
  if (before.writeKeys.length >= WRITE_KEYS_MAX) {
    throw conflict('sourceId', `a source has at most ${WRITE_KEYS_MAX} write keys: revoke one first`)
  }
  const writeKey = await insertWriteKey(tx, args.sourceId, ctx)
  const source = await getSource(tx, args.sourceId)
  await recordSourceChange(tx, 'Write Key Created', before, source, ctx)
  return { source, writeKey }
}

/** From the next snapshot on the key is unknown. @throws WorkspaceError `not_found` also for a key revoked before */
export async function revokeWriteKey(
  tx: Tx,
  args: { readonly sourceId: string; readonly writeKey: string },
  ctx: CommandContext,
): Promise<Source> {
  const before = await getSource(tx, args.sourceId)
  if (!before.writeKeys.includes(args.writeKey)) throw notFound('the write key')
  await tx
    .updateTable('write_keys')
    .set({ revoked_at_ms: ctx.clock.nowMs() })
    .where('key', '=', args.writeKey)
    .execute()
  const source = await getSource(tx, args.sourceId)
  await recordSourceChange(tx, 'Write Key Revoked', before, source, ctx)
  return source
}

/** @throws WorkspaceError `not_found` */
export async function getSource(tx: Tx, id: string): Promise<Source> {
  const row = await tx.selectFrom('sources').selectAll().where('id', '=', id).executeTakeFirst()
  if (row === undefined) throw notFound('the source')
  const keys = await tx
    .selectFrom('write_keys')
    .select('key')
    .where('source_id', '=', id)
    .where('revoked_at_ms', 'is', null)
    .orderBy('number')
    .execute()
  return {
    id,
    slug: row.slug,
    name: row.name,
    kind: row.kind,
    enabled: row.enabled === 1,
    writeKeys: keys.map(({ key }) => key),
  }
}

async function insertWriteKey(tx: Tx, sourceId: string, ctx: CommandContext): Promise<string> {
  const key = newWriteKey(ctx.random)
  const number = await nextNumber(tx, 'write_key')
  await tx
    .insertInto('write_keys')
    .values({ key, source_id: sourceId, number, created_at_ms: ctx.clock.nowMs(), revoked_at_ms: null })
    .execute()
  return key
}

async function refuseTakenSlug(tx: Tx, slug: string): Promise<void> {
  const taken = await tx.selectFrom('sources').select('id').where('slug', '=', slug).executeTakeFirst()
  if (taken !== undefined) throw conflict('slug', 'another source has this slug')
}

/** Write keys let anybody send as the source, so the audit trail shows them masked. */
async function recordSourceChange(
  tx: Tx,
  type: string,
  before: Source | undefined,
  after: Source | undefined,
  ctx: CommandContext,
): Promise<void> {
  const shown = after ?? before
  if (shown === undefined) return
  const change = { type, resourceType: 'SOURCE', resourceId: shown.id, resourceName: shown.name } as const
  await recordConfigChange(tx, { ...change, before: withMaskedKeys(before), after: withMaskedKeys(after) }, ctx)
}

const withMaskedKeys = (source: Source | undefined) =>
  source && { ...source, writeKeys: source.writeKeys.map((key) => mask(key)) }
