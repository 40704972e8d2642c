/**
 * One file of the embedded log: `<first position>.db`. A segment holds the positions from the number in its name up to
 * the next segment's. Rows are in a rowid table, so that an erased row leaves nothing behind in an index (S16).
 */
import { existsSync, readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

const SEGMENT_NAME = /^(\d+)\.db$/

/** How long a connection waits for another's lock, in milliseconds. */
const BUSY_TIMEOUT_MS = 5_000

/** First positions of the segments in `directory`, ascending. */
export function listSegments(directory: string): number[] {
  return readdirSync(directory)
    .flatMap((name) => {
      const match = SEGMENT_NAME.exec(name)
      return match ? [Number(match[1])] : []
    })
    .sort((a, b) => a - b)
}

export function segmentFile(directory: string, firstPosition: number): string {
  return join(directory, `${firstPosition}.db`)
}

/** Size of a segment with its write-ahead log, in bytes. */
export function segmentBytes(directory: string, firstPosition: number): number {
  const file = segmentFile(directory, firstPosition)
  return [file, `${file}-wal`].reduce((bytes, each) => bytes + (existsSync(each) ? statSync(each).size : 0), 0)
}

/** When a segment was last written to, Unix milliseconds. */
export function segmentWrittenAtMs(directory: string, firstPosition: number): number {
  return statSync(segmentFile(directory, firstPosition)).mtimeMs
}

export function removeSegment(directory: string, firstPosition: number): void {
  const file = segmentFile(directory, firstPosition)
  for (const each of [file, `${file}-wal`, `${file}-shm`]) rmSync(each, { force: true })
}

/** Thrown when the file system or SQLite will not give the promised durability (start-up gate 20). */
export class DurabilityError extends Error {
  override readonly name = 'DurabilityError'
  readonly exitCode = 20
}

export function openSegmentForWriting(file: string): DatabaseSync {
  const db = new DatabaseSync(file)
  db.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
    PRAGMA secure_delete = ON; PRAGMA wal_autocheckpoint = 4000;
    CREATE TABLE IF NOT EXISTS records
      (position INTEGER PRIMARY KEY, kind INTEGER NOT NULL, source TEXT NOT NULL, body BLOB NOT NULL) STRICT`)
  const journalMode = db.prepare('PRAGMA journal_mode').get()?.['journal_mode']
  const synchronous = db.prepare('PRAGMA synchronous').get()?.['synchronous']
  if (journalMode !== 'wal' || synchronous !== 2) {
    db.close()
    throw new DurabilityError(
      `${file}: journal_mode is ${journalMode} and synchronous is ${synchronous}, needed are wal and 2. ` +
        'Put the data directory on a local disk.',
    )
  }
  return db
}

export function openSegmentForReading(file: string): DatabaseSync {
  const db = new DatabaseSync(file, { readOnly: true })
  db.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`)
  return db
}
