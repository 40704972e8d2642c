/** The whole product in one process: starts its parts in order, stops them in reverse. */
import { createServer, type Server } from 'node:http'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import { ALERT_KINDS, type ApiCommands, alertsOf, createApi, type DeclaredRoute } from '../api/index.ts'
import { assertNoRestoreUnderWay } from '../backup/index.ts'
import { createKeyedHash, previewComputation } from '../connections/index.ts'
import { type LogReader, SqliteLog } from '../log/index.ts'
import { createLogger, createMetrics } from '../observe/index.ts'
import { GateError, holdDataDirectory } from '../state/index.ts'
import { createTracking, packagedSdkFiles } from '../tracking/index.ts'
import {
  type Asker,
  auditEventsAfter,
  findOnce,
  findSession,
  findUserByEmail,
  getWorkspace,
  listAuditEvents,
  listComputations,
  listGroups,
  listInvites,
  listLabels,
  listRestorable,
  listSpaces,
  listTokens,
  listUsers,
  loadConfigVersion,
  loadSnapshot,
  maskSettings,
  openSecrets,
  Passwords,
  parsed,
  revisionOf,
  SYSTEM_ACTOR,
  verifyAudit,
  verifyToken,
  watchConfig,
} from '../workspace/index.ts'

import { AlertFactsReader } from './alert-facts.ts'
import { AlertMonitor } from './alert-monitor.ts'
import { alertTarget } from './alert-target.ts'
import { backupSettings } from './backup-settings.ts'
import { OwnBackups } from './backups.ts'
import { workspaceCatalog } from './catalog.ts'
import { closeServer } from './close-server.ts'
import type { CommandArgs, CommandName, CommandResult } from './commands.ts'
import { conservationMetrics } from './conservation-metrics.ts'
import { builtConsole } from './console-files.ts'
import { destinationMetrics } from './destination-metrics.ts'
import { openDestinations } from './destinations.ts'
import { IngestPressure } from './ingest-pressure.ts'
import { logStartMs } from './log-start.ts'
import { keepLogTrimmed } from './log-trim.ts'
import { Outbox } from './outbox.ts'
import { OutcomeListeners } from './outcome-listeners.ts'
import { loadOwnDestinations } from './own-destinations.ts'
import { quickstart } from './quickstart.ts'
import type { Quickstart } from './quickstart-file.ts'
import { repeatWarnings } from './repeat-warnings.ts'
import { catalogNotices, segmentCatalogDirectory, takenSlugs } from './segment-catalog.ts'
import { serverFacts } from './server-facts.ts'
import type { Config } from './settings.ts'
import { openState, ports, readHashKey, workspaceOf } from './state.ts'
import { type SandboxThread, startPipelineThread, startSandboxThread } from './threads.ts'
import { programVersion } from './version.ts'
import { WriteKeyUse } from './write-key-use.ts'

export interface Running extends AsyncDisposable {
  readonly url: string
  readonly quickstart: Quickstart | undefined
  /** Where a person goes: to make the first account while there is none. */
  readonly consoleUrl: string
  readonly sandboxUrl: string | undefined
  readonly warnings: readonly string[]
  /** The secret that makes the first owner; undefined once there is a user. */
  readonly setUpSecret: string | undefined
  /** What is served beside the Tracking API. */
  readonly routes: readonly DeclaredRoute[]
}

const SANDBOX_PORT_DEFAULT = '8701'
/** Exit code when the disk fails while running (reliability contract 6). */
const EXIT_FATAL = 30

/**
 * @param onFatal nothing can be promised any more: end the process with this exit code
 * @throws GateError, LogOpenError
 */
