/** Destinations as far as sources show them. */
import { queryOptions } from '@tanstack/react-query'
import { listDestinations } from '../../../../../src/api/answers/destinations.ts'
import { ask } from '../../../shared/api.ts'

export const destinationsQuery = queryOptions({
  queryKey: ['destinations'],
  queryFn: async ({ signal }) => (await ask(listDestinations, '/destinations', { signal })).data.destinations,
})
