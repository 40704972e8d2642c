import { Type } from 'typebox'
import { answering, named } from './operation.ts'
import { Pagination, Time } from './shared.ts'

export const SeenEvent = named('SeenEvent', "A name of events that a space's sources have sent.", {
  name: Type.String(),
  firstSeenAt: Time,
  lastSeenAt: Time,
  sourceIds: Type.Array(Type.String()),
})

export const SeenField = named('SeenField', 'A property of an event, or a trait, that was sent.', {
  name: Type.String(),
  types: Type.Array(Type.Enum(['string', 'number', 'boolean', 'object', 'array', 'null'])),
})

const beside = {
  leftOut: Type.Boolean({ description: 'Whether there are more than are kept.' }),
  pagination: Pagination,
}
const sampleValues = Type.Array(Type.Union([Type.String(), Type.Number(), Type.Boolean()]))

export const listSeenEvents = answering('listSeenEvents', 'Names of events that a space has seen', {
  events: Type.Array(SeenEvent),
  ...beside,
})
export const listSeenProperties = answering('listSeenProperties', 'Properties that an event was sent with', {
  properties: Type.Array(SeenField),
  ...beside,
})
export const listPropertySamples = answering('listPropertySamples', 'Values that a property had lately', {
  sampleValues,
})
export const listSeenTraits = answering('listSeenTraits', 'Traits that a space has seen', {
  traits: Type.Array(SeenField),
  ...beside,
})
export const listTraitSamples = answering('listTraitSamples', 'Values that a trait had lately', { sampleValues })
