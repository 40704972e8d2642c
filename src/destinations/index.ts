export { type AnswerPolicy, anyBodyPolicy, RETRY_CAP_DEFAULT_MS } from './answers.ts'
export type { BatchResult } from './batch.ts'
export { BATCH_ITEMS_MAX, batchingOf } from './batching.ts'
export { type BuiltIn, findBuiltIn } from './built-in.ts'
export {
  Catalog,
  type CatalogEntry,
  type CatalogSummary,
  type Home,
  type Method,
  type Origin,
  type Shelf,
} from './catalog.ts'
export {
  type Batching,
  type Definition,
  type DestinationPlugin,
  defaultMappingOf,
  type PresetMapping,
  presetsOf,
  type Settings,
  secretSettingsOf,
} from './definition.ts'
export { type Described, shelfOf } from './described.ts'
export { type AllowRule, checkUrl, type EgressPolicy, PORTS_DEFAULT, parseEgressAllow } from './egress.ts'
export type { Resolve, ResolvedAddress } from './guarded-connector.ts'
export { createHttpClient, HTTP_LIMITS, type HttpClient, type HttpClientOptions, type HttpLimits } from './http.ts'
export type { Outcome, RenderedRequest } from './outcome.ts'
export {
  type ActionRun,
  type Attempt,
  type Deletion,
  type FrozenAttempt,
  type Preview,
  preview,
  runAction,
  runDelete,
  type TestResult,
  testAuthentication,
} from './run.ts'
export { createRunner, type EntryBatch, type EntryDelete, type EntryRun, type Runner } from './runner.ts'
export { MASK, Secrets, secretsOf } from './secrets.ts'
export { type SegmentCatalogStatus, segmentCatalogStatus, segmentShelf } from './segment-catalog/files.ts'
export { InstallError, type InstallStep, installSegmentCatalog } from './segment-catalog/install.ts'
export { type ActionShape, type DestinationShape, shapeOf } from './shape.ts'
export { matches, triggerProblem } from './triggers.ts'
export { secretKey } from './webhook/signature.ts'
export { createWorkerRunner, type WorkerRunner } from './workers/pool.ts'
