import { Type } from 'typebox'
import { answering, named, type Shown } from './operation.ts'
import { orNull, Pagination, Time } from './shared.ts'

const EventName = named('EventName', 'An event of a source, and what it is called at a destination.', {
  name: Type.String(),
  firstSeenAt: orNull(Time),
  lastSeenAt: orNull(Time),
  renamedTo: orNull(Type.String({ description: 'As it is set.' })),
  sentAs: Type.Array(Type.String(), {
    description: 'What a call of this name and nothing else is sent as by the mappings that take it; empty for none.',
  }),
  filtered: orNull(Type.String({ description: 'Why it is sent to no mapping.' })),
  suggestion: orNull(Type.String({ description: 'What such an event usually is there, where it is not sent so.' })),
})
export type EventName = Shown<typeof EventName>

const Listed = {
  eventNames: Type.Array(EventName),
  leftOut: Type.Boolean({ description: 'Whether the source has sent names that are not kept.' }),
  pagination: Pagination,
}

export const listEventNames = answering('listEventNames', "Events of a destination's source by name", Listed)
export const setEventNames = answering(
  'setEventNames',
  'Sets the names under which events are sent, in place of those before',
  Listed,
  { example: { eventNames: { 'Order Completed': 'conversion' } } },
)
