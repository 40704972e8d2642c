import { Type } from 'typebox'
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
