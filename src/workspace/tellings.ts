/** Runs that tell destinations of everybody, in the audit trail: the pipeline keeps the runs themselves. */
import type { Kysely } from 'kysely'
import { recordAudit } from './audit.ts'
import { changeOf } from './computations.ts'
import type { CommandContext } from './context.ts'
import type { WorkspaceTables } from './tables.ts'
import type { ComputationEnding } from './types.ts'

const VERBS = { current: 'Synced', drifted: 'Reconciled', before: 'Undone', exit: 'Ended' } as const

export interface AskedTelling {
  readonly id: string
  readonly value: keyof typeof VERBS
  readonly computation: ComputationEnding['computation']
  readonly name: string
  /** All of the computation's where they are not given. */
  readonly destinationIds?: readonly string[]
  /** Profiles there are to look at. */
  readonly total: number
}

/** That somebody asked for one. */
export async function recordTelling(
  tx: Kysely<WorkspaceTables>,
  { id, value, computation, name, destinationIds, total }: AskedTelling,
  ctx: CommandContext,
): Promise<void> {
  const after = { sync: id, destinationIds: destinationIds ?? null, total }
  await recordAudit(tx, { ...changeOf(VERBS[value], { ...computation, name }), after }, ctx)
}
