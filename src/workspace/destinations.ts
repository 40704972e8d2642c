/** Commands on destination instances. Each runs in the caller's write transaction. */
import type { Kysely, Selectable } from 'kysely'
import type { DestinationKind } from './catalog.ts'
import { changeVerb, recordConfigChange } from './changes.ts'
import { disconnectDestination } from './computations.ts'
import type { CommandContext } from './context.ts'
import { conflict, type FieldProblem, notFound, refuseInvalid } from './errors.ts'
import { checkName, isStorableText, toJson } from './fields.ts'
import { toFilter } from './filters.ts'
import { newId } from './ids.ts'
import { isMasked, mask, maskSettings } from './mask.ts'
import { nextNumber } from './numbers.ts'
import type { Secrets } from './secrets.ts'
import { insertSubscription, toSubscription } from './subscriptions.ts'
import type { WorkspaceTables } from './tables.ts'
import type { DestinationFilter, DestinationInstance, Subscription } from './types.ts'

/** Segment's limit of cloud-mode instances of one destination on one source. */
export const INSTANCES_MAX = 25
/** Consent categories of one destination, and characters of each. */
export const CONSENT_CATEGORIES_MAX = 100
export const CONSENT_CATEGORY_CHARS_MAX = 100

type Tx = Kysely<WorkspaceTables>
type Settings = Readonly<Record<string, unknown>>

export interface CreateDestination {
  readonly sourceId: string
  /** Catalog slug, e.g. `extole-platform`. */
  readonly kind: string
  /** Unique among the destinations of the source. Default: the catalog's name, with a number where it is taken. */
  readonly name?: string
  readonly settings: Settings
  /** Default true. */
  readonly enabled?: boolean
  /** Default none. */
  readonly consentCategories?: readonly string[]
  /** The log's end now: older events are not this instance's. */
  readonly startPosition: number
  /** `presets` (default) makes and enables the catalog's mappings, so that settings are all a person must enter. */
  readonly subscriptions?: 'presets' | 'none'
}

/** @throws WorkspaceError `not_found` (source), `invalid` (kind, settings), `conflict` (name, INSTANCES_MAX) */
export async function createDestination(
  tx: Tx,
  args: CreateDestination,
  ctx: CommandContext,
): Promise<DestinationInstance> {
  const { sourceId, startPosition, enabled = true, consentCategories = [] } = args
  const source = await tx.selectFrom('sources').select('id').where('id', '=', sourceId).executeTakeFirst()
  if (source === undefined) throw notFound('the source')
  const kind = ctx.catalog.find(args.kind)
  if (kind === undefined) {
    refuseInvalid([{ field: 'kind', message: 'is not in the catalog' }])
    throw notFound('the kind')
  }
  const siblings = await tx
    .selectFrom('destinations')
    .select(['name', 'kind'])
    .where('source_id', '=', sourceId)
    .execute()
  if (siblings.filter((sibling) => sibling.kind === args.kind).length >= INSTANCES_MAX) {
    throw conflict('sourceId', `a source has at most ${INSTANCES_MAX} instances of one destination`)
  }
  const taken = new Set(siblings.map((sibling) => sibling.name))
  const name = args.name ?? freeName(kind.name, taken)
  const { json, problems } = toJson(args.settings, 'settings')
  refuseInvalid([
    ...checkName(name),
    ...problems,
    ...checkSettings(kind, args.settings),
    ...checkCategories(consentCategories),
  ])
  if (taken.has(name)) throw conflict('name', 'another destination of this source has this name')

  const id = newId(ctx.random)
  const nowMs = ctx.clock.nowMs()
  const row = {
    id,
    number: await nextNumber(tx, 'destination'),
    source_id: sourceId,
    kind: kind.slug,
    name,
    enabled: Number(enabled),
    settings: ctx.secrets.seal(json, settingsRecord(id)),
    start_position: startPosition,
    consent_categories: JSON.stringify(consentCategories),
    created_at_ms: nowMs,
    updated_at_ms: nowMs,
  }
  await tx.insertInto('destinations').values(row).execute()
  const created = toDestination(row, { subscriptions: [], filters: [] }, ctx.secrets)
  await recordConfigChange(tx, { ...changeOf('Integration Created', created), after: shown(created, kind) }, ctx)
  const subscriptions: Subscription[] = []
  for (const preset of args.subscriptions === 'none' ? [] : kind.presets) {
    subscriptions.push(await insertSubscription(tx, { ...preset, destinationId: id, enabled: true }, kind, ctx))
  }
  return { ...created, subscriptions }
}

