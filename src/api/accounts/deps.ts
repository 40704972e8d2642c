import type { Actor, Authority, Invite, Passwords, Session, User } from '../../workspace/index.ts'

/** What is read of the people who operate the workspace. */
export interface AccountReads {
  readonly passwords: Passwords
  /** The session of a cookie, if it has not ended. */
  findSession(secret: string): Promise<Session | undefined>
  findUserByEmail(email: string): Promise<{ readonly user: User; readonly password: string } | undefined>
  users(): Promise<readonly User[]>
  /** Those that wait. */
  invites(): Promise<readonly Invite[]>
}

/** Their changes: each one transaction. @throws WorkspaceError */
export interface AccountCommands {
  acceptInvite(args: { secret: string; email?: string; name: string; password: string }, actor: Actor): Promise<User>
  createInvite(
    args: { email: string; role: string; pii: boolean; by: Authority },
    actor: Actor,
  ): Promise<Invite & { readonly secret: string }>
  revokeInvite(args: { email: string; by: Authority }, actor: Actor): Promise<void>
  updatePermission(args: { id: string; role?: string; pii?: boolean; by: Authority }, actor: Actor): Promise<User>
  removeUser(args: { id: string; by: Authority }, actor: Actor): Promise<void>
  setPassword(args: { id: string; password: string }, actor: Actor): Promise<void>
  startSession(args: { userId: string; replaces?: string }, actor: Actor): Promise<{ secret: string; user: User }>
  noteSession(args: { hash: string }, actor: Actor): Promise<void>
  endSession(args: { hash: string }, actor: Actor): Promise<void>
}
