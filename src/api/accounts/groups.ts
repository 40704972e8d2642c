/** Groups in Segment's shapes, with its quirk: members are replaced and removed under `/group`, singular. */
import { type Static, Type } from 'typebox'
import { emailKey, type Group, strongest } from '../../workspace/index.ts'
import { actorOf, callerOf } from '../actor.ts'
import * as answers from '../answers/accounts.ts'
import type { ApiDeps, Routes } from '../deps.ts'
import { LIST_MAX, listInQuery } from '../lists.ts'
import { PageQuery, pageOf } from '../pages.ts'
import { ApiError } from '../problems.ts'
import { grantOf, PermissionsBody, permissionsOf } from './permissions.ts'
import { authorityOf } from './users.ts'

const Named = Type.Object({ name: Type.String({ minLength: 1, maxLength: 255 }) }, { additionalProperties: false })
const Members = Type.Object(
  { emails: Type.Array(Type.String({ minLength: 3, maxLength: 254 }), { maxItems: LIST_MAX }) },
  { additionalProperties: false },
)
type OfGroup = { Params: { id: string } }

export const groupRoutes: Routes = (app, deps, guard) => {
  app.get<{ Querystring: PageQuery }>(
    '/groups',
    { onRequest: guard('users:read'), config: answers.listUserGroups, schema: { querystring: PageQuery } },
    async (request) => {
      const { page, pagination } = pageOf(await deps.accounts.groups(), request.query)
      return { data: { userGroups: await Promise.all(page.map((group) => toGroup(group, deps))), pagination } }
    },
  )

  app.post<{ Body: Static<typeof Named> }>(
    '/groups',
    { onRequest: guard('users:write'), config: answers.createUserGroup, schema: { body: Named } },
    async (request) => answer(await deps.commands.createGroup(request.body, actorOf(request)), deps),
  )

  app.get<OfGroup>(
    '/groups/:id',
    { onRequest: guard('users:read'), config: answers.getUserGroup },
    async ({ params }) => answer(await groupOf(deps, params.id), deps),
  )

  app.patch<OfGroup & { Body: Static<typeof Named> }>(
    '/groups/:id',
    { onRequest: guard('users:write'), config: answers.updateUserGroup, schema: { body: Named } },
    async (request) => {
      const args = { id: request.params.id, name: request.body.name, by: authorityOf(callerOf(request)) }
      return answer(await deps.commands.renameGroup(args, actorOf(request)), deps)
    },
  )

  app.delete<OfGroup>(
    '/groups/:id',
    { onRequest: guard('users:write'), config: answers.deleteUserGroup },
    async (request) => {
      const args = { id: request.params.id, by: authorityOf(callerOf(request)) }
      await deps.commands.deleteGroup(args, actorOf(request))
      return { data: { status: 'SUCCESS' } }
    },
  )

  app.post<OfGroup & { Body: Static<typeof PermissionsBody> }>(
    '/groups/:id/permissions',
    { onRequest: guard('users:write'), config: answers.addPermissionsToUserGroup, schema: { body: PermissionsBody } },
    async (request) => {
      const group = await groupOf(deps, request.params.id)
      const workspaceId = await deps.accounts.workspaceId()
      const added = strongest(group, [grantOf(request.body.permissions, workspaceId)])
      const args = { id: group.id, ...added, by: authorityOf(callerOf(request)) }
      const updated = await deps.commands.setGroupPermission(args, actorOf(request))
      return { data: { permissions: permissionsOf(updated, workspaceId) } }
    },
  )

  app.put<OfGroup & { Body: Static<typeof PermissionsBody> }>(
    '/groups/:id/permissions',
    {
      onRequest: guard('users:write'),
      config: answers.replacePermissionsForUserGroup,
      schema: { body: PermissionsBody },
    },
    async (request) => {
      const workspaceId = await deps.accounts.workspaceId()
      const replaced = grantOf(request.body.permissions, workspaceId)
      const args = { id: request.params.id, ...replaced, by: authorityOf(callerOf(request)) }
      const updated = await deps.commands.setGroupPermission(args, actorOf(request))
      return { data: { permissions: permissionsOf(updated, workspaceId) } }
    },
  )

  app.get<OfGroup & { Querystring: PageQuery }>(
    '/groups/:id/users',
    { onRequest: guard('users:read'), config: answers.listUsersFromUserGroup, schema: { querystring: PageQuery } },
    async ({ params, query }) => {
      const { page, pagination } = pageOf(await usersIn(await groupOf(deps, params.id), deps), query)
      return { data: { users: page.map(({ id, name, email }) => ({ id, name, email })), pagination } }
    },
  )

  app.get<OfGroup & { Querystring: PageQuery }>(
    '/groups/:id/invites',
    { onRequest: guard('users:read'), config: answers.listInvitesFromUserGroup, schema: { querystring: PageQuery } },
    async ({ params, query }) => {
      const { emails } = await groupOf(deps, params.id)
      const invited = (await deps.accounts.invites()).filter(({ email }) => emails.includes(emailKey(email)))
      const { page, pagination } = pageOf(invited, query)
      return { data: { emails: page.map(({ email }) => email), pagination } }
    },
  )

  app.post<OfGroup & { Body: Static<typeof Members> }>(
    '/groups/:id/users',
    { onRequest: guard('users:write'), config: answers.addUsersToUserGroup, schema: { body: Members } },
    async (request) => {
      const { params, body } = request
      const args = { id: params.id, emails: body.emails, how: 'add', by: authorityOf(callerOf(request)) } as const
      return answer(await deps.commands.setGroupMembers(args, actorOf(request)), deps)
    },
  )

  app.put<OfGroup & { Body: Static<typeof Members> }>(
    '/group/:id/users',
    { onRequest: guard('users:write'), config: answers.replaceUsersInUserGroup, schema: { body: Members } },
    async (request) => {
      const { params, body } = request
      const args = { id: params.id, emails: body.emails, how: 'replace', by: authorityOf(callerOf(request)) } as const
      return answer(await deps.commands.setGroupMembers(args, actorOf(request)), deps)
    },
  )

  app.delete<OfGroup>(
    '/group/:id/users',
    { onRequest: guard('users:write'), config: answers.removeUsersFromUserGroup },
    async (request) => {
      const emails = listInQuery(request.query, 'emails')
      const args = { id: request.params.id, emails, how: 'remove', by: authorityOf(callerOf(request)) } as const
      await deps.commands.setGroupMembers(args, actorOf(request))
      return { data: { status: 'SUCCESS' } }
    },
  )
}

async function groupOf(deps: ApiDeps, id: string): Promise<Group> {
  const group = (await deps.accounts.groups()).find((each) => each.id === id)
  if (group === undefined) throw new ApiError(404, [{ type: 'not-found', message: 'The group does not exist.' }])
  return group
}

async function usersIn({ emails }: Group, deps: ApiDeps) {
  return (await deps.accounts.users()).filter(({ email }) => emails.includes(emailKey(email)))
}

async function toGroup(group: Group, deps: ApiDeps): Promise<answers.Group> {
  const { id, name } = group
  const { length: memberCount } = await usersIn(group, deps)
  return { id, name, memberCount, permissions: permissionsOf(group, await deps.accounts.workspaceId()) }
}

const answer = async (group: Group, deps: ApiDeps) => ({ data: { userGroup: await toGroup(group, deps) } })
