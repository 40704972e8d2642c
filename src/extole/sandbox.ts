/** Puts the sandbox together: one file, one program, one or two listeners. */
import type { Clock, Random } from '../ports/index.ts'
import { operationStore } from './audience-operations.ts'
import { audienceStore } from './audiences.ts'
import { batchStore } from './batches.ts'
import {
  CONFORMANCE_BLOCK_RULES,
  CONFORMANCE_FEATURES,
  CONFORMANCE_PREHANDLER,
  conformanceAccount,
  conformanceAudience,
  conformanceTokens,
} from './conformance.ts'
import type { AppliedEvent, Context } from './context.ts'
import { erasureQueue } from './erasures.ts'
import { faultList } from './faults.ts'
import { fileStore } from './files.ts'
import { audienceRoutes } from './http/audience-routes.ts'
import { batchRoutes } from './http/batch-routes.ts'
import { controlRoutes } from './http/control-routes.ts'
import { dataRoutes } from './http/data-routes.ts'
import { erasureRoutes } from './http/erasure-routes.ts'
import { eventRoutes } from './http/event-routes.ts'
import { fileRoutes } from './http/file-routes.ts'
import { pageRoutes } from './http/page-routes.ts'
import { personListRoutes } from './http/person-list-routes.ts'
import { personPageRoutes } from './http/person-page.ts'
import { personRoutes } from './http/person-routes.ts'
import { prehandlerRoutes } from './http/prehandler-routes.ts'
import { type Listening, listen } from './http/server.ts'
import { stepRoutes } from './http/step-routes.ts'
import { tokenRoutes } from './http/token-routes.ts'
import { idMaker } from './ids.ts'
import { jobRunner } from './jobs.ts'
import { rateLimiter } from './rate-limit.ts'
import { requestLog } from './request-log.ts'
import { segmentSource } from './segment-source.ts'
import { DEFAULT_SETTINGS, type Settings } from './settings.ts'
import { type Database, openDatabase } from './store/database.ts'
import { metaStore } from './store/meta.ts'
import { personStore } from './store/persons.ts'
import { MANAGED_TOKEN_SECONDS, tokenStore } from './tokens.ts'

export interface SandboxOptions {
  /** Anyone who reaches it can steer the sandbox, so a loopback address unless the network is trusted. */
  readonly host: string
  /** 0 takes any free port. */
  readonly port: number
  /** A path to the SQLite file, made when missing, or ':memory:'. One process may hold it. */
  readonly file: string
  readonly clock: Clock
  readonly random: Random
  /** Fills the sandbox with what the conformance cases expect, and adds a second listener with limits on. */
  readonly conformance?: boolean
  /** 100 requests a minute for each token, async events exempt. Default: as last set, at first off. */
  readonly rateLimits?: boolean
  /** Host names that "Extole as a Segment source" may send to beside loopback. Default none. */
  readonly segmentSourceHosts?: readonly string[]
}

/** What a conformance runner needs to know: the shape of its `fixtures.json`. */
export interface Fixtures {
  readonly url: string
  /** A second listener on the same data, on which limits are enforced. */
  readonly rateLimitUrl: string
  readonly tokens: Readonly<Record<string, string>>
  readonly vars: Readonly<Record<string, string>>
  readonly features: readonly string[]
}

export interface ExtoleSandbox {
  readonly url: string
  readonly port: number
  /** A managed token with CLIENT_ADMIN and USER_SUPPORT, the same at every start on one file. */
  readonly adminToken: string
  /** Only with `conformance`. */
  readonly fixtures?: Fixtures
  /** Ends open connections, commits and closes the file. Safe to call twice. */
  close(): Promise<void>
}

/** @throws when the port is taken or the file cannot be opened; nothing is then left open. */
export async function startExtoleSandbox(options: SandboxOptions): Promise<ExtoleSandbox> {
  const db = openDatabase(options.file, options.clock)
  const listening: Listening[] = []
  try {
    return await start(options, db, listening)
  } catch (error) {
    await Promise.all(listening.map((server) => server.close()))
    db.close()
    throw error
  }
}

