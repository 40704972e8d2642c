/** Who may do what: the rights there are, and which of them a role has. Pure. */

/** What a route asks for and a token's scope gives. */
export const RIGHTS = [
  'api:read',
  'api:write',
  'tokens:write',
  'regulations:write',
  'users:read',
  'users:write',
  'owners:write',
  'audit:read',
  'backups:write',
  'pii:read',
] as const
export type Right = (typeof RIGHTS)[number]

/** From the least to the most. */
export const ROLES = ['viewer', 'editor', 'admin', 'owner'] as const
export type Role = (typeof ROLES)[number]

const VIEWER: readonly Right[] = ['api:read']
const EDITOR: readonly Right[] = [...VIEWER, 'api:write']
const ADMIN: readonly Right[] = [
  ...EDITOR,
  'tokens:write',
  'regulations:write',
  'users:read',
  'users:write',
  'audit:read',
  'backups:write',
]
const OWNER: readonly Right[] = [...ADMIN, 'owners:write']

/** No role has `pii:read`: to see what is known about people is given to each person by itself. */
export const ROLE_RIGHTS: Readonly<Record<Role, readonly Right[]>> = {
  viewer: VIEWER,
  editor: EDITOR,
  admin: ADMIN,
  owner: OWNER,
}

/** What somebody was given. */
export interface Permission {
  readonly role: Role
  /** May see contents of events and profiles. */
  readonly pii: boolean
}

/** The same for a group, which may give no role. */
export interface Grant {
  readonly role: Role | null
  readonly pii: boolean
}

export function rightsOf({ role, pii }: Grant): ReadonlySet<Right> {
  return new Set<Right>([...(role === null ? [] : ROLE_RIGHTS[role]), ...(pii ? (['pii:read'] as const) : [])])
}

/** Of several the highest role, and pii if one gives it. */
export function strongest<G extends Grant>(given: G, others: readonly Grant[]): Pick<G, 'role' | 'pii'> {
  const rank = (role: Role | null) => (role === null ? -1 : ROLES.indexOf(role))
  const all: readonly Grant[] = [given, ...others]
  const role = all.reduce<Role | null>((best, each) => (rank(each.role) > rank(best) ? each.role : best), given.role)
  return { role: role as G['role'], pii: all.some(({ pii }) => pii) }
}

/** Whether everything in `wanted` is in `held`: nobody gives what they do not have. */
export function covers(held: ReadonlySet<string>, wanted: Iterable<string>): boolean {
  return [...wanted].every((right) => held.has(right))
}

export const isRole = (name: string): name is Role => (ROLES as readonly string[]).includes(name)

export const isRight = (name: string): name is Right => (RIGHTS as readonly string[]).includes(name)
