import type { startMicro as startMicroNow } from './micro.ts'
import type { serve as serveNow } from './serve.ts'

export { type BackupSettings, backupSettings } from './backup-settings.ts'
export type { Micro, MicroOptions } from './micro.ts'
export { QUICKSTART_FILE, type Quickstart, readQuickstart } from './quickstart-file.ts'
export { segmentCatalogDirectory } from './segment-catalog.ts'
export type { Running } from './serve.ts'
export { type Config, ConfigError, parseConfig, SETTINGS } from './settings.ts'
export { programVersion } from './version.ts'

/** Loaded when it is called: most commands only talk to a server that runs already. */
export const serve: typeof serveNow = async (...args) => (await import('./serve.ts')).serve(...args)

export const startMicro: typeof startMicroNow = async (...args) => (await import('./micro.ts')).startMicro(...args)

/** Exit code when the disk fails while running (reliability contract 6). */
export const EXIT_FATAL = 30
