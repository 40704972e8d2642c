/** People, who is invited, and groups. */
import { queryOptions } from '@tanstack/react-query'
import * as answers from '../../../../../src/api/answers/accounts.ts'
import { ask, part } from '../../../shared/api.ts'
import type { Tagged } from '../../../shared/safe-save.ts'
import { type Grant, grantOf } from '../rights.ts'

interface Given {
  readonly roleId: string
}

export const usersQuery = queryOptions({
  queryKey: ['people', 'users'],
  queryFn: async ({ signal }) => (await ask(answers.listUsers, '/users', { signal })).data.users,
})

export const userQuery = (id: string) =>
  queryOptions({
    queryKey: ['people', 'users', id],
    queryFn: async ({ signal }) => (await ask(answers.getUser, `/users/${part(id)}`, { signal })).data.user,
  })

/** What somebody may do, with that as its tag. */
export const taggedGrant = (permissions: readonly Given[]): Tagged<Grant> => {
  const value = grantOf(permissions)
  return { value, tag: JSON.stringify(value) }
}

export const groupsOfUserQuery = (id: string) =>
  queryOptions({
    queryKey: ['people', 'users', id, 'groups'],
    queryFn: async ({ signal }) =>
      (await ask(answers.listUserGroupsFromUser, `/users/${part(id)}/groups`, { signal })).data.groups,
  })

export const invitesQuery = queryOptions({
  queryKey: ['people', 'invites'],
  queryFn: async ({ signal }) => (await ask(answers.listInvites, '/invites', { signal })).data.invites,
})

export const setPermissions = (id: string, permissions: readonly Given[]) =>
  ask(answers.replacePermissionsForUser, `/users/${part(id)}/permissions`, { method: 'PUT', body: { permissions } })

export const removeUser = (id: string) =>
  ask(answers.deleteUsers, '/users', { method: 'DELETE', query: { 'userIds[0]': id } })

export const createReset = async (id: string) =>
  (await ask(answers.createPasswordReset, `/users/${part(id)}/password-reset`, { method: 'POST' })).data.passwordReset

export const invite = async (email: string, permissions: readonly Given[]) =>
  (await ask(answers.createInvites, '/invites', { method: 'POST', body: { invites: [{ email, permissions }] } })).data
    .tokens

export const takeBackInvite = (email: string) =>
  ask(answers.deleteInvites, '/invites', { method: 'DELETE', query: { 'emails[0]': email } })
