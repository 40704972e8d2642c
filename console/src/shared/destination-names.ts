import { queryOptions } from '@tanstack/react-query'
import { listDestinations } from '../../../src/api/answers/destinations.ts'
import { ask } from './api.ts'
import { sourceNamesQuery } from './source-names.ts'

const STALE_MS = 60_000

/** Names of destinations by id; with that of the source where there are several of one name. */
export const destinationNamesQuery = queryOptions({
  queryKey: ['destinations', 'names'],
  queryFn: async ({ signal, client }) => {
    const [{ data }, sources] = await Promise.all([
      ask(listDestinations, '/destinations', { signal }),
      client.ensureQueryData(sourceNamesQuery),
    ])
    const byName = Map.groupBy(data.destinations, ({ name }) => name)
    return new Map(
      data.destinations.map(({ id, name, sourceId }) => {
        const isOnly = byName.get(name)?.length === 1
        return [id, isOnly ? name : `${name} (${sources.get(sourceId) ?? sourceId})`]
      }),
    )
  },
  staleTime: STALE_MS,
})
