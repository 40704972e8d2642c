/**
 * Makes a backup of a data directory, also of one that a server works in. The state is read first and the log after
 * it: the log then has at least what the state has worked through, and what is beyond is worked through again.
 */
import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { listSegments, segmentBytes, segmentFile } from '../log/index.ts'
import type { Clock } from '../ports/index.ts'
import { replaceFile } from '../state/index.ts'
import { keyIdOf } from '../workspace/index.ts'
import { stateContents, withDatabase } from './contents.ts'
import { copyDatabase, hashFile } from './copy.ts'
import { beginJournal } from './erasures.ts'
import {
  beginBackup,
  endBackup,
  ensureFolder,
  type ListedBackup,
  listBackups,
  readManifest,
  removeBackup,
  sweepLeftovers,
  writeCheck,
} from './folder.ts'
import {
  type BackupCause,
  BackupError,
  backupName,
  bytesOf,
  encodeManifest,
  FORMAT,
  MANIFEST_FILE,
  type Manifest,
  type ManifestFile,
} from './manifest.ts'
import { assertRoom, type Disk, isDiskFull, RESERVE_BYTES } from './room.ts'
import { outdated, type Sound } from './schedule.ts'
import { logRange, problemsOf } from './verify.ts'

export type Phase = 'copying' | 'checking'

export interface Watched {
  readonly signal: AbortSignal
  /** Called often. @param total bytes of the phase, as far as it is known */
  onProgress(phase: Phase, doneBytes: number, totalBytes: number): void
  /** See `Progress.rest`: without it nobody else needs the disk. */
  rest?(tookMs: number): void
}

export interface MakeOptions extends Watched {
  /** Data directory: `state.db` and `log`. */
  readonly data: string
  /** Where backups are: made when absent, mode 0700. */
  readonly folder: string
  readonly cause: BackupCause
  readonly version: string
  /** When it was asked for, Unix milliseconds: names it. */
  readonly atMs: number
  readonly clock: Pick<Clock, 'nowMs'>
  readonly disk: Disk
}

/** @throws BackupError, the reason of `signal`, Error of the disk; nothing is left of it then */
export async function makeBackup(options: MakeOptions): Promise<Manifest> {
  const { folder, clock, version, cause, atMs } = options
  ensureFolder(folder)
  await sweepLeftovers(folder)
  // From the moment on that is kept, deletions are noted beside it.
  beginJournal(folder)
  const name = backupName(atMs)
  if (existsSync(join(folder, name))) throw new BackupError('there is a backup of this second already')
  try {
    const directory = beginBackup(folder, name)
    const files = await copyAll(options, directory)
    const { offset, migrations, sealedHashKey } = withDatabase(join(directory, 'state.db'), stateContents)
    const manifest: Manifest = {
      format: FORMAT,
      name,
      atMs,
      endedAtMs: clock.nowMs(),
      version,
      cause,
      offset,
      log: logRange(directory, files),
      migrations,
      keyId: keyIdOf(sealedHashKey),
      files,
    }
    replaceFile(join(directory, MANIFEST_FILE), encodeManifest(manifest))
    await check(directory, options)
    endBackup(folder, name)
    return manifest
  } catch (error) {
    const isFull = isDiskFull(error, options.disk, folder)
    // Should the disk not even let that go, the next one or the next start removes it.
    await sweepLeftovers(folder).catch(() => {})
    if (!isFull) throw error
    throw new BackupError(`the disk of ${folder} is full: free space there, or name another folder`, { cause: error })
  }
}

async function copyAll(options: MakeOptions, directory: string): Promise<readonly ManifestFile[]> {
  const { data, folder, disk, signal, onProgress } = options
  const source = join(data, 'log')
  let done = 0
  const state = statSync(join(data, 'state.db')).size
  const total = listSegments(source).reduce((sum, first) => sum + segmentBytes(source, first), state)
  const keepBytes = disk.isSameDisk(data, folder) ? RESERVE_BYTES : 0
  assertRoom(disk, folder, { neededBytes: total, keepBytes })
  const progress = {
    signal,
    ...(options.rest === undefined ? {} : { rest: options.rest }),
    moved(bytes: number) {
      done += bytes
      // Others write, too: it steps back when they come near the end of the disk.
      assertRoom(disk, folder, { neededBytes: 0, keepBytes })
      onProgress('copying', done, Math.max(total, done))
    },
  }
  await copyDatabase(join(data, 'state.db'), join(directory, 'state.db'), progress)
  const paths = ['state.db']
  // After the state: a file of the log that is begun later has nothing that the state knows.
  for (const first of listSegments(source)) {
    const path = `log/${first}.db`
    await copyDatabase(segmentFile(source, first), join(directory, path), progress)
    paths.push(path)
  }
  const quiet = { signal, moved() {} }
  const files: ManifestFile[] = []
  for (const path of paths) files.push({ path, ...(await hashFile(join(directory, path), quiet)) })
  return files
}

/** What was written is read back before it counts. */
async function check(directory: string, options: MakeOptions): Promise<void> {
  const problems = await checkBackup(directory, options)
  if (problems.length > 0) throw new BackupError(`the copy is not sound: ${problems.join(' ')}`)
}

/** Reads every byte of a backup and notes what was found beside it, where that can be written. @returns sentences */
export async function checkBackup(
  directory: string,
  { signal, onProgress, clock }: Watched & Pick<MakeOptions, 'clock'>,
): Promise<readonly string[]> {
  const problems = await problemsAt(directory, { signal, onProgress })
  writeCheck(directory, { atMs: clock.nowMs(), problems })
  return problems
}

/** The same without a note. */
export async function problemsAt(directory: string, { signal, onProgress }: Watched): Promise<readonly string[]> {
  let manifest: Manifest
  try {
    manifest = await readManifest(directory)
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)]
  }
  const total = bytesOf(manifest)
  let done = 0
  const moved = (bytes: number) => {
    done += bytes
    onProgress('checking', done, total)
  }
  return problemsOf(directory, manifest, { signal, moved })
}

/**
 * Removes scheduled backups that are too old, now that `made` is there: `outdated` says which. Those that somebody asked for
 * stay.
 * @returns their names
 */
export async function pruneBackups(
  folder: string,
  options: { readonly keep: number; readonly made: string; readonly nowMs: number },
): Promise<readonly string[]> {
  const old = outdated(soundOf(await listBackups(folder)), options)
  for (const name of old) await removeBackup(folder, name)
  return old
}

/** Those whose last reading found nothing. */
export function soundOf(listed: readonly ListedBackup[]): readonly (Sound & { readonly endedAtMs: number })[] {
  return listed.flatMap(({ name, manifest, check }) => {
    if (manifest === null || check?.problems.length !== 0) return []
    const { atMs, endedAtMs, cause } = manifest
    return [{ name, atMs, endedAtMs, isScheduled: cause === 'schedule' }]
  })
}
