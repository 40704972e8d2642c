import { Type } from 'typebox'
import { answering, named, type Shown } from './operation.ts'
import { orNull, Time } from './shared.ts'

const Status = Type.Enum(['RUNNING', 'FINISHED', 'FAILED', 'PARTIAL_SUCCESS'])

export const Regulation = named('Regulation', 'A deletion of people, and how far it is.', {
  id: Type.String(),
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
          errString: Type.Optional(orNull(Type.String())),
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
