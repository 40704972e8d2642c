/** Entry of the pipeline's thread: it alone writes the state, works the log and delivers. */
import { existsSync } from 'node:fs'
import { parentPort, workerData } from 'node:worker_threads'
import { forgetRestoredNote, readRestoredNote } from '../backup/index.ts'
import {
  actionsAttempts,
  catalogKinds,
  createKeyedHash,
  type EventOutcome,
  OutcomeFeed,
  Pipeline,
  type TellRequest,
} from '../connections/index.ts'
import type { Described } from '../destinations/index.ts'
import { EndSignal, SqliteLogReader } from '../log/index.ts'
import { createLogger, createMetrics, type LogLevel } from '../observe/index.ts'
import { GateError, migrate, type NewReplay, type Replay, txWithTables } from '../state/index.ts'
import {
  type Actor,
  type Asker,
  assertSecretsFit,
  doneBefore,
  ensureWorkspace,
  forgetOnce,
  loadConfigVersion,
  loadSnapshot,
  noteDone,
  openSecrets,
  recordReplay,
  recordTelling,
  recordTryNow,
  SYSTEM_ACTOR,
  type WorkspaceTables,
  watchConfig,
} from '../workspace/index.ts'
import { workspaceCatalog } from './catalog.ts'
import { type CommandCall, runCommand } from './commands.ts'
import { openDestinations } from './destinations.ts'
import { IngestPressure } from './ingest-pressure.ts'
import { maintain } from './maintenance.ts'
import { yieldToIngest } from './priority.ts'
import { type Functions, serve } from './rpc.ts'
import { hashKey, MIGRATIONS, openState, ports, stateFile, workspaceOf } from './state.ts'

export interface PipelineThreadData {
  readonly directory: string
  readonly logDirectory: string
  readonly logEnd: SharedArrayBuffer
  readonly ingestPressure: SharedArrayBuffer
  readonly stateUrl: string | undefined
  readonly asyncStandbyAllowed: boolean
  readonly secretKey: string | undefined
  readonly egressAllow: readonly string[]
  readonly segmentCatalog: string
  readonly ownDestinations: readonly Described[]
  readonly logLevel: LogLevel
  readonly dedupDays: number
  readonly deliveredDays: number
}

export type FromPipeline =
  | { readonly event: 'ready' }
  | { readonly event: 'config' }
  /** Something waits to be appended to the log. */
  | { readonly event: 'outbox' }
  | { readonly event: 'outcomes'; readonly outcomes: readonly EventOutcome[]; readonly leftOut: number }
  | { readonly event: 'refused'; readonly exitCode: number; readonly message: string; readonly nextStep: string }
  | { readonly event: 'fatal'; readonly message: string }

const port = parentPort
if (port === null) throw new Error('pipeline-thread.ts runs as a worker')
const tell = (message: FromPipeline) => port.postMessage(message)
const data = workerData as PipelineThreadData

type NewReplayArgs = Omit<NewReplay, 'createdAtMs'>
/** A run that tells destinations of everybody, and how many it looks at. */
type Told = { readonly id: string; readonly total: number }

