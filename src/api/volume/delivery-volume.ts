/** What became of deliveries over time, of all destinations or of one: everything that charts of it need, in one answer. */
import { type Static, Type } from 'typebox'
import { getDeliveriesVolume } from '../answers/volume.ts'
import type { Routes } from '../deps.ts'
import { ApiError } from '../problems.ts'
import { datasetOf, groupsOf, timesOf } from './dataset.ts'
import { failuresOf } from './failures.ts'
import { latencyFigures } from './latency.ts'
import { GranularityText, rangeOf, TimeText } from './range.ts'
import { readSums } from './read.ts'

const Id = Type.String({ minLength: 1, maxLength: 255, description: 'Those of one destination; of all when left out.' })
const Query = Type.Object(
  { startTime: TimeText, endTime: TimeText, granularity: GranularityText, destinationId: Type.Optional(Id) },
  { additionalProperties: false },
)

export const deliveryVolumeRoutes: Routes = (app, deps, guard) => {
  app.get<{ Querystring: Static<typeof Query> }>(
    '/deliveries/volume',
    { onRequest: guard('api:read'), config: getDeliveriesVolume, schema: { querystring: Query } },
    async ({ query }) => {
      const range = rangeOf(query, deps.clock.nowMs())
      const { destinationId } = query
      const instance = destinationId === undefined ? undefined : deps.config().destinations.get(destinationId)
      if (destinationId !== undefined && instance === undefined) {
        throw new ApiError(404, [{ type: 'not-found', message: 'The destination does not exist.' }])
      }
      const series = await deps.state.volume.series({
        scope: 'destination',
        facts: ['delivered', 'dead', 'retried', 'latency'],
        ...(instance === undefined ? {} : { id: String(instance.number) }),
      })
      // Of a latency the reason is where its band ends.
      const { labels, of } = groupsOf(series, ({ fact, reason }) =>
        fact === 'delivered' ? { fact } : { fact, reason: reason ?? fact },
      )
      const sums = await readSums(deps, range, of)
      const totals = sums.totals()
      const isOf = (fact: string) => totals.filter(({ group }) => labels[group]?.['fact'] === fact)
      const bands = isOf('latency').map((each) => ({ ...each, endMs: Number(labels[each.group]?.['reason']) }))
      const times = timesOf(range.points)
      const datasets = (fact: string) => isOf(fact).map((figures) => datasetOf(sums, figures, labels, times))
      const [delivered] = datasets('delivered')
      const dead = datasets('dead')
      const retried = datasets('retried')
      return {
        data: {
          delivered: delivered?.total ?? 0,
          dead: dead.reduce((sum, { total }) => sum + total, 0),
          retried: retried.reduce((sum, { total }) => sum + total, 0),
          latency: latencyFigures(bands),
          series: range.points.map((atMs, place) => ({
            time: times.texts[place] ?? '',
            delivered: delivered?.points[place]?.count ?? 0,
            dead: dead.reduce((sum, { points }) => sum + (points[place]?.count ?? 0), 0),
            latency: latencyFigures(
              bands.map(({ group, endMs }) => ({ endMs, count: sums.at(group, atMs)?.count ?? 0 })),
            ),
          })),
          failures: failuresOf(dead),
          retries: failuresOf(retried),
        },
      }
    },
  )
}
