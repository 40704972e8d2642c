/** Mappings: which events an action gets, and how its fields are filled. */
import * as answers from '../../../../../src/api/answers/destinations.ts'
import { ask, part } from '../../../shared/api.ts'

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

export const changeMapping = (destination: string, id: string, input: Partial<MappingBody>) =>
  ask(answers.updateSubscriptionForDestination, pathOf(destination, id), { method: 'PATCH', body: { input } })

export const deleteMapping = (destination: string, id: string) =>
  ask(answers.removeSubscriptionFromDestination, pathOf(destination, id), { method: 'DELETE' })
