import { useQueryClient } from '@tanstack/react-query'
import type { Named } from './api/computations.ts'

/** After a change of one: all that is shown of its kind is asked for anew. */
export function useRefresh({ space, kind }: Named) {
  const queryClient = useQueryClient()
  return () => void queryClient.invalidateQueries({ queryKey: ['spaces', space, kind.collection] })
}
