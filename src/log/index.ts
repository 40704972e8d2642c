export {
  type Appended,
  FOUND_MAX,
  LogError,
  type LogFailure,
  type LogFinder,
  type LogReader,
  type LogWriter,
  type NewRecord,
  type RecordKind,
  type StoredRecord,
} from './log.ts'
export { MemoryLog, type MemoryLogOptions } from './memory.ts'
export { EndSignal } from './signal.ts'
export { LogOpenError, SqliteLog, type SqliteLogOptions } from './sqlite/log.ts'
export { appendOffline, commandsAfter, eraseOffline, type PersonRecords } from './sqlite/offline.ts'
export { SqliteLogReader } from './sqlite/reader.ts'
export { listSegments, segmentBytes, segmentFile } from './sqlite/segment.ts'
