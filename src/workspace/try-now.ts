/** That somebody did not want to wait for the next try of a destination, in the audit trail. */
import type { Kysely } from 'kysely'
import { recordAudit } from './audit.ts'
import type { CommandContext } from './context.ts'
import type { WorkspaceTables } from './tables.ts'

export async function recordTryNow(
  tx: Kysely<WorkspaceTables>,
  { id, name }: { readonly id: string; readonly name: string },
  ctx: CommandContext,
): Promise<void> {
  const of = { resourceType: 'DESTINATION', resourceId: id, resourceName: name } as const
  await recordAudit(tx, { type: 'Destination Tried Now', ...of }, ctx)
}
