import { queryOptions } from '@tanstack/react-query'
import { getComputationSize } from '../../../../../src/api/answers/computations.ts'
import { ask } from '../../../shared/api.ts'
import { type RangeName, rangeCalled, timesOf } from '../../../shared/range.ts'
import { type Named, onePath } from './computations.ts'

const UNDER_WAY_MS = 1_000

/** How many are in, up to now. @param isUnderWay whether many come or leave just now */
export const sizeQuery = ({ space, kind, id }: Named, range: RangeName, isUnderWay: boolean) =>
  queryOptions({
    queryKey: ['spaces', space, kind.collection, id, 'size', range],
    queryFn: async ({ signal }) => {
      const { startTime, granularity } = timesOf(range, Date.now())
      const query = { startTime, granularity }
      return (await ask(getComputationSize, `${onePath(space, kind, id)}/size`, { signal, query })).data.series
    },
    refetchInterval: isUnderWay ? UNDER_WAY_MS : rangeCalled(range).refreshMs,
    // The last time shown stays until the next is there: nothing jumps.
    placeholderData: (before) => before,
  })
