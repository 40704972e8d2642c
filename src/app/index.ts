export { QUICKSTART_FILE, type Quickstart, readQuickstart } from './quickstart.ts'
export { EXIT_FATAL, type Running, serve } from './serve.ts'
export { type Config, ConfigError, parseConfig, SETTINGS } from './settings.ts'
