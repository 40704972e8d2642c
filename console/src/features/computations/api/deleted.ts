import { queryOptions } from '@tanstack/react-query'
import { listDeleted } from '../../../../../src/api/answers/computations.ts'
import { ask } from '../../../shared/api.ts'
import type { Kind } from '../kinds.ts'
import { allPath } from './computations.ts'

/** Those that can be restored, the latest first. */
export const deletedQuery = (space: string, kind: Kind) =>
  queryOptions({
    queryKey: ['spaces', space, kind.collection, 'deleted'],
    queryFn: async ({ signal }) => (await ask(listDeleted, `${allPath(space, kind)}/deleted`, { signal })).data.deleted,
  })
