/** Reads counts over time, a page of groups. */
import type { VolumeFact, VolumeSeries } from '../../state/index.ts'
import type { ApiDeps } from '../deps.ts'
import { PAGE_COUNT_MAX, type PageQuery, type Pagination, paginationOf, startOf } from '../pages.ts'
import { type Dataset, datasetsOf, emptyDataset, groupsOf, type Labels } from './dataset.ts'
import type { Range } from './range.ts'

export interface Asked {
  readonly scope: VolumeSeries['scope']
  /** Of one source or destination; of all when left out. */
  readonly id?: string
  readonly facts: readonly VolumeFact[]
  readonly range: Range
  /** What a series is to be put together by; undefined leaves it out. */
  labelsOf(series: VolumeSeries): Labels | undefined
  /** Whether everything is one group, which is there when it is empty, too. */
  readonly isOne: boolean
}

export interface Read {
  readonly total: number
  readonly datasets: readonly Dataset[]
  readonly pagination: Pagination
}

/** @throws ApiError 422 when the page cannot be */
export async function readVolume(
  { state }: Pick<ApiDeps, 'state'>,
  { scope, id, facts, range, labelsOf, isOne }: Asked,
  query: PageQuery,
): Promise<Read> {
  const { start, count } = startOf(query, PAGE_COUNT_MAX)
  const series = await state.volume.series({ scope, facts, ...(id === undefined ? {} : { id }) })
  const { labels, of } = groupsOf(series, labelsOf)
  const { unit, unitsOfPoint, fromMs, toMs } = range
  const answer = await state.volume.sums({ unit, unitsOfPoint, fromMs, toMs, groups: of, offset: start, limit: count })
  const isEmpty = isOne && answer.totals.length === 0 && start === 0
  return {
    total: answer.totals.reduce((sum, each) => sum + each.count, 0),
    datasets: isEmpty ? [emptyDataset(range)] : datasetsOf(answer, labels, range),
    pagination: paginationOf(start, count, isEmpty ? 1 : answer.totals.length),
  }
}
