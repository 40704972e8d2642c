import type { QueryClient } from '@tanstack/react-query'
import { sessionQuery } from './session.ts'

/** Forgets what is not on the page: what was known of somebody who is deleted must not come back with the way back. */
export function forgetUnseen(client: QueryClient): void {
  client.removeQueries({ type: 'inactive', predicate: ({ queryKey }) => queryKey[0] !== sessionQuery.queryKey[0] })
}
