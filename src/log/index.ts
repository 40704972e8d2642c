export {
  type Appended,
  LogError,
  type LogFailure,
  type LogReader,
  type LogWriter,
  type NewRecord,
  type RecordKind,
  type StoredRecord,
} from './log.ts'
export { MemoryLog, type MemoryLogOptions } from './memory.ts'
export { EndSignal } from './signal.ts'
export { LogOpenError, SqliteLog, type SqliteLogOptions } from './sqlite/log.ts'
export { SqliteLogReader } from './sqlite/reader.ts'
