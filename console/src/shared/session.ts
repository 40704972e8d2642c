/** Who is signed in, and what they may do. */
import { type QueryClient, queryOptions, useQuery, useSuspenseQuery } from '@tanstack/react-query'
import * as answers from '../../../src/api/answers/accounts.ts'
import { ask } from './api.ts'
import { Problem } from './problem.ts'

export interface Session extends answers.Session {
  /** The server knows it no more. Who it was stays in sight, so that what was being typed is not lost. */
  readonly hasEnded?: true
}

export const sessionQuery = queryOptions({
  queryKey: ['session'],
  /** Null for nobody. */
  queryFn: async ({ signal, client }): Promise<Session | null> => {
    try {
      return (await ask(answers.getSession, '/session', { signal })).data
    } catch (error) {
      if (error instanceof Problem && error.status === 401) return ended(client)
      throw error
    }
  },
  staleTime: 60_000,
})

function ended(client: QueryClient): Session | null {
  const before = client.getQueryData<Session | null>(['session']) ?? null
  return before === null ? null : { ...before, hasEnded: true }
}

export const useSession = () => useSuspenseQuery(sessionQuery).data

/** Whether the person who is signed in has a right, e.g. `api:write`. The server asks again. */
export function useMay(right: string): boolean {
  return useQuery(sessionQuery).data?.rights.some((held) => held === right) ?? false
}

/** Somebody has signed in, or out: what was seen before is forgotten. @param session null for nobody */
export function begin(client: QueryClient, session: Session | null): void {
  client.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== sessionQuery.queryKey[0] })
  client.setQueryData(sessionQuery.queryKey, session)
}

export const signIn = (body: { email: string; password: string }) =>
  ask(answers.signIn, '/session', { method: 'POST', body })

export const join = (body: { token: string; name: string; email?: string; password: string }) =>
  ask(answers.join, '/join', { method: 'POST', body })

export const resetPassword = (body: { token: string; password: string }) =>
  ask(answers.resetPassword, '/password-reset', { method: 'POST', body })

export const signOut = () => ask(answers.signOut, '/session', { method: 'DELETE' })
