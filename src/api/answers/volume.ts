/** Shapes of counts over time, in Segment's words. */
import { Type } from 'typebox'
import { answering, named } from './operation.ts'
import { orNull, Pagination, Time } from './shared.ts'

const Count = Type.Integer({ minimum: 0 })
const Labels = { eventName: Type.Optional(Type.String()), eventType: Type.Optional(Type.String()) }

const DeliveryOverviewDataset = named('DeliveryOverviewDataset', 'What was counted of one group, over time.', {
  ...Labels,
  discardReason: Type.Optional(Type.String({ description: 'Why, or of a success its attempt.' })),
  subscriptionId: Type.Optional(Type.String()),
  total: Count,
  totalRetryCount: Type.Optional(Count),
  series: Type.Array(Type.Object({ time: Time, count: Count, retryCount: Type.Optional(Count) })),
})

export const deliveryOverview = ({ id, summary }: { readonly id: string; readonly summary: string }) =>
  answering(id, summary, { total: Count, dataset: Type.Array(DeliveryOverviewDataset), pagination: Pagination })

const EventVolume = named('EventVolume', 'How many events of one group arrived, over time.', {
  source: Type.Optional(
    Type.Object({ id: Type.String(), name: Type.Optional(Type.String()), slug: Type.Optional(Type.String()) }),
  ),
  ...Labels,
  total: Count,
  series: Type.Array(Type.Object({ time: Time, count: Count })),
})

const Texts = Type.Optional(Type.Array(Type.String()))

export const getEventsVolume = answering('getEventsVolumeFromWorkspace', 'How many events arrived, over time', {
  path: Type.String(),
  query: Type.Object({
    workspaceId: Type.String(),
    granularity: Type.Enum(['MINUTE', 'HOUR', 'DAY']),
    startTime: Type.String(),
    endTime: Type.String(),
    groupBy: Texts,
    sourceId: Texts,
    eventName: Texts,
    eventType: Texts,
  }),
  result: Type.Array(EventVolume),
  pagination: Pagination,
})

export const listDeliveryMetrics = answering(
  'listDeliveryMetricsSummaryFromDestination',
  'What became of the events of a destination in a time',
  {
    deliveryMetricsSummary: Type.Object({
      sourceId: Type.String(),
      destinationMetadataId: Type.String(),
      metrics: Type.Array(
        Type.Object({
          metricName: Type.String(),
          total: Count,
          breakdown: Type.Array(Type.Object({ metricName: Type.String(), value: Count })),
        }),
      ),
    }),
  },
)

const Latency = {
  count: Count,
  p50Ms: orNull(
    Type.Integer({ description: 'Half of them took no longer, in milliseconds; null when there were none.' }),
  ),
  p95Ms: orNull(Type.Integer()),
  p99Ms: orNull(Type.Integer()),
}

export const getLatency = answering(
  'getDestinationLatency',
  'How long deliveries took from the arrival on, over time',
  {
    ...Latency,
    series: Type.Array(Type.Object({ time: Time, ...Latency })),
  },
)

const ByReason = (description: string) =>
  Type.Array(
    Type.Object({
      reason: Type.String({ description: 'The tenth is the last that is told apart.' }),
      total: Count,
      series: Type.Array(Type.Object({ time: Time, count: Count })),
    }),
    { description },
  )

export const getDeliveriesVolume = answering('getDeliveriesVolume', 'What became of deliveries, over time', {
  delivered: Count,
  dead: Count,
  retried: Count,
  latency: Type.Object(Latency),
  series: Type.Array(Type.Object({ time: Time, delivered: Count, dead: Count, latency: Type.Object(Latency) })),
  failures: ByReason('Dead letters.'),
  retries: ByReason('Attempts that failed and are made again.'),
})
