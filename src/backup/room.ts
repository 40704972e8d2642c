/** Whether a disk has room: said before it is full, since a full one stops whoever else writes to it. */
import { statfsSync, statSync } from 'node:fs'
import { BackupError } from './manifest.ts'

/** A backup leaves so much free on the disk of the data, in bytes: without room there no event is acknowledged. */
export const RESERVE_BYTES = 256 * 1024 ** 2

export interface Disk {
  /** Bytes that may still be written where this directory is. */
  freeBytes(directory: string): number
  isSameDisk(one: string, other: string): boolean
}

export const systemDisk: Disk = {
  freeBytes(directory) {
    const { bavail, bsize } = statfsSync(directory)
    return bavail * bsize
  },
  isSameDisk: (one, other) => statSync(one).dev === statSync(other).dev,
}

/** @param keepBytes that have to be left @throws BackupError */
export function assertRoom(
  disk: Pick<Disk, 'freeBytes'>,
  directory: string,
  { neededBytes, keepBytes = 0 }: { readonly neededBytes: number; readonly keepBytes?: number },
): void {
  const free = disk.freeBytes(directory)
  if (free >= neededBytes + keepBytes) return
  const kept = keepBytes === 0 ? '' : `, of which ${megabytes(keepBytes)} have to stay free for events`
  throw new BackupError(
    `it needs ${megabytes(neededBytes)}, and the disk of ${directory} has ${megabytes(free)} left${kept}: free space there, or name another folder`,
  )
}

const FULL = new Set(['ENOSPC', 'EDQUOT'])
const SQLITE_IOERR = 10
const SQLITE_FULL = 13
/** With less left, in bytes, an error of the disk is put down to that. */
const NOTHING_LEFT_BYTES = 1024 ** 2

/** Whether there was no room, or no quota, in `directory` for what was to be written. SQLite says only sometimes that it was that. */
export function isDiskFull(error: unknown, disk: Pick<Disk, 'freeBytes'>, directory: string): boolean {
  const { code = '', errcode = 0 } = error as { readonly code?: string; readonly errcode?: number }
  if (FULL.has(code) || errcode === SQLITE_FULL) return true
  return (errcode & 0xff) === SQLITE_IOERR && disk.freeBytes(directory) < NOTHING_LEFT_BYTES
}

const megabytes = (bytes: number) => `${(bytes / 1024 ** 2).toFixed(1)} MiB`
