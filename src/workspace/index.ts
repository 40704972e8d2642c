export { emailKey } from './accounts/email.ts'
export {
  createGroup,
  deleteGroup,
  GROUPS_MAX,
  type Group,
  listGroups,
  renameGroup,
  setGroupMembers,
  setGroupPermission,
} from './accounts/groups.ts'
export {
  acceptInvite,
  createInvites,
  INVITE_MS,
  INVITES_MAX,
  type Invite,
  inviteFirstOwner,
  listInvites,
  type NewInvite,
  revokeInvites,
} from './accounts/invites.ts'
export { createPasswordReset, PASSWORD_RESET_MS, resetPassword } from './accounts/password-resets.ts'
export {
  checkPassword,
  PASSWORD_CHARS_MAX,
  PASSWORD_CHARS_MIN,
  PASSWORDS_WAITING_MAX,
  Passwords,
  PasswordsBusy,
} from './accounts/passwords.ts'
export { removeUsers } from './accounts/removal.ts'
export {
  covers,
  type Grant,
  isRight,
  isRole,
  type Permission,
  RIGHTS,
  type Right,
  ROLE_RIGHTS,
  ROLES,
  type Role,
  rightsOf,
  strongest,
} from './accounts/rights.ts'
export {
  endSession,
  findSession,
  noteSession,
  SESSION_IDLE_MS,
  SESSION_MS,
  SESSION_NOTED_MS,
  SESSIONS_MAX,
  type Session,
  startSession,
} from './accounts/sessions.ts'
export {
  type Authority,
  findUserByEmail,
  getUser,
  listUsers,
  setPassword,
  USERS_MAX,
  type User,
  updatePermission,
} from './accounts/users.ts'
export {
  type ConnectComputation,
  connectComputation,
  type DisconnectComputation,
  disconnectComputation,
} from './activations.ts'
export {
  type AuditEvent,
  type AuditQuery,
  type AuditVerdict,
  auditEventsAfter,
  type Change,
  listAuditEvents,
  recordAudit,
  verifyAudit,
} from './audit.ts'
export { type RecordBackup, recordBackup } from './backups.ts'
export { EVERY_MINUTES_MAX, EVERY_MINUTES_MIN, nextTellingMs } from './cadence.ts'
export type { DestinationCatalog, DestinationKind, SubscriptionDraft } from './catalog.ts'
export { recordConfigChange } from './changes.ts'
export { type CheckedRules, checkIdentityRules, limitText, tightenings } from './check-identity-rules.ts'
export {
  COMPUTATIONS_MAX,
  type Computation,
  type CreateComputation,
  createComputation,
  type DeleteComputation,
  deleteComputation,
  listComputations,
  parsed,
  type UpdateComputation,
  updateComputation,
} from './computations.ts'
export { type Actor, type Asker, type CommandContext, SYSTEM_ACTOR } from './context.ts'
export {
  listRestorable,
  type RestorableComputation,
  type RestoreComputation,
  restoreComputation,
} from './deleted-computations.ts'
export {
  type CreateDestination,
  createDestination,
  deleteDestination,
  getDestination,
  INSTANCES_MAX,
  mergeSettings,
  type UpdateDestination,
  updateDestination,
} from './destinations.ts'
export { type FieldProblem, refuseInvalid, WorkspaceError, type WorkspaceErrorCode } from './errors.ts'
export { checkFilterRule, FILTER_ACTIONS_MAX, FILTER_TITLE_CHARS_MAX, KEPT_FIELDS } from './filter-rules.ts'
export {
  type CreateFilter,
  createFilter,
  deleteFilter,
  FILTERS_MAX,
  type UpdateFilter,
  updateFilter,
} from './filters.ts'
export {
  EXTERNAL_ID_TYPES_MAX,
  ID_STRATEGIES,
  ID_SYNC_ALL_MAX,
  ID_SYNC_MAX,
  type IdSyncRule,
  MAP_TO_CHARS_MAX,
} from './id-sync.ts'
export {
  type BlockedValue,
  BUILT_IN_TYPES,
  DEFAULT_RULES,
  defaultLimit,
  type IdentityRules,
  type Limit,
  PERIOD_MS,
  PERIODS,
  TYPE_PATTERN,
  type TypeRule,
} from './identity-rules.ts'
export { newId } from './ids.ts'
export {
  createLabel,
  deleteLabel,
  LABELS_MAX,
  listLabels,
  SOURCE_LABELS_MAX,
  setSourceLabels,
} from './labels.ts'
export { LOOK_BACK_DAYS_MAX } from './look-back.ts'
export { isMasked, mask, maskSettings } from './mask.ts'
export { CONFIG_CHANNEL, workspaceMigrations } from './migrations.ts'
export { occasionsOf, type RemoveOccasion, removeOccasion, type SetOccasion, setOccasion } from './occasions.ts'
export {
  doneBefore,
  findOnce,
  forgetOnce,
  type KnownOnce,
  keepAnswer,
  noteDone,
  ONCE_KEYS_MAX,
  ONCE_MS,
  type Once,
} from './once.ts'
export { recordRegulation } from './regulations.ts'
export { recordReplay } from './replays.ts'
export { assertUnchanged, type Digest, type Holdings, type Precondition, revisionOf, type Thing } from './revisions.ts'
export { createSecrets, keyIdOf, SecretError, type Secrets } from './secrets.ts'
export { type OpenSecretsOptions, openSecrets, rotateSecrets } from './secrets-file.ts'
export { loadConfigVersion, loadSnapshot } from './snapshot.ts'
export {
  addWriteKey,
  type CreateSource,
  createSource,
  deleteSource,
  getSource,
  revokeWriteKey,
  type UpdateSource,
  updateSource,
  WRITE_KEYS_MAX,
} from './sources.ts'
export {
  type CreateSpaceFilter,
  createSpaceFilter,
  deleteSpaceFilter,
  SPACE_FILTERS_MAX,
  type UpdateSpaceFilter,
  updateSpaceFilter,
} from './space-filters.ts'
export { type SetSpaceRules, setSpaceRules } from './space-rules.ts'
export { createSpace, getSpace, listSpaces, type Space, type UpdateSpace, updateSpace } from './spaces.ts'
export {
  type CreateSubscription,
  createSubscription,
  deleteSubscription,
  getSubscription,
  SUBSCRIPTIONS_MAX,
  type UpdateSubscription,
  updateSubscription,
} from './subscriptions.ts'
export type { WorkspaceTables } from './tables.ts'
export { recordTelling } from './tellings.ts'
export { type ApiToken, createToken, listTokens, revokeToken, verifyToken } from './tokens.ts'
export { recordTryNow } from './try-now.ts'
export type {
  Activation,
  ComputationEnding,
  ConfigSnapshot,
  DeletedComputation,
  DestinationFilter,
  DestinationInstance,
  FilterAction,
  Label,
  Occasion,
  OccasionKind,
  Source,
  SpaceComputation,
  SpaceConfig,
  SpaceFilter,
  Subscription,
} from './types.ts'
export { type ConfigWatch, indexWriteKeys, type WatchConfigOptions, watchConfig } from './watch.ts'
export { assertSecretsFit, ensureWorkspace, getWorkspace, resealSecrets, type Workspace } from './workspace.ts'
