/**
 * Events of a space that a destination did not get because it had been switched off since they were made: what the ledger
 * says of them was not so. Pure.
 */
import { idKey, mergedKey, messageNumberOf } from '../unify/index.ts'
import type { SpaceConfig } from '../workspace/index.ts'
import type { AcceptedRecord } from './accepted.ts'

export interface LostTelling {
  readonly computation: number
  readonly message: number
  readonly destinations: readonly number[]
  /** Names of whom it told of, any of which leads to the profile; or the profile itself. */
  readonly names: readonly string[]
  readonly profile: number | undefined
}

/** Undefined when nothing was lost with it. @param space the one it comes from */
export function lostTelling(
  { event, unroutedTo = [] }: AcceptedRecord,
  space: Pick<SpaceConfig, 'computations'>,
): LostTelling | undefined {
  const message = messageNumberOf(event.messageId)
  const id = Object(Object(event.context)['personas'])['computation_id']
  const computation = space.computations.find((each) => each.id === id)?.number
  if (unroutedTo.length === 0 || message === undefined || computation === undefined) return undefined
  const { userId, anonymousId } = event
  const own = /^use_(\d{1,15})$/.exec(anonymousId ?? '')?.[1]
  const idOf = (type: string, value: string | undefined) =>
    value === undefined ? [] : [idKey('users', { type, value })]
  return {
    computation,
    message,
    destinations: unroutedTo,
    names: [
      ...idOf('user_id', userId),
      ...idOf('anonymous_id', anonymousId),
      ...(own === undefined ? [] : [mergedKey(Number(own))]),
    ],
    profile: own === undefined ? undefined : Number(own),
  }
}
