/** Commands on destination filters. Each runs in the caller's write transaction. */
import type { Kysely, Selectable } from 'kysely'
import { changeVerb, recordConfigChange } from './changes.ts'
import type { CommandContext } from './context.ts'
import { conflict, notFound, refuseInvalid } from './errors.ts'
import { toJson } from './fields.ts'
import { checkFilter, type FilterDraft } from './filter-rules.ts'
import { newId } from './ids.ts'
import { nextNumber } from './numbers.ts'
import type { WorkspaceTables } from './tables.ts'
import type { DestinationFilter, FilterAction } from './types.ts'

/** Segment's limit for one destination. */
export const FILTERS_MAX = 10

type Tx = Kysely<WorkspaceTables>

export interface CreateFilter {
  readonly destinationId: string
  /** The destination's own source, where the caller names it, as Segment's API does. */
  readonly sourceId?: string
  readonly title: string
  readonly description?: string
  /** FQL. */
  readonly if: string
  readonly actions: readonly FilterAction[]
  readonly enabled: boolean
}

/** @throws WorkspaceError `not_found`, `invalid`, `conflict` at FILTERS_MAX */
export async function createFilter(tx: Tx, args: CreateFilter, ctx: CommandContext): Promise<DestinationFilter> {
  const { destinationId, sourceId, description = null, enabled } = args
  const destination = await tx
    .selectFrom('destinations')
    .select('source_id')
    .where('id', '=', destinationId)
    .executeTakeFirst()
  if (destination === undefined) throw notFound('the destination')
  if (sourceId !== undefined && sourceId !== destination.source_id) {
    refuseInvalid([{ field: 'sourceId', message: "must be the destination's own source" }])
  }
  const { count } = await tx
    .selectFrom('destination_filters')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('destination_id', '=', destinationId)
    .executeTakeFirstOrThrow()
  if (Number(count) >= FILTERS_MAX) throw conflict('destinationId', `a destination has at most ${FILTERS_MAX} filters`)
  const actions = checkedActions({ ...args, description })
  const nowMs = ctx.clock.nowMs()
  const row = {
    id: newId(ctx.random),
    number: await nextNumber(tx, 'filter'),
    destination_id: destinationId,
    title: args.title,
    description,
    condition_fql: args.if,
    actions,
    enabled: Number(enabled),
    created_at_ms: nowMs,
    updated_at_ms: nowMs,
  }
  await tx.insertInto('destination_filters').values(row).execute()
  const after = toFilter(row)
  await recordConfigChange(tx, { ...changeOf('Destination Filter Created', after), after }, ctx)
  return after
}

export interface UpdateFilter extends Partial<FilterDraft> {
  readonly destinationId: string
  readonly id: string
  readonly enabled?: boolean
}

/** @throws WorkspaceError `not_found`, `invalid` */
export async function updateFilter(tx: Tx, args: UpdateFilter, ctx: CommandContext): Promise<DestinationFilter> {
  const before = await getFilter(tx, args)
  const { title = before.title, description = before.description, enabled = before.enabled } = args
  const { if: condition = before.if, actions = before.actions } = args
  const draft = { title, description, if: condition, actions }
  const json = checkedActions(draft)
  const after: DestinationFilter = { ...before, ...draft, actions: JSON.parse(json), enabled }
  if (JSON.stringify(after) === JSON.stringify(before)) return before
  const updatedAtMs = ctx.clock.nowMs()
  await tx
    .updateTable('destination_filters')
    .set({
      title,
      description,
      condition_fql: condition,
      actions: json,
      enabled: Number(enabled),
      updated_at_ms: updatedAtMs,
    })
    .where('id', '=', args.id)
    .execute()
  const type = `Destination Filter ${changeVerb(before, after)}`
  await recordConfigChange(tx, { ...changeOf(type, after), before, after }, ctx)
  return { ...after, updatedAtMs }
}

/** @throws WorkspaceError `not_found` */
export async function deleteFilter(
  tx: Tx,
  args: { readonly destinationId: string; readonly id: string },
  ctx: CommandContext,
): Promise<void> {
  const before = await getFilter(tx, args)
  await tx.deleteFrom('destination_filters').where('id', '=', args.id).execute()
  await recordConfigChange(tx, { ...changeOf('Destination Filter Deleted', before), before }, ctx)
}

/** @throws WorkspaceError `not_found`, also for a filter of another destination */
async function getFilter(
  tx: Tx,
  args: { readonly destinationId: string; readonly id: string },
): Promise<DestinationFilter> {
  const row = await tx
    .selectFrom('destination_filters')
    .selectAll()
    .where('id', '=', args.id)
    .where('destination_id', '=', args.destinationId)
    .executeTakeFirst()
  if (row === undefined) throw notFound('the filter')
  return toFilter(row)
}

export function toFilter(row: Selectable<WorkspaceTables['destination_filters']>): DestinationFilter {
  return {
    id: row.id,
    title: row.title,
    description: row.description,
    if: row.condition_fql,
    actions: JSON.parse(row.actions),
    enabled: row.enabled === 1,
    createdAtMs: row.created_at_ms,
    updatedAtMs: row.updated_at_ms,
  }
}

/** JSON of the actions, once everything about the draft is right. */
function checkedActions(draft: FilterDraft): string {
  const { json, problems } = toJson(draft.actions, 'actions')
  refuseInvalid([...checkFilter(draft), ...problems])
  return json
}

const changeOf = (type: string, { id, title }: DestinationFilter) =>
  ({ type, resourceType: 'DESTINATION_FILTER', resourceId: id, resourceName: title }) as const
