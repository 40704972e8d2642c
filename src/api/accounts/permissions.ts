/**
 * Permissions in Segment's shape: a list of roles with the resources that they count for. Here a role counts for the whole
 * workspace, and `pii` is one more entry of the list.
 */
import { type Static, Type } from 'typebox'
import { type Grant, isRole, ROLES, type Role, strongest } from '../../workspace/index.ts'
import type * as answers from '../answers/accounts.ts'
import { ApiError } from '../problems.ts'

const PII = 'pii'

/** What Segment's `GET /roles` lists; `pii` is a right of its own. */
export const ROLE_LIST = [
  { id: 'owner', name: 'Workspace Owner', description: 'Everything, also who owns the workspace.' },
  { id: 'admin', name: 'Workspace Admin', description: 'Everything but owners: people, tokens, deletions, audit.' },
  { id: 'editor', name: 'Workspace Editor', description: 'Changes sources, destinations, audiences and mappings.' },
  { id: 'viewer', name: 'Workspace Viewer', description: 'Sees the configuration and what became of events.' },
  { id: PII, name: 'PII Access', description: 'Sees contents of events, profiles and members.' },
] as const

const NAMES: ReadonlyMap<string, string> = new Map(ROLE_LIST.map(({ id, name }) => [id, name]))

const Id = Type.String({ minLength: 1, maxLength: 255 })
const Resource = Type.Object(
  { id: Id, type: Type.String({ maxLength: 50 }), labels: Type.Optional(Type.Array(Type.Unknown(), { maxItems: 0 })) },
  { additionalProperties: false },
)
const PermissionInput = Type.Object(
  {
    roleId: Id,
    resources: Type.Optional(Type.Array(Resource, { maxItems: 1 })),
    labels: Type.Optional(Type.Array(Type.Unknown(), { maxItems: 0 })),
  },
  { additionalProperties: false },
)
export const Permissions = Type.Array(PermissionInput, { maxItems: 10 })
export const PermissionsBody = Type.Object({ permissions: Permissions }, { additionalProperties: false })

/** @throws ApiError 422 for a role that is not there, or one for a part of the workspace only */
export function grantOf(given: Static<typeof Permissions>, workspaceId: string): Grant {
  const grants = given.map(({ roleId, resources = [] }): Grant => {
    if (resources.some(({ id, type }) => id !== workspaceId || type !== 'WORKSPACE'))
      throw unfit('permissions.resources', 'must be the workspace: here a role counts for all of it')
    if (roleId === PII) return { role: null, pii: true }
    if (isRole(roleId)) return { role: roleId, pii: false }
    throw unfit('permissions.roleId', `must be one of ${ROLE_LIST.map(({ id }) => id).join(', ')}`)
  })
  return strongest({ role: null as Role | null, pii: false }, grants)
}

/** @throws ApiError 422 when there is no role beside `pii` */
export function withRole({ role, pii }: Grant): { readonly role: Role; readonly pii: boolean } {
  if (role === null) throw unfit('permissions', `must have one of the roles ${ROLES.join(', ')}`)
  return { role, pii }
}

export function permissionsOf({ role, pii }: Grant, workspaceId: string): answers.Permission[] {
  const roleIds = [...(role === null ? [] : [role]), ...(pii ? [PII] : [])]
  return roleIds.map((roleId) => ({
    roleId,
    roleName: NAMES.get(roleId) ?? roleId,
    resources: [{ id: workspaceId, type: 'WORKSPACE', labels: [] }],
    labels: [],
  }))
}

function unfit(field: string, message: string): ApiError {
  return new ApiError(422, [{ type: 'input-validation', field, message: `${field} ${message}` }])
}
