import { queryOptions } from '@tanstack/react-query'
import { deliveryOverview } from '../../../../../src/api/answers/volume.ts'
import { ask } from '../../../shared/api.ts'
import { type RangeName, rangeCalled, timesBefore, timesOf } from '../../../shared/range.ts'

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

/** Those that are counted for each mapping. */
const OF_MAPPING: readonly CountedStep[] = ['failed-delivery', 'successful-delivery']
const BEFORE_REFRESH_MS = 60_000

export interface Counted {
  /** A destination. */
  readonly id: string
  readonly sourceId: string
  /** Of all mappings where it is not given. */
  readonly mappingId?: string | undefined
}

const countsOf = async (step: CountedStep, of: Counted, times: ReturnType<typeof timesOf>, signal: AbortSignal) => {
  const query = {
    sourceId: of.sourceId,
    ...(OF_SOURCE.includes(step) ? {} : { destinationConfigId: of.id }),
    ...(OF_MAPPING.includes(step) ? { subscriptionId: of.mappingId } : {}),
    ...(step === 'successfully-received' ? {} : { groupBy: 'discardReason' }),
    ...times,
    'pagination.count': REASONS_MAX,
  }
  const path = `/delivery-overview/${step}`
  return (await ask(deliveryOverview({ id: step, summary: step }), path, { signal, query })).data
}

export const stepQuery = (step: CountedStep, of: Counted, range: RangeName) =>
  queryOptions({
    queryKey: ['delivery-overview', step, of.id, of.mappingId ?? null, range],
    queryFn: async ({ signal }): Promise<StepCounts> => {
      const data = await countsOf(step, of, timesOf(range, Date.now()), signal)
      const reasons = data.dataset.flatMap(({ discardReason, total }) =>
        discardReason === undefined || total === 0 ? [] : [{ reason: discardReason, total }],
      )
      return { total: data.total, reasons }
    },
    refetchInterval: rangeCalled(range).refreshMs,
  })

/** How many there were in as much time right before; null where that is older than what is counted. */
export const stepBeforeQuery = (step: CountedStep, of: Counted, range: RangeName) =>
  queryOptions({
    queryKey: ['delivery-overview', step, of.id, of.mappingId ?? null, range, 'before'],
    queryFn: async ({ signal }): Promise<number | null> => {
      const times = timesBefore(range, Date.now())
      return times === undefined ? null : (await countsOf(step, of, times, signal)).total
    },
    refetchInterval: BEFORE_REFRESH_MS,
  })
