/** Finds what a path names: a space, and one of its audiences or computed traits. */
import type { Person } from '../../unify/index.ts'
import type { Computation, Space, SpaceConfig } from '../../workspace/index.ts'
import type { ApiDeps } from '../deps.ts'
import { ApiError } from '../problems.ts'
import { findPerson, parseLookup, portsOf } from '../profiles/index.ts'

export type OfSpace = { Params: { space: string } }
/** `audiences` or `computed-traits`. */
export type OfCollection = { Params: { space: string; collection: string } }
/** `type:value` or `use_…`. */
export type OfProfile = { Params: { space: string; lookup: string } }
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

/** A space as the pipeline has it. */
export function spaceConfigOf(deps: Pick<ApiDeps, 'config'>, id: string): SpaceConfig {
  const space = deps.config().spaces.find((each) => each.id === id)
  if (space === undefined) throw new ApiError(404, [{ type: 'not-found', message: 'The space does not exist.' }])
  return space
}

/** The person, else the company, that the path names. */
export async function profileOf(
  deps: Pick<ApiDeps, 'config' | 'state' | 'hash'>,
  params: OfProfile['Params'],
): Promise<{ readonly space: SpaceConfig; readonly person: Person }> {
  const space = spaceConfigOf(deps, params.space)
  const lookup = parseLookup(params.lookup)
  const ports = portsOf(deps)
  const person =
    lookup &&
    ((await findPerson(ports, space, 'users', lookup)) ?? (await findPerson(ports, space, 'accounts', lookup)))
  if (person === undefined) throw new ApiError(404, [{ type: 'not-found', message: 'No profile has this id.' }])
  return { space, person }
}
