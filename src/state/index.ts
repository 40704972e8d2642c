export {
  type DataDirectoryOptions,
  type DataDirectoryWarning,
  type HeldDataDirectory,
  holdDataDirectory,
} from './data-directory.ts'
export { type AnyStateDb, type StateDb, txWithTables, withTables } from './db.ts'
export { replaceFile } from './durable-file.ts'
export { EXIT_ENCRYPTION_KEY, EXIT_STATE_DISAGREES, GateError } from './gates.ts'
export { type Migration, migrate } from './migrate.ts'
export type {
  CancelLane,
  CountDelta,
  DedupKey,
  DeliveryDetail,
  DeliveryId,
  DeliveryState,
  DeliveryUpdate,
  EndState,
  EventLabel,
  InstanceRuntime,
  LedgerQuery,
  LedgerRow,
  NewDelivery,
  NewRouting,
  OpenDelivery,
  PipelineState,
  PipelineStep,
  RegulationHead,
  RegulationProgress,
  RegulationTask,
  RegulationView,
} from './pipeline/port.ts'
export { DELIVERY_STATES, OffsetConflict } from './pipeline/port.ts'
export { PostgresPipelineState } from './pipeline/postgres.ts'
export {
  type Alongside,
  type NewReplay,
  type Replay,
  type ReplayAdvance,
  ReplayConflict,
  type ReplayCounts,
  type ReplayKind,
  type ReplayState,
  type ReplayStore,
} from './pipeline/replay-port.ts'
export { pipelineMigrations } from './pipeline/schema.ts'
export { SqlitePipelineState } from './pipeline/sqlite.ts'
export { openPostgresState, type PostgresState, type PostgresStateOptions } from './postgres/open.ts'
export type {
  IdKey,
  OutboxItem,
  ProfileState,
  StoredMembership,
  StoredProfile,
  StoredRun,
  UnifyStep,
} from './profiles/port.ts'
export type {
  Joined,
  LostTellings,
  NewTelling,
  StoredTelling,
  TellingState,
  TellingStep,
  ToldAgain,
} from './profiles/telling-port.ts'
export type { SeenState, StoredSeen } from './seen/port.ts'
export { assertSqliteIntact, openSqliteState, type SqliteState, type SqliteStateOptions } from './sqlite/open.ts'
export { NestedTurnError } from './turns.ts'
export { ValueError } from './values.ts'
export { percentileMs } from './volume/latency.ts'
export {
  HOUR_MS,
  MINUTE_MS,
  OTHER_NAME,
  type VolumeDelta,
  type VolumeFact,
  type VolumeKey,
  type VolumePoint,
  type VolumeQuery,
  type VolumeSeries,
  type VolumeStore,
} from './volume/port.ts'
export { VolumeSum } from './volume/sum.ts'
