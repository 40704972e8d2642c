/** What the console tells of the server itself. */
import type { ServerFacts } from '../api/index.ts'
import { diskFreeBytes } from './alert-facts.ts'
import type { AlertMonitorOptions } from './alert-monitor.ts'
import type { Config } from './settings.ts'
import { programVersion } from './version.ts'

export function serverFacts(options: {
  readonly config: Config
  readonly directory: string
  readonly log: { logBytes(): number }
  readonly target: AlertMonitorOptions['target']
  readonly startedAtMs: number
  /** Undefined when none runs. */
  readonly sandbox: { readonly url: string } | undefined
}): () => Promise<ServerFacts> {
  const { config, directory, log, target, startedAtMs, sandbox } = options
  const version = programVersion()
  return async () => ({
    version,
    startedAt: new Date(startedAtMs).toISOString(),
    state: config.GRAPEVINE_STATE_URL === undefined ? 'SQLite' : 'PostgreSQL',
    logBytes: log.logBytes(),
    logBytesMax: config.GRAPEVINE_LOG_BYTES_MAX,
    logDays: config.GRAPEVINE_LOG_DAYS,
    diskFreeBytes: await diskFreeBytes(directory),
    extoleSandbox: sandbox?.url ?? null,
    alertsTo: target === null ? null : new URL(target.url).host,
  })
}
