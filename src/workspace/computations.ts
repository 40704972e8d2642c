/** Commands on computed traits and audiences. Each runs in the caller's write transaction. */
import type { Kysely, Selectable } from 'kysely'
import {
  type Definition,
  DefinitionProblem,
  KEY_PATTERN,
  keyOf,
  type Level,
  parseAudience,
  parseTrait,
  placeOf,
  print,
  traitsReadBy,
} from '../engage/index.ts'
import { checkCadence } from './cadence.ts'
import { changeVerb, recordConfigChange } from './changes.ts'
import type { CommandContext } from './context.ts'
import { recordEnding } from './endings.ts'
import { conflict, notFound, refuseInvalid } from './errors.ts'
import { isStorableText } from './fields.ts'
import { checkExternalIdTypes, checkIdSync, type IdSyncRule } from './id-sync.ts'
import { newId } from './ids.ts'
import { countsFrom } from './look-back.ts'
import { nextNumber } from './numbers.ts'
import type { WorkspaceTables } from './tables.ts'
import type { Activation, Occasion, SpaceComputation } from './types.ts'

/** Of one space. Segment has 100 audiences and 50 traits in its plans. */
export const COMPUTATIONS_MAX = 200
export const COMPUTATION_NAME_CHARS_MAX = 100
const DESCRIPTION_CHARS_MAX = 1_000

type Tx = Kysely<WorkspaceTables>
type Kind = Definition['kind']

/** A computed trait or an audience, as people made it. */
export interface Computation extends SpaceComputation {
  readonly spaceId: string
  readonly name: string
  readonly description: string
  /** The definition's text in its canonical form. */
  readonly query: string
  readonly enabled: boolean
  /** Days of history that count, from when it was made, changed or switched on; all where it is not given. */
  readonly lookBackDays?: number
  /** Ids of actors; empty where nobody noted them. */
  readonly createdBy: string
  readonly updatedBy: string
  readonly createdAtMs: number
  readonly updatedAtMs: number
}

export interface CreateComputation {
  readonly spaceId: string
  readonly kind: Kind
  /** Whose it is: people's where it is not given. It never changes. */
  readonly level?: Level
  readonly name: string
  /** Made of the name where it is not given. */
  readonly key?: string
  readonly description?: string
  readonly query: string
  readonly enabled?: boolean
  readonly includesAnonymous?: boolean
  /** Of an audience. */
  readonly externalIdTypes?: readonly string[]
  readonly includesHistory?: boolean
  readonly lookBackDays?: number
  /** When the oldest record of the log arrived, Unix milliseconds: no look-back goes beyond. Now where it is not given. */
  readonly logStartMs?: number
  /** All destinations of the space where they are not given. */
  readonly activations?: readonly ActivationDraft[]
}

export interface ActivationDraft extends Partial<Omit<Activation, 'destinationId'>> {
  readonly destinationId: string
}

