export { type AnswerPolicy, anyBodyPolicy, RETRY_CAP_DEFAULT_MS } from './answers.ts'
export { CATALOG, type CatalogEntry, findDestination, findDestinationById, type Method } from './catalog.ts'
export {
  type Definition,
  type DestinationPlugin,
  defaultMappingOf,
  type PresetMapping,
  presetsOf,
  type Settings,
  secretSettingsOf,
} from './definition.ts'
export { type AllowRule, checkUrl, type EgressPolicy, PORTS_DEFAULT, parseEgressAllow } from './egress.ts'
export type { Resolve, ResolvedAddress } from './guarded-connector.ts'
export { createHttpClient, HTTP_LIMITS, type HttpClient, type HttpClientOptions, type HttpLimits } from './http.ts'
export type { Outcome, RenderedRequest } from './outcome.ts'
export {
  type ActionRun,
  type Attempt,
  type FrozenAttempt,
  type Preview,
  preview,
  runAction,
  runDelete,
  testAuthentication,
} from './run.ts'
export { MASK, Secrets, secretsOf } from './secrets.ts'
export { matches, triggerProblem } from './triggers.ts'
