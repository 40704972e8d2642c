import { queryOptions } from '@tanstack/react-query'
import { listSpaces } from '../../../src/api/answers/spaces.ts'
import { ask } from './api.ts'

export const spacesQuery = queryOptions({
  queryKey: ['spaces'],
  queryFn: async ({ signal }) => (await ask(listSpaces, '/spaces', { signal })).data.spaces,
})
