/**
 * What a backup says of itself. Pure. `backup.json` is the manifest and the SHA-256 of it, written in one way only: any
 * byte of it that is another is found.
 */
import { createHash } from 'node:crypto'

export const MANIFEST_FILE = 'backup.json'
/** Grows when a backup of an older program could be read wrongly. */
export const FORMAT = 1

export interface ManifestFile {
  /** `state.db`, or `log/<first position>.db`. */
  readonly path: string
  readonly bytes: number
  /** Hexadecimal. */
  readonly sha256: string
}

export interface Manifest {
  readonly format: number
  readonly name: string
  /** When the state was read, Unix milliseconds: what came later may be in the log, and is worked through again. */
  readonly atMs: number
  readonly endedAtMs: number
  /** Of the program that made it. */
  readonly version: string
  readonly cause: BackupCause
  /** Position up to which the state has worked through the log. */
  readonly offset: number
  /** Positions of the oldest and newest record; `end` is at least `offset`. */
  readonly log: { readonly start: number; readonly end: number }
  /** Migrations of the state, in the order in which they were applied. */
  readonly migrations: readonly string[]
  /** Name of the key that sealed its secrets. The key itself is in no backup. */
  readonly keyId: string
  readonly files: readonly ManifestFile[]
}

export const BACKUP_CAUSES = ['request', 'schedule', 'command'] as const
/** Somebody asked over the API, it was time, or the command made it of a server that was stopped. */
export type BackupCause = (typeof BACKUP_CAUSES)[number]

const NAME = /^\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ$/
const FILE = /^(state\.db|log\/\d{1,16}\.db)$/

export const isBackupName = (name: string): boolean => NAME.test(name)

/** A name that sorts by time and is a folder everywhere. */
export function backupName(atMs: number): string {
  return `${new Date(atMs).toISOString().slice(0, 19).replaceAll(':', '-')}Z`
}

export function encodeManifest(manifest: Manifest): string {
  return `${JSON.stringify({ sha256: hashOf(manifest), manifest }, null, 2)}\n`
}

/** It cannot be made or put back, or is not what it must be. */
export class BackupError extends Error {
  override readonly name = 'BackupError'
}

/** The text is no manifest that this program can read; the message says why. */
export class ManifestError extends Error {
  override readonly name = 'ManifestError'
}

/** @throws ManifestError */
export function decodeManifest(text: string): Manifest {
  let manifest: Manifest
  try {
    manifest = (JSON.parse(text) as { manifest: Manifest }).manifest
    if (!Number.isInteger(manifest.format)) throw new Error('it has no format')
  } catch (error) {
    throw new ManifestError(`${MANIFEST_FILE} is damaged: it is not what was written`, { cause: error })
  }
  if (manifest.format > FORMAT) {
    throw new ManifestError(
      `the backup has the format ${manifest.format} of a newer version: read it with that version`,
    )
  }
  if (encodeManifest(manifest) !== text) throw new ManifestError(`${MANIFEST_FILE} is damaged: its own hash is another`)
  const foreign = manifest.files.find(({ path }) => !FILE.test(path))
  if (foreign !== undefined)
    throw new ManifestError(`${MANIFEST_FILE} names ${foreign.path}, which is no part of a backup`)
  return manifest
}

export const bytesOf = ({ files }: Pick<Manifest, 'files'>): number => files.reduce((sum, { bytes }) => sum + bytes, 0)

const hashOf = (manifest: Manifest) => createHash('sha256').update(JSON.stringify(manifest)).digest('hex')
