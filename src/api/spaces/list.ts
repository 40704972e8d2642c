/** The list of a space's audiences or computed traits, all of them or those that have a text. */
import { type Static, Type } from 'typebox'
import type { Computation } from '../../workspace/index.ts'
import * as answers from '../answers/computations.ts'
import type { Routes } from '../deps.ts'
import { PageQuery, pageOf } from '../pages.ts'
import { collectionOf, type OfCollection, spaceOf } from './lookup.ts'
import { toShown } from './shown.ts'

/** Segment's `search`; as with pages, its documentation writes it with dots and its SDKs with brackets. */
const SearchType = Type.Enum(['NAME', 'KEY', 'DEFINITION'], { description: 'Where the text is looked for.' })
const SearchText = Type.String({ maxLength: 1_000, description: 'The text, in any case.' })
const ListQuery = Type.Object(
  {
    ...PageQuery.properties,
    'search.type': Type.Optional(SearchType),
    'search[type]': Type.Optional(SearchType),
    'search.query': Type.Optional(SearchText),
    'search[query]': Type.Optional(SearchText),
  },
  { additionalProperties: false },
)
type ListQuery = Static<typeof ListQuery>

export const computationListRoutes: Routes = (app, deps, guard) => {
  app.get<OfCollection & { Querystring: ListQuery }>(
    '/spaces/:space/:collection',
    { onRequest: guard('api:read'), config: answers.listComputations, schema: { querystring: ListQuery } },
    async ({ params, query }) => {
      const space = await spaceOf(deps, params.space)
      const { kind, many } = collectionOf(params)
      const found = (await deps.spaces.computations(space.id)).filter((each) => each.definition.kind === kind)
      const { page, pagination } = pageOf(searched(found, query), query)
      return { data: { [many]: await Promise.all(page.map((each) => toShown(deps, space, each))), pagination } }
    },
  )
}

/** Those that have the text in their name, key or definition, in any case. */
function searched(all: readonly Computation[], query: ListQuery): readonly Computation[] {
  const text = (query['search.query'] ?? query['search[query]'])?.toLowerCase()
  if (text === undefined) return all
  const field = ({ KEY: 'key', DEFINITION: 'query', NAME: 'name' } as const)[
    query['search.type'] ?? query['search[type]'] ?? 'NAME'
  ]
  return all.filter((each) => each[field].toLowerCase().includes(text))
}
