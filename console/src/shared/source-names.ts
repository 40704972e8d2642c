import { queryOptions, useQuery } from '@tanstack/react-query'
import { listSources } from '../../../src/api/answers/sources.ts'
import { listSpaces } from '../../../src/api/answers/spaces.ts'
import { ask } from './api.ts'

/** Of sources and of spaces, which are sources of their own. */
export const sourceNamesQuery = queryOptions({
  queryKey: ['sources', 'names'],
  queryFn: async ({ signal }) => {
    const [{ data: of }, { data: also }] = await Promise.all([
      ask(listSources, '/sources', { signal }),
      ask(listSpaces, '/spaces', { signal }),
    ])
    return new Map([...of.sources, ...also.spaces].map(({ id, name, slug }) => [id, name || slug]))
  },
})

/** The name of a source or space; its id while the names are not there. */
export function useSourceName(): (id: string) => string {
  const { data } = useQuery(sourceNamesQuery)
  return (id) => data?.get(id) ?? id
}
