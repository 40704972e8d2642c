export type { DeclaredRoute } from './accounts/guard.ts'
export { ALERT_KINDS, type Alert, type AlertFacts, type Alerts, alertsOf } from './alerts.ts'
export type { ApiCommands, ApiDeps, ApiStatus, Right } from './deps.ts'
export { createApi } from './server.ts'
