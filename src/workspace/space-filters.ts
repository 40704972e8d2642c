/** Commands on the filters of a space. Each runs in the caller's write transaction. */
import type { Kysely, Selectable } from 'kysely'
import { changeVerb, recordConfigChange } from './changes.ts'
import type { CommandContext } from './context.ts'
import { conflict, notFound, refuseInvalid } from './errors.ts'
import { checkFilter } from './filter-rules.ts'
import { newId } from './ids.ts'
import { nextNumber } from './numbers.ts'
import { getSpace } from './spaces.ts'
import type { WorkspaceTables } from './tables.ts'
import type { SpaceFilter } from './types.ts'

/** Segment's limit for one space. */
export const SPACE_FILTERS_MAX = 10

type Tx = Kysely<WorkspaceTables>

export interface CreateSpaceFilter {
  readonly spaceId: string
  readonly name: string
  readonly description?: string
  /** FQL. */
  readonly if: string
  readonly enabled?: boolean
}

/** @throws WorkspaceError `not_found`, `invalid`, `conflict` at SPACE_FILTERS_MAX */
export async function createSpaceFilter(tx: Tx, args: CreateSpaceFilter, ctx: CommandContext): Promise<SpaceFilter> {
  const { spaceId, description = null, enabled = true } = args
  await getSpace(tx, spaceId)
  const { count } = await tx
    .selectFrom('space_filters')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('space_id', '=', spaceId)
    .executeTakeFirstOrThrow()
  if (Number(count) >= SPACE_FILTERS_MAX)
    throw conflict('integrationId', `a space has at most ${SPACE_FILTERS_MAX} filters`)
  checkDraft({ ...args, description })
  const nowMs = ctx.clock.nowMs()
  const row = {
    id: newId(ctx.random),
    number: await nextNumber(tx, 'filter'),
    space_id: spaceId,
    name: args.name,
    description,
    condition_fql: args.if,
    enabled: Number(enabled),
    created_at_ms: nowMs,
    updated_at_ms: nowMs,
  }
  await tx.insertInto('space_filters').values(row).execute()
  const after = toSpaceFilter(row)
  await recordConfigChange(tx, { ...changeOf('Space Filter Created', after), after }, ctx)
  return after
}

export interface UpdateSpaceFilter {
  readonly id: string
  readonly name?: string
  readonly description?: string | null
  readonly if?: string
  readonly enabled?: boolean
}

/** Changes what is given. @throws WorkspaceError `not_found`, `invalid` */
export async function updateSpaceFilter(tx: Tx, args: UpdateSpaceFilter, ctx: CommandContext): Promise<SpaceFilter> {
  const before = await getSpaceFilter(tx, args.id)
  const after: SpaceFilter = { ...before, ...args }
  checkDraft(after)
  if (JSON.stringify(after) === JSON.stringify(before)) return before
  const updatedAtMs = ctx.clock.nowMs()
  await tx
    .updateTable('space_filters')
    .set({
      name: after.name,
      description: after.description,
      condition_fql: after.if,
      enabled: Number(after.enabled),
      updated_at_ms: updatedAtMs,
    })
    .where('id', '=', args.id)
    .execute()
  const type = `Space Filter ${changeVerb(before, after)}`
  await recordConfigChange(tx, { ...changeOf(type, after), before, after }, ctx)
  return { ...after, updatedAtMs }
}

/** @throws WorkspaceError `not_found` */
export async function deleteSpaceFilter(tx: Tx, { id }: { readonly id: string }, ctx: CommandContext): Promise<void> {
  const before = await getSpaceFilter(tx, id)
  await tx.deleteFrom('space_filters').where('id', '=', id).execute()
  await recordConfigChange(tx, { ...changeOf('Space Filter Deleted', before), before }, ctx)
}

/** Those of all spaces, by space, in the order in which they were made. */
export async function listSpaceFilters(read: Tx): Promise<ReadonlyMap<string, readonly SpaceFilter[]>> {
  const rows = await read.selectFrom('space_filters').selectAll().orderBy('number').execute()
  return Map.groupBy(rows.map(toSpaceFilter), ({ spaceId }) => spaceId)
}

async function getSpaceFilter(tx: Tx, id: string): Promise<SpaceFilter> {
  const row = await tx.selectFrom('space_filters').selectAll().where('id', '=', id).executeTakeFirst()
  if (row === undefined) throw notFound('the filter')
  return toSpaceFilter(row)
}

function toSpaceFilter(row: Selectable<WorkspaceTables['space_filters']>): SpaceFilter {
  return {
    id: row.id,
    spaceId: row.space_id,
    name: row.name,
    description: row.description,
    if: row.condition_fql,
    enabled: row.enabled === 1,
    createdAtMs: row.created_at_ms,
    updatedAtMs: row.updated_at_ms,
  }
}

/** @throws WorkspaceError `invalid` */
function checkDraft({ name, description, if: condition }: Pick<SpaceFilter, 'name' | 'description' | 'if'>): void {
  const problems = checkFilter({ title: name, description, if: condition, actions: [{ type: 'DROP' }] })
  refuseInvalid(problems.map((each) => (each.field === 'title' ? { ...each, field: 'name' } : each)))
}

const changeOf = (type: string, { id, name }: SpaceFilter) =>
  ({ type, resourceType: 'SPACE_FILTER', resourceId: id, resourceName: name }) as const
