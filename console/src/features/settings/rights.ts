import { kept, type Shown } from '../../shared/differences.ts'

/** Rights in words, in the order of what they let somebody do; `docs/accounts.md` has which role has which. */
export const RIGHT_WORDS = [
  ['api:read', 'See the configuration and what became of events'],
  ['api:write', 'Change sources, destinations, mappings and audiences'],
  ['pii:read', 'See contents of events, profiles and members'],
  ['regulations:write', 'Delete people, for good'],
  ['tokens:write', 'Make and revoke tokens'],
  ['users:read', 'See people and groups'],
  ['users:write', 'Manage people and groups'],
  ['owners:write', 'Manage owners'],
  ['audit:read', 'See the audit log'],
  ['backups:write', 'Make, check and remove backups'],
] as const

export type Right = (typeof RIGHT_WORDS)[number][0]

export interface Grant {
  readonly role: Role | null
  readonly pii: boolean
}

/** As people read it, for whoever looks what somebody else has changed. */
export const shownIn = ({ role, pii }: Grant): Shown =>
  new Map([
    ['Role', role ?? 'None'],
    ['May see contents', pii ? 'Yes' : 'No'],
  ])

export const isSameGrant = (a: Grant, b: Grant): boolean => a.role === b.role && a.pii === b.pii

/** One grant after two have changed it: what was changed here stays, all else is theirs. */
export const keptGrant = (opened: Grant, theirs: Grant, mine: Grant): Grant => ({
  role: kept(opened.role, theirs.role, mine.role),
  pii: kept(opened.pii, theirs.pii, mine.pii),
})

export const ROLE_CHOICES = [
  { value: 'viewer', label: 'Viewer: sees the configuration and what became of events' },
  { value: 'editor', label: 'Editor: changes sources, destinations, mappings and audiences, too' },
  { value: 'admin', label: 'Admin: manages people, tokens and deletions, and reads the audit log, too' },
  { value: 'owner', label: 'Owner: manages owners, too' },
] as const

export type Role = (typeof ROLE_CHOICES)[number]['value']

/** The roles that somebody with these rights may give. */
export const rolesToGive = (rights: readonly string[]) =>
  ROLE_CHOICES.filter(({ value }) => value !== 'owner' || rights.includes('owners:write'))

interface Given {
  readonly roleId: string
}

/** What a list of permissions gives: the role, null for none, and whether contents may be seen. */
export function grantOf(permissions: readonly Given[]): Grant {
  const ids = permissions.map(({ roleId }) => roleId)
  return { role: ROLE_CHOICES.find(({ value }) => ids.includes(value))?.value ?? null, pii: ids.includes('pii') }
}

/** The way back: what a request says. */
export const permissionsOf = ({ role, pii }: Grant) => [
  ...(role === null ? [] : [{ roleId: role }]),
  ...(pii ? [{ roleId: 'pii' }] : []),
]
