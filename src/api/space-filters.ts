/** Filters of a space, under the paths and in the shapes of Segment's API (segment contract 8.2), where a space is an `integrationId`. */
import { type Static, Type } from 'typebox'
import type { SpaceFilter } from '../workspace/index.ts'
import { actorOf } from './actor.ts'
import * as answers from './answers/filters.ts'
import type { ApiDeps, Routes } from './deps.ts'
import { PageQuery, pageOf } from './pages.ts'
import { ApiError, invalid } from './problems.ts'
import { spaceOf } from './spaces/index.ts'

const Fields = {
  name: Type.String(),
  if: Type.String(),
  description: Type.Optional(Type.Union([Type.Null(), Type.String()])),
  enabled: Type.Optional(Type.Boolean()),
  drop: Type.Optional(Type.Boolean()),
}
const CreateSpaceFilter = Type.Object({ ...Fields, integrationId: Type.String() }, { additionalProperties: false })
const UpdateSpaceFilter = Type.Partial(CreateSpaceFilter)
const ListQuery = Type.Object(
  { ...PageQuery.properties, integrationId: Type.String({ description: 'Id of the space.' }) },
  { additionalProperties: false },
)

type OfFilter = { Params: { id: string } }

export const spaceFilterRoutes: Routes = (app, deps, guard) => {
  app.get<{ Querystring: Static<typeof ListQuery> }>(
    '/filters',
    { onRequest: guard('api:read'), config: answers.listFilters, schema: { querystring: ListQuery } },
    async ({ query }) => {
      const { id } = await spaceOf(deps, query.integrationId)
      const found = deps.config().spaces.find((space) => space.id === id)?.filters ?? []
      const { page, pagination } = pageOf(found, query)
      return { data: { filters: page.map(shown), pagination } }
    },
  )

  app.post<{ Body: Static<typeof CreateSpaceFilter> }>(
    '/filters',
    { onRequest: guard('api:write'), config: answers.createFilter, schema: { body: CreateSpaceFilter } },
    async (request) => {
      const { integrationId, drop, description, ...body } = request.body
      refuseOtherThanDrop(drop)
      const { id: spaceId } = await spaceOf(deps, integrationId)
      const args = { ...body, spaceId, ...(typeof description === 'string' ? { description } : {}) }
      return { data: { filter: shown(await deps.commands.createSpaceFilter(args, actorOf(request))) } }
    },
  )

  app.get<OfFilter>(
    '/filters/:id',
    { onRequest: guard('api:read'), config: answers.getFilter },
    async ({ params }) => ({
      data: { filter: shown(filterOf(deps, params.id)) },
    }),
  )

  app.patch<OfFilter & { Body: Static<typeof UpdateSpaceFilter> }>(
    '/filters/:id',
    { onRequest: guard('api:write'), config: answers.updateFilter, schema: { body: UpdateSpaceFilter } },
    async (request) => {
      const { integrationId, drop, ...changes } = request.body
      refuseOtherThanDrop(drop)
      const { id, spaceId } = filterOf(deps, request.params.id)
      if (integrationId !== undefined && integrationId !== spaceId)
        throw invalid('integrationId', "must be the filter's own space")
      const filter = await deps.commands.updateSpaceFilter({ ...changes, id }, actorOf(request))
      return { data: { filter: shown(filter) } }
    },
  )

  app.delete<OfFilter>(
    '/filters/:id',
    { onRequest: guard('api:write'), config: answers.deleteFilter },
    async (request) => {
      await deps.commands.deleteSpaceFilter({ id: request.params.id }, actorOf(request))
      return { data: { status: 'SUCCESS' } }
    },
  )
}

function filterOf(deps: ApiDeps, id: string): SpaceFilter {
  const found = deps.config().spaces.flatMap(({ filters = [] }) => filters.filter((each) => each.id === id))[0]
  if (found === undefined) throw new ApiError(404, [{ type: 'not-found', message: 'The filter does not exist.' }])
  return found
}

function refuseOtherThanDrop(drop: boolean | undefined): void {
  if (drop === false) throw invalid('drop', 'must be true: a filter of a space keeps whole events out')
}

function shown({ spaceId, description, createdAtMs, updatedAtMs, ...rest }: SpaceFilter): answers.SpaceFilter {
  return {
    ...rest,
    integrationId: spaceId,
    ...(description === null ? {} : { description }),
    drop: true,
    createdAt: new Date(createdAtMs).toISOString(),
    updatedAt: new Date(updatedAtMs).toISOString(),
  }
}
