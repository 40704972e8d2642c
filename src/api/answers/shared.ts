/** Shapes that are in many answers. */
import { type TSchema, Type } from 'typebox'
import { named } from './operation.ts'

export const orNull = <Shape extends TSchema>(shape: Shape) => Type.Union([shape, Type.Null()])

export const Time = Type.String({ format: 'date-time' })

/** An object whose fields are somebody else's: settings, properties of an event. */
export const Fields = Type.Record(Type.String(), Type.Unknown())

export const Event = Type.Record(Type.String(), Type.Unknown(), {
  description: 'An event as it is delivered: by the Segment Spec, with what ingest fills in.',
})

export const Pagination = named(
  'Pagination',
  'Where a page stands in its list. `next` is the `pagination.cursor` of the next page.',
  {
    current: Type.String(),
    next: Type.Optional(Type.String()),
    previous: Type.Optional(Type.String()),
    totalEntries: Type.Integer(),
  },
)

/** Of lists that grow while they are read: nobody knows how many there are. */
export const OpenPagination = named('OpenPagination', 'As Pagination, of a list that is not counted.', {
  current: Type.Optional(Type.String()),
  next: Type.Optional(Type.String()),
})

/** What a deletion answers. */
export const Done = { status: Type.Literal('SUCCESS') }

export const Logos = Type.Object({ default: Type.String() })

/** Why something is not as it was asked for; sentences. */
export const Notices = Type.Array(Type.String())

export const ExternalId = named('ExternalId', 'A name by which somebody is known, e.g. `user_id` or `email`.', {
  type: Type.String(),
  id: Type.String(),
})
