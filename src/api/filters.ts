/** Destination filters, under the paths and in the shapes of Segment's API (segment contract 8.2 and 8.3). */
import { type Static, Type } from 'typebox'
import { applyFilters } from '../connections/index.ts'
import type { NormalisedEvent } from '../spec/index.ts'
import { checkFilterRule, type DestinationFilter, type FilterAction, refuseInvalid } from '../workspace/index.ts'
import { actorOf } from './actor.ts'
import * as answers from './answers/filters.ts'
import type { ApiDeps, Routes } from './deps.ts'
import { PageQuery, pageOf } from './pages.ts'
import { ApiError } from './problems.ts'

const Action = Type.Object(
  {
    type: Type.Enum(['DROP', 'SAMPLE', 'DROP_PROPERTIES', 'ALLOW_PROPERTIES']),
    fields: Type.Optional(
      Type.Union([Type.Null(), Type.Record(Type.String({ maxLength: 1_000 }), Type.Array(Type.String()))]),
    ),
    percent: Type.Optional(Type.Union([Type.Null(), Type.Number()])),
    path: Type.Optional(Type.Union([Type.Null(), Type.String({ maxLength: 1_000 })])),
  },
  { additionalProperties: false },
)
export const FilterActions = Type.Array(Action)
const Description = Type.Union([Type.Null(), Type.String()])
const CreateFilter = Type.Object(
  {
    sourceId: Type.Optional(Type.String()),
    if: Type.String(),
    actions: FilterActions,
    title: Type.String(),
    enabled: Type.Boolean(),
    description: Type.Optional(Description),
  },
  { additionalProperties: false },
)
const UpdateFilter = Type.Object(
  {
    if: Type.Optional(Type.String()),
    actions: Type.Optional(FilterActions),
    title: Type.Optional(Type.String()),
    enabled: Type.Optional(Type.Boolean()),
    description: Type.Optional(Description),
  },
  { additionalProperties: false },
)
const PreviewFilter = Type.Object(
  {
    filter: Type.Object({ if: Type.String(), actions: FilterActions }, { additionalProperties: false }),
    payload: Type.Record(Type.String(), Type.Unknown()),
  },
  { additionalProperties: false },
)

type OfDestination = { Params: { id: string } }
type OfFilter = { Params: { id: string; filterId: string } }

export const filterRoutes: Routes = (app, deps, guard) => {
  app.get<OfDestination & { Querystring: PageQuery }>(
    '/destination/:id/filters',
    { onRequest: guard('api:read'), config: answers.listFiltersFromDestination, schema: { querystring: PageQuery } },
    async ({ params, query }) => {
      const { page, pagination } = pageOf(filtersOf(deps, params.id), query)
      return { data: { filters: page.map((filter) => shown(deps, params.id, filter)), pagination } }
    },
  )

  app.post<OfDestination & { Body: Static<typeof CreateFilter> }>(
    '/destination/:id/filters',
    { onRequest: guard('api:write'), config: answers.createFilterForDestination, schema: { body: CreateFilter } },
    async (request) => {
      const { description, actions, ...body } = request.body
      const args = {
        ...body,
        actions: actions.map(toAction),
        ...(typeof description === 'string' ? { description } : {}),
        destinationId: request.params.id,
      }
      const filter = await deps.commands.createFilter(args, actorOf(request))
      return { data: { filter: shown(deps, request.params.id, filter) } }
    },
  )

  app.get<OfFilter>(
    '/destination/:id/filters/:filterId',
    { onRequest: guard('api:read'), config: answers.getFilterInDestination },
    async ({ params }) => {
      const filter = filtersOf(deps, params.id).find((each) => each.id === params.filterId)
      if (filter === undefined) throw new ApiError(404, [{ type: 'not-found', message: 'The filter does not exist.' }])
      return { data: { filter: shown(deps, params.id, filter) } }
    },
  )

  app.patch<OfFilter & { Body: Static<typeof UpdateFilter> }>(
    '/destination/:id/filters/:filterId',
    { onRequest: guard('api:write'), config: answers.updateFilterForDestination, schema: { body: UpdateFilter } },
    async (request) => {
      const { id: destinationId, filterId: id } = request.params
      const { actions, ...body } = request.body
      const changes = actions === undefined ? body : { ...body, actions: actions.map(toAction) }
      const filter = await deps.commands.updateFilter({ ...changes, destinationId, id }, actorOf(request))
      return { data: { filter: shown(deps, destinationId, filter) } }
    },
  )

  app.delete<OfFilter>(
    '/destination/:id/filters/:filterId',
    { onRequest: guard('api:write'), config: answers.removeFilterFromDestination },
    async (request) => {
      const { id: destinationId, filterId: id } = request.params
      await deps.commands.deleteFilter({ destinationId, id }, actorOf(request))
      return { data: { status: 'SUCCESS' } }
    },
  )

  app.post<{ Body: Static<typeof PreviewFilter> }>(
    '/destination/filters/preview',
    { onRequest: guard('api:read'), config: answers.previewDestinationFilter, schema: { body: PreviewFilter } },
    async ({ body: { filter, payload } }) => {
      const rule = { if: filter.if, actions: filter.actions.map(toAction) }
      refuseInvalid(checkFilterRule(rule))
      const filtered = applyFilters([rule], payload as NormalisedEvent)
      return {
        data: {
          inputPayload: payload,
          result: filtered.kind === 'kept' ? filtered.event : null,
          ...(filtered.kind === 'undecided' ? { problem: filtered.problem } : {}),
        },
      }
    },
  )
}

function filtersOf(deps: ApiDeps, destinationId: string): readonly DestinationFilter[] {
  const instance = deps.config().destinations.get(destinationId)
  if (instance === undefined)
    throw new ApiError(404, [{ type: 'not-found', message: 'The destination does not exist.' }])
  return instance.filters ?? []
}

/** What is missing is left for the workspace to refuse. */
export function toAction({ type, fields, percent, path }: Static<typeof Action>): FilterAction {
  if (type === 'DROP') return { type }
  if (type === 'SAMPLE') {
    return { type, percent: percent ?? Number.NaN, ...(typeof path === 'string' ? { path } : {}) }
  }
  return { type, fields: fields ?? {} }
}

function shown(deps: ApiDeps, destinationId: string, filter: DestinationFilter): answers.Filter {
  const { createdAtMs, updatedAtMs, description, ...rest } = filter
  return {
    ...rest,
    ...(description === null ? {} : { description }),
    sourceId: deps.config().destinations.get(destinationId)?.sourceId ?? null,
    destinationId,
    createdAt: new Date(createdAtMs).toISOString(),
    updatedAt: new Date(updatedAtMs).toISOString(),
  }
}
