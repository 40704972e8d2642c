/** What needs a person now. */
import { queryOptions } from '@tanstack/react-query'
import { listAlerts } from '../../../src/api/answers/status.ts'
import { ask } from './api.ts'

const REFRESH_MS = 5_000

export const alertsQuery = queryOptions({
  queryKey: ['alerts'],
  queryFn: async ({ signal }) => (await ask(listAlerts, '/alerts', { signal })).data,
  refetchInterval: REFRESH_MS,
})
