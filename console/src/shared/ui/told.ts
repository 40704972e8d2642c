/** Which problems are told somewhere on the page: what fails and is told nowhere, the frame of the page tells. */
import { type Query, useQueryClient } from '@tanstack/react-query'
import { useCallback, useEffect, useSyncExternalStore } from 'react'

const told = new Map<unknown, number>()
const listeners = new Set<() => void>()

function change(problem: unknown, by: 1 | -1) {
  const places = (told.get(problem) ?? 0) + by
  if (places === 0) told.delete(problem)
  else told.set(problem, places)
  for (const each of listeners) each()
}

/** While what calls it is drawn, the problem is told. */
export function useTells(problem: unknown): void {
  useEffect(() => {
    change(problem, 1)
    return () => change(problem, -1)
  }, [problem])
}

const isUntold = (query: Query) => query.isActive() && query.state.status === 'error' && !told.has(query.state.error)

/** Answers that the view asked for, did not get, and says nothing of. */
export function useUntold(): { readonly count: number; readonly retry: () => void } {
  const client = useQueryClient()
  const subscribe = useCallback(
    (listener: () => void) => {
      const leave = client.getQueryCache().subscribe(listener)
      listeners.add(listener)
      return () => {
        leave()
        listeners.delete(listener)
      }
    },
    [client],
  )
  const count = useSyncExternalStore(subscribe, () => client.getQueryCache().findAll({ predicate: isUntold }).length)
  return { count, retry: () => void client.refetchQueries({ predicate: isUntold }) }
}
