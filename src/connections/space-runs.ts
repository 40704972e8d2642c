/**
 * What is kept of a space beside its people, so that a crash forgets nothing: which definitions and destinations were
 * worked with, and how far what looks at everybody has come. Pure.
 */
import { hash } from 'node:crypto'
import type { OutputTarget } from '../unify/index.ts'
import type { SpaceComputation, SpaceConfig } from '../workspace/index.ts'

/** Definitions by the computation's number, as hashes, and who was told of each. */
export interface KnownSpace {
  readonly definitions: Readonly<Record<number, string>>
  readonly targets: Readonly<Record<number, readonly string[]>>
}

/** Everybody who has a value of a computation is looked at, and told of it. */
export interface TellRun {
  /** Tells its calls from those of other runs: letters and digits. */
  readonly id: string
  readonly spaceId: string
  readonly computation: number
  readonly key: string
  /** What it tells: what holds, what holds to those who drifted from it, or that it is over. */
  readonly value: 'current' | 'drifted' | 'exit'
  readonly targets: readonly OutputTarget[]
  /** Profile up to which they were looked at. */
  readonly after: number
  /** Profiles looked at. */
  readonly done: number
  /** Profiles of whom something was told. A run of a former version does not say. */
  readonly told?: number
  readonly total: number
  /** The computation was deleted: nothing of it is to stay. */
  readonly forgets: boolean
}

/** What is asked for. The computation may be switched off or deleted by now. */
export interface TellRequest extends Pick<TellRun, 'id' | 'spaceId' | 'value' | 'forgets'> {
  readonly computation: Pick<SpaceComputation, 'id' | 'number' | 'key' | 'definition' | 'activations'>
  /** All of the computation's where they are not given. */
  readonly destinationIds?: readonly string[]
}

export function tellRunOf(request: TellRequest, total: number): TellRun {
  const { id, spaceId, computation, value, destinationIds, forgets } = request
  const targets = targetsOf(spaceId, computation)
  return {
    id,
    spaceId,
    computation: computation.number,
    key: computation.key,
    value,
    targets: targets.filter((target) => destinationIds?.includes(target.destinationId) ?? true),
    after: 0,
    done: 0,
    told: 0,
    total,
    forgets,
  }
}

export function targetsOf(
  spaceId: string,
  { id, definition, activations }: TellRequest['computation'],
): readonly OutputTarget[] {
  return activations.map((activation) => ({ ...activation, spaceId, computationId: id, kind: definition.kind }))
}

/** How far a run has come, for people. */
export interface TellProgress extends Pick<TellRun, 'id' | 'computation' | 'value' | 'done' | 'total'> {
  readonly told: number
  readonly destinationIds: readonly string[]
}

export function knownOf({ computations }: SpaceConfig): KnownSpace {
  return {
    definitions: Object.fromEntries(
      computations.map(({ number, definition, includesAnonymous, countsFromMs }) => [
        number,
        hash(
          'sha256',
          JSON.stringify([definition, includesAnonymous, ...(countsFromMs === undefined ? [] : [countsFromMs])]),
          'base64url',
        ).slice(0, 16),
      ]),
    ),
    targets: Object.fromEntries(
      computations.map(({ number, activations }) => [number, activations.map(({ destinationId }) => destinationId)]),
    ),
  }
}

/** Of everything that makes everybody be worked out anew when it changes. */
export const digestOf = (space: SpaceConfig): string =>
  hash('sha256', JSON.stringify(knownOf(space).definitions), 'base64url')

/** Destinations that know nothing of a computation that others were told of. */
export function newTargets(before: KnownSpace, now: KnownSpace): { computation: number; destinationIds: string[] }[] {
  return Object.entries(now.targets).flatMap(([number, targets]) => {
    const known = before.targets[Number(number)]
    const isSame = before.definitions[Number(number)] === now.definitions[Number(number)]
    const destinationIds = known === undefined || !isSame ? [] : targets.filter((id) => !known.includes(id))
    return destinationIds.length === 0 ? [] : [{ computation: Number(number), destinationIds }]
  })
}

export const NOTHING_KNOWN_OF: KnownSpace = { definitions: {}, targets: {} }
