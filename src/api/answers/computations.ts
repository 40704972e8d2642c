/** Audiences and computed traits. One path has both, so an answer has one or the other. */
import { type TProperties, type TSchema, Type } from 'typebox'
import { answering, named, type Shown, sending } from './operation.ts'
import { Done, ExternalId, orNull, Pagination, Time } from './shared.ts'
import { Member } from './spaces.ts'

const Level = Type.Enum(['USERS', 'ACCOUNTS'])

const connectionSettings = {
  form: Type.Enum(['identify', 'track', 'group']),
  enteredEvent: Type.String(),
  exitedEvent: Type.String(),
  enrichTraits: Type.Array(Type.String()),
  everyMinutes: Type.Optional(Type.Integer()),
}
const IdSync = Type.Array(
  Type.Object({
    externalId: Type.String(),
    strategy: Type.Enum(['first', 'last', 'all']),
    mapTo: Type.Optional(Type.String()),
  }),
  { description: 'Which ids go along.' },
)

const syncKind = Type.Enum(['SYNC', 'RECONCILE', 'EXITS', 'UNDO'])
const counts = {
  done: Type.Integer({ description: 'Profiles looked at.' }),
  told: Type.Integer({ description: 'Those of whom something was told.' }),
  total: Type.Integer(),
}

const shared = {
  id: Type.String(),
  spaceId: Type.String(),
  name: Type.String(),
  key: Type.String(),
  description: Type.String(),
  enabled: Type.Boolean(),
  definition: Type.Object({ query: Type.String(), type: Level }),
  status: Type.Enum(['Preparing', 'Backfilling', 'Computing', 'Awaiting Destinations', 'Live', 'Disabled']),
  progress: Type.Optional(
    Type.Object(
      {
        phase: Type.Enum(['history', 'people', 'accounts', 'done']),
        done: Type.Integer(),
        total: Type.Integer(),
        startedAt: Time,
        expectedAt: orNull(Time),
      },
      { description: 'While it is being worked out.' },
    ),
  ),
  computeCadence: Type.Object({ type: Type.Literal('REALTIME') }),
  size: Type.Object({ count: Type.Integer(), type: Level }),
  options: Type.Object({
    includeAnonymousUsers: Type.Boolean(),
    includeHistoricalData: Type.Boolean(),
    filterByExternalIds: Type.Optional(Type.Array(Type.String())),
    backfillEventDataDays: Type.Optional(Type.Integer()),
    backfillDurationDays: Type.Optional(Type.Integer()),
    countsFrom: Type.Optional(Time),
  }),
  destinationConnections: Type.Array(
    Type.Object({
      destinationId: Type.String(),
      ...connectionSettings,
      idSyncConfiguration: Type.Optional(IdSync),
    }),
  ),
  syncs: Type.Array(
    Type.Object({
      id: Type.String(),
      kind: syncKind,
      status: Type.Literal('RUNNING'),
      ...counts,
      expectedAt: orNull(Time),
      destinationIds: Type.Array(Type.String()),
    }),
    { description: 'Runs under way that tell destinations of everybody.' },
  ),
  createdBy: Type.String(),
  updatedBy: Type.String(),
  createdAt: Time,
  updatedAt: Time,
}

export const Audience = named('Audience', 'Who meets a condition, kept up to date.', { ...shared, audienceType: Level })
export const ComputedTrait = named('ComputedTrait', 'A value of everybody, kept up to date.', shared)
/** An audience has its `audienceType` beside. */
export const Computation = Type.Object({ ...shared, audienceType: Type.Optional(Level) })
export type Computation = Shown<typeof Computation>

export const Connection = named('Connection', 'Where an audience or computed trait goes, and how.', {
  id: Type.String({ description: 'Id of the destination.' }),
  destination: Type.Object({ id: Type.String(), type: Type.Optional(Type.String()) }),
  idSyncConfiguration: IdSync,
  connectionSettings: Type.Object(connectionSettings),
})
export type Connection = Shown<typeof Connection>

export const ComputationPreview = named('ComputationPreview', 'Who would be in, over the history that the log has.', {
  id: Type.String(),
  audienceType: Type.Enum(['USERS', 'ACCOUNTS']),
  definition: Type.Object({ query: Type.String(), type: Type.Enum(['USERS', 'ACCOUNTS']) }),
  options: Type.Object({}),
  size: Type.Object({ count: Type.Integer(), type: Type.Enum(['USERS', 'ACCOUNTS']) }),
  results: Type.Array(Type.Object({ id: Type.String() }), { description: 'An id of each of the sample.' }),
  profiles: Type.Integer({ description: 'All there are.' }),
  identifiers: Type.Array(Type.Object({ type: Type.String(), profiles: Type.Integer() })),
  overlap: Type.Optional(
    Type.Object({ id: Type.String(), key: Type.String(), size: Type.Integer(), both: Type.Integer() }),
  ),
  sample: Type.Array(Type.Object({ externalIds: Type.Array(ExternalId), value: Type.Unknown() })),
  isComplete: Type.Boolean(),
  status: Type.Literal('COMPLETED'),
})

const Sync = named('Sync', 'A run that tells destinations of everybody.', {
  id: Type.String(),
  kind: syncKind,
  status: Type.Literal('RUNNING'),
  ...counts,
})
export type Sync = Shown<typeof Sync>

