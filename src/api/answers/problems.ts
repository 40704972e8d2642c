import { Type } from 'typebox'
import { named } from './operation.ts'

export const Problems = named('Problems', 'What went wrong, as Segment says it.', {
  errors: Type.Array(
    Type.Object({
      type: Type.String(),
      message: Type.String(),
      field: Type.Optional(Type.String()),
      data: Type.Optional(Type.Object({}, { additionalProperties: true })),
    }),
    { minItems: 1 },
  ),
})

export const OwnProblem = named('OwnProblem', 'What went wrong, in routes that Segment does not have.', {
  error: Type.Object({
    code: Type.String(),
    message: Type.String(),
    fields: Type.Optional(Type.Array(Type.Object({ field: Type.String(), message: Type.String() }))),
  }),
  requestId: Type.String(),
})
