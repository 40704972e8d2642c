/** The parts of the settings, and the right that each asks for. */
export const PARTS = [
  { to: '/settings/account', label: 'Your account' },
  { to: '/settings/users', label: 'Users', right: 'users:read' },
  { to: '/settings/groups', label: 'Groups', right: 'users:read' },
  { to: '/settings/tokens', label: 'Tokens', right: 'tokens:write' },
  { to: '/settings/audit', label: 'Audit log', right: 'audit:read' },
  { to: '/settings/health', label: 'Health', right: 'api:read' },
  { to: '/settings/backups', label: 'Backups', right: 'api:read' },
] as const

export const isPermitted = (part: (typeof PARTS)[number], rights: readonly string[]): boolean =>
  !('right' in part) || rights.includes(part.right)
