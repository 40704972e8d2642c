/** Who reads an audience, and which destinations can be told of one, in the shapes of Segment's API (segment contract 8.2). */
import { traitsReadBy } from '../../engage/index.ts'
import * as answers from '../answers/activations.ts'
import type { Routes } from '../deps.ts'
import { PageQuery, pageOf } from '../pages.ts'
import { invalid } from '../problems.ts'
import { toDestination } from '../workspace.ts'
import { computationOf, spaceOf } from './lookup.ts'
import { toShown } from './shown.ts'

/** The calls that an audience of this type is told by. */
const TOLD_BY: Readonly<Record<string, readonly string[]>> = { USERS: ['identify', 'track'], ACCOUNTS: ['group'] }

export const referenceRoutes: Routes = (app, deps, guard) => {
  app.get<{ Params: { space: string; id: string }; Querystring: PageQuery }>(
    '/spaces/:space/audiences/:id/audience-references',
    { onRequest: guard('api:read'), config: answers.listAudienceConsumers, schema: { querystring: PageQuery } },
    async ({ params, query }) => {
      const { key } = await computationOf(deps, { ...params, collection: 'audiences' })
      const space = await spaceOf(deps, params.space)
      const all = await deps.spaces.computations(space.id)
      const readers = all.filter(
        ({ definition }) => definition.kind === 'audience' && traitsReadBy(definition).has(key),
      )
      const { page, pagination } = pageOf(readers, query)
      return { data: { audiences: await Promise.all(page.map((each) => toShown(deps, space, each))), pagination } }
    },
  )

  app.get<{ Params: { space: string; type: string }; Querystring: PageQuery }>(
    '/spaces/:space/audienceType/:type/supported-destinations',
    { onRequest: guard('api:read'), config: answers.listSupportedDestinations, schema: { querystring: PageQuery } },
    async ({ params, query }) => {
      const { id } = await spaceOf(deps, params.space)
      const calls = Object.hasOwn(TOLD_BY, params.type) ? TOLD_BY[params.type] : undefined
      if (calls === undefined) throw invalid('audienceType', 'must be USERS or ACCOUNTS: there are no linked audiences')
      const supported = [...deps.config().destinations.values()].filter(
        ({ sourceId, kind }) =>
          sourceId === id && deps.catalog.find(kind)?.methods.some((method) => calls.includes(method)) === true,
      )
      const { page, pagination } = pageOf(supported, query)
      return { data: { destinations: page.map((each) => toDestination(each, deps)), pagination } }
    },
  )
}
