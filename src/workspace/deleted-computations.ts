/** Computations that were deleted: what stays of them, and how they come back. */
import type { Kysely, Selectable } from 'kysely'
import type { Level } from '../engage/index.ts'
import { recordConfigChange } from './changes.ts'
import {
  COMPUTATIONS_MAX,
  type Computation,
  changeOf,
  checkReferences,
  listComputations,
  shown,
  toComputation,
} from './computations.ts'
import type { CommandContext } from './context.ts'
import { conflict, notFound } from './errors.ts'
import { countsFrom } from './look-back.ts'
import type { WorkspaceTables } from './tables.ts'
import type { Activation, DeletedComputation } from './types.ts'

type Tx = Kysely<WorkspaceTables>

export interface RestoreComputation {
  readonly spaceId: string
  readonly kind: 'audience' | 'trait'
  /** Its id or key. */
  readonly id: string
  /** When the oldest record of the log arrived, Unix milliseconds: no look-back goes beyond. Now where it is not given. */
  readonly logStartMs?: number
}

/**
 * As it was, with its id and key; what reads history anew looks back from now. Destinations that are no more are left out.
 * @throws WorkspaceError `not_found`, `conflict` (its name is in use by now), `invalid`
 */
export async function restoreComputation(tx: Tx, args: RestoreComputation, ctx: CommandContext): Promise<Computation> {
  const { spaceId, kind } = args
  const deleted = await tx
    .selectFrom('deleted_computations')
    .selectAll()
    .where((is) => is.and({ space_id: spaceId, kind }))
    .where((is) => is.or([is('id', '=', args.id), is('key', '=', args.id)]))
    .executeTakeFirst()
  if (deleted === undefined)
    throw notFound(`a deleted ${kind === 'audience' ? 'audience' : 'computed trait'} of this id or key`)
  // What an older version deleted lacks the fields that came since.
  const since = { external_id_types: null, level: 'users' }
  const row = { ...since, ...JSON.parse(deleted.definition) } as Selectable<WorkspaceTables['computations']>
  const others = await listComputations(tx, spaceId)
  if (others.length >= COMPUTATIONS_MAX)
    throw conflict('spaceId', `a space has at most ${COMPUTATIONS_MAX} computed traits and audiences`)
  if (others.some(({ name }) => name === row.name))
    throw conflict('name', `${JSON.stringify(row.name)} is in use by another by now: rename that one before`)
  checkReferences(row.key, toComputation(row).definition, others)
  const destinations = await tx.selectFrom('destinations').select('id').where('source_id', '=', spaceId).execute()
  const activations = (JSON.parse(row.activations) as Activation[]).filter(({ destinationId }) =>
    destinations.some(({ id }) => id === destinationId),
  )
  const nowMs = ctx.clock.nowMs()
  const { logStartMs = nowMs } = args
  const days = row.look_back_days
  const restored = {
    ...row,
    counts_from_ms: days === null ? null : countsFrom({ kind, days, nowMs, logStartMs }),
    activations: JSON.stringify(activations),
    updated_by: ctx.actor.id,
    updated_at_ms: nowMs,
  }
  await tx.deleteFrom('deleted_computations').where('id', '=', row.id).execute()
  await tx.insertInto('computations').values(restored).execute()
  const after = toComputation(restored)
  await recordConfigChange(tx, { ...changeOf('Restored', after), after: shown(after) }, ctx)
  return after
}

/** One that was deleted, as it would come back. */
export interface RestorableComputation extends Pick<Computation, 'id' | 'name' | 'key' | 'query'> {
  readonly level: Level
  readonly deletedAtMs: number
}

/** The latest first. */
export async function listRestorable(
  read: Tx,
  spaceId: string,
  kind: RestoreComputation['kind'],
): Promise<readonly RestorableComputation[]> {
  const rows = await read
    .selectFrom('deleted_computations')
    .selectAll()
    .where((is) => is.and({ space_id: spaceId, kind }))
    .orderBy('deleted_at_ms', 'desc')
    .orderBy('number', 'desc')
    .execute()
  return rows.map(({ id, name, key, definition, deleted_at_ms }) => {
    const { query, level = 'users' } = JSON.parse(definition) as { query: string; level?: Level }
    return { id, name, key, query, level, deletedAtMs: deleted_at_ms }
  })
}

/** Those whose values stay, by the id of their space. */
export async function listDeletedComputations(read: Tx): Promise<ReadonlyMap<string, DeletedComputation[]>> {
  const rows = await read
    .selectFrom('deleted_computations')
    .select(['space_id', 'number', 'key'])
    .where('keeps_values', '=', 1)
    .orderBy('number')
    .execute()
  return new Map(
    [...Map.groupBy(rows, (row) => row.space_id)].map(([spaceId, each]) => [
      spaceId,
      each.map(({ number, key }) => ({ number, key })),
    ]),
  )
}
