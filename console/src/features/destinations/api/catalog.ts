/** What can be added as a destination. */
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import * as answers from '../../../../../src/api/answers/catalog.ts'
import { ask, part } from '../../../shared/api.ts'

export type { Action, ActionField, DestinationMetadata } from '../../../../../src/api/answers/catalog.ts'

/** Entries are long: so many come at once, and the first are shown while others are on their way. */
const PAGE_COUNT = 30

export interface CatalogSummary {
  readonly slug: string
  readonly name: string
  readonly description: string
  readonly categories: readonly string[]
  readonly origin: answers.DestinationMetadata['origin']
}

const summaryOf = ({ slug, name, description, categories, origin }: answers.DestinationMetadata): CatalogSummary => ({
  slug,
  name,
  description,
  categories,
  origin,
})

export const catalogQuery = infiniteQueryOptions({
  queryKey: ['catalog'],
  queryFn: async ({ pageParam, signal }) => {
    const query = { 'pagination.count': PAGE_COUNT, 'pagination.cursor': pageParam }
    const { data, notices } = await ask(answers.getDestinationsCatalog, '/catalog/destinations', { query, signal })
    return { entries: data.destinationsCatalog.map(summaryOf), next: data.pagination.next, notices }
  },
  initialPageParam: undefined as string | undefined,
  getNextPageParam: ({ next }) => next,
  staleTime: 60_000,
})

/** @param slug or metadata id */
export const catalogEntryQuery = (slug: string) =>
  queryOptions({
    queryKey: ['catalog', slug],
    queryFn: async ({ signal }) =>
      (await ask(answers.getDestinationMetadata, `/catalog/destinations/${part(slug)}`, { signal })).data
        .destinationMetadata,
    staleTime: 60_000,
  })
