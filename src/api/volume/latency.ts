/** How long events took from their arrival to their delivery, over time. */
import { type Static, Type } from 'typebox'
import { percentileMs } from '../../state/index.ts'
import { getLatency } from '../answers/volume.ts'
import type { Routes } from '../deps.ts'
import { ApiError } from '../problems.ts'
import { GranularityText, rangeOf, TimeText } from './range.ts'
import { readSums } from './read.ts'

const Query = Type.Object(
  { startTime: TimeText, endTime: TimeText, granularity: GranularityText },
  { additionalProperties: false },
)

export const latencyRoutes: Routes = (app, deps, guard) => {
  app.get<{ Params: { id: string }; Querystring: Static<typeof Query> }>(
    '/destinations/:id/latency',
    { onRequest: guard('api:read'), config: getLatency, schema: { querystring: Query } },
    async ({ params, query }) => {
      const range = rangeOf(query, deps.clock.nowMs())
      const instance = deps.config().destinations.get(params.id)
      if (instance === undefined) {
        throw new ApiError(404, [{ type: 'not-found', message: 'The destination does not exist.' }])
      }
      const of = { scope: 'destination', id: String(instance.number), facts: ['latency'] } as const
      const series = await deps.state.volume.series(of)
      // Each band is a group, named by where it ends.
      const sums = await readSums(deps, range, new Map(series.map(({ number, reason }) => [number, Number(reason)])))
      const bands = sums.totals()
      const at = (atMs: number) => bands.map(({ group }) => ({ endMs: group, count: sums.at(group, atMs)?.count ?? 0 }))
      const points = range.points.map((atMs) => ({ time: new Date(atMs).toISOString(), ...latencyFigures(at(atMs)) }))
      const all = bands.map(({ group, count }) => ({ endMs: group, count }))
      return { data: { ...latencyFigures(all), series: points } }
    },
  )
}

/** @param bands how many took at most as long as where theirs ends, in milliseconds; in any order, also several of one band */
export function latencyFigures(bands: readonly { readonly endMs: number; readonly count: number }[]) {
  const counts = new Map<number, number>()
  for (const { endMs, count } of bands) if (count > 0) counts.set(endMs, (counts.get(endMs) ?? 0) + count)
  return {
    count: bands.reduce((sum, { count }) => sum + count, 0),
    p50Ms: percentileMs(counts, 0.5),
    p95Ms: percentileMs(counts, 0.95),
    p99Ms: percentileMs(counts, 0.99),
  }
}