async function start() {
  yieldToIngest()
  const isNew = data.stateUrl === undefined && !existsSync(stateFile(data.directory))
  const logger = createLogger({ level: data.logLevel, thread: 'pipeline' })
  const state = await openState({
    directory: data.directory,
    url: data.stateUrl,
    asyncStandbyAllowed: data.asyncStandbyAllowed,
    readOnly: false,
    onConnectionError: (error) => logger.warn('connection to PostgreSQL lost', { error: String(error) }),
  })
  await migrate(state.db, MIGRATIONS)
  const workspace = workspaceOf(state.db)
  const isEmpty = isNew || (await workspace.read.selectFrom('workspace').select('id').executeTakeFirst()) === undefined
  const secrets = openSecrets({
    directory: data.directory,
    fromEnvironment: data.secretKey,
    mayCreate: isEmpty,
    random: ports.random,
  })
  await assertSecretsFit(workspace.read, secrets)
  const destinations = openDestinations(data)
  const hash = createKeyedHash(await hashKey(state.db, secrets))
  const context = { ...ports, secrets, catalog: workspaceCatalog(destinations.catalog), digest: hash.text }
  await workspace.write((tx) =>
    ensureWorkspace(tx, { slug: 'grapevine', name: 'Grapevine' }, { ...context, actor: SYSTEM_ACTOR }),
  )

  const metrics = createMetrics()
  /** Attempts by destination and verdict since the metrics were last read: one is made every 0.1 ms. */
  const attempts = new Map<string, number>()
  const end = new EndSignal(data.logEnd)
  const pressure = new IngestPressure(data.ingestPressure)
  const log = new SqliteLogReader({ directory: data.logDirectory, end })
  const notLoaded = (error: unknown) => logger.error('configuration not loaded', { error: String(error) })
  const config = await watchConfig({
    load: () => loadSnapshot(workspace.read, secrets),
    loadVersion: () => loadConfigVersion(workspace.read),
    // Another process may change it; its notices may be lost with their connection.
    ...(state.watchConfig === null ? {} : { poll: { clock: ports.clock }, onPollError: notLoaded }),
  })
  await state.watchConfig?.(() => void config.changed().catch(notLoaded))
  const offset = await state.pipeline.offset()
  if (offset > end.end()) {
    throw new GateError(
      26,
      `the state has worked through the log up to ${offset}, but the log ends at ${end.end()}`,
      'Log and state do not belong together: restore both from one backup.',
    )
  }
  const outcomes = new OutcomeFeed(ports.clock, (told, leftOut) => {
    if (leftOut > 0) metrics.count('live_outcomes_left_out_total', {}, leftOut)
    tell({ event: 'outcomes', outcomes: told, leftOut })
  })
  // Whoever was deleted after the backup that this directory was restored from.
  const restored = readRestoredNote(data.directory)
  const pipeline = new Pipeline({
    state: state.pipeline,
    erasedSince: restored?.erasures.flatMap((position) => log.get(position) ?? []) ?? [],
    log,
    end,
    hash,
    config: config.current(),
    attempts: actionsAttempts(destinations.catalog, destinations.runner, ports.clock),
    ...ports,
    kindOf: catalogKinds(destinations.catalog),
    isIngestBusy: () => pressure.isHigh(),
    outcomes,
    onOutbox: () => tell({ event: 'outbox' }),
    telemetry: {
      attempted(instance, verdict, durationMs) {
        const key = `${instance.id} ${verdict}`
        attempts.set(key, (attempts.get(key) ?? 0) + 1)
        metrics.observe('delivery_attempt_seconds', { destination: instance.id }, durationMs / 1_000)
      },
      // What the destination said is for `doctor`: it may quote an event.
      held: (reason) => logger.error('destination held: its events wait', { reason }),
      released: (cause) => logger.info('destination released', { cause }),
      breakerOpened: () => logger.warn('breaker opened: most requests to a destination fail'),
      breakerClosed: () => logger.info('breaker closed'),
    },
    onFatal(error) {
      logger.error('the pipeline cannot go on', {
        error: error instanceof Error ? (error.stack ?? error.message) : String(error),
      })
      tell({ event: 'fatal', message: error instanceof Error ? error.message : String(error) })
    },
  })
  config.onChange((snapshot) => pipeline.configure(snapshot))
  await pipeline.start()
  if (restored !== undefined) {
    forgetRestoredNote(data.directory)
    logger.info('restored from a backup', { backup: restored.backup, erasures: restored.erasures.length })
  }
  const stopMaintenance = maintain({
    state: state.pipeline,
    forgetKeys: (nowMs) => workspace.write((tx) => forgetOnce(tx, nowMs)),
    clock: ports.clock,
    logger,
    ...data,
  })

  const functions = {
    async command(call: CommandCall) {
      const result = await runCommand(state.db, context, call)
      await config.changed()
      tell({ event: 'config' })
      return result
    },
    async createReplay({ replay, actor: { once, ...actor } }: { replay: NewReplayArgs; actor: Asker }) {
      const step = 'createReplay'
      const done = once && (await doneBefore(workspace.read, once, step, context))
      if (done !== undefined) return done.value as Replay
      return pipeline.replays.create(replay, async (stateTx, created) => {
        const tx = txWithTables<WorkspaceTables>(stateTx)
        await recordReplay(tx, 'Replay Created', created, { ...context, actor })
        if (once !== undefined) await noteDone(tx, once, step, created, context)
      })
    },
    async cancelReplay({ id, actor }: { id: string; actor: Actor }) {
      return pipeline.replays.cancel(id, (tx, cancelled) =>
        recordReplay(txWithTables<WorkspaceTables>(tx), 'Replay Cancelled', cancelled, { ...context, actor }),
      )
    },
    async tryNow({ destination, actor }: { destination: { id: string; name: string }; actor: Actor }) {
      await workspace.write((tx) => recordTryNow(tx, destination, { ...context, actor }))
      pipeline.dispatcher.tryNow(destination.id)
    },
    async refreshCatalog(_: null) {
      destinations.restock()
      // What is known of an instance's kind is worked out when the configuration is set.
      pipeline.configure(config.current())
    },
    async appended(to: number) {
      await pipeline.appended(to)
    },
    async tell({ request, name, actor }: { request: TellRequest; name: string; actor: Asker }) {
      const { once, ...who } = actor
      const step = 'tell'
      const done = once && (await doneBefore(workspace.read, once, step, context))
      if (done !== undefined) return done.value as Told
      const told: Told = { id: request.id, total: await pipeline.tell(request) }
      await workspace.write(async (tx) => {
        await recordTelling(tx, { ...request, name, total: told.total }, { ...context, actor: who })
        if (once !== undefined) await noteDone(tx, once, step, told, context)
      })
      return told
    },
    stopTelling: async (id: string) => pipeline.stopTelling(id),
    async wantOutcomes(isWanted: boolean) {
      outcomes.want(isWanted)
    },
    async metrics(_: null) {
      for (const [key, by] of attempts) {
        const [destination = '', verdict = ''] = key.split(' ')
        metrics.count('delivery_attempts_total', { destination, verdict }, by)
      }
      attempts.clear()
      return metrics.text()
    },
    async status(_: null) {
      return {
        offset: pipeline.offset,
        states: pipeline.dispatcher.states(),
        computing: pipeline.computing,
        telling: pipeline.telling,
      }
    },
    async stop(_: null) {
      stopMaintenance()
      await pipeline.stop()
      config.stop()
      await destinations[Symbol.asyncDispose]()
      await state.db.close()
      log.close()
    },
  } satisfies Functions
  serve(port as NonNullable<typeof port>, functions)
  tell({ event: 'ready' })
  return functions
}

export type PipelineFunctions = Awaited<ReturnType<typeof start>>

start().catch((error: unknown) => {
  const { exitCode = 1, nextStep = '' } = error as { exitCode?: number; nextStep?: string }
  const message = error instanceof Error ? error.message : String(error)
  tell({
    event: 'refused',
    exitCode,
    message: exitCode === 1 ? ((error as Error).stack ?? message) : message,
    nextStep,
  })
})
