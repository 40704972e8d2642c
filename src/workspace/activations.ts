/** One destination of a computation at a time: two people who change two of them do not undo each other's work. */
import type { Kysely } from 'kysely'
import { type ActivationDraft, listComputations, updateComputation } from './computations.ts'
import type { CommandContext } from './context.ts'
import { conflict, notFound } from './errors.ts'
import type { WorkspaceTables } from './tables.ts'
import type { Activation } from './types.ts'

type Tx = Kysely<WorkspaceTables>

export interface ConnectComputation {
  readonly spaceId: string
  readonly id: string
  /** What is not given of one that is there already stays. Of `everyMinutes` null is as it happens. */
  readonly draft: Omit<ActivationDraft, 'everyMinutes'> & { readonly everyMinutes?: number | null }
  /** Whether it is to be there already. */
  readonly isNew: boolean
}

/** @throws WorkspaceError `not_found`, `invalid`, `conflict` when it is there already */
export async function connectComputation(tx: Tx, args: ConnectComputation, ctx: CommandContext): Promise<Activation> {
  const { spaceId, id, draft, isNew } = args
  const { destinationId } = draft
  const activations = await activationsOf(tx, spaceId, id)
  const before = activations.find((each) => each.destinationId === destinationId)
  if (isNew && before !== undefined)
    throw conflict('destination.id', `${destinationId} is connected already: change that`)
  if (!isNew && before === undefined) throw notFound('the connection')
  const { everyMinutes, ...changes } = { ...before, ...draft }
  const changed: ActivationDraft = { ...changes, ...(everyMinutes == null ? {} : { everyMinutes }) }
  const wanted = isNew ? [...activations, changed] : activations.map((each) => (each === before ? changed : each))
  const after = await updateComputation(tx, { spaceId, id, activations: wanted }, ctx)
  const connected = after.activations.find((each) => each.destinationId === destinationId)
  if (connected === undefined) throw notFound('the connection')
  return connected
}

export interface DisconnectComputation {
  readonly spaceId: string
  readonly id: string
  readonly destinationId: string
}

/** What was told there stays. @throws WorkspaceError `not_found` */
export async function disconnectComputation(tx: Tx, args: DisconnectComputation, ctx: CommandContext): Promise<void> {
  const { spaceId, id, destinationId } = args
  const activations = await activationsOf(tx, spaceId, id)
  const left = activations.filter((each) => each.destinationId !== destinationId)
  if (left.length === activations.length) throw notFound('the connection')
  await updateComputation(tx, { spaceId, id, activations: left }, ctx)
}

async function activationsOf(tx: Tx, spaceId: string, id: string): Promise<readonly Activation[]> {
  const found = (await listComputations(tx, spaceId)).find((each) => each.id === id)
  if (found === undefined) throw notFound('the computation')
  return found.activations
}
