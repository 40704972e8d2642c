/** What really came in lately. */
import { queryOptions } from '@tanstack/react-query'
import * as answers from '../../../../../src/api/answers/latest-events.ts'
import { ask, part } from '../../../shared/api.ts'

/** Events to choose from. */
const CHOICES = 20

export type LatestEvent = Awaited<ReturnType<typeof readLatest>>[number]

const readLatest = async (sourceId: string, signal: AbortSignal) => {
  const options = { query: { count: CHOICES }, signal }
  return (await ask(answers.listLatestEvents, `/sources/${part(sourceId)}/latest-events`, options)).data.events
}

/** Newest first. Asks for the right to read contents. */
export const latestEventsQuery = (sourceId: string) =>
  queryOptions({
    queryKey: ['sources', sourceId, 'latest-events'],
    queryFn: ({ signal }) => readLatest(sourceId, signal),
  })