async function start(options: SandboxOptions, db: Database, listening: Listening[]): Promise<ExtoleSandbox> {
  const { clock, random, conformance = false } = options
  const meta = metaStore(db)
  const nextId = idMaker(clock, random, lastIdOf(db))
  let settings: Settings = { ...DEFAULT_SETTINGS, ...JSON.parse(meta.ensure('settings', () => '{}')) }
  const saveSettings = (next: Settings) => {
    settings = next
    meta.set('settings', JSON.stringify(next))
  }
  if (options.rateLimits !== undefined) saveSettings({ ...settings, rate_limits: options.rateLimits })

  let onEvent: (event: AppliedEvent) => void = () => {}
  const context: Context = {
    db,
    persons: personStore(db),
    clock,
    random,
    nextId,
    clientId: meta.ensure('client_id', nextId),
    settings: () => settings,
    onEvent: (event) => onEvent(event),
  }
  const tokens = tokenStore(context)
  const admin = {
    scopes: ['CLIENT_ADMIN', 'USER_SUPPORT'],
    type: 'MANAGED',
    seconds: MANAGED_TOKEN_SECONDS,
    name: 'sandbox admin',
  } as const
  const adminToken = meta.ensure('admin_token', () => tokens.make(admin).value)
  const account = conformance ? conformanceAccount(random.bytes(12).toString('hex')) : undefined
  if (conformance) meta.set('block_rules', JSON.stringify(CONFORMANCE_BLOCK_RULES))

  const faults = faultList(() => random.next())
  const requests = requestLog()
  const jobs = jobRunner(clock)
  const files = fileStore(context)
  const audiences = audienceStore(context)
  const erasures = erasureQueue(context)
  const source = segmentSource({ context, meta, allowedHosts: options.segmentSourceHosts ?? [] })
  onEvent = source.tell
  const prehandlers = prehandlerRoutes(context, meta)
  const { reshape } = prehandlers
  const batches = batchStore(context, files, jobs, reshape)
  const operations = operationStore(context, audiences, files, jobs, reshape)
  if (conformance) prehandlers.ensure(CONFORMANCE_PREHANDLER)

  const routes = [
    ...eventRoutes(context, reshape),
    ...tokenRoutes(context, tokens, account),
    ...personRoutes(context),
    ...dataRoutes(context),
    ...stepRoutes(context),
    ...personListRoutes(context),
    ...erasureRoutes(context, erasures),
    ...prehandlers.routes,
    ...audienceRoutes(context, audiences, operations),
    ...fileRoutes(context, files),
    ...batchRoutes(batches),
    ...controlRoutes({ context, faults, requests, saveSettings, source }),
    ...pageRoutes(context, tokens),
    ...personPageRoutes(context),
  ]
  const fixtureTokens = conformance ? { admin: adminToken, ...conformanceTokens(tokens) } : {}
  const audienceId = conformance ? conformanceAudience(audiences) : ''
  erasures.resume()
  batches.resume()
  operations.resume()
  db.flush()

  const parts = { context, tokens, faults, requests, routes }
  const limited = rateLimiter(() => clock.monotonicMs())
  const open = async (port: number, isLimited: () => boolean) => {
    const server = await listen({ ...parts, admit: (caller) => !isLimited() || limited(caller) }, options.host, port)
    listening.push(server)
    return server
  }
  const server = await open(options.port, () => settings.rate_limits)
  const fixtures = async (): Promise<Fixtures> => ({
    url: server.url,
    rateLimitUrl: (await open(0, () => true)).url,
    tokens: fixtureTokens,
    vars: {
      client_id: context.clientId,
      'user.email': account?.email ?? '',
      'user.password': account?.password ?? '',
      'audience.vip': audienceId,
    },
    features: CONFORMANCE_FEATURES,
  })

  return {
    url: server.url,
    port: server.port,
    adminToken,
    ...(conformance ? { fixtures: await fixtures() } : {}),
    async close() {
      jobs.stop()
      source.stop()
      await Promise.all(listening.map((one) => one.close()))
      db.close()
    },
  }
}

/** Ids keep growing across a restart, whatever the clock does. */
function lastIdOf(db: Database): string {
  const ids = ['event', 'step', 'person'].map((table) => `SELECT max(id) AS id FROM ${table}`).join(' UNION ALL ')
  const row = db.get(`SELECT CAST(max(id) AS TEXT) AS id FROM (${ids})`)
  return typeof row?.id === 'string' ? row.id : '0'
}
