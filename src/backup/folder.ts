/**
 * The folder of backups: one folder each, named by its time. What is made or removed has another name until that is
 * done, so that a half of one is never taken for a backup.
 */
import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync } from 'node:fs'
import { readdir, readFile, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { replaceFile } from '../state/index.ts'
import { decodeManifest, isBackupName, MANIFEST_FILE, type Manifest } from './manifest.ts'

const MAKING = '.making-'
const REMOVING = '.removing-'
const CHECK_FILE = 'check.json'

/** What a look at all bytes of a backup found. */
export interface BackupCheck {
  /** Unix milliseconds; 0 where it was seen at a glance that it cannot be read. */
  readonly atMs: number
  /** Sentences; none where all is well. */
  readonly problems: readonly string[]
}

export interface ListedBackup {
  readonly name: string
  /** Null where it cannot be read: `check` says why. */
  readonly manifest: Manifest | null
  readonly check: BackupCheck | null
}

/** Newest first. A folder that is not there has none. */
export async function listBackups(folder: string): Promise<readonly ListedBackup[]> {
  const names = (await namesIn(folder)).filter(isBackupName).sort().reverse()
  return Promise.all(names.map((name) => listed(join(folder, name), name)))
}

async function listed(directory: string, name: string): Promise<ListedBackup> {
  try {
    const manifest = await readManifest(directory)
    return { name, manifest, check: await readCheck(directory) }
  } catch (error) {
    const problems = [error instanceof Error ? error.message : String(error)]
    return { name, manifest: null, check: { atMs: 0, problems } }
  }
}

/** @throws ManifestError, or Error where there is no such file */
export async function readManifest(directory: string): Promise<Manifest> {
  return decodeManifest(await readFile(join(directory, MANIFEST_FILE), 'utf8'))
}

/** Null where nobody has looked, or could write that down. */
async function readCheck(directory: string): Promise<BackupCheck | null> {
  try {
    return JSON.parse(await readFile(join(directory, CHECK_FILE), 'utf8')) as BackupCheck
  } catch {
    return null
  }
}

export function writeCheck(directory: string, check: BackupCheck): void {
  replaceFile(join(directory, CHECK_FILE), `${JSON.stringify(check)}\n`)
}

/** Made when absent, for its owner only; durable when it returns. */
export function ensureFolder(folder: string): void {
  const first = mkdirSync(folder, { recursive: true, mode: 0o700 })
  if (first !== undefined) syncFolder(dirname(first))
}

/** An empty folder to make a backup in. @returns its path, which is another until `endBackup` */
export function beginBackup(folder: string, name: string): string {
  const directory = join(folder, `${MAKING}${name}`)
  rmSync(directory, { recursive: true, force: true })
  mkdirSync(join(directory, 'log'), { recursive: true, mode: 0o700 })
  return directory
}

/** From now on it is one; durable when it returns. */
export function endBackup(folder: string, name: string): void {
  const directory = join(folder, `${MAKING}${name}`)
  for (const each of [join(directory, 'log'), directory]) syncFolder(each)
  renameSync(directory, join(folder, name))
  syncFolder(folder)
}

/** A large one takes a while, in which it is not listed any more. */
export async function removeBackup(folder: string, name: string): Promise<void> {
  const gone = join(folder, `${REMOVING}${name}`)
  await rename(join(folder, name), gone)
  // Before files go: no half of one comes back under its name.
  syncFolder(folder)
  await rm(gone, { recursive: true, force: true })
}

/** Removes what a process left behind that ended in the middle of it. @returns the names of those */
export async function sweepLeftovers(folder: string): Promise<readonly string[]> {
  const leftovers = (await namesIn(folder)).filter((name) => name.startsWith(MAKING) || name.startsWith(REMOVING))
  for (const name of leftovers) await rm(join(folder, name), { recursive: true, force: true })
  return leftovers
}

/** None where there is no such folder. */
async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}

export function syncFolder(directory: string): void {
  // Windows cannot open a directory, and writes its entries through.
  if (process.platform === 'win32') return
  const descriptor = openSync(directory, 'r')
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}
