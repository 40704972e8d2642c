import { queryOptions } from '@tanstack/react-query'
import * as answers from '../../../../../src/api/answers/accounts.ts'
import { ask, askWithTag, part } from '../../../shared/api.ts'
import { ifMatch, type Tagged } from '../../../shared/safe-save.ts'

export const groupsQuery = queryOptions({
  queryKey: ['people', 'groups'],
  queryFn: async ({ signal }) => (await ask(answers.listUserGroups, '/groups', { signal })).data.userGroups,
})

/** With the tag of what is shown. */
export const groupQuery = (id: string) =>
  queryOptions({
    queryKey: ['people', 'groups', id],
    queryFn: async ({ signal }): Promise<Tagged<answers.Group>> => {
      const { body, tag } = await askWithTag(answers.getUserGroup, `/groups/${part(id)}`, { signal })
      return { value: body.data.userGroup, tag }
    },
  })

/** Who is in it, with an account and without one yet. */
export const membersQuery = (id: string) =>
  queryOptions({
    queryKey: ['people', 'groups', id, 'members'],
    queryFn: async ({ signal }) => {
      const [{ data: joined }, { data: invited }] = await Promise.all([
        ask(answers.listUsersFromUserGroup, `/groups/${part(id)}/users`, { signal }),
        ask(answers.listInvitesFromUserGroup, `/groups/${part(id)}/invites`, { signal }),
      ])
      return { users: joined.users, invited: invited.emails }
    },
  })

export const createGroup = async (name: string) =>
  (await ask(answers.createUserGroup, '/groups', { method: 'POST', body: { name } })).data.userGroup

/** @param tag of what was seen */
export const renameGroup = (id: string, name: string, tag: string | undefined) =>
  ask(answers.updateUserGroup, `/groups/${part(id)}`, { method: 'PATCH', body: { name }, headers: ifMatch(tag) })

export const deleteGroup = (id: string) => ask(answers.deleteUserGroup, `/groups/${part(id)}`, { method: 'DELETE' })

export const setGroupPermissions = (id: string, permissions: readonly { readonly roleId: string }[]) =>
  ask(answers.replacePermissionsForUserGroup, `/groups/${part(id)}/permissions`, {
    method: 'PUT',
    body: { permissions },
  })

export const addMember = (id: string, email: string) =>
  ask(answers.addUsersToUserGroup, `/groups/${part(id)}/users`, { method: 'POST', body: { emails: [email] } })

export const removeMember = (id: string, email: string) =>
  ask(answers.removeUsersFromUserGroup, `/group/${part(id)}/users`, {
    method: 'DELETE',
    query: { 'emails[0]': email },
  })
