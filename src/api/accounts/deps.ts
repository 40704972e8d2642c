import type {
  Actor,
  Authority,
  Group,
  Invite,
  NewInvite,
  Passwords,
  Permission,
  Session,
  User,
} from '../../workspace/index.ts'

/** What is read of the people who operate the workspace. */
export interface AccountReads {
  readonly passwords: Passwords
  /** The session of a cookie, if it has not ended. */
  findSession(secret: string): Promise<Session | undefined>
  findUserByEmail(email: string): Promise<{ readonly user: User; readonly password: string } | undefined>
  users(): Promise<readonly User[]>
  /** Those that wait. */
  invites(): Promise<readonly Invite[]>
  groups(): Promise<readonly Group[]>
  workspaceId(): Promise<string>
}

/** Their changes: each one transaction. @throws WorkspaceError */
export interface AccountCommands {
  acceptInvite(args: { secret: string; email?: string; name: string; password: string }, actor: Actor): Promise<User>
  createInvites(
    args: { invites: readonly NewInvite[]; userId: string | null; by: Authority },
    actor: Actor,
  ): Promise<(Invite & { readonly secret: string })[]>
  revokeInvites(args: { emails: readonly string[]; by: Authority }, actor: Actor): Promise<void>
  updatePermission(args: { id: string; role?: string; pii?: boolean; by: Authority }, actor: Actor): Promise<User>
  removeUsers(args: { ids: readonly string[]; by: Authority }, actor: Actor): Promise<void>
  createGroup(args: { name: string }, actor: Actor): Promise<Group>
  renameGroup(args: { id: string; name: string; by: Authority }, actor: Actor): Promise<Group>
  deleteGroup(args: { id: string; by: Authority }, actor: Actor): Promise<void>
  setGroupPermission(
    args: { id: string; role: string | null; pii: boolean; by: Authority },
    actor: Actor,
  ): Promise<Group>
  setGroupMembers(
    args: { id: string; emails: readonly string[]; how: 'add' | 'replace' | 'remove'; by: Authority },
    actor: Actor,
  ): Promise<Group>
  setPassword(args: { id: string; verified: string; password: string }, actor: Actor): Promise<void>
  createPasswordReset(
    args: { id: string; userId: string | null; by: Authority },
    actor: Actor,
  ): Promise<{ user: User; secret: string; expiresAtMs: number }>
  resetPassword(args: { secret: string; password: string }, actor: Actor): Promise<User>
  startSession(
    args: { userId: string; verified: string; replaces?: string },
    actor: Actor,
  ): Promise<{ secret: string; user: User; permission: Permission }>
  noteSession(args: { hash: string }, actor: Actor): Promise<void>
  endSession(args: { hash: string }, actor: Actor): Promise<void>
}
