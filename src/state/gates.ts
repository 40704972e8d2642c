/** Start-up gates (reliability contract 6): where a promise cannot hold, the process refuses to start. Decisions only. */

/** The process must not start. Print `message` and `nextStep`, then exit with `exitCode`. */
export class GateError extends Error {
  override readonly name = 'GateError'
  /** 20 to 27, one for each gate. */
  readonly exitCode: number
  /** What the operator can do about it, in one sentence. */
  readonly nextStep: string
  constructor(exitCode: number, message: string, nextStep: string, options?: ErrorOptions) {
    super(message, options)
    this.exitCode = exitCode
    this.nextStep = nextStep
  }
}

export const EXIT_SQLITE_NOT_DURABLE = 20
export const EXIT_SQLITE_VERSION = 21
export const EXIT_DATA_DIRECTORY_HELD = 22
export const EXIT_NETWORK_FILESYSTEM = 23
export const EXIT_POSTGRES_NOT_DURABLE = 25
export const EXIT_STATE_DISAGREES = 26
export const EXIT_ENCRYPTION_KEY = 27

/** Versions with the fix for lost WAL frames: 3.51.3 and later, 3.50.7 and later of 3.50, 3.44.6 and later of 3.44. */
export function isSqliteVersionSafe(version: string): boolean {
  const [major = 0, minor = 0, patch = 0] = version.split('.').map((part) => Number.parseInt(part, 10))
  if (major !== 3) return major > 3
  if (minor > 51) return true
  const patchMin = { 51: 3, 50: 7, 44: 6 }[minor]
  return patchMin !== undefined && patch >= patchMin
}

/** @throws GateError 21 */
export function assertSqliteVersion(version: string): void {
  if (isSqliteVersionSafe(version)) return
  throw new GateError(
    EXIT_SQLITE_VERSION,
    `SQLite ${version} has a fault that can lose committed data`,
    'Run a Node version whose SQLite is 3.51.3 or newer (3.50.7 of 3.50 and 3.44.6 of 3.44 are fine too).',
  )
}

/** What SQLite answered when its settings were read back after they were set. `synchronous` 2 is FULL. */
export interface SqliteDurability {
  readonly journalMode: unknown
  readonly synchronous: unknown
}

/** @throws GateError 20 */
export function assertSqliteDurable(file: string, { journalMode, synchronous }: SqliteDurability): void {
  if (journalMode === 'wal' && synchronous === 2) return
  throw new GateError(
    EXIT_SQLITE_NOT_DURABLE,
    `${file} runs with journal_mode=${String(journalMode)}, synchronous=${String(synchronous)} instead of wal and 2`,
    'Put the data directory on a local disk that supports shared memory maps and file locks.',
  )
}

/** Values of `SHOW` for the session in use. */
export interface PostgresDurability {
  readonly fsync: string
  readonly fullPageWrites: string
  readonly synchronousCommit: string
  /** Not empty: a commit waits for a standby, and so survives a failover to it. */
  readonly synchronousStandbyNames: string
  /** With another than UTF8 some text could not be stored. */
  readonly serverEncoding: string
}

/**
 * @param asyncStandbyAllowed the operator's `GRAPEVINE_UNSAFE_ASYNC_STANDBY`: a failover may lose the newest state, not the log.
 * @throws GateError 25, naming every setting that is wrong
 */
export function assertPostgresDurable(found: PostgresDurability, asyncStandbyAllowed: boolean): void {
  const wrong = []
  if (found.fsync !== 'on') wrong.push(`fsync=${found.fsync}`)
  if (found.fullPageWrites !== 'on') wrong.push(`full_page_writes=${found.fullPageWrites}`)
  if (!['on', 'remote_apply'].includes(found.synchronousCommit)) {
    wrong.push(`synchronous_commit=${found.synchronousCommit}`)
  }
  if (found.serverEncoding !== 'UTF8') {
    throw new GateError(
      EXIT_POSTGRES_NOT_DURABLE,
      `the PostgreSQL database has the encoding ${found.serverEncoding}`,
      'Make a database with ENCODING UTF8.',
    )
  }
  if (wrong.length > 0) {
    throw new GateError(
      EXIT_POSTGRES_NOT_DURABLE,
      `PostgreSQL may lose committed state: ${wrong.join(', ')}`,
      'Turn fsync, full_page_writes and synchronous_commit on, for the server and for the role.',
    )
  }
  if (found.synchronousStandbyNames === '' && !asyncStandbyAllowed) {
    throw new GateError(
      EXIT_POSTGRES_NOT_DURABLE,
      'PostgreSQL has no synchronous standby: a failover may lose the newest state',
      'Add a synchronous standby, or accept the risk with GRAPEVINE_UNSAFE_ASYNC_STANDBY.',
    )
  }
}

/** Names in /proc/mounts of file systems whose locks or flushes SQLite cannot build on. */
const NETWORK_FILESYSTEMS = new Set([
  'nfs', 'nfs4', 'cifs', 'smb3', 'smbfs', 'ncpfs', '9p', 'afs', 'ceph', 'glusterfs', 'fuse.glusterfs', 'fuse.sshfs',
  'fuse.s3fs', 'fuse.gcsfuse', 'fuse.rclone', 'lustre', 'beegfs',
]) // biome-ignore format: a list

/** The same by statfs(2) magic number, for where /proc/mounts cannot be read. */
const NETWORK_MAGICS = new Map([
  [0x6969, 'nfs'],
  [0xff534d42, 'cifs'],
  [0xfe534d42, 'smb3'],
  [0x517b, 'smbfs'],
  [0x01021997, '9p'],
  [0x00c36400, 'ceph'],
  [0x0bd00bd0, 'lustre'],
])

/**
 * The file system that holds `path`, by the text of /proc/mounts: the longest mount point that contains it, the last
 * such line where several were mounted over each other. Undefined when no line does.
 * @param path absolute, without symbolic links
 */
export function filesystemOf(mountsText: string, path: string): string | undefined {
  let longest = -1
  let type: string | undefined
  for (const line of mountsText.split('\n')) {
    const [, escapedPoint, lineType] = line.split(' ')
    if (escapedPoint === undefined || lineType === undefined) continue
    const point = escapedPoint.replace(/\\([0-7]{3})/g, (_, octal: string) =>
      String.fromCharCode(Number.parseInt(octal, 8)),
    )
    const contains = point === '/' || path === point || path.startsWith(`${point}/`)
    if (contains && point.length >= longest) {
      longest = point.length
      type = lineType
    }
  }
  return type
}

/** Name of the network file system, or undefined when it is a local one or not known. */
export function networkFilesystem(found: {
  type?: string | undefined
  magic?: number | undefined
}): string | undefined {
  if (found.type !== undefined) return NETWORK_FILESYSTEMS.has(found.type) ? found.type : undefined
  // statfs gives a signed number on some platforms.
  return found.magic === undefined ? undefined : NETWORK_MAGICS.get(found.magic >>> 0)
}
