/**
 * The last thing that went wrong with backups and was not done well since. It is kept in the data directory, and not
 * beside the backups: their disk may be what went wrong.
 */
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { replaceFile } from '../state/index.ts'

const FAILURE_FILE = 'backup-failure.json'

export interface BackupFailure {
  /** Unix milliseconds. */
  readonly atMs: number
  readonly message: string
}

/** Null where all went well. @throws Error where it cannot be read */
export function readFailure(data: string): BackupFailure | null {
  const file = join(data, FAILURE_FILE)
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as BackupFailure) : null
}

/** Durable when it returns; null forgets it. @throws Error of the disk */
export function writeFailure(data: string, failure: BackupFailure | null): void {
  const file = join(data, FAILURE_FILE)
  if (failure === null) rmSync(file, { force: true })
  else replaceFile(file, `${JSON.stringify(failure)}\n`)
}
