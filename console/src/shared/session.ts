/** Who is signed in, and what they may do. */
import { queryOptions, useQuery, useSuspenseQuery } from '@tanstack/react-query'
import { Type } from 'typebox'
import { answering } from '../../../src/api/answers/operation.ts'
import { Done } from '../../../src/api/answers/shared.ts'
import { ask } from './api.ts'
import { Problem } from './problem.ts'

const session = answering('session', 'Who is signed in', {
  user: Type.Object({
    id: Type.String(),
    email: Type.String(),
    name: Type.String(),
    role: Type.String(),
    pii: Type.Boolean(),
  }),
  rights: Type.Array(Type.String()),
})

export const sessionQuery = queryOptions({
  queryKey: ['session'],
  /** Null for nobody. */
  queryFn: async ({ signal }) => {
    try {
      return (await ask(session, '/session', { signal })).data
    } catch (error) {
      if (error instanceof Problem && error.status === 401) return null
      throw error
    }
  },
  staleTime: 60_000,
})

export type Session = NonNullable<ReturnType<typeof useSession>>

export const useSession = () => useSuspenseQuery(sessionQuery).data

/** Whether the person who is signed in has a right, e.g. `api:write`. The server asks again. */
export function useMay(right: string): boolean {
  return useQuery(sessionQuery).data?.rights.includes(right) ?? false
}

export const signIn = (body: { email: string; password: string }) => ask(session, '/session', { method: 'POST', body })

export const join = (body: { token: string; name: string; email?: string; password: string }) =>
  ask(session, '/join', { method: 'POST', body })

export const signOut = () => ask(answering('signOut', 'Signs out', Done), '/session', { method: 'DELETE' })
