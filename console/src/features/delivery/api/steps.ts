import { queryOptions } from '@tanstack/react-query'
import { deliveryOverview } from '../../../../../src/api/answers/volume.ts'
import { ask } from '../../../shared/api.ts'
import { type RangeName, rangeCalled, timesOf } from '../../../shared/range.ts'

/** The steps of Segment's delivery overview that count events over time; what is pending is not among them. */
export const COUNTED_STEPS = [
  'successfully-received',
  'failed-on-ingest',
  'filtered-at-source',
  'filtered-at-destination',
  'failed-delivery',
  'successful-delivery',
] as const
export type CountedStep = (typeof COUNTED_STEPS)[number]

export interface StepCounts {
  readonly total: number
  /** Of those that were discarded, or of successes their attempts; the most frequent first. */
  readonly reasons: readonly { readonly reason: string; readonly total: number }[]
}

const OF_SOURCE: readonly CountedStep[] = ['successfully-received', 'failed-on-ingest', 'filtered-at-source']
const REASONS_MAX = 50

export const stepQuery = (step: CountedStep, of: { id: string; sourceId: string }, range: RangeName) =>
  queryOptions({
    queryKey: ['delivery-overview', step, of.id, range],
    queryFn: async ({ signal }): Promise<StepCounts> => {
      const { data } = await ask(deliveryOverview({ id: step, summary: step }), `/delivery-overview/${step}`, {
        signal,
        query: {
          sourceId: of.sourceId,
          ...(OF_SOURCE.includes(step) ? {} : { destinationConfigId: of.id }),
          ...(step === 'successfully-received' ? {} : { groupBy: 'discardReason' }),
          ...timesOf(range, Date.now()),
          'pagination.count': REASONS_MAX,
        },
      })
      const reasons = data.dataset.flatMap(({ discardReason, total }) =>
        discardReason === undefined || total === 0 ? [] : [{ reason: discardReason, total }],
      )
      return { total: data.total, reasons }
    },
    refetchInterval: rangeCalled(range).refreshMs,
  })
