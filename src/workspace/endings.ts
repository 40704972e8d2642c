/**
 * Computations that ended, by a deletion or by being switched off with exits: written with the change itself, so that the
 * pipeline tells of it whatever happens in between.
 */
import type { Kysely } from 'kysely'
import type { Computation } from './computations.ts'
import { nextNumber } from './numbers.ts'
import type { WorkspaceTables } from './tables.ts'
import type { ComputationEnding } from './types.ts'

/** Endings kept, the newest: the pipeline takes each up within a turn. */
export const ENDINGS_KEPT = 1_000

type Tx = Kysely<WorkspaceTables>

/** @param sendsExits whether destinations are told that it is over */
export async function recordEnding(
  tx: Tx,
  { spaceId, id, number, key, definition: { kind }, activations }: Computation,
  { sendsExits, isDeleted }: { readonly sendsExits: boolean; readonly isDeleted: boolean },
): Promise<void> {
  const ending = await nextNumber(tx, 'computation_ending')
  const computation = { id, number, key, definition: { kind }, activations: sendsExits ? activations : [] }
  await tx
    .insertInto('computation_endings')
    .values({
      number: ending,
      space_id: spaceId,
      computation: JSON.stringify(computation),
      is_deleted: Number(isDeleted),
    })
    .execute()
  await tx
    .deleteFrom('computation_endings')
    .where('number', '<=', ending - ENDINGS_KEPT)
    .execute()
}

/** In the order in which they came, by space. */
export async function listEndings(read: Tx): Promise<ReadonlyMap<string, readonly ComputationEnding[]>> {
  const rows = await read.selectFrom('computation_endings').selectAll().orderBy('number').execute()
  const endings = Map.groupBy(rows, (row) => row.space_id)
  return new Map(
    Array.from(endings, ([spaceId, of]) => [
      spaceId,
      of.map(({ number, computation, is_deleted }) => ({
        number,
        computation: JSON.parse(computation),
        isDeleted: is_deleted === 1,
      })),
    ]),
  )
}
