/** Destinations: reading them, and what changes them. */
import { type QueryClient, queryOptions } from '@tanstack/react-query'
import * as answers from '../../../../../src/api/answers/destinations.ts'
import { ask, askWithTag, part } from '../../../shared/api.ts'
import { ifMatch, type Tagged } from '../../../shared/safe-save.ts'

export type { Destination } from '../../../../../src/api/answers/destinations.ts'

/** With the tag of what is shown. */
export const taggedDestinationQuery = (id: string) =>
  queryOptions({
    queryKey: ['destinations', id],
    queryFn: async ({ signal }): Promise<Tagged<answers.Destination>> => {
      const { body, tag } = await askWithTag(answers.getDestination, `/destinations/${part(id)}`, { signal })
      return { value: body.data.destination, tag }
    },
  })

export const destinationQuery = (id: string) =>
  queryOptions({ ...taggedDestinationQuery(id), select: ({ value }: Tagged<answers.Destination>) => value })

export type Settings = Readonly<Record<string, unknown>>

export interface NewDestination {
  readonly sourceId: string
  readonly metadataId: string
  readonly name: string
  readonly settings: Settings
}

/** It gets nothing until it is switched on. */
export const createDestination = async (body: NewDestination) =>
  (await ask(answers.createDestination, '/destinations', { method: 'POST', body: { ...body, enabled: false } })).data
    .destination

export interface DestinationChanges {
  readonly name?: string
  readonly enabled?: boolean
  readonly settings?: Settings
}

/** @param tag of what was seen; undefined for a change that holds whatever it is */
export const changeDestination = (id: string, body: DestinationChanges, tag?: string) =>
  ask(answers.updateDestination, `/destinations/${part(id)}`, { method: 'PATCH', body, headers: ifMatch(tag) })

export const deleteDestination = (id: string) =>
  ask(answers.deleteDestination, `/destinations/${part(id)}`, { method: 'DELETE' })

/** Whether the destination takes these settings, which need not be saved. */
export const testNewSettings = async (body: { metadataId: string; settings: Settings }) =>
  (await ask(answers.testDestinationSettings, '/destinations/test', { method: 'POST', body })).data.check

/** @param settings what is to be changed of those that are saved */
export const testSettings = async (id: string, settings: Settings) =>
  (await ask(answers.testDestination, `/destinations/${part(id)}/test`, { method: 'POST', body: { settings } })).data
    .check

/** What of a destination has changed is read anew everywhere. */
export const forgetDestinations = (client: QueryClient) => client.invalidateQueries({ queryKey: ['destinations'] })
