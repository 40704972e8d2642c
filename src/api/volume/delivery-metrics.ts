/** What became of a destination's events in a time, in one sum each: Segment's delivery metrics. */
import { type Static, Type } from 'typebox'
import { HOUR_MS, type VolumeFact } from '../../state/index.ts'
import { listDeliveryMetrics } from '../answers/volume.ts'
import type { Routes } from '../deps.ts'
import { ApiError, invalid } from '../problems.ts'
import { type Granularity, GranularityText, rangeBetween, TimeText, timeOf } from './range.ts'
import { readSums } from './read.ts'

/** What Segment's reference says of a query without times. */
const LENGTH_MS: Readonly<Record<Granularity, number>> = {
  MINUTE: HOUR_MS,
  HOUR: 7 * 24 * HOUR_MS,
  DAY: 30 * 24 * HOUR_MS,
}

const METRICS: Readonly<Record<string, VolumeFact>> = {
  successes: 'delivered',
  failures: 'dead',
  filtered: 'filtered',
  cancelled: 'cancelled',
}

const Query = Type.Object(
  {
    sourceId: Type.String({ minLength: 1, maxLength: 255, description: 'Id of the source.' }),
    startTime: Type.Optional(TimeText),
    endTime: Type.Optional(TimeText),
    granularity: Type.Optional(GranularityText),
  },
  { additionalProperties: false },
)

export const deliveryMetricsRoutes: Routes = (app, deps, guard) => {
  app.get<{ Params: { id: string }; Querystring: Static<typeof Query> }>(
    '/destinations/:id/delivery-metrics',
    { onRequest: guard('api:read'), config: listDeliveryMetrics, schema: { querystring: Query } },
    async ({ params, query }) => {
      const nowMs = deps.clock.nowMs()
      const granularity = (query.granularity ?? 'MINUTE').toUpperCase() as Granularity
      const endMs = query.endTime === undefined ? nowMs : timeOf(query.endTime, 'endTime')
      const startMs =
        query.startTime === undefined ? endMs - LENGTH_MS[granularity] : timeOf(query.startTime, 'startTime')
      const range = rangeBetween(startMs, endMs, granularity, nowMs)
      const instance = deps.config().destinations.get(params.id)
      if (instance === undefined) {
        throw new ApiError(404, [{ type: 'not-found', message: 'The destination does not exist.' }])
      }
      if (instance.sourceId !== query.sourceId) {
        throw invalid('sourceId', `must be that of the destination, ${instance.sourceId}`)
      }
      const facts = Object.values(METRICS)
      const series = await deps.state.volume.series({ scope: 'destination', id: String(instance.number), facts })
      const sums = await readSums(deps, range, new Map(series.map(({ number }) => [number, number])))
      const totals = sums.totals()
      const figures = new Map(totals.map((each) => [each.group, each]))
      const metrics = Object.entries(METRICS).map(([metricName, fact]) => {
        const values = new Map<string, number>()
        for (const { number, reason } of series.filter((each) => each.fact === fact)) {
          const name = reason ?? fact
          values.set(name, (values.get(name) ?? 0) + (figures.get(number)?.count ?? 0))
        }
        const breakdown = Array.from(values, ([name, value]) => ({ metricName: name, value }))
          .filter(({ value }) => value > 0)
          .sort((a, b) => b.value - a.value || (a.metricName < b.metricName ? -1 : 1))
        return { metricName, total: breakdown.reduce((sum, { value }) => sum + value, 0), breakdown }
      })
      const retries = totals.reduce((sum, each) => sum + each.retries, 0)
      return {
        data: {
          deliveryMetricsSummary: {
            sourceId: instance.sourceId,
            destinationMetadataId: deps.catalog.find(instance.kind)?.id ?? instance.kind,
            metrics: [...metrics, { metricName: 'retries', total: retries, breakdown: [] }],
          },
        },
      }
    },
  )
}
