/** Finds what a path names: a space, and one of its audiences or computed traits. */
import type { Computation, Space } from '../../workspace/index.ts'
import type { ApiDeps } from '../deps.ts'
import { ApiError } from '../problems.ts'

export type OfSpace = { Params: { space: string } }
/** `audiences` or `computed-traits`. */
export type OfCollection = { Params: { space: string; collection: string } }
export type OfComputation = { Params: { space: string; collection: string; id: string } }

export const COLLECTIONS = {
  audiences: {
    kind: 'audience',
    one: 'audience',
    many: 'audiences',
    name: 'audience',
    lookBack: 'backfillEventDataDays',
  },
  'computed-traits': {
    kind: 'trait',
    one: 'computedTrait',
    many: 'computedTraits',
    name: 'computed trait',
    lookBack: 'backfillDurationDays',
  },
} as const

export async function spaceOf(deps: ApiDeps, id: string): Promise<Space> {
  const space = (await deps.spaces.list()).find((each) => each.id === id)
  if (space === undefined) throw new ApiError(404, [{ type: 'not-found', message: 'The space does not exist.' }])
  return space
}

export function collectionOf({ collection }: OfCollection['Params']) {
  const known = Object.hasOwn(COLLECTIONS, collection) ? COLLECTIONS[collection as keyof typeof COLLECTIONS] : undefined
  if (known === undefined)
    throw new ApiError(404, [{ type: 'not-found', message: 'A space has audiences and computed-traits.' }])
  return known
}

export async function computationOf(deps: ApiDeps, params: OfComputation['Params']): Promise<Computation> {
  const { kind, name } = collectionOf(params)
  const all = await deps.spaces.computations((await spaceOf(deps, params.space)).id)
  const found = all.find((each) => each.id === params.id && each.definition.kind === kind)
  if (found === undefined) throw new ApiError(404, [{ type: 'not-found', message: `The ${name} does not exist.` }])
  return found
}
