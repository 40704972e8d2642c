import { type Static, Type } from 'typebox'
import { RIGHTS } from '../workspace/index.ts'
import { authorityOf } from './accounts/users.ts'
import { actorOf, callerOf } from './actor.ts'
import * as answers from './answers/accounts.ts'
import type { Routes } from './deps.ts'
import { ApiError } from './problems.ts'

const CreateToken = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 255 }),
    scopes: Type.Array(Type.Enum([...RIGHTS]), { minItems: 1, maxItems: 50 }),
  },
  { additionalProperties: false },
)

/** API tokens: what Segment's API lacks, in its conventions. A token's text is answered once, when it is made. */
export const tokenRoutes: Routes = (app, deps, guard) => {
  app.get('/tokens', { onRequest: guard('tokens:write'), config: answers.listTokens }, async () => ({
    data: { tokens: await deps.listTokens() },
  }))
  app.post<{ Body: Static<typeof CreateToken> }>(
    '/tokens',
    { onRequest: guard('tokens:write'), config: answers.createToken, schema: { body: CreateToken } },
    async (request, reply) => {
      const { rights, userId } = callerOf(request)
      const beyond = request.body.scopes.filter((scope) => !rights.has(scope))
      if (beyond.length > 0) {
        const message = `A token may do no more than who makes it: you lack ${beyond.join(', ')}.`
        throw new ApiError(403, [{ type: 'forbidden', field: 'scopes', message }])
      }
      const token = await deps.commands.createToken({ ...request.body, userId }, actorOf(request))
      return reply.status(201).send({ data: { token } })
    },
  )
  app.delete<{ Params: { id: string } }>(
    '/tokens/:id',
    { onRequest: guard('tokens:write'), config: answers.revokeToken },
    async (request) => {
      const args = { id: request.params.id, by: authorityOf(callerOf(request)) }
      await deps.commands.revokeToken(args, actorOf(request))
      return { data: { status: 'SUCCESS' } }
    },
  )
}