export interface UpdateDestination {
  readonly id: string
  readonly name?: string
  readonly enabled?: boolean
  /** Merged into what is there: `null` removes a setting, a masked secret that came back leaves it as it is. */
  readonly settings?: Settings
  /** Replaces those there are. */
  readonly consentCategories?: readonly string[]
}

/** @throws WorkspaceError `not_found`, `invalid`, `conflict` (name) */
export async function updateDestination(
  tx: Tx,
  args: UpdateDestination,
  ctx: CommandContext,
): Promise<DestinationInstance> {
  const before = await getDestination(tx, args.id, ctx.secrets)
  const kind = ctx.catalog.find(before.kind)
  const { name = before.name, enabled = before.enabled } = args
  const categories = args.consentCategories ?? before.consentCategories ?? []
  const settings = mergeSettings(before.settings, args.settings ?? {})
  const { json, problems } = toJson(settings, 'settings')
  const settingsProblems = args.settings === undefined || kind === undefined ? [] : checkSettings(kind, settings)
  refuseInvalid([...checkName(name), ...problems, ...settingsProblems, ...checkCategories(categories)])
  const { consentCategories: _, ...rest } = before
  const changed = { name, enabled, settings: JSON.parse(json) }
  const after: DestinationInstance = {
    ...rest,
    ...changed,
    ...(categories.length === 0 ? {} : { consentCategories: categories }),
  }
  if (JSON.stringify(after) === JSON.stringify(before)) return before
  if (name !== before.name) await refuseTakenName(tx, before.sourceId, name)
  await tx
    .updateTable('destinations')
    .set({
      name,
      enabled: Number(enabled),
      settings: ctx.secrets.seal(json, settingsRecord(args.id)),
      consent_categories: JSON.stringify(categories),
      updated_at_ms: ctx.clock.nowMs(),
    })
    .where('id', '=', args.id)
    .execute()
  const type = `Integration ${changeVerb(before, after)}`
  const change = { ...changeOf(type, after), before: shown(before, kind), after: shown(after, kind) }
  await recordConfigChange(tx, change, ctx)
  return after
}

/** Deletes it and its mappings; their numbers are never used again. @throws WorkspaceError `not_found` */
export async function deleteDestination(tx: Tx, args: { readonly id: string }, ctx: CommandContext): Promise<void> {
  const before = await getDestination(tx, args.id, ctx.secrets)
  await tx.deleteFrom('destinations').where('id', '=', args.id).execute()
  await disconnectDestination(tx, args.id)
  const kind = ctx.catalog.find(before.kind)
  await recordConfigChange(tx, { ...changeOf('Integration Deleted', before), before: shown(before, kind) }, ctx)
}

/** With decrypted settings: mask them before they leave the process. @throws WorkspaceError `not_found` */
export async function getDestination(tx: Tx, id: string, secrets: Secrets): Promise<DestinationInstance> {
  const row = await tx.selectFrom('destinations').selectAll().where('id', '=', id).executeTakeFirst()
  if (row === undefined) throw notFound('the destination')
  const subscriptions = await tx
    .selectFrom('subscriptions')
    .selectAll()
    .where('destination_id', '=', id)
    .orderBy('number')
    .execute()
  const filters = await tx
    .selectFrom('destination_filters')
    .selectAll()
    .where('destination_id', '=', id)
    .orderBy('number')
    .execute()
  const parts = { subscriptions: subscriptions.map(toSubscription), filters: filters.map(toFilter) }
  return toDestination(row, parts, secrets)
}

