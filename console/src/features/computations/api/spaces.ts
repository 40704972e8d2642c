import { queryOptions } from '@tanstack/react-query'
import {
  listPropertySamples,
  listSeenEvents,
  listSeenProperties,
  listSeenTraits,
  listTraitSamples,
} from '../../../../../src/api/answers/schema.ts'
import { ask, part } from '../../../shared/api.ts'

const SEEN_STALE_MS = 60_000

export const eventNamesQuery = (space: string) =>
  queryOptions({
    queryKey: ['spaces', space, 'events'],
    queryFn: async ({ signal }) =>
      (await ask(listSeenEvents, `/spaces/${part(space)}/events`, { signal })).data.events.map(({ name }) => name),
    staleTime: SEEN_STALE_MS,
  })

/** @param event one that was seen */
export const propertyNamesQuery = (space: string, event: string) =>
  queryOptions({
    queryKey: ['spaces', space, 'events', event, 'properties'],
    queryFn: async ({ signal }) => {
      const { data } = await ask(listSeenProperties, `${eventPath(space, event)}/properties`, { signal })
      return data.properties.map(({ name }) => name)
    },
    staleTime: SEEN_STALE_MS,
  })

const eventPath = (space: string, event: string) => `/spaces/${part(space)}/events/${part(event)}`

/** Of a property that was seen. Wants `pii:read`. */
export const propertySamplesQuery = (space: string, event: string, property: string) =>
  queryOptions({
    queryKey: ['spaces', space, 'events', event, 'properties', property, 'samples'],
    queryFn: async ({ signal }) => {
      const path = `${eventPath(space, event)}/properties/${part(property)}/sample-values`
      return (await ask(listPropertySamples, path, { signal })).data.sampleValues
    },
    staleTime: SEEN_STALE_MS,
  })

/** Of a trait that was seen. Wants `pii:read`. */
export const traitSamplesQuery = (space: string, trait: string) =>
  queryOptions({
    queryKey: ['spaces', space, 'traits', trait, 'samples'],
    queryFn: async ({ signal }) => {
      const path = `/spaces/${part(space)}/traits/${part(trait)}/sample-values`
      return (await ask(listTraitSamples, path, { signal })).data.sampleValues
    },
    staleTime: SEEN_STALE_MS,
  })

export const traitNamesQuery = (space: string) =>
  queryOptions({
    queryKey: ['spaces', space, 'traits'],
    queryFn: async ({ signal }) =>
      (await ask(listSeenTraits, `/spaces/${part(space)}/traits`, { signal })).data.traits.map(({ name }) => name),
    staleTime: SEEN_STALE_MS,
  })
