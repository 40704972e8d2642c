import { queryOptions } from '@tanstack/react-query'
import { listSubscriptionsFromDestination } from '../../../../../src/api/answers/destinations.ts'
import { ask, part } from '../../../shared/api.ts'

export const mappingsQuery = (destinationId: string) =>
  queryOptions({
    queryKey: ['destinations', destinationId, 'mappings'],
    queryFn: async ({ signal }) => {
      const path = `/destinations/${part(destinationId)}/subscriptions`
      return (await ask(listSubscriptionsFromDestination, path, { signal })).data.subscriptions
    },
  })
