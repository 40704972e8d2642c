/** People and companies as a space knows them, for who looks into one. */
import { Type } from 'typebox'
import { answering, named, type Shown } from './operation.ts'
import { ExternalId, orNull, Pagination, Time } from './shared.ts'

const collection = Type.Enum(['users', 'accounts'])
const profileId = Type.String({ description: '`use_…`' })

export const HeldId = named('HeldId', 'An external id of a profile, and the event that brought it.', {
  type: Type.String(),
  id: Type.String(),
  sourceId: Type.String(),
  messageId: Type.String(),
  addedAt: Time,
})

export const ProfileTrait = named('ProfileTrait', 'Something known of a profile, sent or worked out.', {
  name: Type.String(),
  value: Type.Unknown(),
  class: Type.Enum(['custom', 'audience', 'computed_trait'], { description: '`custom`: somebody sent it.' }),
  computationId: orNull(Type.String({ description: 'The audience or computed trait that it is of.' })),
  isLeftOver: Type.Boolean({ description: 'Whether an audience or computed trait that was deleted had come to it.' }),
  sourceId: Type.String(),
  updatedAt: Time,
})
export type ProfileTrait = Shown<typeof ProfileTrait>

export const Profile = named('Profile', 'All that a space knows of one person or company.', {
  profileId,
  collection,
  externalIds: Type.Array(HeldId),
  traits: Type.Array(ProfileTrait),
  merges: Type.Integer({ description: 'How many profiles became part of this one.' }),
  createdAt: Time,
  updatedAt: Time,
})
export type Profile = Shown<typeof Profile>

export const EventOutcome = named('EventOutcome', 'What became of an event at one mapping of a destination.', {
  destinationId: orNull(Type.String()),
  destination: Type.String(),
  became: Type.Enum(['filtered', 'pending', 'delivered', 'dead', 'erased', 'cancelled']),
  reason: orNull(Type.String()),
})
export type EventOutcome = Shown<typeof EventOutcome>

export const searchProfiles = answering('searchProfiles', 'Who has an external id', {
  lookedFor: Type.Array(ExternalId, { description: 'Each id that the text can be.' }),
  profiles: Type.Array(
    Type.Object({
      profileId,
      collection,
      foundBy: ExternalId,
      externalIds: Type.Array(ExternalId),
      merges: Type.Integer(),
      updatedAt: Time,
    }),
  ),
})
export const getProfile = answering('getProfile', 'What a space knows of a person or company', { profile: Profile })
export const listProfileEvents = answering(
  'listProfileEvents',
  'The latest calls of a profile, and what became of each',
  {
    events: Type.Array(
      Type.Object({
        position: Type.Integer(),
        messageId: Type.String(),
        type: Type.String(),
        name: orNull(Type.String({ description: 'Of a track its event, of a page or screen its name.' })),
        sourceId: Type.String(),
        timestamp: Time,
        outcomes: Type.Array(EventOutcome),
      }),
    ),
    pagination: Pagination,
  },
)
