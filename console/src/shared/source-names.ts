import { queryOptions, useQuery } from '@tanstack/react-query'
import { listSources } from '../../../src/api/answers/sources.ts'
import { listSpaces } from '../../../src/api/answers/spaces.ts'
import { ask } from './api.ts'

/** Those that somebody sends to, and spaces, whose events Grapevine makes. */
export const sourcesAndSpacesQuery = queryOptions({
  queryKey: ['sources', 'and spaces'],
  queryFn: async ({ signal }) => {
    const [{ data: of }, { data: also }] = await Promise.all([
      ask(listSources, '/sources', { signal }),
      ask(listSpaces, '/spaces', { signal }),
    ])
    const named = ({ id, name, slug }: { id: string; name: string; slug: string }) => ({ id, name: name || slug })
    return { sources: of.sources.map(named), spaces: also.spaces.map(named) }
  },
})

/** Of sources and of spaces, which are sources of their own: the name by its id. */
export const sourceNamesQuery = queryOptions({
  queryKey: ['sources', 'names'],
  queryFn: async ({ client }) => {
    const { sources, spaces } = await client.fetchQuery(sourcesAndSpacesQuery)
    return new Map([...sources, ...spaces].map(({ id, name }) => [id, name]))
  },
})

/** The name of a source or space; its id while the names are not there. */
export function useSourceName(): (id: string) => string {
  const { data } = useQuery(sourceNamesQuery)
  return (id) => data?.get(id) ?? id
}

/** Those that somebody sends to, and spaces, whose events Grapevine makes; none while they are not there. */
export const useSources = () => useQuery(sourcesAndSpacesQuery).data ?? NONE

const NONE = { sources: [], spaces: [] }