/** Seals settings anew that an older key sealed; the old key can go afterwards. Answers how many. */
export async function resealSettings(tx: Tx, secrets: Secrets): Promise<number> {
  const rows = await tx.selectFrom('destinations').select(['id', 'settings']).execute()
  const old = rows.filter((row) => !secrets.isCurrent(row.settings))
  for (const { id, settings } of old) {
    const sealed = secrets.seal(secrets.open(settings, settingsRecord(id)), settingsRecord(id))
    await tx.updateTable('destinations').set({ settings: sealed }).where('id', '=', id).execute()
  }
  return old.length
}

export function toDestination(
  row: Selectable<WorkspaceTables['destinations']>,
  { subscriptions, filters }: { subscriptions: readonly Subscription[]; filters: readonly DestinationFilter[] },
  secrets: Pick<Secrets, 'open'>,
): DestinationInstance {
  const consentCategories: string[] = JSON.parse(row.consent_categories)
  return {
    id: row.id,
    number: row.number,
    sourceId: row.source_id,
    kind: row.kind,
    name: row.name,
    enabled: row.enabled === 1,
    settings: JSON.parse(secrets.open(row.settings, settingsRecord(row.id))),
    startPosition: row.start_position,
    subscriptions,
    ...(filters.length === 0 ? {} : { filters }),
    ...(consentCategories.length === 0 ? {} : { consentCategories }),
  }
}

const settingsRecord = (destinationId: string) => `destination:${destinationId}`

/** `null` removes a setting, a masked secret that came back leaves it as it is. */
export function mergeSettings(current: Settings, patch: Settings): Settings {
  const merged = new Map(Object.entries(current))
  for (const [name, value] of Object.entries(patch)) {
    const now = merged.get(name)
    const isEcho = typeof now === 'string' && isMasked(value) && value === mask(now)
    if (value === null || value === undefined) merged.delete(name)
    else if (!isEcho) merged.set(name, value)
  }
  return Object.fromEntries(merged)
}

function checkSettings(kind: DestinationKind, settings: Settings): FieldProblem[] {
  const masked = kind.secretSettings
    .filter((name) => isMasked(settings[name]))
    .map((name) => ({ field: name, message: 'must be the secret itself, not its masked form' }))
  const problems = masked.length > 0 ? masked : kind.checkSettings(settings)
  return problems.map(({ field, message }) => ({ field: `settings.${field}`, message }))
}

function checkCategories(categories: readonly string[]): FieldProblem[] {
  const field = 'consentCategories'
  if (categories.length > CONSENT_CATEGORIES_MAX) {
    return [{ field, message: `must hold at most ${CONSENT_CATEGORIES_MAX} categories` }]
  }
  const isName = (name: string) => name !== '' && name.length <= CONSENT_CATEGORY_CHARS_MAX && isStorableText(name)
  return categories.every(isName)
    ? []
    : [{ field, message: `must hold names of 1 to ${CONSENT_CATEGORY_CHARS_MAX} characters` }]
}

function freeName(wanted: string, taken: ReadonlySet<string>): string {
  let name = wanted
  for (let count = 2; taken.has(name); count += 1) name = `${wanted} ${count}`
  return name
}

async function refuseTakenName(tx: Tx, sourceId: string, name: string): Promise<void> {
  const taken = await tx
    .selectFrom('destinations')
    .select('id')
    .where('source_id', '=', sourceId)
    .where('name', '=', name)
    .executeTakeFirst()
  if (taken !== undefined) throw conflict('name', 'another destination of this source has this name')
}

/** As the audit trail shows it. Of a kind that left the catalog nobody knows what is secret, so all is masked. */
function shown(destination: DestinationInstance, kind: DestinationKind | undefined) {
  const { subscriptions: _, filters: __, settings, ...rest } = destination
  return { ...rest, settings: maskSettings(settings, kind?.secretSettings ?? Object.keys(settings)) }
}

const changeOf = (type: string, { id, name }: DestinationInstance) =>
  ({ type, resourceType: 'DESTINATION', resourceId: id, resourceName: name }) as const
