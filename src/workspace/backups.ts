import type { Kysely } from 'kysely'
import { recordAudit } from './audit.ts'
import type { CommandContext } from './context.ts'
import type { WorkspaceTables } from './tables.ts'

export interface RecordBackup {
  readonly type: 'Backup Requested' | 'Backup Cancelled' | 'Backup Deleted'
  readonly name: string
  /** When that was asked for, Unix milliseconds. */
  readonly atMs: number
}

/** Says in the audit trail who did what to a backup. It is files, and no part of this transaction. */
export async function recordBackup(
  tx: Kysely<WorkspaceTables>,
  { type, name, atMs }: RecordBackup,
  ctx: CommandContext,
): Promise<{ readonly name: string; readonly atMs: number }> {
  await recordAudit(tx, { type, resourceType: 'BACKUP', resourceId: name, resourceName: name }, ctx)
  return { name, atMs }
}
