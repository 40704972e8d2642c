import { queryOptions } from '@tanstack/react-query'
import { getDeliveriesVolume, getEventsVolume } from '../../../../src/api/answers/volume.ts'
import { ask } from '../../shared/api.ts'
import { type RangeName, rangeCalled, timesOf } from '../../shared/range.ts'

/** What is drawn: everything, or one destination with the events of its source. */
export interface VolumeOf {
  readonly range: RangeName
  readonly destinationId?: string
  readonly sourceId?: string
}

/** Both counts of one time, so that they can be drawn together. */
export const volumeQuery = ({ range, destinationId, sourceId }: VolumeOf) =>
  queryOptions({
    queryKey: ['volume', range, destinationId ?? null],
    queryFn: async ({ signal }) => {
      const times = timesOf(range, Date.now())
      const [events, deliveries] = await Promise.all([
        ask(getEventsVolume, '/events/volume', { signal, query: { ...times, sourceId } }),
        ask(getDeliveriesVolume, '/deliveries/volume', { signal, query: { ...times, destinationId } }),
      ])
      return { received: events.data.result[0]?.series ?? [], ...deliveries.data }
    },
    refetchInterval: rangeCalled(range).refreshMs,
  })

export type Volume = Awaited<ReturnType<NonNullable<ReturnType<typeof volumeQuery>['queryFn']>>>
