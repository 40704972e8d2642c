/** Spaces: where the profiles of several sources come together. A space is also the source with the same id. */
import type { Kysely } from 'kysely'
import { recordConfigChange } from './changes.ts'
import type { CommandContext } from './context.ts'
import { notFound, refuseInvalid } from './errors.ts'
import type { IdentityRules } from './identity-rules.ts'
import { newId } from './ids.ts'
import { nextNumber } from './numbers.ts'
import { insertSource, updateSource } from './sources.ts'
import type { WorkspaceTables } from './tables.ts'

type Tx = Kysely<WorkspaceTables>

export interface Space {
  /** `spa_…`; the id of its source too. */
  readonly id: string
  /** Small positive integer, unique over all spaces ever made. */
  readonly number: number
  readonly slug: string
  readonly name: string
  /** The sources whose events make its profiles, sorted. */
  readonly sourceIds: readonly string[]
  /** Absent where they are the default ones. */
  readonly rules?: IdentityRules
}

/** @throws WorkspaceError `invalid`, `conflict` (slug), `not_found` (a source) */
export async function createSpace(
  tx: Tx,
  args: { readonly slug: string; readonly name?: string; readonly sourceIds?: readonly string[] },
  ctx: CommandContext,
): Promise<Space> {
  const id = newId(ctx.random, 'spa_')
  const { slug, name = slug, sourceIds = [] } = args
  await insertSource(tx, { id, slug, name, kind: 'space' }, ctx)
  await tx
    .insertInto('spaces')
    .values({ id, number: await nextNumber(tx, 'space') })
    .execute()
  await connectSources(tx, id, sourceIds)
  const after = await getSpace(tx, id)
  await recordConfigChange(tx, { ...changeOf('Space Created', after), after }, ctx)
  return after
}

export interface UpdateSpace {
  readonly id: string
  readonly slug?: string
  readonly name?: string
  /** Replaces the list. */
  readonly sourceIds?: readonly string[]
}

/** Changes what is given. @throws WorkspaceError `not_found`, `invalid`, `conflict` (slug) */
export async function updateSpace(tx: Tx, args: UpdateSpace, ctx: CommandContext): Promise<Space> {
  const { sourceIds, ...names } = args
  const before = await getSpace(tx, args.id)
  await updateSource(tx, names, ctx)
  if (sourceIds !== undefined) {
    await tx.deleteFrom('space_sources').where('space_id', '=', args.id).execute()
    await connectSources(tx, args.id, sourceIds)
  }
  const after = await getSpace(tx, args.id)
  if (JSON.stringify(after) === JSON.stringify(before)) return before
  await recordConfigChange(tx, { ...changeOf('Space Modified', after), before, after }, ctx)
  return after
}

/** @throws WorkspaceError `not_found` */
export async function getSpace(read: Tx, id: string): Promise<Space> {
  const space = (await listSpaces(read)).find((candidate) => candidate.id === id)
  if (space === undefined) throw notFound('the space')
  return space
}

/** Sorted by slug. */
export async function listSpaces(read: Tx): Promise<Space[]> {
  const spaces = await read
    .selectFrom('spaces')
    .innerJoin('sources', 'sources.id', 'spaces.id')
    .select(['sources.id', 'spaces.number', 'spaces.identity_rules', 'sources.slug', 'sources.name'])
    .execute()
  const feeds = Map.groupBy(await read.selectFrom('space_sources').selectAll().execute(), (feed) => feed.space_id)
  return spaces
    .sort((a, b) => (a.slug < b.slug ? -1 : 1))
    .map(({ identity_rules: rules, ...space }) => ({
      ...space,
      sourceIds: (feeds.get(space.id) ?? []).map((feed) => feed.source_id).sort(),
      ...(rules === null ? {} : { rules: JSON.parse(rules) as IdentityRules }),
    }))
}

async function connectSources(tx: Tx, spaceId: string, sourceIds: readonly string[]): Promise<void> {
  for (const sourceId of new Set(sourceIds)) {
    const source = await tx.selectFrom('sources').select('kind').where('id', '=', sourceId).executeTakeFirst()
    if (source === undefined) throw notFound('the source')
    // What a space computes goes to its own destinations only: feeding it to a space would make a circle.
    if (source.kind === 'space') refuseInvalid([{ field: 'sourceIds', message: 'must not name a space' }])
    await tx.insertInto('space_sources').values({ space_id: spaceId, source_id: sourceId }).execute()
  }
}

const changeOf = (type: string, { id, name }: Space) =>
  ({ type, resourceType: 'SPACE', resourceId: id, resourceName: name }) as const
