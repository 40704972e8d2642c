import { type Kysely, sql } from 'kysely'
import { type Change, recordAudit } from './audit.ts'
import type { CommandContext } from './context.ts'
import type { WorkspaceTables } from './tables.ts'

/** Records a change of the configuration: its audit row, and a new version for everybody who works from a snapshot. */
export async function recordConfigChange(
  tx: Kysely<WorkspaceTables>,
  change: Change,
  ctx: CommandContext,
): Promise<void> {
  await recordAudit(tx, change, ctx)
  await tx.updateTable('config_version').set({ version: sql<number>`version + 1` }).where('id', '=', 1).execute()
}

/** `Created`, `Deleted`; `Enabled` or `Disabled` when nothing else changed; else `Modified`. */
export function changeVerb<T extends { readonly enabled: boolean }>(before: T, after: T): string {
  const flipped = before.enabled !== after.enabled
  const onlyFlipped = flipped && JSON.stringify({ ...before, enabled: after.enabled }) === JSON.stringify(after)
  if (!onlyFlipped) return 'Modified'
  return after.enabled ? 'Enabled' : 'Disabled'
}
