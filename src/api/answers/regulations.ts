import { Type } from 'typebox'
import { Kept } from './deliveries.ts'
import { answering, named, type Shown } from './operation.ts'
import { orNull, Pagination, Time } from './shared.ts'

const Status = Type.Enum(['RUNNING', 'FINISHED', 'FAILED', 'PARTIAL_SUCCESS'])

export const Regulation = named('Regulation', 'A deletion of people, and how far it is.', {
  id: Type.String(),
  workspaceId: Type.String(),
  createdAt: Time,
  overallStatus: Status,
  finishedAt: orNull(Time),
  streamStatus: Type.Array(
    Type.Object({
      id: Type.String(),
      destinationStatus: Type.Array(
        Type.Object({
          id: Type.String(),
          name: Type.String(),
          status: Status,
          errString: Type.String({ description: 'Empty where nothing went wrong.' }),
          finishedAt: orNull(Time),
        }),
      ),
    }),
  ),
})
export type Regulation = Shown<typeof Regulation>

export const createWorkspaceRegulation = answering(
  'createWorkspaceRegulation',
  'Deletes people, here and at destinations',
  { regulateId: Type.String() },
  { example: { regulationType: 'DELETE_ONLY', subjectType: 'USER_ID', subjectIds: ['u1'] } },
)
export const getRegulation = answering('getRegulation', 'How far a deletion is', { regulation: Regulation })

const SharesAccountWith = Type.Array(Type.String(), {
  description: 'Ids of other destinations that lead to the same account, which is told once.',
})

const RegulationEntry = Type.Object({
  id: Type.String(),
  subjectType: Type.Literal('USER_ID'),
  subjects: Type.Array(Type.String(), { maxItems: 0, description: 'Not kept: they are forgotten.' }),
  subjectCount: Type.Integer(),
  status: Status,
  createdAt: Time,
  regulationType: Type.Literal('DELETE_ONLY'),
  finishedAt: Type.Optional(Time),
})
export type RegulationEntry = Shown<typeof RegulationEntry>

export const listWorkspaceRegulations = answering('listWorkspaceRegulations', 'The latest deletions, newest first', {
  regulations: Type.Array(RegulationEntry),
  pagination: Pagination,
})

export const RegulationProgress = named(
  'RegulationProgress',
  'How far a deletion is, with what destinations answered.',
  {
    id: Type.String(),
    subjectCount: Type.Integer(),
    status: Status,
    createdAt: Time,
    finishedAt: orNull(Time),
    isCancelledComplete: Type.Boolean({
      description: 'False where `cancelled` may be more: not all of the ledger was looked at.',
    }),
    destinations: Type.Array(
      Type.Object({
        destinationId: orNull(Type.String({ description: 'Null for one that was deleted.' })),
        name: Type.String(),
        sharesAccountWith: SharesAccountWith,
        cancelled: Type.Integer({ description: 'Deliveries of the people that were on their way, and ended.' }),
        calls: Type.Object({
          all: Type.Integer(),
          pending: Type.Integer(),
          delivered: Type.Integer(),
        }),
        latest: Type.Array(
          Type.Object({
            id: Type.String(),
            state: Type.Enum(['pending', 'delivered', 'dead', 'erased', 'cancelled']),
            attempts: Type.Integer(),
            status: orNull(Type.Integer({ description: 'Of the last answer, in HTTP.' })),
            reason: orNull(Type.String()),
            waitsFor: orNull(Type.String({ description: 'Why it has not ended; a sentence.' })),
            endedAt: orNull(Time),
            request: Kept,
            answer: Kept,
          }),
          {
            description: 'Up to 20 calls, those that failed first. `request` and `answer` are null without `pii:read`.',
          },
        ),
      }),
    ),
  },
)
export type RegulationProgress = Shown<typeof RegulationProgress>

export const getRegulationProgress = answering(
  'getRegulationProgress',
  'How far a deletion is, with what was cancelled and what each destination answered',
  RegulationProgress,
)

export const RegulationPreview = named('RegulationPreview', 'What a deletion would do now.', {
  people: Type.Integer(),
  known: Type.Integer({ description: 'How many of them have a profile.' }),
  spaces: Type.Array(Type.Object({ spaceId: Type.String(), name: Type.String(), profiles: Type.Integer() }), {
    description: 'Those that have profiles of them.',
  }),
  destinations: Type.Array(
    Type.Object({
      destinationId: Type.String(),
      name: Type.String(),
      isTold: Type.Boolean({
        description: 'Whether its account is asked to delete them, once however many destinations lead there.',
      }),
      sharesAccountWith: SharesAccountWith,
      waiting: Type.Integer({ description: 'Deliveries of theirs on their way, which would be cancelled.' }),
    }),
  ),
  isWaitingComplete: Type.Boolean({ description: 'False where `waiting` may be more.' }),
})
export type RegulationPreview = Shown<typeof RegulationPreview>

export const previewRegulation = answering(
  'previewRegulation',
  'What a deletion would do: profiles, destinations that are told, and deliveries that are cancelled',
  RegulationPreview,
  { example: { subjectIds: ['u1'] } },
)

export const previewProfileDeletion = answering(
  'previewProfileDeletion',
  'What the deletion of a person with all their ids would do, also of one without a user id',
  RegulationPreview,
)
