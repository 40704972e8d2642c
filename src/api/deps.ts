import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type {
  AudiencePreview,
  DestinationState,
  EventOutcome,
  KeyedHash,
  RunProgress,
  TellProgress,
  TellRequest,
} from '../connections/index.ts'
import type { Catalog, Runner } from '../destinations/index.ts'
import type { Level } from '../engage/index.ts'
import type { LogFinder, LogReader, LogWriter } from '../log/index.ts'
import type { Logger } from '../observe/index.ts'
import type { Clock, Random } from '../ports/index.ts'
import type { NewReplay, PipelineState, Replay } from '../state/index.ts'
import type {
  Right as AccountRight,
  Activation,
  Actor,
  ApiToken,
  Asker,
  AuditEvent,
  AuditQuery,
  AuditVerdict,
  Authority,
  Computation,
  ConfigSnapshot,
  ConnectComputation,
  CreateComputation,
  CreateFilter,
  CreateSpaceFilter,
  CreateSubscription,
  DeleteComputation,
  DestinationFilter,
  DestinationInstance,
  DisconnectComputation,
  FieldProblem,
  KnownOnce,
  Label,
  RecordBackup,
  RemoveOccasion,
  RestorableComputation,
  RestoreComputation,
  Session,
  SetOccasion,
  SetSpaceRules,
  Source,
  Space,
  SpaceComputation,
  SpaceConfig,
  SpaceFilter,
  Subscription,
  Thing,
  UpdateComputation,
  UpdateDestination,
  UpdateFilter,
  UpdateSource,
  UpdateSpace,
  UpdateSpaceFilter,
  UpdateSubscription,
  Workspace,
} from '../workspace/index.ts'
import type { AccountCommands, AccountReads } from './accounts/deps.ts'
import type { Alerts } from './alerts.ts'
import type { Operation } from './answers/operation.ts'
import type { ServerFacts } from './answers/status.ts'
import type { Backups } from './backups.ts'
import type { ConsoleFiles } from './console.ts'

/** The changes a route can ask for: each one transaction, in force when it resolves. @throws WorkspaceError */
export interface ApiCommands extends AccountCommands {
  /** Of a request under an `Idempotency-Key`, for those that repeat it. */
  keepAnswer(args: { readonly id: string; readonly answer: string }, actor: Actor): Promise<void>
  createSource(args: { slug: string; name?: string; kind: string; enabled?: boolean }, actor: Actor): Promise<Source>
  createDestination(
    args: {
      sourceId: string
      kind: string
      name?: string
      settings: Record<string, unknown>
      enabled?: boolean
      consentCategories?: readonly string[]
    },
    actor: Actor,
  ): Promise<DestinationInstance>
  updateDestination(args: UpdateDestination, actor: Actor): Promise<DestinationInstance>
  updateSource(args: UpdateSource, actor: Actor): Promise<Source>
  deleteSource(args: { id: string }, actor: Actor): Promise<void>
  addWriteKey(args: { sourceId: string }, actor: Actor): Promise<{ source: Source; writeKey: string }>
  revokeWriteKey(args: { sourceId: string; writeKey: string }, actor: Actor): Promise<Source>
  createSubscription(args: CreateSubscription, actor: Actor): Promise<Subscription>
  updateSubscription(args: UpdateSubscription, actor: Actor): Promise<Subscription>
  deleteSubscription(args: { destinationId: string; id: string }, actor: Actor): Promise<void>
  deleteDestination(args: { id: string }, actor: Actor): Promise<void>
  createSpace(args: { slug: string; name?: string; sourceIds?: readonly string[] }, actor: Actor): Promise<Space>
  updateSpace(args: UpdateSpace, actor: Actor): Promise<Space>
  createSpaceFilter(args: CreateSpaceFilter, actor: Actor): Promise<SpaceFilter>
  updateSpaceFilter(args: UpdateSpaceFilter, actor: Actor): Promise<SpaceFilter>
  deleteSpaceFilter(args: { id: string }, actor: Actor): Promise<void>
  setSpaceRules(args: SetSpaceRules, actor: Actor): Promise<Space>
  createComputation(args: CreateComputation, actor: Actor): Promise<Computation>
  updateComputation(args: UpdateComputation, actor: Actor): Promise<Computation>
  deleteComputation(args: DeleteComputation, actor: Actor): Promise<void>
  connectComputation(args: ConnectComputation, actor: Actor): Promise<Activation>
  disconnectComputation(args: DisconnectComputation, actor: Actor): Promise<void>
  setOccasion(args: SetOccasion, actor: Actor): Promise<Activation>
  removeOccasion(args: RemoveOccasion, actor: Actor): Promise<void>
  restoreComputation(args: RestoreComputation, actor: Actor): Promise<Computation>
  createFilter(args: CreateFilter, actor: Actor): Promise<DestinationFilter>
  updateFilter(args: UpdateFilter, actor: Actor): Promise<DestinationFilter>
  deleteFilter(args: { destinationId: string; id: string }, actor: Actor): Promise<void>
  createToken(
    args: { name: string; scopes: readonly string[]; userId: string | null },
    actor: Actor,
  ): Promise<ApiToken & { token: string }>
  revokeToken(args: { id: string; by: Authority }, actor: Actor): Promise<void>
  createLabel(args: Label, actor: Actor): Promise<Label>
  recordBackup(args: RecordBackup, actor: Actor): Promise<{ readonly atMs: number }>
  recordRegulation(
    args: { id: string; regulationType: string; subjects: number },
    actor: Actor,
  ): Promise<{ readonly id: string; readonly requestedAtMs: number }>
  deleteLabel(args: { key: string; value: string }, actor: Actor): Promise<void>
  setSourceLabels(
    args: { sourceId: string; labels: readonly Label[]; how: 'add' | 'replace' },
    actor: Actor,
  ): Promise<readonly Label[]>
}

