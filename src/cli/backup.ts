/** Backups: of the running server over its API, else of the data directory that nobody holds. */
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import type { ShownBackup, ShownBackupJob } from '../api/index.ts'
import { backupSettings, parseConfig, programVersion } from '../app/index.ts'
import {
  assertNoRestoreUnderWay,
  bytesOf,
  duplicateBackup,
  type ListedBackup,
  listBackups,
  makeBackup,
  problemsAt,
  systemDisk,
} from '../backup/index.ts'
import { systemClock } from '../ports/index.ts'
import { GateError, type HeldDataDirectory, holdDataDirectory } from '../state/index.ts'
import { CliError, EXIT, print, printJson, table } from './output.ts'
import { cancelledBySignal, formatBytes, Meter } from './progress.ts'
import { findServer, type ServerHandle, type ServerOptions } from './server.ts'

export type BackupOptions = ServerOptions & { readonly json?: boolean; readonly to?: string }

/** Between two looks at the server's work, in milliseconds. */
const LOOK_MS = 250
const HELD = 22

interface Listing {
  readonly folder: string
  readonly backups: readonly ShownBackup[]
  readonly job: ShownBackupJob | null
}

/** Makes one. */
export async function backupCommand(options: BackupOptions): Promise<void> {
  const held = holdIfStopped(options)
  const made = held === undefined ? await byServer(findServer(options), options) : await byFiles(held, options)
  const copiedTo = options.to === undefined ? null : await copyTo(made, options.to)
  if (options.json === true) return printJson({ ...made, copiedTo })
  print(`${made.name}: ${formatBytes(made.bytes)}, read back and sound.`)
  print(`  ${copiedTo ?? join(made.folder, made.name)}`)
  print('Keep the file `secrets` of the data directory, too, and apart from it: no key is in a backup.')
}

export async function backupListCommand(options: BackupOptions): Promise<void> {
  const { folder, backups } = await listing(options)
  if (options.json === true) return printJson({ folder, backups })
  if (backups.length === 0) return print(`No backup is in ${folder} yet. Make one: grapevine backup`)
  const rows = backups.map((each) => [
    each.name,
    each.bytes === null ? '' : formatBytes(each.bytes),
    each.cause ?? '',
    each.check === null ? 'not checked' : each.check.problems.length === 0 ? 'sound' : 'NOT SOUND',
    each.check?.problems.join(' ') || `checked ${each.check?.at ?? ''}`,
  ])
  print(table(['backup', 'size', 'asked for by', 'is', 'because'], rows))
}

/** Reads all of one: a name of the folder of backups, or a path. Ends with code 1 when it is not sound. */
export async function backupVerifyCommand(name: string, options: BackupOptions): Promise<void> {
  const directory = await backupAt(name, options)
  const meter = new Meter(options.json === true)
  using cancel = cancelledBySignal()
  const problems = await problemsAt(directory, { signal: cancel.signal, onProgress: meter.show })
  meter.end()
  if (problems.length > 0) process.exitCode = EXIT.failed
  if (options.json === true) return printJson({ directory, sound: problems.length === 0, problems })
  print(problems.length === 0 ? `${directory} is sound.` : `${directory} is NOT SOUND.`)
  for (const problem of problems) print(`  ${problem}`)
}

/** @throws CliError where there is no such folder */
export async function backupAt(name: string, options: ServerOptions): Promise<string> {
  const candidates = [resolve(name), join(settingsOf(options).folder, name)]
  const found = candidates.find((directory) => existsSync(join(directory, 'backup.json')))
  if (found !== undefined) return found
  throw new CliError(
    `there is no backup at ${candidates.join(' or ')}`,
    'Name one of `grapevine backup list`, or the path of its folder.',
  )
}

export function settingsOf(options: ServerOptions): ReturnType<typeof backupSettings> {
  const data = options.data === undefined ? {} : { GRAPEVINE_DATA: options.data }
  const config = parseConfig({ ...process.env, ...data })
  return backupSettings(config, resolve(config.GRAPEVINE_DATA))
}

