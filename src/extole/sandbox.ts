/** Puts the sandbox together: one file, one program, one or two listeners. */
import type { Clock, Random } from '../ports/index.ts'
import type { AppliedEvent, Context } from './context.ts'
import { erasureQueue } from './erasures.ts'
import { faultList } from './faults.ts'
import { controlRoutes } from './http/control-routes.ts'
import { dataRoutes } from './http/data-routes.ts'
import { erasureRoutes } from './http/erasure-routes.ts'
import { eventRoutes } from './http/event-routes.ts'
import { personRoutes } from './http/person-routes.ts'
import type { Route } from './http/route.ts'
import { listen } from './http/server.ts'
import { stepRoutes } from './http/step-routes.ts'
import { tokenRoutes } from './http/token-routes.ts'
import { idMaker } from './ids.ts'
import { rateLimiter } from './rate-limit.ts'
import { requestLog } from './request-log.ts'
import { DEFAULT_SETTINGS, type Settings } from './settings.ts'
import { openDatabase } from './store/database.ts'
import { personStore } from './store/persons.ts'
import { MANAGED_TOKEN_SECONDS, tokenStore } from './tokens.ts'

export interface SandboxOptions {
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
}

/** What a conformance runner needs to know: the shape of its `fixtures.json`. */
export interface Fixtures {
  readonly url: string
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
  close(): Promise<void>
}

/** @throws when the port is taken or the file cannot be opened; nothing is then left open. */
export async function startExtoleSandbox(options: SandboxOptions): Promise<ExtoleSandbox> {
  const { clock, random } = options
  const db = openDatabase(options.file, clock)
  const meta = (name: string, make: () => string): string => {
    const known = db.get('SELECT value FROM meta WHERE name = ?', name)
    if (known !== undefined) return String(known.value)
    const value = make()
    db.write(() => db.run('INSERT INTO meta (name, value) VALUES (?, ?)', name, value))
    return value
  }
  const lastId = db.get(
    'SELECT CAST(max(id) AS TEXT) AS id FROM (SELECT max(id) AS id FROM event UNION SELECT max(id) FROM step UNION SELECT max(id) FROM person)',
  )
  const nextId = idMaker(clock, random, typeof lastId?.id === 'string' ? lastId.id : '0')
  const listeners: ((event: AppliedEvent) => void)[] = []
  let settings: Settings = { ...DEFAULT_SETTINGS, ...JSON.parse(meta('settings', () => '{}')) }
  const context: Context = {
    db,
    persons: personStore(db),
    clock,
    random,
    nextId,
    clientId: meta('client_id', () => nextId()),
    settings: () => settings,
    onEvent: (event) => {
      for (const listener of listeners) listener(event)
    },
  }
  const saveSettings = (next: Settings) => {
    settings = next
    db.write(() => db.run(`UPDATE meta SET value = ? WHERE name = 'settings'`, JSON.stringify(next)))
  }
  if (options.rateLimits !== undefined) saveSettings({ ...settings, rate_limits: options.rateLimits })
  const tokens = tokenStore(context)
  const adminToken = meta(
    'admin_token',
    () =>
      tokens.make({
        scopes: ['CLIENT_ADMIN', 'USER_SUPPORT'],
        type: 'MANAGED',
        seconds: MANAGED_TOKEN_SECONDS,
        name: 'sandbox admin',
      }).value,
  )
  const faults = faultList(() => random.next())
  const requests = requestLog()
  const erasures = erasureQueue(context)
  erasures.resume()
  const routes: Route[] = [
    ...tokenRoutes(context, tokens, undefined),
    ...eventRoutes(context, (event) => event),
    ...personRoutes(context),
    ...dataRoutes(context),
    ...stepRoutes(context),
    ...erasureRoutes(context, erasures),
    ...controlRoutes(context, faults, requests, saveSettings),
  ]
  db.flush()
  const limited = rateLimiter(() => clock.monotonicMs())
  const parts = { context, tokens, faults, requests, routes }
  const server = await listen(
    { ...parts, admit: (caller) => !settings.rate_limits || limited(caller) },
    options.host,
    options.port,
  )
  return {
    url: server.url,
    port: server.port,
    adminToken,
    async close() {
      await server.close()
      db.close()
    },
  }
}
