/** One person or company of a space, found by whatever of their ids somebody has at hand. */
import { type Static, Type } from 'typebox'
import type { ExternalId, Person } from '../../unify/index.ts'
import { normaliseId } from '../../unify/index.ts'
import { BUILT_IN_TYPES, type SpaceConfig } from '../../workspace/index.ts'
import * as answers from '../answers/profiles.ts'
import type { Routes } from '../deps.ts'
import { findPeople, portsOf, traitsShown } from '../profiles/index.ts'
import { type OfProfile, type OfSpace, profileOf, spaceConfigOf } from './lookup.ts'

const SearchQuery = Type.Object(
  { search: Type.String({ minLength: 1, maxLength: 500, description: 'An id, alone or as `type:value`.' }) },
  { additionalProperties: false },
)
const COLLECTIONS = ['users', 'accounts'] as const

export const profileReadRoutes: Routes = (app, deps, guard) => {
  app.get<OfSpace & { Querystring: Static<typeof SearchQuery> }>(
    '/spaces/:space/profiles',
    { onRequest: guard('pii:read'), config: answers.searchProfiles, schema: { querystring: SearchQuery } },
    async ({ params, query }) => {
      const space = spaceConfigOf(deps, params.space)
      const wanted = idsOf(query.search.trim(), space)
      const found = await Promise.all(COLLECTIONS.map((each) => findPeople(portsOf(deps), space, each, wanted[each])))
      return {
        data: {
          lookedFor: [...wanted.users, ...wanted.accounts].map(shownId),
          profiles: found.flat().map(({ person, foundBy }) => ({
            profileId: `use_${person.identity.id}`,
            collection: person.identity.collection,
            foundBy: shownId(foundBy),
            externalIds: person.identity.ids.map(shownId),
            merges: person.identity.mergesCount,
            updatedAt: iso(person.updatedBy.atMs),
          })),
        },
      }
    },
  )

  app.get<OfProfile>(
    '/spaces/:space/profiles/:lookup',
    { onRequest: guard('pii:read'), config: answers.getProfile },
    async ({ params }) => {
      const { space, person } = await profileOf(deps, params)
      return { data: { profile: toProfile(person, space) } }
    },
  )
}

/** What a text can be an id of: what it says before a colon, where that is a type, else every type that the space has. */
function idsOf(text: string, { rules }: SpaceConfig): Readonly<Record<'users' | 'accounts', readonly ExternalId[]>> {
  const types = new Map([
    ...BUILT_IN_TYPES,
    ...(rules?.types ?? []).map((each) => [each.type, each.collection] as const),
  ])
  const [, before = '', behind = ''] = /^([^:]+):(.+)$/s.exec(text) ?? []
  const all = types.has(before) ? [[before, behind] as const] : [...types.keys()].map((type) => [type, text] as const)
  const ids = all.flatMap(([type, value]): ExternalId[] => {
    const normalised = normaliseId(type, value)
    // An email without an at sign is nobody's.
    if (normalised === undefined || normalised === '' || (type === 'email' && !value.includes('@'))) return []
    return [{ type, value: normalised }]
  })
  return {
    users: ids.filter(({ type }) => types.get(type) === 'users'),
    accounts: ids.filter(({ type }) => types.get(type) === 'accounts'),
  }
}

function toProfile(person: Person, space: SpaceConfig): answers.Profile {
  const { identity, updatedBy } = person
  const computations = new Map(space.computations.map(({ key, id }) => [key, id]))
  return {
    profileId: `use_${identity.id}`,
    collection: identity.collection,
    externalIds: identity.ids.map(({ addedBy, ...id }) => ({
      ...shownId(id),
      sourceId: addedBy.sourceId,
      messageId: addedBy.messageId,
      addedAt: iso(addedBy.atMs),
    })),
    traits: traitsShown(person, space).map(({ name, value, class: of, sourceId, updatedAtMs }) => ({
      name,
      value,
      class: of,
      computationId: of === 'custom' ? null : (computations.get(name) ?? null),
      isLeftOver: of === 'custom' && sourceId === space.id,
      sourceId,
      updatedAt: iso(updatedAtMs),
    })),
    merges: identity.mergesCount,
    createdAt: iso(identity.createdBy.atMs),
    updatedAt: iso(updatedBy.atMs),
  }
}

const shownId = ({ type, value }: ExternalId) => ({ type, id: value })
const iso = (ms: number) => new Date(ms).toISOString()