export interface ApiStatus {
  readonly processedPosition: number
  /** By id of the destination. */
  readonly states: Readonly<Record<string, DestinationState>>
  /** Spaces whose definitions have changed, and how far what follows has come. */
  readonly computing: readonly RunProgress[]
  /** Runs that tell destinations of everybody. */
  readonly telling: readonly TellProgress[]
}

export interface ApiDeps {
  readonly backups: Backups
  readonly console: ConsoleFiles
  readonly accounts: AccountReads
  /** Addresses and networks of proxies whose word about address, host and protocol is taken. */
  readonly trustProxy: readonly string[]
  readonly commands: ApiCommands
  /** What a thing is now, in one word; undefined for what is not there. */
  revisionOf(thing: Thing): Promise<string | undefined>
  /** What is known of an `Idempotency-Key`, by its hash with who gave it. */
  findOnce(id: string): Promise<KnownOnce | undefined>
  /** Checks a token's text. */
  verifyToken(token: string): Promise<ApiToken | undefined>
  listTokens(): Promise<readonly ApiToken[]>
  listLabels(): Promise<readonly Label[]>
  readonly audit: {
    /** Newest first. */
    list(query: AuditQuery): Promise<readonly AuditEvent[]>
    /** Oldest first, a page of those after `seq`. */
    after(seq: number): Promise<readonly AuditEvent[]>
    verify(): Promise<AuditVerdict>
  }
  /** When write keys were last used, as far as this process knows. */
  readonly keyUse: { readonly sinceMs: number; lastMs(key: string): number | null }
  /** Has the next try of a destination made now. */
  tryNow(destination: { readonly id: string; readonly name: string }, actor: Actor): Promise<void>
  config(): ConfigSnapshot
  workspace(): Promise<Workspace>
  /** Of one person, or of all tokens that are nobody's. What is beyond is answered 429. */
  readonly requestsPerMinuteMax: number
  /** Of one network: requests answered 401 or 403. After them everything from there is answered 429. */
  readonly refusedPerMinuteMax: number
  /** The settings of a destination as people may see them. */
  maskedSettings(instance: DestinationInstance): Readonly<Record<string, unknown>>
  /** What is wrong with decrypted settings, before anything is sent. */
  settingsProblems(kind: string, settings: DestinationInstance['settings']): readonly FieldProblem[]
  readonly catalog: Catalog
  /** What is missing from the catalog and how to get it, for people. */
  catalogNotices(): readonly string[]
  /** Reads anew which of Segment's destinations are installed; all of the server has them when it resolves. */
  refreshCatalog(): Promise<void>
  readonly runner: Runner
  readonly state: PipelineState
  /** The names under which the state knows people and messages. */
  readonly hash: KeyedHash
  readonly replays: {
    /** @throws ReplayConflict while another replay of the destination runs */
    create(replay: Omit<NewReplay, 'createdAtMs'>, actor: Asker): Promise<Replay>
    /** Null when there is none with this id. */
    cancel(id: string, actor: Actor): Promise<Replay | null>
  }
  readonly log: LogWriter & LogFinder & { readonly reader: LogReader }
  /** Calls back after each append, until the answer is called. */
  watchLog(onAppend: () => void): () => void
  /** Calls back with what became of events, and how many more did not fit, until the answer is called. */
  watchOutcomes(onOutcomes: (told: readonly EventOutcome[], leftOut: number) => void): () => void
  status(): Promise<ApiStatus>
  alerts(): Promise<Alerts>
  readonly spaces: {
    list(): Promise<readonly Space[]>
    /** Those that are switched off too, in the order in which they were made. */
    computations(spaceId: string): Promise<readonly Computation[]>
    /** Those that were deleted, the latest first. */
    deleted(spaceId: string, kind: 'audience' | 'trait'): Promise<readonly RestorableComputation[]>
    /** Looks at everybody who has a value, and tells destinations of it. @param name of the computation @returns which run it is, and how many there are */
    tell(request: TellRequest, name: string, actor: Asker): Promise<{ readonly id: string; readonly total: number }>
    /** Ends such a run before its end. @returns whether there was one */
    stopTelling(id: string): Promise<boolean>
    /** @throws WorkspaceError `invalid` when the definition is */
    preview(
      space: SpaceConfig,
      kind: 'audience' | 'trait',
      query: string,
      level: Level,
      overlapWith?: SpaceComputation,
    ): Promise<AudiencePreview>
  }
  metricsText(): Promise<string>
  /** Version, room and such of the process itself. */
  server(): Promise<ServerFacts>
  /** What an operator should know about this start, e.g. a network file system allowed by override. */
  readonly warnings: readonly string[]
  readonly egressAllow: readonly string[]
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
}

/** What a route asks for: a right, that somebody is signed in, or nothing. */
export type Right = AccountRight | 'signed-in' | 'anyone'

export interface Authenticated {
  readonly actor: Actor
  readonly rights: ReadonlySet<string>
  /** The person who calls, or who made the token that calls; null for a token of the program itself. */
  readonly userId: string | null
  /** Absent when a token calls. */
  readonly session?: Session
  /** Whether the same credentials would be let in now: for answers that go on and on. */
  stillMay(): Promise<boolean>
}

/** Registers routes that share a prefix and the guard. */
export type Routes = (app: FastifyInstance, deps: ApiDeps, guard: Guard) => void

/** Makes the check that a route runs before its handler. */
export type Guard = (right: Right) => (request: FastifyRequest, reply: FastifyReply) => Promise<void>

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What the route says of itself. */
    operation?: Operation
  }
  interface FastifyRequest {
    authenticated?: Authenticated
  }
}
