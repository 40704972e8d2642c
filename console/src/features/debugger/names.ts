/** Names for ids. */
import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { destinationsQuery } from '../../shared/destinations.ts'
import { sourcesQuery } from '../../shared/sources.ts'

export interface Names {
  readonly sources: ReadonlyMap<string, string>
  readonly destinations: ReadonlyMap<string, string>
}

/** Who looks on for long sees events of what was added meanwhile. */
const REFRESH_MS = 30_000

const byId = (list: readonly { id: string; name: string }[] = []) => new Map(list.map(({ id, name }) => [id, name]))

export function useNames(): Names {
  const { data: sources } = useQuery({ ...sourcesQuery, refetchInterval: REFRESH_MS })
  const { data: destinations } = useQuery({ ...destinationsQuery, refetchInterval: REFRESH_MS })
  return useMemo(() => ({ sources: byId(sources), destinations: byId(destinations) }), [sources, destinations])
}
