import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import { getDelivery, listDeliveries } from '../../../../../src/api/answers/deliveries.ts'
import { ask, part } from '../../../shared/api.ts'
import type { LetterGroup } from '../dead-letters.ts'

/** Samples of one reason. */
const SAMPLES = 3

/**
 * The newest dead letters of one reason.
 * @param count how many there are: when it changes, they are read anew, and not before
 */
export const samplesQuery = (destinationId: string, { reason, count }: LetterGroup) =>
  queryOptions({
    queryKey: ['ledger', 'dead', destinationId, reason, count],
    queryFn: async ({ signal }) => {
      const query = { destinationId, state: 'dead', reason, 'pagination.count': SAMPLES }
      return (await ask(listDeliveries, '/ledger', { signal, query })).data.deliveries
    },
    staleTime: Number.POSITIVE_INFINITY,
    placeholderData: keepPreviousData,
  })

/** With request and answer: asks for `pii:read`. */
export const deliveryQuery = (id: string) =>
  queryOptions({
    queryKey: ['ledger', 'one', id],
    queryFn: async ({ signal }) => (await ask(getDelivery, `/ledger/${part(id)}`, { signal })).data,
  })