const Drift = named('Drift', 'How far destinations are from what holds.', {
  profiles: Type.Integer({ description: 'Those looked at.' }),
  drifted: Type.Integer(),
  destinations: Type.Array(
    Type.Object({
      destinationId: Type.String(),
      neverTold: Type.Integer(),
      differs: Type.Integer(),
      undelivered: Type.Integer(),
    }),
  ),
})

const Undo = named('Undo', 'What an undo takes back.', {
  run: Type.Object({
    what: Type.Enum(['sync', 'reconcile', 'exits', 'definition']),
    startedAt: Time,
    told: Type.Integer(),
  }),
  takesBack: Type.Integer(),
  same: Type.Integer(),
  changedSince: Type.Integer(),
})

const either = <Of extends TSchema, Or extends TSchema>(audience: Of, computedTrait: Or, beside: TProperties = {}) =>
  Type.Union([Type.Object({ audience, ...beside }), Type.Object({ computedTrait, ...beside })])
const One = either(Audience, ComputedTrait)

const QUERY = "event('Order Completed').within(30 days).count() >= 1"

export const listComputations = answering(
  'listComputations',
  'Audiences or computed traits of a space',
  Type.Union([
    Type.Object({ audiences: Type.Array(Audience), pagination: Pagination }),
    Type.Object({ computedTraits: Type.Array(ComputedTrait), pagination: Pagination }),
  ]),
)
export const createComputation = answering('createComputation', 'Makes an audience or computed trait', One, {
  example: { name: 'Ordered within 30 days', definition: { query: QUERY } },
})
export const getComputation = answering('getComputation', 'An audience or computed trait', One)
export const updateComputation = answering('updateComputation', 'Changes an audience or computed trait', One, {
  example: { enabled: false, sendExits: true },
})
export const removeComputation = answering('removeComputation', 'Deletes an audience or computed trait', Done)
export const restoreComputation = answering('restoreComputation', 'Brings back one that was deleted', One)
export const listDeleted = answering('listDeleted', 'Those that were deleted and can be restored, the latest first', {
  deleted: Type.Array(
    Type.Object({
      id: Type.String(),
      name: Type.String(),
      key: Type.String(),
      definition: Type.Object({ query: Type.String(), type: Level }),
      deletedAt: Time,
    }),
  ),
  pagination: Pagination,
})
export const listMembers = answering('listMembers', 'Who is in', {
  members: Type.Array(Member),
  pagination: Pagination,
})
export const exportMembers = sending('exportMembers', 'Everybody who is in, as a file', { 'text/csv': Type.String() })
export const getComputationSize = answering('getComputationSize', 'How many were in, over time', {
  size: Type.Object({ count: Type.Integer(), type: Level }),
  series: Type.Array(
    Type.Object({
      time: Time,
      count: Type.Integer({ description: 'Who was in at its end; of the last point, who is in now.' }),
      entered: Type.Integer({ description: 'Who came in during it.' }),
      left: Type.Integer({ description: 'Who left during it.' }),
    }),
  ),
})
export const checkComputation = answering(
  'checkComputation',
  'A definition in its canonical form, or what is wrong with it',
  { query: Type.String(), key: Type.Optional(Type.String()), traits: Type.Array(Type.String()) },
  { example: { name: 'Ordered within 30 days', definition: { query: QUERY } } },
)
export const previewComputation = answering(
  'previewComputation',
  'Who would be in, over the history that the log has',
  Type.Union([
    Type.Object({ audiencePreview: ComputationPreview }),
    Type.Object({ computedTraitPreview: ComputationPreview }),
  ]),
  { example: { definition: { query: QUERY } } },
)

export const getPreview = answering(
  'getPreview',
  'A preview that was made a while ago',
  Type.Union([
    Type.Object({ audiencePreview: ComputationPreview }),
    Type.Object({ computedTraitPreview: ComputationPreview }),
  ]),
)

export const listConnections = answering('listConnections', 'Where an audience or computed trait goes', {
  connections: Type.Array(Connection),
  pagination: Pagination,
})
export const createConnection = answering(
  'createConnection',
  'Sends an audience or computed trait to one more destination',
  { connection: Connection },
  {
    example: { destination: { id: 'the id of a destination' }, connectionSettings: { form: 'track' } },
  },
)
export const updateConnection = answering('updateConnection', 'Changes how it goes to a destination', {
  connection: Connection,
})
export const removeConnection = answering('removeConnection', 'Sends it to a destination no more', Done)

export const syncComputation = answering(
  'syncComputation',
  'Tells destinations of everybody who is in once more',
  { sync: Sync },
  { statuses: [202] },
)
export const reconcileComputation = answering(
  'reconcileComputation',
  'Tells destinations of those who drifted from what holds',
  { drift: Drift, sync: Type.Optional(Sync) },
  { statuses: [200, 202], example: { dryRun: true } },
)
export const undoComputation = answering(
  'undoComputation',
  'Tells destinations what they were told before the last run',
  { undo: Undo, sync: Type.Optional(Sync) },
  { statuses: [200, 202], example: { dryRun: true } },
)
export const cancelSync = answering('cancelSync', 'Ends a run that is under way', {
  sync: Type.Object({ id: Type.String(), status: Type.Literal('CANCELLED'), ...counts }),
})
