import { queryOptions } from '@tanstack/react-query'
import { getDelivery, listDeliveries } from '../../../../../src/api/answers/deliveries.ts'
import { ask, part } from '../../../shared/api.ts'

/** The newest dead letters, of which the reasons are told: as many as a page of the ledger may have. */
export const LETTERS_MAX = 1_000
const REFRESH_MS = 5_000

export const deadLettersQuery = (destinationId: string) =>
  queryOptions({
    queryKey: ['ledger', 'dead', destinationId],
    queryFn: async ({ signal }) => {
      const query = { destinationId, state: 'dead', 'pagination.count': LETTERS_MAX }
      return (await ask(listDeliveries, '/ledger', { signal, query })).data.deliveries
    },
    refetchInterval: REFRESH_MS,
  })

/** With request and answer: asks for `pii:read`. */
export const deliveryQuery = (id: string) =>
  queryOptions({
    queryKey: ['ledger', 'one', id],
    queryFn: async ({ signal }) => (await ask(getDelivery, `/ledger/${part(id)}`, { signal })).data,
  })
