import { Type } from 'typebox'
import { answering, named, type Shown } from './operation.ts'
import { ExternalId, orNull, Pagination } from './shared.ts'

export const Space = named('Space', 'Where profiles are made of the events of some sources.', {
  id: Type.String(),
  slug: Type.String(),
  name: Type.String(),
  sourceIds: Type.Array(Type.String()),
})
export type Space = Shown<typeof Space>

const BlockedValue = Type.Union([Type.Object({ exact: Type.String() }), Type.Object({ regex: Type.String() })])

export const IdentityRules = named('IdentityRules', 'How a space tells whose an event is.', {
  types: Type.Array(
    Type.Object({
      type: Type.String(),
      collection: Type.Enum(['users', 'accounts']),
      limit: Type.Object({
        values: Type.Integer(),
        period: Type.Enum(['ever', 'weekly', 'monthly', 'annually']),
      }),
      blocked: Type.Array(BlockedValue),
    }),
  ),
  priority: Type.Array(Type.String(), { description: 'Types of ids, the highest first.' }),
  blocked: Type.Array(BlockedValue),
})

export const ProfileExplanation = named('ProfileExplanation', 'How a profile came to be what it is.', {
  profileId: Type.String(),
  externalIds: Type.Array(ExternalId),
  merges: Type.Integer(),
  steps: Type.Array(Type.Object({ position: Type.Integer(), text: Type.String() })),
})

export const Member = named('Member', 'Somebody who has a value of an audience or computed trait.', {
  profileId: Type.String(),
  value: Type.Unknown(),
  since: orNull(Type.String({ format: 'date-time' })),
  externalIds: Type.Array(ExternalId),
})
export type Member = Shown<typeof Member>

export const listSpaces = answering('listSpaces', 'Spaces', { spaces: Type.Array(Space), pagination: Pagination })
export const createSpace = answering(
  'createSpace',
  'Makes a space',
  { space: Space },
  { statuses: [201], example: { slug: 'customers', name: 'Customers', sourceIds: ['the id of a source'] } },
)
export const getSpace = answering('getSpace', 'A space', { space: Space })
export const updateSpace = answering('updateSpace', 'Changes a space', { space: Space })
export const getIdentityRules = answering('getIdentityRules', 'How a space tells whose an event is', {
  identityRules: IdentityRules,
})
export const replaceIdentityRules = answering(
  'replaceIdentityRules',
  'Changes how a space tells whose an event is, from now on',
  { identityRules: IdentityRules, warnings: Type.Array(Type.String(), { description: 'What became tighter.' }) },
)
export const deleteProfile = answering('deleteProfile', 'Erases a person, here and at destinations', {
  regulateId: Type.String({ description: 'Id of the regulation that says how far it is.' }),
})
export const explainProfile = answering(
  'explainProfile',
  'How a profile came to be what it is, in sentences',
  ProfileExplanation,
)
