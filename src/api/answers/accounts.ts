import { Type } from 'typebox'
import { answering, named, type Shown } from './operation.ts'
import { Done, orNull, Pagination, Time } from './shared.ts'

const Right = Type.Enum([
  ...(['api:read', 'api:write', 'tokens:write', 'regulations:write', 'users:read'] as const),
  ...(['users:write', 'owners:write', 'audit:read', 'backups:write', 'pii:read'] as const),
])

const Person = named('Person', 'Somebody as they see themselves.', {
  id: Type.String(),
  email: Type.String(),
  name: Type.String(),
  role: orNull(Type.Enum(['owner', 'admin', 'editor', 'viewer'])),
  pii: Type.Boolean(),
})

export const Session = named('Session', 'Who is signed in, and what they may do.', {
  user: Person,
  rights: Type.Array(Right),
})
export type Session = Shown<typeof Session>

export const Role = named('Role', 'What people can be given.', {
  id: Type.Enum(['owner', 'admin', 'editor', 'viewer', 'pii']),
  name: Type.String(),
  description: Type.String(),
})

export const Permission = named('Permission', 'A role, here always for the whole workspace.', {
  roleId: Type.String(),
  roleName: Type.String(),
  resources: Type.Array(
    Type.Object({
      id: Type.String(),
      type: Type.Literal('WORKSPACE'),
      labels: Type.Array(Type.Unknown(), { maxItems: 0 }),
    }),
  ),
  labels: Type.Array(Type.Unknown(), { maxItems: 0 }),
})
export type Permission = Shown<typeof Permission>

export const User = named('User', 'Somebody with an account.', {
  id: Type.String(),
  name: Type.String(),
  email: Type.String(),
  permissions: Type.Array(Permission),
})
export type User = Shown<typeof User>

export const Group = named('Group', 'People who share permissions.', {
  id: Type.String(),
  name: Type.String(),
  memberCount: Type.Integer(),
  permissions: Type.Array(Permission),
})
export type Group = Shown<typeof Group>

export const Token = named('Token', 'An API token. Its text is answered once, when it is made.', {
  id: Type.String(),
  name: Type.String(),
  scopes: Type.Array(Type.String()),
  userId: orNull(Type.String({ description: 'Who made it; null for the one of the program itself.' })),
  createdAtMs: Type.Integer({ description: 'Unix milliseconds.' }),
})

const Emails = Type.Array(Type.String())
const permissions = { permissions: Type.Array(Permission) }
const group = { userGroup: Group }
const given = { example: { permissions: [{ roleId: 'editor' }] } }
const members = { example: { emails: ['ada@example.com'] } }

export const join = answering('join', 'Makes the account that an invitation is for, and signs in', Session, {
  statuses: [201],
})
export const signIn = answering('signIn', 'Signs in', Session, { statuses: [201] })
export const getSession = answering('getSession', 'Who is signed in', { ...Session.properties, endsAt: Time })
export const signOut = answering('signOut', 'Signs out', Done)
export const changePassword = answering('changePassword', 'Changes the password; all other sessions end', Session)

export const resetPassword = answering('resetPassword', 'Sets a new password with the secret of a reset', {
  user: Person,
})
export const createPasswordReset = answering(
  'createPasswordReset',
  'Makes the secret with which somebody sets a new password',
  { passwordReset: Type.Object({ email: Type.String(), token: Type.String(), expiresAt: Time }) },
  { statuses: [201] },
)

export const listRoles = answering('listRoles', 'Roles', { roles: Type.Array(Role), pagination: Pagination })
export const listUsers = answering('listUsers', 'People with an account', {
  users: Type.Array(User),
  pagination: Pagination,
})
export const deleteUsers = answering('deleteUsers', 'Removes people, their sessions and tokens', Done, {
  query: { userIds: 'Ids of up to 100 people.' },
})
export const getUser = answering('getUser', 'Somebody with an account', { user: User })
export const listUserGroupsFromUser = answering('listUserGroupsFromUser', 'Groups that somebody is in', {
  groups: Type.Array(Type.Object({ id: Type.String(), name: Type.String() })),
  pagination: Pagination,
})
export const addPermissionsToUser = answering('addPermissionsToUser', 'Gives somebody more', permissions, given)
export const replacePermissionsForUser = answering(
  'replacePermissionsForUser',
  'Gives somebody this, in place of what they have',
  permissions,
  given,
)

export const listInvites = answering('listInvites', 'Addresses whose invitation waits', {
  invites: Emails,
  pagination: Pagination,
})
export const createInvites = answering(
  'createInvites',
  'Invites people; what is to be passed on to them is in the answer',
  {
    emails: Emails,
    tokens: Type.Array(Type.Object({ email: Type.String(), token: Type.String(), expiresAt: Time })),
  },
  { statuses: [201], example: { invites: [{ email: 'ada@example.com', permissions: [{ roleId: 'editor' }] }] } },
)
export const deleteInvites = answering('deleteInvites', 'Takes invitations back', Done, {
  query: { emails: 'Up to 100 addresses.' },
})

export const listUserGroups = answering('listUserGroups', 'Groups', {
  userGroups: Type.Array(Group),
  pagination: Pagination,
})
export const createUserGroup = answering('createUserGroup', 'Makes a group', group)
export const getUserGroup = answering('getUserGroup', 'A group', group)
export const updateUserGroup = answering('updateUserGroup', 'Renames a group', group)
export const deleteUserGroup = answering('deleteUserGroup', 'Deletes a group; its members lose what it gave', Done)
export const addPermissionsToUserGroup = answering(
  'addPermissionsToUserGroup',
  'Gives a group more',
  permissions,
  given,
)
export const replacePermissionsForUserGroup = answering(
  'replacePermissionsForUserGroup',
  'Gives a group this, in place of what it has',
  permissions,
  given,
)
export const listUsersFromUserGroup = answering('listUsersFromUserGroup', 'Members of a group with an account', {
  users: Type.Array(Type.Object({ id: Type.String(), name: Type.String(), email: Type.String() })),
  pagination: Pagination,
})
export const listInvitesFromUserGroup = answering('listInvitesFromUserGroup', 'Members of a group who are invited', {
  emails: Emails,
  pagination: Pagination,
})
export const addUsersToUserGroup = answering('addUsersToUserGroup', 'Adds members to a group', group, members)
export const replaceUsersInUserGroup = answering(
  'replaceUsersInUserGroup',
  'Gives a group exactly these members',
  group,
  members,
)
export const removeUsersFromUserGroup = answering('removeUsersFromUserGroup', 'Removes members from a group', Done, {
  query: { emails: 'Up to 100 addresses.' },
})

export const listTokens = answering('listTokens', 'API tokens', { tokens: Type.Array(Token) })
export const createToken = answering(
  'createToken',
  'Makes an API token; its text is answered once',
  { token: Type.Object({ ...Token.properties, token: Type.String() }) },
  { statuses: [201], example: { name: 'Deployment', scopes: ['api:read', 'api:write'] } },
)
export const revokeToken = answering('revokeToken', 'Revokes an API token', Done)
