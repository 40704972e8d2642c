export { duplicateBackup } from './duplicate.ts'
export {
  beginJournal,
  bringNotes,
  type Erasure,
  erasureIn,
  JOURNAL_FILE,
  JournalError,
  noteApart,
  noteErasures,
  pruneErasures,
} from './erasures.ts'
export { type BackupFailure, readFailure, writeFailure } from './failure.ts'
export {
  type BackupCheck,
  type ListedBackup,
  listBackups,
  readManifest,
  removeBackup,
  sweepLeftovers,
} from './folder.ts'
export {
  checkBackup,
  makeBackup,
  type Phase,
  problemsAt,
  pruneBackups,
  soundOf,
  type Watched,
} from './make.ts'
export {
  BACKUP_CAUSES,
  type BackupCause,
  BackupError,
  backupName,
  bytesOf,
  isBackupName,
  type Manifest,
  ManifestError,
} from './manifest.ts'
export {
  assertNoRestoreUnderWay,
  forgetRestoredNote,
  type Restored,
  type RestoreOptions,
  readRestoredNote,
  restoreBackup,
} from './restore.ts'
export { type Disk, systemDisk } from './room.ts'
export { AGAIN_MS, dueMs, isMended, newestMs, OVERDUE_INTERVALS, overdueSinceMs, type Sound } from './schedule.ts'
