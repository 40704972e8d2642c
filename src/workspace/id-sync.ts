/** Which ids of somebody a destination is told of a computation with: Segment's ID Sync, `segment.md` 4.6. Pure. */

import type { FieldProblem } from './errors.ts'
import { TYPE_PATTERN } from './identity-rules.ts'

/** Of several ids of one type: the one the profile got first, the one it got last, or all. */
export const ID_STRATEGIES = ['first', 'last', 'all'] as const

export interface IdSyncRule {
  /** Type of an external id, such as `email`; custom types too. */
  readonly externalId: string
  readonly strategy: (typeof ID_STRATEGIES)[number]
  /** Name of a trait (identify) or property (track) that has the value as well. */
  readonly mapTo?: string
}

/** Rules of one computation at one destination. */
export const ID_SYNC_MAX = 10
/** Of them those with `all`: Segment's limit. */
export const ID_SYNC_ALL_MAX = 3
export const MAP_TO_CHARS_MAX = 255

/** As identity has it: lower case, 1 to 64 characters. */

/** Types of which a member has one at least. */
export const EXTERNAL_ID_TYPES_MAX = 20

export function checkExternalIdTypes(types: readonly string[]): FieldProblem[] {
  const refuse = (message: string) => [{ field: 'options.filterByExternalIds', message }]
  if (types.length === 0 || types.length > EXTERNAL_ID_TYPES_MAX)
    return refuse(`must have 1 to ${EXTERNAL_ID_TYPES_MAX} types: leave it out for the usual ones`)
  const wrong = types.find((type) => !TYPE_PATTERN.test(type))
  return wrong === undefined ? [] : refuse(noType(wrong))
}

const noType = (text: string) =>
  `${JSON.stringify(text.slice(0, 70))} is no type of an external id: give one such as email, in lower case`

export function checkIdSync(rules: readonly IdSyncRule[], field: string): FieldProblem[] {
  const refuse = (message: string): FieldProblem[] => [{ field, message }]
  if (rules.length > ID_SYNC_MAX) return refuse(`has at most ${ID_SYNC_MAX} identifiers`)
  const wrong = rules.find(({ externalId }) => !TYPE_PATTERN.test(externalId))
  if (wrong !== undefined) return refuse(noType(wrong.externalId))
  const types = rules.map(({ externalId }) => externalId)
  const twice = types.find((type, at) => types.indexOf(type) !== at)
  if (twice !== undefined) return refuse(`has ${twice} twice: give it once, with one strategy`)
  if (rules.filter(({ strategy }) => strategy === 'all').length > ID_SYNC_ALL_MAX)
    return refuse(`has at most ${ID_SYNC_ALL_MAX} identifiers with the strategy all: take first or last for the others`)
  const names = rules.flatMap(({ mapTo }) => (mapTo === undefined ? [] : [mapTo]))
  if (names.some((name) => name.trim() === '' || name.length > MAP_TO_CHARS_MAX))
    return refuse(`wants 1 to ${MAP_TO_CHARS_MAX} characters for mapTo`)
  const same = names.find((name, at) => names.indexOf(name) !== at)
  return same === undefined ? [] : refuse(`maps two identifiers to ${same}: give each a name of its own`)
}
