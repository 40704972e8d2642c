/** People and what they may do, in the shapes of Segment's IAM API (segment contract 8.2, 8.3). */
import type { Static } from 'typebox'
import { emailKey, strongest, type User } from '../../workspace/index.ts'
import { actorOf, callerOf } from '../actor.ts'
import * as answers from '../answers/accounts.ts'
import type { ApiDeps, Authenticated, Routes } from '../deps.ts'
import { listInQuery } from '../lists.ts'
import { PageQuery, pageOf } from '../pages.ts'
import { ApiError } from '../problems.ts'
import { grantOf, PermissionsBody, permissionsOf, ROLE_LIST, withRole } from './permissions.ts'

type OfUser = { Params: { id: string } }

/** For commands: nobody gives more than they have. */
export const authorityOf = ({ rights }: Authenticated) => ({ rights: [...rights] })

export const userRoutes: Routes = (app, deps, guard) => {
  app.get<{ Querystring: PageQuery }>(
    '/roles',
    { onRequest: guard('users:read'), config: answers.listRoles, schema: { querystring: PageQuery } },
    async (request) => {
      const { page, pagination } = pageOf(ROLE_LIST, request.query)
      return { data: { roles: page, pagination } }
    },
  )

  app.get<{ Querystring: PageQuery }>(
    '/users',
    { onRequest: guard('users:read'), config: answers.listUsers, schema: { querystring: PageQuery } },
    async (request) => {
      const { page, pagination } = pageOf(await deps.accounts.users(), request.query)
      const workspaceId = await deps.accounts.workspaceId()
      return { data: { users: page.map((user) => toUser(user, workspaceId)), pagination } }
    },
  )

  app.delete('/users', { onRequest: guard('users:write'), config: answers.deleteUsers }, async (request) => {
    const ids = listInQuery(request.query, 'userIds')
    await deps.commands.removeUsers({ ids, by: authorityOf(callerOf(request)) }, actorOf(request))
    return { data: { status: 'SUCCESS' } }
  })

  app.get<OfUser>('/users/:id', { onRequest: guard('users:read'), config: answers.getUser }, async ({ params }) => {
    const user = await userOf(deps, params.id)
    return { data: { user: toUser(user, await deps.accounts.workspaceId()) } }
  })

  app.get<OfUser & { Querystring: PageQuery }>(
    '/users/:id/groups',
    { onRequest: guard('users:read'), config: answers.listUserGroupsFromUser, schema: { querystring: PageQuery } },
    async ({ params, query }) => {
      const user = await userOf(deps, params.id)
      const groups = (await deps.accounts.groups()).filter(({ emails }) => emails.includes(emailKey(user.email)))
      const { page, pagination } = pageOf(groups, query)
      return { data: { groups: page.map(({ id, name }) => ({ id, name })), pagination } }
    },
  )

  app.post<OfUser & { Body: Static<typeof PermissionsBody> }>(
    '/users/:id/permissions',
    { onRequest: guard('users:write'), config: answers.addPermissionsToUser, schema: { body: PermissionsBody } },
    async (request) => {
      const user = await userOf(deps, request.params.id)
      const workspaceId = await deps.accounts.workspaceId()
      const added = strongest(user, [grantOf(request.body.permissions, workspaceId)])
      const args = { id: user.id, ...added, by: authorityOf(callerOf(request)) }
      const updated = await deps.commands.updatePermission(args, actorOf(request))
      return { data: { permissions: permissionsOf(updated, workspaceId) } }
    },
  )

  app.put<OfUser & { Body: Static<typeof PermissionsBody> }>(
    '/users/:id/permissions',
    { onRequest: guard('users:write'), config: answers.replacePermissionsForUser, schema: { body: PermissionsBody } },
    async (request) => {
      const workspaceId = await deps.accounts.workspaceId()
      const replaced = withRole(grantOf(request.body.permissions, workspaceId))
      const args = { id: request.params.id, ...replaced, by: authorityOf(callerOf(request)) }
      const updated = await deps.commands.updatePermission(args, actorOf(request))
      return { data: { permissions: permissionsOf(updated, workspaceId) } }
    },
  )

  app.post<OfUser>(
    '/users/:id/password-reset',
    { onRequest: guard('users:write'), config: answers.createPasswordReset },
    async (request, reply) => {
      const caller = callerOf(request)
      const args = { id: request.params.id, userId: caller.userId, by: authorityOf(caller) }
      const { user, secret, expiresAtMs } = await deps.commands.createPasswordReset(args, actorOf(request))
      const passwordReset = { email: user.email, token: secret, expiresAt: new Date(expiresAtMs).toISOString() }
      return reply.status(201).send({ data: { passwordReset } })
    },
  )
}

async function userOf(deps: ApiDeps, id: string): Promise<User> {
  const user = (await deps.accounts.users()).find((each) => each.id === id)
  if (user === undefined) throw new ApiError(404, [{ type: 'not-found', message: 'The user does not exist.' }])
  return user
}

function toUser(user: User, workspaceId: string): answers.User {
  const { id, name, email } = user
  return { id, name, email, permissions: permissionsOf(user, workspaceId) }
}
