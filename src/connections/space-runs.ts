/**
 * What is kept of a space beside its people, so that a crash forgets nothing: which definitions and destinations were
 * worked with, and how far what looks at everybody has come. Pure.
 */

import { hash } from 'node:crypto'
import type { OutputTarget } from '../unify/index.ts'
import type { ComputationEnding, Occasion, OccasionKind, SpaceConfig } from '../workspace/index.ts'
import type { Edits } from './people-run.ts'

/** Definitions by the computation's number, as hashes, and who was told of each. */
export interface KnownSpace {
  readonly definitions: Readonly<Record<number, string>>
  readonly targets: Readonly<Record<number, readonly string[]>>
  /** Number of the last ending that was taken up. */
  readonly endings?: number
}

/** Everybody who has a value of a computation is looked at, and told of it. */
export interface TellRun {
  /** Tells its calls from those of other runs: letters and digits. */
  readonly id: string
  readonly spaceId: string
  readonly computation: number
  readonly key: string
  /**
   * What it tells: what holds, what holds to those who drifted from it, that it is over, or what the run `undoes` was not
   * yet there to tell.
   */
  readonly value: 'current' | 'drifted' | 'exit' | 'before'
  /** Its number in the sync ledger. */
  readonly number?: number
  readonly undoes?: number
  readonly targets: readonly OutputTarget[]
  /** Profile up to which they were looked at. */
  readonly after: number
  /** Profiles looked at. */
  readonly done: number
  /** Profiles of whom something was told. A run of a former version does not say. */
  readonly told?: number
  readonly total: number
  /** The computation is over: nobody stays a member. Once it is deleted, what was told of it goes too. */
  readonly forgets: 'nothing' | 'members' | 'all'
  /** It begins when everybody of the space is worked out by its definitions. */
  readonly waits?: boolean
}

/** What is asked for. The computation may be switched off or deleted by now. */
export interface TellRequest extends Pick<TellRun, 'id' | 'spaceId' | 'value' | 'forgets' | 'undoes'> {
  readonly computation: ComputationEnding['computation']
  /** All of the computation's where they are not given. */
  readonly destinationIds?: readonly string[]
}

export function tellRunOf(request: TellRequest, number: number): TellRun {
  const { id, spaceId, computation, value, destinationIds, forgets, undoes } = request
  const targets = targetsOf(spaceId, computation)
  return {
    id,
    spaceId,
    computation: computation.number,
    key: computation.key,
    value,
    number,
    ...(undoes === undefined ? {} : { undoes }),
    targets: targets.filter((target) => destinationIds?.includes(target.destinationId) ?? true),
    after: 0,
    done: 0,
    told: 0,
    total: 0,
    forgets,
  }
}

export function targetsOf(
  spaceId: string,
  { id, definition, activations }: TellRequest['computation'],
): readonly OutputTarget[] {
  return activations.map(({ occasions, ...activation }) => {
    const silentOn = silentOnOf(occasions)
    const silence = silentOn.length === 0 ? {} : { silentOn }
    return { ...activation, ...silence, spaceId, computationId: id, kind: definition.kind }
  })
}

function silentOnOf(occasions: readonly Occasion[] | undefined): NonNullable<OutputTarget['silentOn']> {
  if (occasions === undefined) return []
  const isTold = (kind: OccasionKind) =>
    occasions.some(({ on, enabled }) => enabled && (on === kind || on === 'membership'))
  return [...(isTold('entered') ? [] : ['entries' as const]), ...(isTold('exited') ? [] : ['exits' as const])]
}

/** How far a run has come, for people. */
export interface TellProgress extends Pick<TellRun, 'id' | 'computation' | 'value' | 'done' | 'total'> {
  readonly told: number
  /** Unix milliseconds; null while it is not known. */
  readonly etaMs: number | null
  readonly destinationIds: readonly string[]
}

export function knownOf({ computations, endings = [] }: SpaceConfig): KnownSpace {
  return {
    endings: endings.at(-1)?.number ?? 0,
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

/** What is over is back: whom the run that tells so had not reached, and who is not in any more, is told by this one. */
export function runOfReturn(exits: TellRun, number: number): TellRun {
  const begins = { number, after: 0, done: 0, told: 0, total: 0 }
  return { ...exits, ...begins, id: `back-${number}`, value: 'drifted', forgets: 'nothing', waits: true }
}

export function editsOf(before: KnownSpace, now: KnownSpace): Edits {
  const numbers = Object.keys(now.definitions).map(Number)
  return {
    changed: numbers.filter((number) => before.definitions[number] !== now.definitions[number]),
    appeared: numbers.filter((number) => !Object.hasOwn(before.definitions, number)),
  }
}

/** Destinations that know nothing of a computation that others were told of. */
export function newTargets(
  before: KnownSpace,
  now: KnownSpace,
): { computation: number; destinationIds: string[]; waits: boolean }[] {
  return Object.entries(now.targets).flatMap(([number, targets]) => {
    const known = before.targets[Number(number)]
    const isSame = before.definitions[Number(number)] === now.definitions[Number(number)]
    const destinationIds = known === undefined ? [] : targets.filter((id) => !known.includes(id))
    // Of another definition everybody is worked out before they are told what holds.
    return destinationIds.length === 0 ? [] : [{ computation: Number(number), destinationIds, waits: !isSame }]
  })
}

/** Runs for what has ended since, but for what is there again. */
export function endingRuns(
  before: KnownSpace,
  now: KnownSpace,
  { id, endings = [] }: SpaceConfig,
  newNumber: () => number,
): readonly TellRun[] {
  return endings.flatMap(({ number, computation, isDeleted }) => {
    const isOver = number > (before.endings ?? 0) && !Object.hasOwn(now.definitions, computation.number)
    const run = {
      id: `ending-${number}`,
      spaceId: id,
      computation,
      value: 'exit',
      forgets: isDeleted ? 'all' : 'members',
    } as const
    return isOver ? [tellRunOf(run, newNumber())] : []
  })
}

export const NOTHING_KNOWN_OF: KnownSpace = { definitions: {}, targets: {} }
