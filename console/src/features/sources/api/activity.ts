/** When each source was last heard of. */
import { queryOptions } from '@tanstack/react-query'
import { getEventsVolume } from '../../../../../src/api/answers/volume.ts'
import { ask } from '../../../shared/api.ts'
import { activityOf } from '../activity.ts'

const HOUR_MS = 3_600_000
/** The longest ranges that counts by the minute and by the hour answer. */
const MINUTES_MS = 4 * HOUR_MS
const WEEK_MS = 7 * 24 * HOUR_MS
const REFRESH_MS = 5_000

/** By the id of a source. */
export const activityQuery = queryOptions({
  queryKey: ['sources', 'activity'],
  queryFn: async ({ signal }) => {
    const nowMs = Date.now()
    const read = async (granularity: 'MINUTE' | 'HOUR', lengthMs: number) => {
      const query = {
        granularity,
        startTime: new Date(nowMs - lengthMs).toISOString(),
        endTime: new Date(nowMs + HOUR_MS).toISOString(),
        groupBy: 'source',
      }
      return (await ask(getEventsVolume, '/events/volume', { query, signal })).data.result
    }
    const [minutes, hours] = await Promise.all([read('MINUTE', MINUTES_MS - HOUR_MS), read('HOUR', WEEK_MS)])
    return activityOf(minutes, hours)
  },
  refetchInterval: REFRESH_MS,
})
