import { type Kysely, sql } from 'kysely'
import type { NumberSeries, WorkspaceTables } from './tables.ts'

/** The next positive integer of a series. A number that was committed is never given out again. */
export async function nextNumber(tx: Kysely<WorkspaceTables>, name: NumberSeries): Promise<number> {
  const { last } = await tx
    .updateTable('numbers')
    .set({ last: sql<number>`last + 1` })
    .where('name', '=', name)
    .returning('last')
    .executeTakeFirstOrThrow()
  return last
}
