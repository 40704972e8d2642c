import { Type } from 'typebox'
import { RenderedRequest } from './destinations.ts'
import { answering, named, type Shown } from './operation.ts'
import { Event, OpenPagination, orNull, Time } from './shared.ts'

const entry = {
  id: Type.String({ description: 'Position and number of the mapping.' }),
  position: Type.Integer(),
  destinationId: orNull(Type.String({ description: 'Null for one that was deleted.' })),
  kind: Type.Enum(['erasure', 'event']),
  state: Type.Enum(['pending', 'delivered', 'dead', 'erased', 'cancelled']),
  attempts: Type.Integer(),
  status: orNull(Type.Integer({ description: 'Of the last answer, in HTTP.' })),
  reason: orNull(Type.String()),
  nextAttemptAt: orNull(Time),
  endedAt: orNull(Time),
}
export const LedgerEntry = named('LedgerEntry', 'What became of an event at one mapping of a destination.', entry)
export type LedgerEntry = Shown<typeof LedgerEntry>

export const ListedDelivery = named('ListedDelivery', 'A delivery, and of which event it is.', {
  ...entry,
  event: orNull(
    Type.Object(
      {
        messageId: Type.String(),
        type: Type.String(),
        name: orNull(Type.String({ description: 'Of a track its event, of a page or screen its name.' })),
        receivedAt: Time,
        person: orNull(Type.String({ description: 'The userId, else the anonymousId; null without `pii:read`.' })),
      },
      { description: 'Null for an erasure call, and when the log has it no longer.' },
    ),
  ),
})
export type ListedDelivery = Shown<typeof ListedDelivery>

/** As the attempt left it: of a request that was never answered there is an outcome of another kind. */
export const Kept = Type.Unknown({ description: 'As it was kept, secrets masked; null where nothing is.' })

export const Explanation = named('Explanation', 'Every step that one event took.', {
  position: Type.Integer(),
  sourceId: orNull(Type.String()),
  event: orNull(Event),
  configVersion: orNull(Type.Integer()),
  spaces: Type.Array(
    Type.Object({
      spaceId: Type.String(),
      name: Type.String(),
      skipped: orNull(Type.String({ description: 'Why it has no part in profiles.' })),
      why: orNull(Type.String()),
      refusedIds: Type.Array(Type.String(), { description: 'Ids that name nobody, in sentences.' }),
    }),
  ),
  destinations: Type.Array(
    Type.Object({
      destinationId: orNull(Type.String()),
      name: Type.String(),
      filtered: orNull(Type.String({ description: 'The reason for which it was not sent there.' })),
      why: orNull(Type.String()),
    }),
  ),
  deliveries: Type.Array(
    Type.Object({
      ...entry,
      destination: orNull(Type.String()),
      mapping: orNull(Type.String()),
      waitsFor: orNull(Type.String({ description: 'Why it has not ended; a sentence.' })),
      replay: orNull(Type.Object({ id: Type.String(), status: Type.String() })),
      request: Kept,
      isRequestRenderedNow: Type.Boolean({
        description: 'Whether `request` is what the mapping makes of the event now: those that succeeded are not kept.',
      }),
      response: Kept,
    }),
  ),
})
export type Explanation = Shown<typeof Explanation>

export const Unaccepted = named('Unaccepted', 'What came and was not accepted.', {
  position: Type.Integer(),
  sourceId: Type.String(),
  receivedAt: Time,
  became: Type.Enum(['rejected', 'duplicate', 'suppressed', 'waiting']),
  why: Type.String(),
})

export type Unaccepted = Shown<typeof Unaccepted>

export const Replay = named('Replay', 'Deliveries that are made once more because a person asked.', {
  id: Type.String(),
  kind: Type.Enum(['dead', 'history']),
  destinationId: orNull(Type.String()),
  selection: Type.Object({
    reasons: Type.Optional(Type.Array(Type.String())),
    event: Type.Optional(Type.String()),
    type: Type.Optional(Type.String()),
    mappingId: Type.Optional(orNull(Type.String())),
    isOnePerson: Type.Optional(Type.Literal(true)),
    messages: Type.Optional(Type.Integer({ description: 'How many events were named.' })),
    from: Type.Optional(Time),
    to: Type.Optional(Time),
  }),
  status: Type.String(),
  ratePerSecond: Type.Number(),
  total: Type.Integer(),
  done: Type.Integer(),
  pending: Type.Integer(),
  revived: Type.Integer(),
  skipped: Type.Integer(),
  delivered: Type.Integer(),
  dead: Type.Integer(),
  erased: Type.Integer(),
  cancelled: Type.Integer(),
  returned: Type.Integer(),
  etaSeconds: orNull(Type.Integer()),
  createdAt: Time,
  finishedAt: orNull(Time),
})
export type Replay = Shown<typeof Replay>

const selected = { destinationId: 'the id of a destination', kind: 'dead', reasons: ['http_400'] }

export const listDeliveries = answering('listDeliveries', 'The ledger: what became of deliveries, newest first', {
  deliveries: Type.Array(ListedDelivery),
  pagination: OpenPagination,
})
export const getDelivery = answering('getDelivery', 'A delivery; of a dead letter also request and answer', {
  delivery: LedgerEntry,
  request: Kept,
  response: Kept,
})
export const explainEvent = answering('explainEvent', 'Every step that one event took', {
  events: Type.Array(Explanation),
  unaccepted: Type.Array(Unaccepted),
})

export const previewReplay = answering(
  'previewReplay',
  'How many deliveries a replay would make, and the first of them',
  {
    total: Type.Integer(),
    reasons: Type.Record(Type.String(), Type.Integer(), { description: 'How many for each reason.' }),
    skipped: Type.Integer({ description: 'Those whose persons asked to be forgotten.' }),
    sample: Type.Array(
      Type.Object({
        id: Type.String(),
        reason: orNull(Type.String()),
        request: orNull(RenderedRequest),
        problem: orNull(Type.String()),
      }),
    ),
    isComplete: Type.Boolean(),
  },
  { example: selected },
)
export const createReplay = answering(
  'createReplay',
  'Begins a replay',
  { replay: Replay },
  { statuses: [201], example: { ...selected, ratePerSecond: 50 } },
)
export const listReplays = answering('listReplays', 'The latest 200 replays', { replays: Type.Array(Replay) })
export const getReplay = answering('getReplay', 'A replay, with its progress', { replay: Replay })
export const cancelReplay = answering('cancelReplay', 'Cancels a replay; what was not tried is given back', {
  replay: Replay,
})
