/** What the events of a destination's source are called there. */
import { queryOptions } from '@tanstack/react-query'
import * as answers from '../../../../../src/api/answers/event-names.ts'
import { ask, askWithTag, part } from '../../../shared/api.ts'
import { ifMatch, type Tagged } from '../../../shared/safe-save.ts'

export type { EventName } from '../../../../../src/api/answers/event-names.ts'

const PAGE_COUNT = 200

export interface EventNames {
  readonly names: readonly answers.EventName[]
  /** Whether the source has sent more names than are kept. */
  readonly leftOut: boolean
}

/** All names, with the tag of the first page: what is saved under it was seen. */
export const eventNamesQuery = (id: string) =>
  queryOptions({
    queryKey: ['destinations', id, 'event-names'],
    queryFn: async ({ signal }): Promise<Tagged<EventNames>> => {
      const path = `/destinations/${part(id)}/event-names`
      const first = await askWithTag(answers.listEventNames, path, {
        query: { 'pagination.count': PAGE_COUNT },
        signal,
      })
      const names = [...first.body.data.eventNames]
      let { next } = first.body.data.pagination
      while (next !== undefined) {
        const query = { 'pagination.count': PAGE_COUNT, 'pagination.cursor': next }
        const { data } = await ask(answers.listEventNames, path, { query, signal })
        names.push(...data.eventNames)
        next = data.pagination.next
      }
      return { value: { names, leftOut: first.body.data.leftOut }, tag: first.tag }
    },
  })

/** @param tag of what was read */
export const setEventNames = (id: string, eventNames: Readonly<Record<string, string>>, tag: string | undefined) =>
  ask(answers.setEventNames, `/destinations/${part(id)}/event-names`, {
    method: 'PUT',
    body: { eventNames },
    headers: ifMatch(tag),
  })
