/** The data directory: private, on a disk that can be trusted, and held by one process (reliability contract 6). */
import {
  chmodSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  realpathSync,
  statfsSync,
  statSync,
} from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import {
  EXIT_DATA_DIRECTORY_HELD,
  EXIT_NETWORK_FILESYSTEM,
  filesystemOf,
  GateError,
  networkFilesystem,
} from './gates.ts'

const LOCK_FILE = 'lock.db'
/** SQLite's primary result code for a lock that another connection holds. */
const SQLITE_BUSY = 5

export interface DataDirectoryOptions {
  /** Made, with its parents, where it does not exist. */
  readonly path: string
  /** The operator's `GRAPEVINE_UNSAFE_FILESYSTEM`: start on a network file system all the same. Default false. */
  readonly networkFilesystemAllowed?: boolean
}

/** What health shows while the process runs. */
export type DataDirectoryWarning = 'network_filesystem' | 'overlay_filesystem' | 'running_as_root'

export interface HeldDataDirectory {
  /** Absolute, without symbolic links. */
  readonly path: string
  readonly warnings: readonly DataDirectoryWarning[]
  /** Lets another process have it. Call it last. */
  release(): void
}

/** Locks of this process. A connection that nobody refers to would be closed, and its lock lost. */
const held = new Set<DatabaseSync>()

/**
 * Makes the directory private (mode 0700) and holds it until `release`, or until the process ends in whatever way.
 * @throws GateError 22 when another process holds it, 23 on a network file system
 */
export function holdDataDirectory(options: DataDirectoryOptions): HeldDataDirectory {
  mkdirSync(options.path, { recursive: true, mode: 0o700 })
  const path = realpathSync(options.path)
  if ((statSync(path).mode & 0o077) !== 0) chmodSync(path, 0o700)
  const warnings = assertLocalDisk(path, options.networkFilesystemAllowed ?? false)
  if (process.getuid?.() === 0) warnings.push('running_as_root')
  const lock = takeLock(path)
  held.add(lock)
  return {
    path,
    warnings,
    release() {
      if (held.delete(lock)) lock.close()
    },
  }
}

function takeLock(directory: string): DatabaseSync {
  const file = join(directory, LOCK_FILE)
  // Never open a file that exists by other means than SQLite: closing it would drop the locks this process holds on it.
  if (!existsSync(file)) closeSync(openSync(file, 'a', 0o600))
  const lock = new DatabaseSync(file, { timeout: 0 })
  try {
    lock.exec('BEGIN EXCLUSIVE')
    return lock
  } catch (error) {
    lock.close()
    if (!isBusy(error)) throw error
    throw new GateError(
      EXIT_DATA_DIRECTORY_HELD,
      `another process uses the data directory ${directory}`,
      'Stop the other process, or give this one a directory of its own with GRAPEVINE_DATA.',
      { cause: error },
    )
  }
}

function isBusy(error: unknown): boolean {
  if (!(error instanceof Error) || !('errcode' in error)) return false
  // The upper bytes hold details, e.g. that recovery was under way.
  return typeof error.errcode === 'number' && (error.errcode & 0xff) === SQLITE_BUSY
}

function assertLocalDisk(path: string, networkAllowed: boolean): DataDirectoryWarning[] {
  const type = filesystemOf(mountsText(), path)
  const network = networkFilesystem({ type, magic: statfsSync(path).type })
  if (network !== undefined && !networkAllowed) {
    throw new GateError(
      EXIT_NETWORK_FILESYSTEM,
      `the data directory ${path} is on a network file system (${network})`,
      'Put it on a local disk with GRAPEVINE_DATA, or accept the risk with GRAPEVINE_UNSAFE_FILESYSTEM.',
    )
  }
  if (network !== undefined) return ['network_filesystem']
  return type === 'overlay' ? ['overlay_filesystem'] : []
}

/** Empty where there is no such file, e.g. on macOS: statfs decides there. */
function mountsText(): string {
  try {
    return readFileSync('/proc/mounts', 'utf8')
  } catch {
    return ''
  }
}
