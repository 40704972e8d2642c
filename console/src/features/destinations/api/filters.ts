/** Filters of a destination, and what one would do to the latest events. */
import { queryOptions } from '@tanstack/react-query'
import * as answers from '../../../../../src/api/answers/filters.ts'
import { testFilter } from '../../../../../src/api/answers/latest-events.ts'
import { ask, part } from '../../../shared/api.ts'

export type { Filter } from '../../../../../src/api/answers/filters.ts'

export type FilterBody = Pick<answers.Filter, 'title' | 'if' | 'actions' | 'enabled'> & {
  readonly description?: string
}

const pathOf = (destination: string) => `/destination/${part(destination)}/filters`

export const filtersQuery = (destination: string) =>
  queryOptions({
    queryKey: ['destinations', destination, 'filters'],
    queryFn: async ({ signal }) =>
      (await ask(answers.listFiltersFromDestination, pathOf(destination), { signal })).data.filters,
  })

export const createFilter = (destination: string, body: FilterBody) =>
  ask(answers.createFilterForDestination, pathOf(destination), { method: 'POST', body })

export const changeFilter = (destination: string, id: string, body: Partial<FilterBody>) =>
  ask(answers.updateFilterForDestination, `${pathOf(destination)}/${part(id)}`, { method: 'PATCH', body })

export const deleteFilter = (destination: string, id: string) =>
  ask(answers.removeFilterFromDestination, `${pathOf(destination)}/${part(id)}`, { method: 'DELETE' })

/** Asks for the right to read contents. */
export const tryFilter = async (destination: string, filter: Pick<FilterBody, 'if' | 'actions'>, signal: AbortSignal) =>
  (
    await ask(testFilter, `/destinations/${part(destination)}/filters/test`, {
      method: 'POST',
      body: { filter },
      signal,
    })
  ).data
