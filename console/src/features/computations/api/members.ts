import { queryOptions } from '@tanstack/react-query'
import { listMembers } from '../../../../../src/api/answers/computations.ts'
import { ask } from '../../../shared/api.ts'
import { type Named, onePath } from './computations.ts'

export const MEMBERS_PAGE = 25
const REFRESH_MS = 5_000

/** @param cursor of the page; undefined for the first one */
export const membersQuery = ({ space, kind, id }: Named, cursor: string | undefined) =>
  queryOptions({
    queryKey: ['spaces', space, kind.collection, id, 'members', cursor],
    queryFn: async ({ signal }) => {
      const query = { 'pagination.count': MEMBERS_PAGE, 'pagination.cursor': cursor }
      return (await ask(listMembers, `${onePath(space, kind, id)}/members`, { signal, query })).data
    },
    refetchInterval: REFRESH_MS,
  })
