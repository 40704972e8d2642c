import type { Kysely } from 'kysely'
import { recordAudit } from './audit.ts'
import type { CommandContext } from './context.ts'
import type { WorkspaceTables } from './tables.ts'

/**
 * Says in the audit trail who asks for a deletion, and of how many people; not of whom, for the trail is kept. The deletion
 * itself is a command in the log, which is no part of this transaction: the row comes first, so that no deletion is without one.
 */
export async function recordRegulation(
  tx: Kysely<WorkspaceTables>,
  args: { readonly id: string; readonly regulationType: string; readonly subjects: number },
  ctx: CommandContext,
): Promise<{ readonly id: string; readonly requestedAtMs: number }> {
  const { id, regulationType, subjects } = args
  const change = { type: 'Regulation Requested', resourceType: 'REGULATION', resourceId: id } as const
  await recordAudit(tx, { ...change, resourceName: regulationType, after: { subjects } }, ctx)
  return { id, requestedAtMs: ctx.clock.nowMs() }
}
