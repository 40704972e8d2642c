import { type Static, Type } from 'typebox'
import { answering, named, type Shown } from './operation.ts'
import { Event, orNull } from './shared.ts'

const Position = Type.Integer({ description: 'In the log.' })

export const LatestEvent = named('LatestEvent', 'An event that came in.', { position: Position, event: Event })

const FilterOutcome = Type.Enum(['KEPT', 'DROPPED', 'CHANGED', 'UNDECIDED'], {
  description: '`UNDECIDED`: its condition has no answer for the event, which is kept back therefore.',
})
export type FilterOutcome = Static<typeof FilterOutcome>

export const TestedFilter = named('TestedFilter', 'What a filter makes of the latest events, by how many.', {
  events: Type.Integer({ description: 'How many it was tried with.' }),
  kept: Type.Integer(),
  dropped: Type.Integer(),
  changed: Type.Integer(),
  undecided: Type.Integer(),
  samples: Type.Array(
    Type.Object({
      position: Position,
      event: Event,
      outcome: FilterOutcome,
      result: orNull(Event),
      problem: orNull(Type.String()),
    }),
    { description: 'The latest that do not pass as they are.' },
  ),
})
export type TestedFilter = Shown<typeof TestedFilter>

export const listLatestEvents = answering('listLatestEvents', 'The latest events of a source, newest first', {
  events: Type.Array(LatestEvent),
})
export const testFilter = answering(
  'testFilter',
  "What a filter that is not saved makes of the latest events of a destination's source",
  TestedFilter,
  { example: { filter: { if: 'properties.isTest = true', actions: [{ type: 'DROP' }] }, count: 100 } },
)
