/** Who has a value of an audience or computed trait. Segment's API does not tell. */
import { type Static, Type } from 'typebox'
import { Person } from '../../unify/index.ts'
import * as computations from '../answers/computations.ts'
import type * as spaces from '../answers/spaces.ts'
import type { Routes } from '../deps.ts'
import { computationOf, type OfComputation } from './lookup.ts'

const MemberQuery = Type.Object(
  {
    'pagination.count': Type.Optional(Type.String({ pattern: '^[0-9]{1,4}$' })),
    'pagination.cursor': Type.Optional(Type.String({ pattern: '^[0-9]{1,16}$' })),
  },
  { additionalProperties: false },
)
/** Members of one page. */
const MEMBERS_MAX = 1_000

export const memberRoutes: Routes = (app, deps, guard) => {
  app.get<OfComputation & { Querystring: Static<typeof MemberQuery> }>(
    '/spaces/:space/:collection/:id/members',
    { onRequest: guard('pii:read'), config: computations.listMembers, schema: { querystring: MemberQuery } },
    async ({ params, query }) => {
      const { number } = await computationOf(deps, params)
      const limit = Math.min(MEMBERS_MAX, Number(query['pagination.count'] ?? 100))
      const after = Number(query['pagination.cursor'] ?? 0)
      const people = deps.state.people
      const rows = await people.members({ computation: number, after, limit })
      const profiles = await people.profiles(rows.map(({ profile }) => profile))
      const last = rows.at(-1)
      const next = rows.length === limit && last !== undefined ? { next: String(last.profile) } : {}
      const totalEntries = await people.memberCount(number)
      return {
        data: {
          members: profiles.flatMap((stored) => (stored === null ? [] : [memberOf(stored, number)])),
          pagination: { current: String(after), ...next, totalEntries },
        },
      }
    },
  )
}

export function memberOf(
  { id, document }: { readonly id: number; readonly document: string },
  computation: number,
): spaces.Member {
  const { engage, identity } = Person.decode(id, document)
  const known = engage.values.get(computation)
  return {
    profileId: `use_${id}`,
    value: known?.value ?? null,
    since: known === undefined ? null : new Date(known.sinceMs).toISOString(),
    externalIds: identity.ids.map(({ type, value }) => ({ type, id: value })),
  }
}
