import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { destinationsQuery } from './destinations.ts'
import { useSources } from './source-names.ts'

interface Of {
  readonly id: string
  readonly name: string
  readonly sourceId: string
}

/** Names of destinations by id; with that of the source where there are several of one name. Pure. */
export function destinationNamesOf(destinations: readonly Of[], sources: ReadonlyMap<string, string>) {
  const byName = Map.groupBy(destinations, ({ name }) => name)
  return new Map(
    destinations.map(({ id, name, sourceId }) => {
      const isOnly = byName.get(name)?.length === 1
      return [id, isOnly ? name : `${name} (${sources.get(sourceId) ?? sourceId})`]
    }),
  )
}

/** The same of those that there are; empty until they can be told apart. */
export function useDestinationNames(): ReadonlyMap<string, string> {
  const { data } = useQuery(destinationsQuery)
  const { names, isPending } = useSources()
  return useMemo(
    () => (data === undefined || isPending ? NONE : destinationNamesOf(data, names)),
    [data, names, isPending],
  )
}

const NONE: ReadonlyMap<string, string> = new Map()