/** Undefined where a server holds the directory, or another one is named. */
function holdIfStopped(options: BackupOptions): HeldDataDirectory | undefined {
  if (options.url !== undefined || process.env['GRAPEVINE_URL'] !== undefined) return undefined
  const { data } = settingsOf(options)
  if (!existsSync(data)) return undefined
  try {
    return holdDataDirectory({ path: data, networkFilesystemAllowed: true })
  } catch (error) {
    if (error instanceof GateError && error.exitCode === HELD) return undefined
    throw error
  }
}

interface Made {
  readonly name: string
  readonly folder: string
  readonly bytes: number
}

async function byFiles(held: HeldDataDirectory, options: BackupOptions): Promise<Made> {
  const { data, folder, unavailable } = settingsOf(options)
  const meter = new Meter(options.json === true)
  using cancel = cancelledBySignal()
  try {
    if (unavailable !== null) throw new CliError('no backup is made', unavailable)
    assertNoRestoreUnderWay(data)
    if (!existsSync(join(data, 'state.db')))
      throw new CliError(`there is nothing in ${data} to back up`, 'Name the data directory with --data.')
    const manifest = await makeBackup({
      data,
      folder,
      cause: 'command',
      version: programVersion(),
      atMs: systemClock.nowMs(),
      clock: systemClock,
      disk: systemDisk,
      signal: cancel.signal,
      onProgress: meter.show,
    })
    return { name: manifest.name, folder, bytes: bytesOf(manifest) }
  } finally {
    meter.end()
    held.release()
  }
}

/** Ctrl-C ends the backup, too. */
async function byServer(server: ServerHandle, options: BackupOptions): Promise<Made> {
  const { job: begun } = (await server.call('POST', '/api/backups')) as unknown as { job: ShownBackupJob }
  const meter = new Meter(options.json === true)
  using cancel = cancelledBySignal()
  let isCancelSent = false
  for (;;) {
    const { folder, backups, job } = (await server.call('GET', '/api/backups')) as unknown as Listing
    const isOurs = job?.name === begun.name && job.kind === 'backup'
    if (isOurs && job.state === 'RUNNING') {
      meter.show(job.phase, job.doneBytes, job.totalBytes ?? 0)
      if (cancel.signal.aborted && !isCancelSent) {
        isCancelSent = true
        await server.call('POST', '/api/backups/cancel')
      }
      await wait(LOOK_MS)
      continue
    }
    meter.end()
    if (isOurs && job.state === 'CANCELLED') throw new CliError('the backup was cancelled', 'Nothing is left of it.')
    if (isOurs && job.state === 'FAILED')
      throw new CliError(`the backup failed: ${job.problem}`, 'Mend that and make another: `grapevine backup`.')
    const bytes = backups.find(({ name }) => name === begun.name)?.bytes
    if (bytes != null) return { name: begun.name, folder, bytes }
    throw new CliError('the backup is not there any more', 'See `grapevine backup list`.')
  }
}

async function listing(options: BackupOptions): Promise<Pick<Listing, 'folder' | 'backups'>> {
  const held = holdIfStopped(options)
  if (held === undefined) return (await findServer(options).call('GET', '/api/backups')) as unknown as Listing
  held.release()
  const { folder } = settingsOf(options)
  return { folder, backups: (await listBackups(folder)).map(shown) }
}

const shown = ({ name, manifest, check }: ListedBackup): ShownBackup => ({
  name,
  at: manifest && new Date(manifest.atMs).toISOString(),
  bytes: manifest && bytesOf(manifest),
  seconds: manifest && (manifest.endedAtMs - manifest.atMs) / 1_000,
  cause: manifest?.cause ?? null,
  version: manifest?.version ?? null,
  logEnd: manifest?.log.end ?? null,
  check: check && { at: check.atMs === 0 ? null : new Date(check.atMs).toISOString(), problems: [...check.problems] },
})

/** @throws CliError when it is not sound there */
async function copyTo({ folder, name }: Made, to: string): Promise<string> {
  if (!existsSync(join(folder, name)))
    throw new CliError(`${join(folder, name)} is not on this machine`, 'Run this where the server runs, or copy it.')
  const problems = await duplicateBackup(folder, name, { to: resolve(to), clock: systemClock })
  if (problems.length === 0) return join(resolve(to), name)
  throw new CliError(`the copy in ${resolve(to)} is not sound: ${problems.join(' ')}`, 'Copy it to another disk.')
}
