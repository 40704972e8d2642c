/** Invitations in Segment's shape. Grapevine sends no mail: the answer has what the inviter passes on. */
import { type Static, Type } from 'typebox'
import { actorOf, callerOf } from '../actor.ts'
import * as answers from '../answers/accounts.ts'
import type { Routes } from '../deps.ts'
import { LIST_MAX, listInQuery } from '../lists.ts'
import { PageQuery, pageOf } from '../pages.ts'
import { grantOf, Permissions, withRole } from './permissions.ts'
import { authorityOf } from './users.ts'

const ROLE_DEFAULT = 'viewer'

const Invites = Type.Object(
  {
    invites: Type.Array(
      Type.Object(
        { email: Type.String({ minLength: 3, maxLength: 254 }), permissions: Type.Optional(Permissions) },
        { additionalProperties: false },
      ),
      { minItems: 1, maxItems: LIST_MAX },
    ),
  },
  { additionalProperties: false },
)

export const inviteRoutes: Routes = (app, deps, guard) => {
  app.get<{ Querystring: PageQuery }>(
    '/invites',
    { onRequest: guard('users:read'), config: answers.listInvites, schema: { querystring: PageQuery } },
    async (request) => {
      const { page, pagination } = pageOf(await deps.accounts.invites(), request.query)
      return { data: { invites: page.map(({ email }) => email), pagination } }
    },
  )

  app.post<{ Body: Static<typeof Invites> }>(
    '/invites',
    { onRequest: guard('users:write'), config: answers.createInvites, schema: { body: Invites } },
    async (request, reply) => {
      const workspaceId = await deps.accounts.workspaceId()
      const invites = request.body.invites.map(({ email, permissions = [{ roleId: ROLE_DEFAULT }] }) => ({
        email,
        ...withRole(grantOf(permissions, workspaceId)),
      }))
      const caller = callerOf(request)
      const args = { invites, userId: caller.userId, by: authorityOf(caller) }
      const made = await deps.commands.createInvites(args, actorOf(request))
      const tokens = made.map(({ email, secret, expiresAtMs }) => ({
        email,
        token: secret,
        expiresAt: new Date(expiresAtMs).toISOString(),
      }))
      return reply.status(201).send({ data: { emails: made.map(({ email }) => email), tokens } })
    },
  )

  app.delete('/invites', { onRequest: guard('users:write'), config: answers.deleteInvites }, async (request) => {
    const emails = listInQuery(request.query, 'emails')
    await deps.commands.revokeInvites({ emails, by: authorityOf(callerOf(request)) }, actorOf(request))
    return { data: { status: 'SUCCESS' } }
  })
}
