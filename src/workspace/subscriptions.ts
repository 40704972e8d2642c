/** Commands on subscriptions (mappings). Each runs in the caller's write transaction. */
import type { Kysely, Selectable } from 'kysely'
import type { DestinationKind, SubscriptionDraft } from './catalog.ts'
import { changeVerb, recordConfigChange } from './changes.ts'
import type { CommandContext } from './context.ts'
import { conflict, type FieldProblem, notFound, refuseInvalid } from './errors.ts'
import { checkName, checkSlug, isStorableText, toJson } from './fields.ts'
import { newId } from './ids.ts'
import { nextNumber } from './numbers.ts'
import type { WorkspaceTables } from './tables.ts'
import type { Subscription } from './types.ts'

/** Segment's limit for one destination. */
export const SUBSCRIPTIONS_MAX = 50
/** Characters of a trigger. */
export const TRIGGER_CHARS_MAX = 8_192

type Tx = Kysely<WorkspaceTables>

export interface CreateSubscription extends SubscriptionDraft {
  readonly destinationId: string
  readonly name: string
  /** Default false: a new mapping delivers nothing until somebody switches it on, as in Segment. */
  readonly enabled?: boolean
}

/** @throws WorkspaceError `not_found`, `invalid`, `conflict` at SUBSCRIPTIONS_MAX */
export async function createSubscription(tx: Tx, args: CreateSubscription, ctx: CommandContext): Promise<Subscription> {
  const kind = await kindOfDestination(tx, args.destinationId, ctx)
  const { count } = await tx
    .selectFrom('subscriptions')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('destination_id', '=', args.destinationId)
    .executeTakeFirstOrThrow()
  if (count >= SUBSCRIPTIONS_MAX) {
    throw conflict('destinationId', `a destination has at most ${SUBSCRIPTIONS_MAX} mappings`)
  }
  return insertSubscription(tx, args, kind, ctx)
}

export async function insertSubscription(
  tx: Tx,
  args: CreateSubscription,
  kind: DestinationKind | undefined,
  ctx: CommandContext,
): Promise<Subscription> {
  const mappingJson = checkedMapping(args, kind)
  const number = await nextNumber(tx, 'subscription')
  const nowMs = ctx.clock.nowMs()
  const row = {
    id: newId(ctx.random),
    number,
    destination_id: args.destinationId,
    name: args.name,
    action: args.action,
    trigger_fql: args.trigger,
    mapping: mappingJson,
    enabled: Number(args.enabled ?? false),
    created_at_ms: nowMs,
    updated_at_ms: nowMs,
  }
  await tx.insertInto('subscriptions').values(row).execute()
  const after = toSubscription(row)
  await recordConfigChange(tx, { ...changeOf('Mapping Created', after), after }, ctx)
  return after
}

export interface UpdateSubscription {
  readonly destinationId: string
  readonly id: string
  readonly name?: string
  readonly trigger?: string
  /** Replaces the whole mapping. */
  readonly mapping?: Readonly<Record<string, unknown>>
  readonly enabled?: boolean
}

/** @throws WorkspaceError `not_found`, `invalid` */
export async function updateSubscription(tx: Tx, args: UpdateSubscription, ctx: CommandContext): Promise<Subscription> {
  const before = await getSubscription(tx, args)
  const kind = await kindOfDestination(tx, args.destinationId, ctx)
  const { name = before.name, trigger = before.trigger, mapping = before.mapping, enabled = before.enabled } = args
  const draft = { ...before, name, trigger, mapping, enabled }
  const mappingJson = checkedMapping(draft, kind)
  const after: Subscription = { ...draft, mapping: JSON.parse(mappingJson) }
  if (JSON.stringify(after) === JSON.stringify(before)) return before
  await tx
    .updateTable('subscriptions')
    .set({
      name,
      trigger_fql: trigger,
      mapping: mappingJson,
      enabled: Number(enabled),
      updated_at_ms: ctx.clock.nowMs(),
    })
    .where('id', '=', args.id)
    .execute()
  await recordConfigChange(tx, { ...changeOf(`Mapping ${changeVerb(before, after)}`, after), before, after }, ctx)
  return after
}

/** Its number is never used again. @throws WorkspaceError `not_found` */
export async function deleteSubscription(
  tx: Tx,
  args: { readonly destinationId: string; readonly id: string },
  ctx: CommandContext,
): Promise<void> {
  const before = await getSubscription(tx, args)
  await tx.deleteFrom('subscriptions').where('id', '=', args.id).execute()
  await recordConfigChange(tx, { ...changeOf('Mapping Deleted', before), before }, ctx)
}

/** @throws WorkspaceError `not_found`, also for a mapping of another destination */
export async function getSubscription(
  tx: Tx,
  args: { readonly destinationId: string; readonly id: string },
): Promise<Subscription> {
  const row = await tx
    .selectFrom('subscriptions')
    .selectAll()
    .where('id', '=', args.id)
    .where('destination_id', '=', args.destinationId)
    .executeTakeFirst()
  if (row === undefined) throw notFound('the mapping')
  return toSubscription(row)
}

export function toSubscription(row: Selectable<WorkspaceTables['subscriptions']>): Subscription {
  return {
    id: row.id,
    number: row.number,
    name: row.name,
    action: row.action,
    trigger: row.trigger_fql,
    mapping: JSON.parse(row.mapping),
    enabled: row.enabled === 1,
  }
}

/** The mapping's JSON, once everything about the draft is right. A kind that left the catalog checks nothing. */
function checkedMapping(draft: SubscriptionDraft & { name: string }, kind: DestinationKind | undefined): string {
  const { json, problems } = toJson(draft.mapping, 'mapping')
  const own = [
    ...checkName(draft.name),
    ...checkSlug(draft.action, 'action'),
    ...checkTrigger(draft.trigger),
    ...problems,
  ]
  refuseInvalid(own.length > 0 ? own : (kind?.checkSubscription(draft) ?? []))
  return json
}

function checkTrigger(trigger: string): FieldProblem[] {
  const field = 'trigger'
  if (trigger.trim() === '') return [{ field, message: 'must not be empty' }]
  if (trigger.length > TRIGGER_CHARS_MAX) {
    return [{ field, message: `must have at most ${TRIGGER_CHARS_MAX} characters` }]
  }
  return isStorableText(trigger) ? [] : [{ field, message: 'must be plain text' }]
}

async function kindOfDestination(tx: Tx, id: string, ctx: CommandContext): Promise<DestinationKind | undefined> {
  const row = await tx.selectFrom('destinations').select('kind').where('id', '=', id).executeTakeFirst()
  if (row === undefined) throw notFound('the destination')
  return ctx.catalog.find(row.kind)
}

const changeOf = (type: string, { id, name }: Subscription) =>
  ({ type, resourceType: 'SUBSCRIPTION', resourceId: id, resourceName: name }) as const
