import { queryOptions } from '@tanstack/react-query'
import { listSources } from '../../../src/api/answers/sources.ts'
import { ask } from './api.ts'

/** The one list of them: whoever changes a source has it read anew, for all views at once. */
export const sourcesQuery = queryOptions({
  queryKey: ['sources'],
  queryFn: async ({ signal }) => (await ask(listSources, '/sources', { signal })).data.sources,
})
