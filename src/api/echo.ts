/** Answers what it was asked, so that programs can try how they meet each answer (segment contract 8.2). */
import { type Static, Type } from 'typebox'
import * as answers from './answers/sources.ts'
import type { Routes } from './deps.ts'
import { ApiError } from './problems.ts'

/** Longest wait that can be asked for, in milliseconds. */
const DELAY_MS_MAX = 5_000

const Flag = Type.Optional(Type.Enum(['true', 'false'], { description: 'Whether to answer so.' }))
const EchoQuery = Type.Object(
  {
    message: Type.String({ maxLength: 1_000, description: 'What is to be answered.' }),
    delay: Type.Optional(Type.String({ pattern: '^[0-9]{1,4}$', description: 'Milliseconds to wait, up to 5,000.' })),
    triggerError: Flag,
    triggerMultipleErrors: Flag,
    triggerUnexpectedError: Flag,
    statusCode: Type.Optional(Type.String({ pattern: '^[2-5][0-9]{2}$', description: 'The status to answer with.' })),
  },
  { additionalProperties: false },
)

export const echoRoutes: Routes = (app, deps, guard) => {
  app.get<{ Querystring: Static<typeof EchoQuery> }>(
    '/echo',
    { onRequest: guard('api:read'), config: answers.echo, schema: { querystring: EchoQuery } },
    async ({ query, headers }, reply) => {
      const { message, delay = '0', statusCode } = query
      const delayMs = Math.min(Number(delay), DELAY_MS_MAX)
      if (delayMs > 0) await new Promise<void>((resolve) => deps.clock.after(delayMs, resolve))
      const asked = statusCode === undefined ? undefined : Number(statusCode)
      const failed = asked !== undefined && asked >= 400 ? asked : undefined
      const problem = { type: 'echo', message }
      if (query.triggerError === 'true') throw new ApiError(failed ?? 400, [problem])
      if (query.triggerMultipleErrors === 'true') throw new ApiError(failed ?? 400, [problem, problem])
      if (query.triggerUnexpectedError === 'true') throw new ApiError(500, [problem])
      if (failed !== undefined) throw new ApiError(failed, [problem])
      const { authorization: _, cookie: __, ...shown } = headers
      return reply.status(asked ?? 200).send({ data: { method: 'get', message, headers: shown } })
    },
  )
}
