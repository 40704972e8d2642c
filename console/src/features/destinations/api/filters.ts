/** Filters of a destination, and what one would do to the latest events. */
import { queryOptions } from '@tanstack/react-query'
import * as answers from '../../../../../src/api/answers/filters.ts'
import { testFilter } from '../../../../../src/api/answers/latest-events.ts'
import { ask, askWithTag, part } from '../../../shared/api.ts'
import { ifMatch, type Tagged } from '../../../shared/safe-save.ts'

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

export const filterQuery = (destination: string, id: string) =>
  queryOptions({
    queryKey: ['destinations', destination, 'filters', id],
    queryFn: async ({ signal }): Promise<Tagged<answers.Filter>> => {
      const path = `${pathOf(destination)}/${part(id)}`
      const { body, tag } = await askWithTag(answers.getFilterInDestination, path, { signal })
      return { value: body.data.filter, tag }
    },
  })

/** @param tag of what was seen; undefined for a change that holds whatever it is */
export const changeFilter = (destination: string, id: string, body: Partial<FilterBody>, tag?: string) =>
  ask(answers.updateFilterForDestination, `${pathOf(destination)}/${part(id)}`, {
    method: 'PATCH',
    body,
    headers: ifMatch(tag),
  })

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
