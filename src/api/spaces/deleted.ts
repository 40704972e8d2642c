/** Audiences and computed traits that were deleted and can be restored. Segment's API forgets them. */
import { type Static, Type } from 'typebox'
import { listDeleted } from '../answers/computations.ts'
import type { Routes } from '../deps.ts'
import { PageQuery, pageOf } from '../pages.ts'
import { collectionOf, type OfCollection, spaceOf } from './lookup.ts'

const Query = Type.Object({ ...PageQuery.properties }, { additionalProperties: false })

export const deletedRoutes: Routes = (app, deps, guard) => {
  app.get<OfCollection & { Querystring: Static<typeof Query> }>(
    '/spaces/:space/:collection/deleted',
    { onRequest: guard('api:read'), config: listDeleted, schema: { querystring: Query } },
    async ({ params, query }) => {
      const space = await spaceOf(deps, params.space)
      const { kind } = collectionOf(params)
      const { page, pagination } = pageOf(await deps.spaces.deleted(space.id, kind), query)
      const deleted = page.map(({ query: text, level, deletedAtMs, ...rest }) => ({
        ...rest,
        definition: { query: text, type: level === 'accounts' ? ('ACCOUNTS' as const) : ('USERS' as const) },
        deletedAt: new Date(deletedAtMs).toISOString(),
      }))
      return { data: { deleted, pagination } }
    },
  )
}
