import type { Kysely } from 'kysely'
import { recordAudit } from './audit.ts'
import type { CommandContext } from './context.ts'
import type { WorkspaceTables } from './tables.ts'

/** Says in the audit trail who began or cancelled a replay, in the transaction of the replay itself. */
export async function recordReplay(
  tx: Kysely<WorkspaceTables>,
  type: 'Replay Created' | 'Replay Cancelled',
  replay: { readonly id: string; readonly kind: string; readonly selection: string; readonly total: number },
  ctx: CommandContext,
): Promise<void> {
  const { id, kind, selection, total } = replay
  const after = { kind, selection: JSON.parse(selection), total }
  await recordAudit(tx, { type, resourceType: 'REPLAY', resourceId: id, resourceName: kind, after }, ctx)
}