/** @throws WorkspaceError `not_found`, `invalid`, `conflict` */
export async function createComputation(tx: Tx, args: CreateComputation, ctx: CommandContext): Promise<Computation> {
  const {
    spaceId,
    kind,
    level = 'users',
    name,
    description = '',
    enabled = true,
    includesAnonymous = false,
    includesHistory = true,
  } = args
  const space = await tx.selectFrom('spaces').select('id').where('id', '=', spaceId).executeTakeFirst()
  if (space === undefined) throw notFound('the space')
  const others = await listComputations(tx, spaceId)
  if (others.length >= COMPUTATIONS_MAX)
    throw conflict('spaceId', `a space has at most ${COMPUTATIONS_MAX} computed traits and audiences`)
  checkTexts({ name, description })
  if (others.some((each) => each.name === name)) throw conflict('name', 'is in use in this space')
  const key = args.key ?? keyOf(name)
  if (!KEY_PATTERN.test(key))
    refuseInvalid([{ field: 'key', message: 'cannot be made of this name: give one of a to z, 0 to 9 and _' }])
  await refuseUsedKey(tx, spaceId, key)
  const definition = parsed(kind, args.query, level)
  checkReferences(key, definition, others)
  const activations = await checkedActivations(tx, spaceId, level, args.activations)
  const nowMs = ctx.clock.nowMs()
  const { lookBackDays, externalIdTypes, logStartMs = nowMs } = args
  if (externalIdTypes !== undefined) refuseInvalid(checkExternalIdTypes(externalIdTypes))
  if (lookBackDays !== undefined && !includesHistory)
    refuseInvalid([
      { field: 'options.includeHistoricalData', message: 'must be true where days of history are to count' },
    ])
  const row = {
    id: newId(ctx.random, kind === 'audience' ? 'aud_' : 'tra_'),
    number: await nextNumber(tx, 'computation'),
    space_id: spaceId,
    kind,
    level,
    name,
    key,
    description,
    query: print(definition),
    enabled: Number(enabled),
    includes_anonymous: Number(includesAnonymous),
    external_id_types: externalIdTypes === undefined ? null : JSON.stringify([...new Set(externalIdTypes)]),
    includes_history: Number(includesHistory),
    look_back_days: lookBackDays ?? null,
    counts_from_ms: lookBackDays === undefined ? null : countsFrom({ kind, days: lookBackDays, nowMs, logStartMs }),
    activations: JSON.stringify(activations),
    created_by: ctx.actor.id,
    updated_by: ctx.actor.id,
    created_at_ms: nowMs,
    updated_at_ms: nowMs,
  }
  await tx.insertInto('computations').values(row).execute()
  await tx.insertInto('computation_keys').values({ space_id: spaceId, key }).execute()
  const after = toComputation(row)
  await recordConfigChange(tx, { ...changeOf('Created', after), after: shown(after) }, ctx)
  return after
}

export interface UpdateComputation {
  readonly spaceId: string
  readonly id: string
  readonly name?: string
  readonly description?: string
  readonly query?: string
  readonly enabled?: boolean
  readonly activations?: readonly ActivationDraft[]
  /** When it is off then: its destinations are told that it is over for everybody who is in. */
  readonly sendExits?: boolean
  /** When the oldest record of the log arrived, Unix milliseconds: no look-back goes beyond. Now where it is not given. */
  readonly logStartMs?: number
}

/** Changes what is given. The key stays. What reads history anew looks back from now. @throws WorkspaceError `not_found`, `invalid`, `conflict` */
export async function updateComputation(tx: Tx, args: UpdateComputation, ctx: CommandContext): Promise<Computation> {
  const others = await listComputations(tx, args.spaceId)
  const before = others.find(({ id }) => id === args.id)
  if (before === undefined) throw notFound('the computation')
  const { name = before.name, description = before.description, enabled = before.enabled } = args
  checkTexts({ name, description })
  if (others.some((each) => each.id !== args.id && each.name === name))
    throw conflict('name', 'is in use in this space')
  if (before.enabled && !enabled) refuseWhileRead(before, others)
  const { level = 'users' } = before
  const definition = args.query === undefined ? before.definition : parsed(before.definition.kind, args.query, level)
  checkReferences(
    before.key,
    definition,
    others.filter(({ id }) => id !== args.id),
  )
  const activations =
    args.activations === undefined
      ? before.activations
      : await checkedActivations(tx, args.spaceId, level, withOccasions(args.activations, before.activations))
  const query = print(definition)
  const updatedAtMs = ctx.clock.nowMs()
  const { lookBackDays } = before
  const isNew = query !== before.query || (enabled && !before.enabled)
  const { kind } = before.definition
  const { logStartMs = updatedAtMs } = args
  const countsFromMs =
    lookBackDays !== undefined && isNew
      ? countsFrom({ kind, days: lookBackDays, nowMs: updatedAtMs, logStartMs })
      : before.countsFromMs
  const after = {
    ...before,
    name,
    description,
    enabled,
    definition,
    query,
    activations,
    ...(countsFromMs === undefined ? {} : { countsFromMs }),
  }
  const sendsExits = args.sendExits === true && !enabled
  if (JSON.stringify(after) === JSON.stringify(before) && !sendsExits) return before
  await tx
    .updateTable('computations')
    .set({
      name,
      description,
      query,
      enabled: Number(enabled),
      counts_from_ms: countsFromMs ?? null,
      activations: JSON.stringify(activations),
      updated_by: ctx.actor.id,
      updated_at_ms: updatedAtMs,
    })
    .where('id', '=', args.id)
    .execute()
  if (sendsExits) await recordEnding(tx, after, { sendsExits, isDeleted: false })
  const change = changeOf(changeVerb(before, after), after)
  await recordConfigChange(tx, { ...change, before: shown(before), after: shown(after) }, ctx)
  return { ...after, updatedBy: ctx.actor.id, updatedAtMs }
}

