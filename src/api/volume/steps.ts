/** The six steps of Segment's delivery overview, and what of ours belongs to each. Pure. */
import type { VolumeFact, VolumeSeries } from '../../state/index.ts'

export type Dimension = 'eventName' | 'eventType' | 'discardReason' | 'subscriptionId'

export interface Step {
  readonly scope: VolumeSeries['scope']
  readonly facts: readonly VolumeFact[]
  /** What it is counted by. */
  readonly dimensions: readonly Dimension[]
  /** Whether its events were sent, and perhaps more than once. */
  readonly hasRetries: boolean
  /** How its operation is called in Segment's SDKs. */
  readonly id: string
  readonly summary: string
}

const EVENT = ['eventName', 'eventType'] as const

export const STEPS = {
  'successfully-received': {
    scope: 'source',
    hasRetries: false,
    facts: ['accepted', 'duplicate', 'suppressed'],
    dimensions: EVENT,
    id: 'getIngressSuccessMetricsFromDeliveryOverview',
    summary: 'Events that arrived and were not rejected, over time',
  },
  'failed-on-ingest': {
    scope: 'source',
    hasRetries: false,
    facts: ['rejected'],
    dimensions: ['discardReason'],
    id: 'getIngressFailedMetricsFromDeliveryOverview',
    summary: 'Events that were rejected, over time',
  },
  'filtered-at-source': {
    scope: 'source',
    hasRetries: false,
    facts: ['duplicate', 'suppressed'],
    dimensions: [...EVENT, 'discardReason'],
    id: 'getFilteredAtSourceMetricsFromDeliveryOverview',
    summary: 'Events that no destination was to get, over time',
  },
  'filtered-at-destination': {
    scope: 'destination',
    facts: ['filtered'],
    hasRetries: false,
    dimensions: [...EVENT, 'discardReason'],
    id: 'getFilteredAtDestinationMetricsFromDeliveryOverview',
    summary: 'Events that one destination was not to get, over time',
  },
  'failed-delivery': {
    scope: 'destination',
    facts: ['dead'],
    hasRetries: true,
    dimensions: [...EVENT, 'discardReason', 'subscriptionId'],
    id: 'getEgressFailedMetricsFromDeliveryOverview',
    summary: 'Deliveries that ended as dead letters, over time',
  },
  'successful-delivery': {
    scope: 'destination',
    facts: ['delivered'],
    hasRetries: true,
    dimensions: [...EVENT, 'discardReason', 'subscriptionId'],
    id: 'getEgressSuccessMetricsFromDeliveryOverview',
    summary: 'Deliveries that succeeded, over time',
  },
} as const satisfies Record<string, Step>
export type StepName = keyof typeof STEPS

/** Value of a series by a dimension; undefined where it has none. */
export function valueBy(
  series: Pick<VolumeSeries, 'fact' | 'type' | 'name' | 'reason' | 'route'>,
  dimension: Dimension,
  subscriptionIds: ReadonlyMap<number, string>,
): string | undefined {
  switch (dimension) {
    case 'eventName':
      return series.name ?? undefined
    case 'eventType':
      return series.type ?? undefined
    case 'discardReason':
      return series.reason ?? (series.fact === 'accepted' ? undefined : series.fact)
    case 'subscriptionId':
      return series.route === null ? undefined : subscriptionIds.get(series.route)
  }
}
