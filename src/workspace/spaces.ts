/** Spaces: where the profiles of several sources come together. A space is also the source with the same id. */
import type { Kysely } from 'kysely'
import { recordConfigChange } from './changes.ts'
import type { CommandContext } from './context.ts'
import { notFound, refuseInvalid } from './errors.ts'
import { newId } from './ids.ts'
import { insertSource } from './sources.ts'
import type { WorkspaceTables } from './tables.ts'

type Tx = Kysely<WorkspaceTables>

export interface Space {
  /** `spa_…`; the id of its source too. */
  readonly id: string
  readonly slug: string
  readonly name: string
  /** The sources whose events make its profiles, sorted. */
  readonly sourceIds: readonly string[]
}

/** @throws WorkspaceError `invalid`, `conflict` (slug), `not_found` (a source) */
export async function createSpace(
  tx: Tx,
  args: { readonly slug: string; readonly name?: string; readonly sourceIds?: readonly string[] },
  ctx: CommandContext,
): Promise<Space> {
  const id = newId(ctx.random, 'spa_')
  const { slug, name = slug, sourceIds = [] } = args
  const source = await insertSource(tx, { id, slug, name, kind: 'space' }, ctx)
  const space: Space = { id, slug, name: source.name, sourceIds: [...new Set(sourceIds)].sort() }
  await tx.insertInto('spaces').values({ id, slug, name: space.name, created_at_ms: ctx.clock.nowMs() }).execute()
  for (const sourceId of space.sourceIds) {
    const fed = await tx.selectFrom('sources').select('kind').where('id', '=', sourceId).executeTakeFirst()
    if (fed === undefined) throw notFound('the source')
    refuseInvalid(fed.kind === 'space' ? [{ field: 'sourceIds', message: 'must not name a space' }] : [])
    await tx.insertInto('space_sources').values({ space_id: id, source_id: sourceId }).execute()
  }
  const change = { type: 'Space Created', resourceType: 'SPACE', resourceId: id, resourceName: name } as const
  await recordConfigChange(tx, { ...change, after: space }, ctx)
  return space
}

/** Sorted by slug. */
export async function listSpaces(read: Tx): Promise<Space[]> {
  const spaces = await read.selectFrom('spaces').select(['id', 'slug', 'name']).execute()
  const feeds = await read.selectFrom('space_sources').selectAll().execute()
  return spaces
    .sort((a, b) => (a.slug < b.slug ? -1 : 1))
    .map((space) => ({
      ...space,
      sourceIds: feeds
        .filter((feed) => feed.space_id === space.id)
        .map((feed) => feed.source_id)
        .sort(),
    }))
}
