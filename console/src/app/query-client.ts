import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query'
import { Problem } from '../shared/problem.ts'
import { sessionQuery } from '../shared/session.ts'

const RETRIES = 2
/** Milliseconds before the first; twice as long before each further one. Somebody waits. */
const RETRY_MS = 200

/** A session that has ended shows at the next answer: who is signed in is then asked anew. */
export function makeQueryClient(): QueryClient {
  const ended = (error: unknown) => {
    if (error instanceof Problem && error.status === 401)
      void client.invalidateQueries({ queryKey: sessionQuery.queryKey })
  }
  const client = new QueryClient({
    queryCache: new QueryCache({ onError: ended }),
    mutationCache: new MutationCache({ onError: ended }),
    defaultOptions: {
      queries: {
        staleTime: 5_000,
        refetchOnWindowFocus: true,
        // Without a network there may still be a way to the server, on this very machine.
        networkMode: 'always',
        // What the server says stays so when it is asked again; that it cannot be reached may pass.
        retry: (failures, error) => failures < RETRIES && !(error instanceof Problem && error.status in ANSWERED),
        retryDelay: (failures) => RETRY_MS * 2 ** failures,
      },
      // What was sent or came back may be a secret: a password, a token that was made.
      mutations: { retry: false, networkMode: 'always', gcTime: 0 },
    },
  })
  return client
}

const ANSWERED: Readonly<Record<number, true>> = {
  400: true,
  401: true,
  403: true,
  404: true,
  409: true,
  412: true,
  413: true,
  422: true,
  428: true,
  429: true,
  501: true,
}
