/** What the settings say of backups. */
import { join, resolve } from 'node:path'
import { type Config, everyMsOf } from './settings.ts'

export interface BackupSettings {
  readonly data: string
  readonly folder: string
  /** Why none can be made here, and what to do instead; null where they can. */
  readonly unavailable: string | null
  /** Milliseconds between two that nobody asks for; undefined for none. */
  readonly everyMs: number | undefined
  /** How many of those are kept. */
  readonly keep: number
}

/** @param data directory, absolute */
export function backupSettings(
  config: Pick<
    Config,
    'GRAPEVINE_BACKUPS' | 'GRAPEVINE_BACKUP_EVERY' | 'GRAPEVINE_BACKUP_KEEP' | 'GRAPEVINE_STATE_URL'
  >,
  data: string,
): BackupSettings {
  const { GRAPEVINE_BACKUP_EVERY: every } = config
  return {
    data,
    folder: resolve(config.GRAPEVINE_BACKUPS ?? join(data, 'backups')),
    unavailable: config.GRAPEVINE_STATE_URL === undefined ? null : IN_POSTGRES,
    everyMs: every === undefined ? undefined : everyMsOf(every),
    keep: config.GRAPEVINE_BACKUP_KEEP,
  }
}

const IN_POSTGRES =
  'The state is in PostgreSQL, of which no backup is made here: stop the server, run pg_dump, and copy the data directory in the same pause. docs/operations.md has the steps.'
