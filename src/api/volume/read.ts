/** Reads counts over time, a page of groups. */
import { HOUR_MS, MINUTE_MS, type VolumeFact, type VolumeSeries } from '../../state/index.ts'
import type { ApiDeps } from '../deps.ts'
import { PAGE_COUNT_MAX, type PageQuery, type Pagination, paginationOf, startOf } from '../pages.ts'
import {
  type Dataset,
  datasetOf,
  emptyDataset,
  GroupSums,
  type Groups,
  groupsOf,
  type Labels,
  timesOf,
} from './dataset.ts'
import type { Range } from './range.ts'

/** Units read at once, or a whole point: with thousands of series a few milliseconds, in which nobody else is served. */
const UNITS_AT_ONCE = 6

/** What was counted of the groups in a range. Each part of it is of one moment. */
export async function readSums(
  { state, clock }: Pick<ApiDeps, 'state' | 'clock'>,
  { unit, unitsOfPoint, fromMs, toMs }: Pick<Range, 'unit' | 'unitsOfPoint' | 'fromMs' | 'toMs'>,
  of: Groups['of'],
): Promise<GroupSums> {
  const sums = new GroupSums(of)
  const series = [...of.keys()]
  if (series.length === 0) return sums
  const partMs = Math.max(UNITS_AT_ONCE, unitsOfPoint) * (unit === 'minute' ? MINUTE_MS : HOUR_MS)
  for (let startMs = fromMs; startMs < toMs; startMs += partMs) {
    const part = { fromMs: startMs, toMs: Math.min(toMs, startMs + partMs) }
    sums.add(await state.volume.points({ unit, unitsOfPoint, ...part, series }))
    await clock.turn()
  }
  return sums
}

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

/** Groups made into an answer before others have a turn; each may have some hundred points. */
const GROUPS_AT_ONCE = 20

export interface Read {
  readonly total: number
  readonly datasets: readonly Dataset[]
  readonly pagination: Pagination
}

/** @throws ApiError 422 when the page cannot be */
export async function readVolume(
  deps: Pick<ApiDeps, 'state' | 'clock'>,
  { scope, id, facts, range, labelsOf, isOne }: Asked,
  query: PageQuery,
): Promise<Read> {
  const { start, count } = startOf(query, PAGE_COUNT_MAX)
  const series = await deps.state.volume.series({ scope, facts, ...(id === undefined ? {} : { id }) })
  const { labels, of } = groupsOf(series, labelsOf)
  const sums = await readSums(deps, range, of)
  const totals = sums.totals()
  const isEmpty = isOne && totals.length === 0 && start === 0
  const times = timesOf(range.points)
  const datasets: Dataset[] = isEmpty ? [emptyDataset(times)] : []
  for (const [place, figures] of totals.slice(start, start + count).entries()) {
    if (place % GROUPS_AT_ONCE === GROUPS_AT_ONCE - 1) await deps.clock.turn()
    datasets.push(datasetOf(sums, figures, labels, times))
  }
  return {
    total: totals.reduce((sum, each) => sum + each.count, 0),
    datasets,
    pagination: paginationOf(start, count, isEmpty ? 1 : totals.length),
  }
}
