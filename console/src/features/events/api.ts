import { queryOptions } from '@tanstack/react-query'
import { type Explanation, explainEvent, listDeliveries } from '../../../../src/api/answers/deliveries.ts'
import { listDestinations } from '../../../../src/api/answers/destinations.ts'
import { ask, part } from '../../shared/api.ts'
import { sourceNamesQuery } from '../../shared/source-names.ts'
import { type LedgerSearch, ledgerQueryOf } from './ledger-search.ts'

export const PAGE = 50
const REFRESH_MS = 2_000
const NAMES_STALE_MS = 60_000

export const ledgerQuery = (search: LedgerSearch) =>
  queryOptions({
    queryKey: ['ledger', search],
    queryFn: async ({ signal }) =>
      (await ask(listDeliveries, '/ledger', { query: ledgerQueryOf(search, PAGE), signal })).data,
    // Only the newest page can get more.
    refetchInterval: search.cursor === undefined ? REFRESH_MS * 2 : false,
  })

export const explanationQuery = (messageId: string) =>
  queryOptions({
    queryKey: ['explain', messageId],
    queryFn: async ({ signal }) => (await ask(explainEvent, `/explain/${part(messageId)}`, { signal })).data,
    refetchInterval: ({ state: { data } }) =>
      data?.events.some(isOnItsWay) === true || data?.unaccepted.some(({ became }) => became === 'waiting') === true
        ? REFRESH_MS
        : false,
  })

const isOnItsWay = ({ deliveries }: Explanation) => deliveries.some(({ state }) => state === 'pending')

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
  staleTime: NAMES_STALE_MS,
})
