/** How many were in an audience, or had a computed trait, over time. Segment's API does not tell. */
import { type Static, Type } from 'typebox'
import { HOUR_MS, MINUTE_MS } from '../../state/index.ts'
import { getComputationSize } from '../answers/computations.ts'
import type { ApiDeps, Routes } from '../deps.ts'
import type { GroupSums } from '../volume/dataset.ts'
import { GranularityText, type Range, rangeBetween, TimeText, timeOf } from '../volume/range.ts'
import { readSums } from '../volume/read.ts'
import { computationOf, type OfComputation } from './lookup.ts'

const Query = Type.Object({ startTime: TimeText, granularity: GranularityText }, { additionalProperties: false })

/** Groups of the sums. */
const [ENTERED, LEFT] = [0, 1]
/** Units in which something may still be counted: those are read with the number of members. */
const OPEN_UNITS = 6

export const sizeRoutes: Routes = (app, deps, guard) => {
  app.get<OfComputation & { Querystring: Static<typeof Query> }>(
    '/spaces/:space/:collection/:id/size',
    { onRequest: guard('api:read'), config: getComputationSize, schema: { querystring: Query } },
    async ({ params, query }) => {
      const nowMs = deps.clock.nowMs()
      const startMs = timeOf(query.startTime, 'startTime')
      const range = rangeBetween(startMs, nowMs + 1, query.granularity, nowMs)
      const { number, level } = await computationOf(deps, params)
      const { count, sums } = await readMembers(deps, number, range)
      const type = level === 'accounts' ? 'ACCOUNTS' : 'USERS'
      return { data: { size: { count, type }, series: sizesOf(count, range.points, sums) } }
    },
  )
}

/** The count is of the moment in which the end of the range was read: nothing of before changes any more. */
async function readMembers(deps: Pick<ApiDeps, 'state' | 'clock'>, computation: number, range: Range) {
  const { unit, unitsOfPoint, points, toMs } = range
  const openMs = Math.max(OPEN_UNITS, unitsOfPoint) * (unit === 'minute' ? MINUTE_MS : HOUR_MS)
  const openFromMs = Math.max(range.fromMs, toMs - openMs)
  const { volume } = deps.state
  const newest = await volume.membersSince({ computation, unit, unitsOfPoint, fromMs: openFromMs })
  const facts = ['entered', 'left'] as const
  const series = await volume.series({ scope: 'computation', id: String(computation), facts })
  const groups = new Map(series.map(({ number, fact }) => [number, fact === 'entered' ? ENTERED : LEFT]))
  const sums = await readSums(deps, { ...range, toMs: openFromMs }, groups)
  // A clock that went back may have counted something ahead of now.
  const lastMs = points.at(-1) ?? toMs
  sums.add(newest.points.map((point) => ({ ...point, atMs: Math.min(point.atMs, lastMs) })))
  return { count: newest.count, sums }
}

/** From the end backwards. @param count at the end of the last point */
export function sizesOf(count: number, points: readonly number[], sums: Pick<GroupSums, 'at'>) {
  let size = count
  return points
    .toReversed()
    .map((atMs) => {
      const entered = sums.at(ENTERED, atMs)?.count ?? 0
      const left = sums.at(LEFT, atMs)?.count ?? 0
      const point = { time: new Date(atMs).toISOString(), count: size, entered, left }
      size -= entered - left
      return point
    })
    .toReversed()
}
