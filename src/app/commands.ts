/** The changes that the pipeline's thread makes for others: it holds the one writing connection of the state. */
import type { Kysely } from 'kysely'
import type { AnyStateDb } from '../state/index.ts'
import {
  type Asker,
  acceptInvite,
  addWriteKey,
  assertUnchanged,
  type CommandContext,
  connectComputation,
  createComputation,
  createDestination,
  createFilter,
  createGroup,
  createInvites,
  createLabel,
  createPasswordReset,
  createSource,
  createSpace,
  createSpaceFilter,
  createSubscription,
  createToken,
  type Digest,
  deleteComputation,
  deleteDestination,
  deleteFilter,
  deleteGroup,
  deleteLabel,
  deleteSource,
  deleteSpaceFilter,
  deleteSubscription,
  disconnectComputation,
  doneBefore,
  endSession,
  inviteFirstOwner,
  keepAnswer,
  noteDone,
  noteSession,
  RIGHTS,
  recordBackup,
  recordRegulation,
  removeOccasion,
  removeUsers,
  renameGroup,
  resetPassword,
  restoreComputation,
  revokeInvites,
  revokeToken,
  revokeWriteKey,
  setGroupMembers,
  setGroupPermission,
  setOccasion,
  setPassword,
  setSourceLabels,
  setSpaceRules,
  startSession,
  updateComputation,
  updateDestination,
  updateFilter,
  updatePermission,
  updateSource,
  updateSpace,
  updateSpaceFilter,
  updateSubscription,
  type WorkspaceTables,
} from '../workspace/index.ts'
import { workspaceOf } from './state.ts'

type Tx = Kysely<WorkspaceTables>

/** Everything a token may do: the quickstart's. */
export const ALL_SCOPES: readonly string[] = RIGHTS

/** Two sources, a space fed by both, and one Extole Platform instance for each of the three: all of it or nothing. */
async function quickstart(
  tx: Tx,
  settings: { readonly apiKey: string; readonly apiBaseUrl: string },
  ctx: CommandContext,
) {
  const node = await createSource(tx, { slug: 'node', name: 'Node', kind: 'node' }, ctx)
  const javascript = await createSource(tx, { slug: 'javascript', name: 'JavaScript', kind: 'javascript' }, ctx)
  const sourceIds = [node.id, javascript.id]
  const space = await createSpace(tx, { slug: 'space', name: 'Space', sourceIds }, ctx)
  const destinations: { id: string; sourceId: string }[] = []
  for (const sourceId of [...sourceIds, space.id]) {
    const args = { sourceId, kind: 'extole-platform', settings, startPosition: 0 }
    const { id } = await createDestination(tx, args, ctx)
    destinations.push({ id, sourceId })
  }
  const { token } = await createToken(tx, { name: 'quickstart', scopes: ALL_SCOPES }, ctx)
  return {
    publicApiToken: token,
    spaceId: space.id,
    sources: [node, javascript].map(({ id, slug, writeKeys: [writeKey = ''] }) => ({ id, slug, writeKey })),
    destinations,
    destinationId: destinations[0]?.id ?? '',
  }
}

const COMMANDS = {
  quickstart,
  inviteFirstOwner,
  acceptInvite,
  createInvites,
  revokeInvites,
  updatePermission,
  removeUsers,
  createGroup,
  renameGroup,
  deleteGroup,
  setGroupPermission,
  setGroupMembers,
  createLabel,
  deleteLabel,
  setSourceLabels,
  setPassword,
  createPasswordReset,
  resetPassword,
  startSession,
  noteSession,
  endSession,
  createSource,
  updateSource,
  deleteSource,
  createSpace,
  updateSpace,
  setSpaceRules,
  createSpaceFilter,
  updateSpaceFilter,
  deleteSpaceFilter,
  createComputation,
  updateComputation,
  deleteComputation,
  connectComputation,
  disconnectComputation,
  removeOccasion,
  setOccasion,
  restoreComputation,
  addWriteKey,
  revokeWriteKey,
  createDestination,
  updateDestination,
  deleteDestination,
  createFilter,
  updateFilter,
  deleteFilter,
  createSubscription,
  updateSubscription,
  deleteSubscription,
  createToken,
  recordBackup,
  recordRegulation,
  revokeToken,
  keepAnswer,
}

type Commands = typeof COMMANDS

export type CommandName = keyof Commands
export type CommandArgs<Name extends CommandName> = Parameters<Commands[Name]>[1]
export type CommandResult<Name extends CommandName> = Awaited<ReturnType<Commands[Name]>>

export interface CommandCall<Name extends CommandName = CommandName> {
  readonly name: Name
  readonly args: CommandArgs<Name>
  readonly actor: Asker
}

/**
 * Runs one command in one transaction, if what it changes is what the asker has seen; what was done before under the
 * same key is given back and not done again. @throws WorkspaceError
 */
export async function runCommand(
  db: AnyStateDb,
  context: Omit<CommandContext, 'actor'> & { readonly digest: Digest },
  call: CommandCall,
): Promise<unknown> {
  const command = COMMANDS[call.name] as (tx: Tx, args: unknown, ctx: CommandContext) => Promise<unknown>
  const { precondition, once, ...actor } = call.actor
  return workspaceOf(db).write(async (tx) => {
    const done = once && (await doneBefore(tx, once, call.name, context))
    if (done !== undefined) return done.value
    if (precondition !== undefined) await assertUnchanged(tx, precondition, context)
    const value = await command(tx, call.args, { ...context, actor })
    if (once !== undefined) await noteDone(tx, once, call.name, value, context)
    return value
  })
}
