/** Names for ids. */
import { queryOptions } from '@tanstack/react-query'
import { listDestinations } from '../../../../src/api/answers/destinations.ts'
import { listSources } from '../../../../src/api/answers/sources.ts'
import { ask } from '../../shared/api.ts'

export interface Names {
  readonly sources: ReadonlyMap<string, string>
  readonly destinations: ReadonlyMap<string, string>
}

const REFRESH_MS = 30_000

export const namesQuery = queryOptions({
  queryKey: ['debugger', 'names'],
  queryFn: async ({ signal }): Promise<Names> => {
    const [{ data: ofSources }, { data: ofDestinations }] = await Promise.all([
      ask(listSources, '/sources', { signal }),
      ask(listDestinations, '/destinations', { signal }),
    ])
    const byId = (list: readonly { id: string; name: string }[]) => new Map(list.map(({ id, name }) => [id, name]))
    return { sources: byId(ofSources.sources), destinations: byId(ofDestinations.destinations) }
  },
  refetchInterval: REFRESH_MS,
})

export const NO_NAMES: Names = { sources: new Map(), destinations: new Map() }
