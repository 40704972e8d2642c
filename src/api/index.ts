export type { Alert } from './alerts.ts'
export type { ApiCommands, ApiDeps, ApiStatus, Right } from './deps.ts'
export { createApi } from './server.ts'
