import { queryOptions } from '@tanstack/react-query'
import { type Explanation, explainEvent, listDeliveries } from '../../../../src/api/answers/deliveries.ts'
import { ask, part } from '../../shared/api.ts'
import { type LedgerSearch, ledgerQueryOf } from './ledger-search.ts'

export const PAGE = 50
const REFRESH_MS = 2_000

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
