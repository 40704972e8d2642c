/** What the live stream says, by the word of its `event:` (docs/operations.md, The live stream). */
import { type Static, Type } from 'typebox'
import { orNull } from './shared.ts'

/** What can become of an event behind the log, and of each of its deliveries. */
export const EVENT_OUTCOMES = [
  'duplicate',
  'suppressed',
  'filtered',
  'delivered',
  'retry',
  'dead',
  'held',
  'cancelled',
] as const

/** Of `opened`: the records behind this position follow. */
export const LiveOpened = Type.Object({ position: Type.Integer() })

/** Of `event` and of `rejected`: a record of the log. */
export const LiveRecord = Type.Object({
  position: Type.Integer(),
  sourceId: Type.String(),
  record: Type.Record(Type.String(), Type.Unknown()),
})
export type LiveRecord = Static<typeof LiveRecord>

/** Of `outcome`. */
export const LiveOutcome = Type.Object({
  position: Type.Integer(),
  outcome: Type.Enum(EVENT_OUTCOMES),
  sourceId: Type.String(),
  messageId: Type.String(),
  type: Type.String(),
  name: orNull(Type.String()),
  userId: orNull(Type.String()),
  anonymousId: orNull(Type.String()),
  destinationId: orNull(Type.String()),
  reason: orNull(Type.String()),
  status: orNull(Type.Integer()),
  attempt: orNull(Type.Integer()),
  atMs: Type.Number(),
})
export type LiveOutcome = Static<typeof LiveOutcome>

/** Of `left_out`. */
export const LiveLeftOut = Type.Object({ leftOut: Type.Integer() })