export async function serve(config: Config, onFatal: (exitCode: number, message: string) => void): Promise<Running> {
  // Everything in the data directory is for its owner only (S17).
  process.umask(0o077)
  await using parts = new AsyncDisposableStack()
  const logger = createLogger({ level: config.GRAPEVINE_LOG_LEVEL, thread: 'main' })
  const metrics = createMetrics()
  const held = holdDataDirectory({
    path: config.GRAPEVINE_DATA,
    networkFilesystemAllowed: config.GRAPEVINE_UNSAFE_FILESYSTEM,
  })
  parts.defer(() => held.release())
  assertNoRestoreUnderWay(held.path)
  const fatal = (message: string) => {
    logger.error('the disk cannot be trusted any more', { message })
    onFatal(EXIT_FATAL, message)
  }
  const log = parts.use(
    await SqliteLog.open({
      directory: join(held.path, 'log'),
      clock: ports.clock,
      logBytesMax: config.GRAPEVINE_LOG_BYTES_MAX,
      onFatal: fatal,
    }),
  )
  const sandbox = await sandboxOf(config, held.path)
  if (sandbox !== undefined) parts.defer(() => sandbox.stop())
  const egressAllow = [...config.GRAPEVINE_EGRESS_ALLOW, ...(sandbox === undefined ? [] : [new URL(sandbox.url).host])]

  const target = alertTarget(config, egressAllow)
  const segmentCatalog = segmentCatalogDirectory(config)
  const own = await loadOwnDestinations({
    directory: config.GRAPEVINE_DESTINATIONS,
    egressAllow,
    taken: takenSlugs(segmentCatalog),
  })
  for (const problem of own.problems) logger.error('a destination of your own is not used', { problem })
  const pressure = new IngestPressure()
  parts.defer(pressure.measure())
  let configChanged = () => {}
  let outboxFilled = () => {}
  const outcomes = new OutcomeListeners((isWanted) => {
    pipeline.call.wantOutcomes(isWanted).catch((error: unknown) => {
      logger.warn('outcomes are missing from the live stream', { error: String(error) })
    })
  })
  const pipeline = await startPipelineThread(
    {
      directory: held.path,
      logDirectory: log.directory,
      logEnd: log.end.memory,
      ingestPressure: pressure.memory,
      stateUrl: config.GRAPEVINE_STATE_URL,
      asyncStandbyAllowed: config.GRAPEVINE_UNSAFE_ASYNC_STANDBY,
      secretKey: config.GRAPEVINE_SECRET_KEY,
      egressAllow,
      segmentCatalog,
      ownDestinations: own.described,
      logLevel: config.GRAPEVINE_LOG_LEVEL,
      dedupDays: config.GRAPEVINE_DEDUP_DAYS,
      deliveredDays: config.GRAPEVINE_DELIVERED_DAYS,
    },
    { config: () => configChanged(), outbox: () => outboxFilled(), outcomes: outcomes.tell, fatal },
  )
  parts.defer(() => pipeline.stop())

  const state = await openState({
    directory: held.path,
    url: config.GRAPEVINE_STATE_URL,
    asyncStandbyAllowed: config.GRAPEVINE_UNSAFE_ASYNC_STANDBY,
    readOnly: true,
    onConnectionError: (error) => logger.warn('connection to PostgreSQL lost', { error: String(error) }),
  })
  parts.defer(() => state.db.close())
  const outbox = new Outbox({
    state: state.pipeline.people,
    log,
    appended: (to) => pipeline.call.appended(to),
    clock: ports.clock,
    logger,
  })
  outboxFilled = () => outbox.wake()
  parts.defer(() => outbox.stop())
  outbox.wake()
  const { read } = workspaceOf(state.db)
  const secrets = openSecrets({
    directory: held.path,
    fromEnvironment: config.GRAPEVINE_SECRET_KEY,
    mayCreate: false,
    random: ports.random,
  })
  const notLoaded = (error: unknown) => logger.error('configuration not loaded', { error: String(error) })
  const watch = await watchConfig({
    load: () => loadSnapshot(read, secrets),
    loadVersion: () => loadConfigVersion(read),
    // Another process may change it; its notices may be lost with their connection.
    ...(state.watchConfig === null ? {} : { poll: { clock: ports.clock }, onPollError: notLoaded }),
  })
  parts.defer(() => watch.stop())
  configChanged = () => void watch.changed().catch(notLoaded)
  await state.watchConfig?.(configChanged)

  const run = async <Name extends CommandName>(name: Name, args: CommandArgs<Name>, actor: Asker) => {
    const result = (await pipeline.call.command({ name, args, actor })) as CommandResult<Name>
    await watch.changed()
    return result
  }
  const keyUse = new WriteKeyUse(ports.clock)
  const tracking = createTracking({
    log,
    sources: {
      find(writeKey) {
        const source = watch.findByWriteKey(writeKey)
        if (source === undefined) return { status: 'unknown' }
        keyUse.note(writeKey)
        return { status: 'found', source }
      },
    },
    ...ports,
    telemetry: { count: (name, labels, by) => metrics.count(name, labels, by) },
    sdkFiles: packagedSdkFiles(),
    trustProxy: config.GRAPEVINE_TRUST_PROXY,
    limits: {
      sourceEventsPerSecond: config.GRAPEVINE_SOURCE_RATE_MAX,
      addressRequestsPerSecond: config.GRAPEVINE_ADDRESS_RATE_MAX,
    },
  })
  const backups = new OwnBackups({
    ...backupSettings(config, held.path),
    version: programVersion(),
    secrets,
    clock: ports.clock,
    logger,
    onScheduled: (name, atMs) => run('recordBackup', { type: 'Backup Requested', name, atMs }, SYSTEM_ACTOR),
  })
  parts.defer(() => backups.stop())
  parts.defer(
    keepLogTrimmed({
      // What a state has not worked through that was copied a moment ago stays for the copy of the log.
      log: { trim: (position, olderThanMs) => backups.isCopying || log.trim(position, olderThanMs) },
      state: state.pipeline,
      config: () => watch.current(),
      clock: ports.clock,
      logger,
      days: config.GRAPEVINE_LOG_DAYS,
    }),
  )
  const destinations = parts.use(openDestinations({ egressAllow, segmentCatalog, ownDestinations: own.described }))
  const kinds = workspaceCatalog(destinations.catalog)
  const hash = createKeyedHash(await readHashKey(state.db, secrets))
  const states = async () => (await pipeline.call.status(null)).states
  const facts = new AlertFactsReader({
    directory: held.path,
    config: () => watch.current(),
    states,
    state: state.pipeline,
    log,
    logBytesMax: config.GRAPEVINE_LOG_BYTES_MAX,
    backups,
    nowMs: ports.clock.nowMs,
    monotonicMs: ports.clock.monotonicMs,
  })
  const monitor = new AlertMonitor({
    look: async () => alertsOf(await facts.read()),
    target,
    catalog: destinations.catalog,
    runner: destinations.runner,
    clock: ports.clock,
    metrics,
    logger,
  })
  parts.defer(() => monitor.stop())
  const warnings: string[] = [...held.warnings]
  if (config.GRAPEVINE_STATE_URL !== undefined && config.GRAPEVINE_UNSAFE_ASYNC_STANDBY) warnings.push('async_standby')
  parts.defer(repeatWarnings({ warnings, clock: ports.clock, logger }))
  let server: Server | undefined
  const api = createApi(
    {
      commands: apiCommands(run, log.reader),
      console: builtConsole(),
      revisionOf: (thing) =>
        revisionOf(
          thing,
          {
            config: () => watch.current(),
            spaces: () => listSpaces(read),
            computations: (spaceId) => listComputations(read, spaceId),
            groups: () => listGroups(read),
          },
          hash.text,
        ),
      findOnce: (id) => findOnce(read, id, secrets, ports.clock.nowMs()),
      verifyToken: (token) => verifyToken(read, token),
      listTokens: () => listTokens(read),
      listLabels: () => listLabels(read),
      audit: {
        list: (query) => listAuditEvents(read, query),
        after: (seq) => auditEventsAfter(read, seq),
        verify: () => verifyAudit(read, ports.clock.turn),
      },
      accounts: {
        passwords: new Passwords(ports.random),
        findSession: (secret) => findSession(read, secret, ports.clock.nowMs()),
        findUserByEmail: (email) => findUserByEmail(read, email),
        users: () => listUsers(read),
        invites: () => listInvites(read, ports.clock.nowMs()),
        groups: () => listGroups(read),
        workspaceId: async () => (await getWorkspace(read))?.id ?? '',
      },
      trustProxy: config.GRAPEVINE_TRUST_PROXY,
      config: () => watch.current(),
      workspace: async () => {
        const workspace = await getWorkspace(read)
        if (workspace === undefined) throw new Error('the workspace was never made')
        return workspace
      },
      requestsPerMinuteMax: config.GRAPEVINE_API_RATE_MAX,
      refusedPerMinuteMax: config.GRAPEVINE_API_REFUSED_MAX,
      maskedSettings: (instance) => maskSettings(instance.settings, kinds.find(instance.kind)?.secretSettings ?? []),
      settingsProblems: (kind, settings) => kinds.find(kind)?.checkSettings(settings) ?? [],
      catalog: destinations.catalog,
      catalogNotices: () => [...catalogNotices(segmentCatalog), ...own.problems, ...destinations.shadowed()],
      async refreshCatalog() {
        await pipeline.call.refreshCatalog(null)
        destinations.restock()
      },
      runner: destinations.runner,
      state: state.pipeline,
      hash,
      replays: {
        create: (replay, actor) => pipeline.call.createReplay({ replay, actor }),
        cancel: (id, actor) => pipeline.call.cancelReplay({ id, actor }),
      },
      keyUse,
      tryNow: (destination, actor) => pipeline.call.tryNow({ destination, actor }),
      log: { ...backups.noting(log), reader: log.reader, withMessageId: (id) => log.withMessageId(id) },
      backups,
      watchLog: (onAppend) => log.end.watch(onAppend),
      watchOutcomes: (onOutcomes) => outcomes.add(onOutcomes),
      spaces: {
        list: () => listSpaces(read),
        computations: (spaceId) => listComputations(read, spaceId),
        deleted: (spaceId, kind) => listRestorable(read, spaceId, kind),
        tell: (request, name, actor) => pipeline.call.tell({ request, name, actor }),
        stopTelling: (id) => pipeline.call.stopTelling(id),
        preview: (space, kind, query, level, overlapWith) =>
          previewComputation({
            log: log.reader,
            state: state.pipeline,
            hash,
            space,
            definition: parsed(kind, query, level),
            level,
            ...(overlapWith === undefined ? {} : { overlapWith }),
            clock: ports.clock,
          }),
      },
      status: async () => {
        const { offset, states, computing, telling } = await pipeline.call.status(null)
        return { processedPosition: offset, states, computing, telling }
      },
      alerts: () => monitor.alerts(),
      metricsText: async () => {
        await conservationMetrics(metrics, state.pipeline, watch.current())
        destinationMetrics(metrics, await facts.read(), await states())
        const { open } = await monitor.alerts()
        for (const kind of ALERT_KINDS)
          metrics.set('alerts_open', { kind }, open.filter((alert) => alert.kind === kind).length)
        metrics.set('log_end_position', {}, log.end.end())
        metrics.set('log_processed_position', {}, await state.pipeline.offset())
        metrics.set('log_bytes', {}, log.logBytes())
        metrics.set('process_resident_memory_bytes', {}, process.memoryUsage.rss())
        return (await metrics.text()) + (await pipeline.call.metrics(null))
      },
      server: serverFacts({ config, directory: held.path, log, target, startedAtMs: ports.clock.nowMs(), sandbox }),
      warnings,
      egressAllow,
      ...ports,
      logger,
    },
    (handle) => {
      server = createServer(tracking.serverOptions, (request, response) => {
        if (tracking.handles(request.url)) tracking.handle(request, response)
        else handle(request, response)
      })
      return server
    },
  )
  await api.ready()
  if (server !== undefined) tracking.attach(server)
  const url = await listen(api, config)
  parts.defer(() => (server === undefined ? api.close() : closeServer(server, ports.clock, () => api.close())))
  const setUp = await run('inviteFirstOwner', {}, SYSTEM_ACTOR)
  const consoleUrl = consoleUrlOf(url, setUp?.secret)
  const started = config.GRAPEVINE_QUICKSTART
    ? await quickstart({ directory: held.path, config: watch.current(), run, url, consoleUrl, sandbox })
    : undefined
  const stack = parts.move()
  return {
    url,
    quickstart: started,
    consoleUrl,
    sandboxUrl: sandbox?.url,
    warnings,
    setUpSecret: setUp?.secret,
    routes: api.declaredRoutes,
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}

/** What stands behind `#` is not sent to any server and stays out of logs. */
function consoleUrlOf(url: string, setUpSecret: string | undefined): string {
  return setUpSecret === undefined ? `${url}/app/` : `${url}/app/join#token=${setUpSecret}`
}

/** @throws GateError 2 when the address cannot be had */
async function listen(api: FastifyInstance, config: Config): Promise<string> {
  const { GRAPEVINE_HOST: host, GRAPEVINE_PORT: port } = config
  try {
    return await api.listen({ host, port })
  } catch (error) {
    const { code = 'unknown error' } = error as { code?: string }
    const nextStep = 'Choose another address with GRAPEVINE_HOST and GRAPEVINE_PORT, or stop what uses this one.'
    throw new GateError(2, `cannot listen on ${host}:${port}: ${code}`, nextStep, { cause: error })
  }
}

async function sandboxOf(config: Config, directory: string): Promise<SandboxThread | undefined> {
  const port = config.GRAPEVINE_EXTOLE_SANDBOX_PORT ?? SANDBOX_PORT_DEFAULT
  if (port === '0') return undefined
  return startSandboxThread({
    host: '127.0.0.1',
    port: port === 'any' ? 0 : Number(port),
    file: join(directory, 'extole-sandbox.db'),
  })
}

function apiCommands(
  run: <Name extends CommandName>(name: Name, args: CommandArgs<Name>, actor: Asker) => Promise<CommandResult<Name>>,
  log: Pick<LogReader, 'start' | 'end' | 'read'>,
): ApiCommands {
  /** No look-back goes beyond. */
  const logStart = () => {
    const startMs = logStartMs(log)
    return startMs === undefined ? {} : { logStartMs: startMs }
  }
  return {
    keepAnswer: (args, actor) => run('keepAnswer', args, actor),
    createSource: (args, actor) => run('createSource', args, actor),
    createDestination: (args, actor) => run('createDestination', { ...args, startPosition: log.end() }, actor),
    updateDestination: (args, actor) => run('updateDestination', args, actor),
    updateSource: (args, actor) => run('updateSource', args, actor),
    deleteSource: (args, actor) => run('deleteSource', args, actor),
    addWriteKey: (args, actor) => run('addWriteKey', args, actor),
    revokeWriteKey: (args, actor) => run('revokeWriteKey', args, actor),
    createSubscription: (args, actor) => run('createSubscription', args, actor),
    updateSubscription: (args, actor) => run('updateSubscription', args, actor),
    deleteSubscription: (args, actor) => run('deleteSubscription', args, actor),
    deleteDestination: (args, actor) => run('deleteDestination', args, actor),
    createSpace: (args, actor) => run('createSpace', args, actor),
    updateSpace: (args, actor) => run('updateSpace', args, actor),
    createSpaceFilter: (args, actor) => run('createSpaceFilter', args, actor),
    updateSpaceFilter: (args, actor) => run('updateSpaceFilter', args, actor),
    deleteSpaceFilter: (args, actor) => run('deleteSpaceFilter', args, actor),
    setSpaceRules: (args, actor) => run('setSpaceRules', args, actor),
    createComputation: (args, actor) => run('createComputation', { ...args, ...logStart() }, actor),
    updateComputation: (args, actor) => run('updateComputation', { ...args, ...logStart() }, actor),
    connectComputation: (args, actor) => run('connectComputation', args, actor),
    disconnectComputation: (args, actor) => run('disconnectComputation', args, actor),
    setOccasion: (args, actor) => run('setOccasion', args, actor),
    removeOccasion: (args, actor) => run('removeOccasion', args, actor),
    restoreComputation: (args, actor) => run('restoreComputation', { ...args, ...logStart() }, actor),
    deleteComputation: (args, actor) => run('deleteComputation', args, actor),
    createFilter: (args, actor) => run('createFilter', args, actor),
    updateFilter: (args, actor) => run('updateFilter', args, actor),
    deleteFilter: (args, actor) => run('deleteFilter', args, actor),
    createToken: (args, actor) => run('createToken', args, actor),
    revokeToken: (args, actor) => run('revokeToken', args, actor),
    acceptInvite: (args, actor) => run('acceptInvite', args, actor),
    createInvites: (args, actor) => run('createInvites', args, actor),
    revokeInvites: (args, actor) => run('revokeInvites', args, actor),
    updatePermission: (args, actor) => run('updatePermission', args, actor),
    removeUsers: (args, actor) => run('removeUsers', args, actor),
    createGroup: (args, actor) => run('createGroup', args, actor),
    renameGroup: (args, actor) => run('renameGroup', args, actor),
    deleteGroup: (args, actor) => run('deleteGroup', args, actor),
    setGroupPermission: (args, actor) => run('setGroupPermission', args, actor),
    setGroupMembers: (args, actor) => run('setGroupMembers', args, actor),
    createLabel: (args, actor) => run('createLabel', args, actor),
    deleteLabel: (args, actor) => run('deleteLabel', args, actor),
    setSourceLabels: (args, actor) => run('setSourceLabels', args, actor),
    recordBackup: (args, actor) => run('recordBackup', args, actor),
    recordRegulation: (args, actor) => run('recordRegulation', args, actor),
    setPassword: (args, actor) => run('setPassword', args, actor),
    createPasswordReset: (args, actor) => run('createPasswordReset', args, actor),
    resetPassword: (args, actor) => run('resetPassword', args, actor),
    startSession: (args, actor) => run('startSession', args, actor),
    noteSession: (args, actor) => run('noteSession', args, actor),
    endSession: (args, actor) => run('endSession', args, actor),
  }
}
