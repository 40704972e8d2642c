/** The command on a space's identity rules. It runs in the caller's write transaction. */
import type { Kysely } from 'kysely'
import { recordConfigChange } from './changes.ts'
import { checkIdentityRules } from './check-identity-rules.ts'
import type { CommandContext } from './context.ts'
import { refuseInvalid } from './errors.ts'
import { toJson } from './fields.ts'
import { getSpace, type Space } from './spaces.ts'
import type { WorkspaceTables } from './tables.ts'

export interface SetSpaceRules {
  readonly id: string
  /** JSON of `IdentityRules`; what is left out has its default. */
  readonly rules: unknown
}

/** Replaces the rules for events to come: profiles stay as they are. @throws WorkspaceError `not_found`, `invalid` */
export async function setSpaceRules(
  tx: Kysely<WorkspaceTables>,
  { id, rules }: SetSpaceRules,
  ctx: CommandContext,
): Promise<Space> {
  const before = await getSpace(tx, id)
  const checked = checkIdentityRules(rules)
  if (!checked.ok) refuseInvalid(checked.problems)
  const { json, problems } = toJson(checked.ok ? checked.rules : null, 'rules')
  refuseInvalid(problems)
  if (json === JSON.stringify(before.rules)) return before
  await tx.updateTable('spaces').set({ identity_rules: json }).where('id', '=', id).execute()
  const after = await getSpace(tx, id)
  const change = { type: 'Identity Rules Modified', resourceType: 'SPACE', resourceId: id } as const
  await recordConfigChange(tx, { ...change, resourceName: after.name, before, after }, ctx)
  return after
}
