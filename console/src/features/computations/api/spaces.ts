import { queryOptions } from '@tanstack/react-query'
import { listSeenEvents, listSeenProperties, listSeenTraits } from '../../../../../src/api/answers/schema.ts'
import { listSpaces } from '../../../../../src/api/answers/spaces.ts'
import { ask, part } from '../../../shared/api.ts'
import { Problem } from '../../../shared/problem.ts'

const SEEN_STALE_MS = 60_000

export const spacesQuery = queryOptions({
  queryKey: ['spaces'],
  queryFn: async ({ signal }) => (await ask(listSpaces, '/spaces', { signal })).data.spaces,
})

export const eventNamesQuery = (space: string) =>
  queryOptions({
    queryKey: ['spaces', space, 'events'],
    queryFn: async ({ signal }) =>
      (await ask(listSeenEvents, `/spaces/${part(space)}/events`, { signal })).data.events.map(({ name }) => name),
    staleTime: SEEN_STALE_MS,
  })

/** Of an event that was never seen there are none. */
export const propertyNamesQuery = (space: string, event: string) =>
  queryOptions({
    queryKey: ['spaces', space, 'events', event, 'properties'],
    queryFn: async ({ signal }) => {
      try {
        const path = `/spaces/${part(space)}/events/${part(event)}/properties`
        return (await ask(listSeenProperties, path, { signal })).data.properties.map(({ name }) => name)
      } catch (error) {
        if (error instanceof Problem && error.status === 404) return []
        throw error
      }
    },
    enabled: event !== '',
    staleTime: SEEN_STALE_MS,
  })

export const traitNamesQuery = (space: string) =>
  queryOptions({
    queryKey: ['spaces', space, 'traits'],
    queryFn: async ({ signal }) =>
      (await ask(listSeenTraits, `/spaces/${part(space)}/traits`, { signal })).data.traits.map(({ name }) => name),
    staleTime: SEEN_STALE_MS,
  })