export interface DeleteComputation {
  readonly spaceId: string
  readonly id: string
  /** Destinations are told that it is over; else profiles keep what it came to, as a custom trait of its key. */
  readonly sendExits?: boolean
}

/**
 * Its key is never given out again, but it can be restored.
 * @throws WorkspaceError `not_found`, `conflict` while others read it
 */
export async function deleteComputation(tx: Tx, args: DeleteComputation, ctx: CommandContext): Promise<void> {
  const all = await listComputations(tx, args.spaceId)
  const before = all.find(({ id }) => id === args.id)
  if (before === undefined) throw notFound('the computation')
  refuseWhileRead(before, all)
  const row = await tx.selectFrom('computations').selectAll().where('id', '=', args.id).executeTakeFirstOrThrow()
  await tx.deleteFrom('computations').where('id', '=', args.id).execute()
  await recordEnding(tx, before, { sendsExits: args.sendExits === true, isDeleted: true })
  const { id, number, space_id, kind, name, key } = row
  const deleted = {
    ...{ id, number, space_id, kind, name, key },
    definition: JSON.stringify(row),
    keeps_values: Number(args.sendExits !== true),
    deleted_at_ms: ctx.clock.nowMs(),
  }
  await tx.insertInto('deleted_computations').values(deleted).execute()
  await recordConfigChange(tx, { ...changeOf('Deleted', before), before: shown(before) }, ctx)
}

/** A destination is no more: nobody is told of anything there. */
export async function disconnectDestination(tx: Tx, destinationId: string): Promise<void> {
  for (const { id, activations } of await listComputations(tx)) {
    const left = activations.filter((each) => each.destinationId !== destinationId)
    if (left.length === activations.length) continue
    await tx
      .updateTable('computations')
      .set({ activations: JSON.stringify(left) })
      .where('id', '=', id)
      .execute()
  }
}

/** In the order in which they were made. */
export async function listComputations(read: Tx, spaceId?: string): Promise<Computation[]> {
  const rows = await read.selectFrom('computations').selectAll().orderBy('number').execute()
  return rows.filter((row) => spaceId === undefined || row.space_id === spaceId).map(toComputation)
}

export function toComputation(row: Selectable<WorkspaceTables['computations']>): Computation {
  return {
    id: row.id,
    number: row.number,
    spaceId: row.space_id,
    name: row.name,
    key: row.key,
    description: row.description,
    query: row.query,
    definition: row.kind === 'audience' ? parseAudience(row.query, row.level) : parseTrait(row.query, row.level),
    ...(row.level === 'accounts' ? { level: row.level } : {}),
    enabled: row.enabled === 1,
    includesAnonymous: row.includes_anonymous === 1,
    ...(row.external_id_types === null ? {} : { externalIdTypes: JSON.parse(row.external_id_types) }),
    includesHistory: row.includes_history === 1,
    ...(row.look_back_days === null ? {} : { lookBackDays: row.look_back_days }),
    ...(row.counts_from_ms === null ? {} : { countsFromMs: row.counts_from_ms }),
    activations: JSON.parse(row.activations),
    createdBy: row.created_by,
    updatedBy: row.updated_by,
    createdAtMs: row.created_at_ms,
    updatedAtMs: row.updated_at_ms,
  }
}

