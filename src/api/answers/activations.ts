import { Type } from 'typebox'
import { Audience } from './computations.ts'
import { Destination } from './destinations.ts'
import { answering, named, type Shown } from './operation.ts'
import { Done, Fields, Pagination } from './shared.ts'

const activation = {
  id: Type.String(),
  enabled: Type.Boolean(),
  workspaceId: Type.String(),
  spaceId: Type.String(),
  audienceId: Type.String(),
  connectionId: Type.String(),
  activationType: Type.Enum(['Audience Membership Changed', 'Audience Entered', 'Audience Exited']),
  activationName: Type.String(),
  personalization: Type.Object({
    profile: Type.Object({ properties: Type.Array(Type.String(), { description: 'Traits that go along.' }) }),
  }),
  destinationMapping: Type.Optional(Type.Object({ actionId: Type.String(), settings: Fields })),
}
export const Activation = named('Activation', 'An occasion on which a destination is told of an audience.', activation)
export type Activation = Shown<typeof Activation>

const Changed = Type.Object({
  ...activation,
  performResync: Type.Boolean({ description: 'Whether everybody who is in is being told.' }),
})
export type ChangedActivation = Shown<typeof Changed>

export const addActivationToAudience = answering(
  'addActivationToAudience',
  'Tells a destination of an audience on one more occasion',
  { activation: Changed },
  {
    example: { activationType: 'Audience Entered', activationName: 'Welcome', performResync: false },
  },
)
export const listActivationsFromAudience = answering('listActivationsFromAudience', 'Activations of an audience', {
  activations: Type.Array(Activation),
  pagination: Pagination,
})
export const getActivationFromAudience = answering('getActivationFromAudience', 'An activation', {
  activation: Activation,
})
export const updateActivationForAudience = answering(
  'updateActivationForAudience',
  'Changes an activation',
  { activation: Changed },
  { example: { enabled: false } },
)
export const removeActivationFromAudience = answering(
  'removeActivationFromAudience',
  'Deletes an activation; the connection stays',
  Done,
)

export const listAudienceConsumers = answering('listAudienceConsumers', 'Audiences that read one', {
  audiences: Type.Array(Audience),
  pagination: Pagination,
})
export const listSupportedDestinations = answering('listSupportedDestinations', 'Destinations that can be told', {
  destinations: Type.Array(Destination),
  pagination: Pagination,
})
