/** Mappings: which events an action gets, and how its fields are filled. */
import { queryOptions } from '@tanstack/react-query'
import * as answers from '../../../../../src/api/answers/destinations.ts'
import { ask, askWithTag, part } from '../../../shared/api.ts'
import { ifMatch, type Tagged } from '../../../shared/safe-save.ts'

export interface MappingBody {
  readonly name: string
  readonly trigger: string
  readonly enabled: boolean
  readonly settings: Readonly<Record<string, unknown>>
}

const pathOf = (destination: string, id: string) => `/destinations/${part(destination)}/subscriptions/${part(id)}`

export const createMapping = async (destination: string, body: MappingBody & { readonly actionId: string }) =>
  (
    await ask(answers.createDestinationSubscription, `/destinations/${part(destination)}/subscriptions`, {
      method: 'POST',
      body,
    })
  ).data.destinationSubscription

export const mappingQuery = (destination: string, id: string) =>
  queryOptions({
    queryKey: ['destinations', destination, 'mappings', id],
    queryFn: async ({ signal }): Promise<Tagged<answers.Subscription>> => {
      const { body, tag } = await askWithTag(answers.getSubscriptionFromDestination, pathOf(destination, id), {
        signal,
      })
      return { value: body.data.subscription, tag }
    },
  })

/** @param tag of what was seen; undefined for a change that holds whatever it is */
export const changeMapping = (destination: string, id: string, input: Partial<MappingBody>, tag?: string) =>
  ask(answers.updateSubscriptionForDestination, pathOf(destination, id), {
    method: 'PATCH',
    body: { input },
    headers: ifMatch(tag),
  })

export const deleteMapping = (destination: string, id: string) =>
  ask(answers.removeSubscriptionFromDestination, pathOf(destination, id), { method: 'DELETE' })