/** @throws WorkspaceError `invalid` with line, column and a sentence */
export function parsed(kind: Kind, query: string, level: Level): Definition {
  try {
    return kind === 'audience' ? parseAudience(query, level) : parseTrait(query, level)
  } catch (error) {
    if (!(error instanceof DefinitionProblem)) throw error
    const { line, column } = placeOf(query, error.offset)
    const message = `line ${line}, column ${column}: ${error.message}`
    const { isTooComplex } = error
    refuseInvalid([{ field: 'definition.query', message, ...(isTooComplex ? { isTooComplex } : {}) }])
    throw error
  }
}

/** @throws WorkspaceError `conflict` naming those that read its value */
function refuseWhileRead({ id, key }: Computation, all: readonly Computation[]): void {
  const readers = all.filter((each) => each.id !== id && each.enabled && traitsReadBy(each.definition).has(key))
  if (readers.length > 0)
    throw conflict(
      'id',
      `is read by ${readers.map(({ name }) => name).join(', ')}: change, switch off or delete those before`,
    )
}

/** Destinations and profiles may have values of it. @throws WorkspaceError `conflict` naming whose it was */
async function refuseUsedKey(tx: Tx, spaceId: string, key: string): Promise<void> {
  const ofSpace = { space_id: spaceId, key }
  const used = await tx
    .selectFrom('computation_keys')
    .select('key')
    .where((is) => is.and(ofSpace))
    .executeTakeFirst()
  if (used === undefined) return
  const instead = 'take another name or key'
  const was = await tx
    .selectFrom('deleted_computations')
    .selectAll()
    .where((is) => is.and(ofSpace))
    .executeTakeFirst()
  if (was === undefined)
    throw conflict('key', `${key} was used before, and destinations may still have its values: ${instead}`)
  const one = was.kind === 'audience' ? 'audience' : 'computed trait'
  const deletedAt = new Date(was.deleted_at_ms).toISOString()
  throw conflict(
    'key',
    `${key} was used before, by the ${one} ${JSON.stringify(was.name)} which was deleted at ${deletedAt}: profiles and destinations may still have its values. Restore that one (${was.id}), or ${instead}`,
  )
}

/** A circle of definitions has no answer. */
export function checkReferences(key: string, definition: Definition, others: readonly Computation[]): void {
  const reads = new Map(others.map((each) => [each.key, traitsReadBy(each.definition)]))
  reads.set(key, traitsReadBy(definition))
  const path: string[] = []
  const follow = (at: string): boolean => {
    if (path.includes(at)) return at === key
    path.push(at)
    for (const next of reads.get(at) ?? []) if (reads.has(next) && follow(next)) return true
    path.pop()
    return false
  }
  if (follow(key))
    refuseInvalid([
      {
        field: 'definition.query',
        message: `goes round in a circle: ${[...path, key].join(' reads ')}`,
        isTooComplex: true,
      },
    ])
}

