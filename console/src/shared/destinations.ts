import { queryOptions } from '@tanstack/react-query'
import { listDestinations } from '../../../src/api/answers/destinations.ts'
import { ask } from './api.ts'

/** The one list of them: whoever changes a destination has it read anew, for all views at once. */
export const destinationsQuery = queryOptions({
  queryKey: ['destinations'],
  queryFn: async ({ signal }) => (await ask(listDestinations, '/destinations', { signal })).data.destinations,
})
