import { queryOptions } from '@tanstack/react-query'
import * as answers from '../../../../../src/api/answers/computations.ts'
import type { Destination } from '../../../../../src/api/answers/destinations.ts'
import { ask, part } from '../../../shared/api.ts'
import { destinationsQuery } from '../../../shared/destinations.ts'
import { type Named, onePath } from './computations.ts'

/** Those that a space can tell. */
export const spaceDestinationsQuery = (space: string) =>
  queryOptions({
    ...destinationsQuery,
    select: (all: readonly Destination[]) => all.filter(({ sourceId }) => sourceId === space),
  })

export interface ConnectionSettings {
  readonly form: 'identify' | 'track' | 'group'
  /** Null for each change as it happens. */
  readonly everyMinutes: number | null
  readonly enteredEvent: string
  readonly exitedEvent: string
  /** Custom traits that go along. */
  readonly enrichTraits: readonly string[]
}

const pathOf = ({ space, kind, id }: Named) => onePath(space, kind, id)

export const connect = (one: Named, destination: string) =>
  ask(answers.createConnection, `${pathOf(one)}/destination-connections`, {
    method: 'POST',
    body: { destination: { id: destination } },
  })

export const changeConnection = (one: Named, destination: string, connectionSettings: ConnectionSettings) =>
  ask(answers.updateConnection, `${pathOf(one)}/destination-connections/${part(destination)}`, {
    method: 'PATCH',
    body: { connectionSettings },
  })

export const disconnect = (one: Named, destination: string) =>
  ask(answers.removeConnection, `${pathOf(one)}/destination-connections/${part(destination)}`, { method: 'DELETE' })

export const sync = (one: Named, destinationIds?: readonly string[]) =>
  ask(answers.syncComputation, `${pathOf(one)}/sync`, {
    method: 'POST',
    body: destinationIds === undefined ? {} : { destinationIds },
  })

/** @param dryRun only says how many */
export const reconcile = async (one: Named, dryRun: boolean) =>
  (await ask(answers.reconcileComputation, `${pathOf(one)}/reconcile`, { method: 'POST', body: { dryRun } })).data

/** @param dryRun only says of how many */
export const undo = async (one: Named, dryRun: boolean) =>
  (await ask(answers.undoComputation, `${pathOf(one)}/undo`, { method: 'POST', body: { dryRun } })).data

export const cancel = (one: Named, run: string) =>
  ask(answers.cancelSync, `${pathOf(one)}/syncs/${part(run)}/cancel`, { method: 'POST' })