async function checkedActivations(
  tx: Tx,
  spaceId: string,
  level: Level,
  drafts: readonly ActivationDraft[] | undefined,
): Promise<readonly Activation[]> {
  const rows = await tx.selectFrom('destinations').select('id').where('source_id', '=', spaceId).execute()
  const ids = new Set(rows.map(({ id }) => id))
  const wanted = drafts ?? [...ids].map((destinationId): ActivationDraft => ({ destinationId }))
  const unknown = wanted.find(({ destinationId }) => !ids.has(destinationId))
  if (unknown !== undefined)
    refuseInvalid([
      { field: 'destinationConnections', message: `${unknown.destinationId} is no destination of this space` },
    ])
  refuseInvalid(
    wanted.flatMap(({ form, idSync = [], everyMinutes, occasions }, at) => [
      ...checkForm(level, form, `destinationConnections.${at}.form`),
      ...checkIdSyncLevel(level, idSync, `destinationConnections.${at}.idSyncConfiguration`),
      ...checkIdSync(idSync, `destinationConnections.${at}.idSyncConfiguration`),
      ...checkCadence(everyMinutes, `destinationConnections.${at}.everyMinutes`),
      ...checkOccasions(form, occasions, `destinationConnections.${at}.form`),
    ]),
  )
  return wanted.map(({ destinationId, form = level === 'accounts' ? 'group' : 'identify', ...rest }) => ({
    destinationId,
    form,
    enteredEvent: rest.enteredEvent ?? 'Audience Entered',
    exitedEvent: rest.exitedEvent ?? 'Audience Exited',
    enrichTraits: rest.enrichTraits ?? [],
    ...(rest.idSync === undefined || rest.idSync.length === 0 ? {} : { idSync: rest.idSync }),
    ...(rest.everyMinutes === undefined ? {} : { everyMinutes: rest.everyMinutes }),
    ...(rest.occasions === undefined ? {} : { occasions: rest.occasions }),
  }))
}

/** Where a draft does not say on which occasions, they stay as they are. */
function withOccasions(drafts: readonly ActivationDraft[], before: readonly Activation[]): readonly ActivationDraft[] {
  return drafts.map((draft) => {
    const occasions = before.find(({ destinationId }) => destinationId === draft.destinationId)?.occasions
    return occasions === undefined ? draft : { occasions, ...draft }
  })
}

function checkOccasions(form: Activation['form'] | undefined, occasions: readonly Occasion[] = [], field: string) {
  if (form === 'track' || occasions.every(({ on }) => on === 'membership')) return []
  const message = 'must be track while it has activations for Audience Entered or Audience Exited: delete those before'
  return [{ field, message }]
}

function checkForm(level: Level, form: Activation['form'] | undefined, field: string) {
  if (form === undefined || (form === 'group') === (level === 'accounts')) return []
  const message =
    level === 'accounts'
      ? 'must be group: accounts are told of by group calls'
      : 'must be identify or track: group is for accounts'
  return [{ field, message }]
}

function checkIdSyncLevel(level: Level, rules: readonly IdSyncRule[], field: string) {
  if (level === 'users' || rules.length === 0) return []
  return [{ field, message: 'is for people: accounts are told of with each of their group ids' }]
}

function checkTexts({ name, description }: { readonly name: string; readonly description: string }): void {
  const problems: { field: string; message: string }[] = []
  if (name.trim() === '' || name.length > COMPUTATION_NAME_CHARS_MAX)
    problems.push({ field: 'name', message: `must have 1 to ${COMPUTATION_NAME_CHARS_MAX} characters` })
  if (description.length > DESCRIPTION_CHARS_MAX)
    problems.push({ field: 'description', message: `must have at most ${DESCRIPTION_CHARS_MAX} characters` })
  for (const [field, text] of Object.entries({ name, description }))
    if (!isStorableText(text)) problems.push({ field, message: 'must be plain text' })
  refuseInvalid(problems)
}

/** Without the parsed tree. */
export const shown = ({ definition: _, ...rest }: Computation) => rest

export const changeOf = (
  verb: string,
  {
    id,
    name,
    definition: { kind },
  }: Pick<Computation, 'id' | 'name'> & { readonly definition: Pick<Definition, 'kind'> },
) => {
  const [noun, resourceType] =
    kind === 'audience' ? (['Audience', 'AUDIENCE'] as const) : (['Computed Trait', 'COMPUTED_TRAIT'] as const)
  return { type: `${noun} ${verb}`, resourceType, resourceId: id, resourceName: name }
}
