/** What is done to a log that no process has open: a restored one is brought up to what was erased since. */
import type { DatabaseSync } from 'node:sqlite'
import { encodeFrame, kindCode } from '../frame.ts'
import type { Appended, NewRecord } from '../log.ts'
import { MessageIndex } from '../message-index.ts'
import { listSegments, openSegmentForReading, openSegmentForWriting, segmentFile } from './segment.ts'
import { SegmentWriter } from './segment-writer.ts'

/** Events of one person that are to go. */
export interface PersonRecords {
  /** The member of an event that names them. Events that have a `userId` are never an `anonymousId`'s. */
  readonly by: 'userId' | 'anonymousId'
  readonly id: string
  /** Dated before this, Unix milliseconds. */
  readonly beforeMs: number
}

/** Bodies of commands behind a position, in order. */
export function commandsAfter(
  directory: string,
  position: number,
): readonly { readonly position: number; readonly body: string }[] {
  const query = `SELECT position, CAST(body AS TEXT) AS body FROM records
    WHERE position > ? AND kind = ${kindCode('command')} ORDER BY position`
  return eachSegment(directory, openSegmentForReading, (db) => db.prepare(query).all(position)).map((row) => ({
    position: Number(row['position']),
    body: String(row['body']),
  }))
}

/** Deletes the events of people from all files. @returns how many there were */
export function eraseOffline(directory: string, people: readonly PersonRecords[]): number {
  if (people.length === 0) return 0
  const erased = eachSegment(directory, openSegmentForWriting, (db) => {
    db.exec('CREATE TEMP TABLE people (by TEXT NOT NULL, id TEXT NOT NULL, before TEXT NOT NULL)')
    const insert = db.prepare('INSERT INTO people (by, id, before) VALUES (?, ?, ?)')
    for (const { by, id, beforeMs } of people) insert.run(by, id, new Date(beforeMs).toISOString())
    db.exec('CREATE INDEX temp.people_id ON people (id)')
    const { changes } = db.prepare(ERASE).run()
    if (changes > 0) db.exec('VACUUM')
    db.exec('PRAGMA wal_checkpoint(TRUNCATE)')
    return [Number(changes)]
  })
  return erased.reduce((sum, count) => sum + count, 0)
}

/** The times of events are ISO 8601 with milliseconds, in UTC: they compare as texts. */
const ERASE = `DELETE FROM records WHERE position IN (
  SELECT e.position FROM (
    SELECT position, json_extract(text, '$.userId') AS user, json_extract(text, '$.anonymousId') AS device,
      json_extract(text, '$.timestamp') AS time
    FROM (SELECT position, CAST(body AS TEXT) AS text FROM records WHERE kind = ${kindCode('event')})
  ) AS e JOIN people p ON p.id = coalesce(e.user, e.device) AND p.by = iif(e.user IS NULL, 'anonymousId', 'userId')
  WHERE e.time < p.before)`

/** Appends to a log that holds at least one file. Durable when it returns. */
export function appendOffline(directory: string, records: readonly NewRecord[]): Appended {
  // Nobody asks here where a messageId is.
  const messages = new MessageIndex(MessageIndex.memoryFor(1))
  const limits = { segmentBytesMax: Number.MAX_SAFE_INTEGER, logBytesMax: Number.MAX_SAFE_INTEGER }
  const writer = new SegmentWriter({ directory, ...limits }, messages)
  try {
    const result = writer.append(encodeFrame([records]))
    if (!result.ok) throw new Error(`the log cannot be written: ${result.message}`)
    return result
  } finally {
    writer.close()
  }
}

function eachSegment<T>(directory: string, open: (file: string) => DatabaseSync, work: (db: DatabaseSync) => T[]): T[] {
  return listSegments(directory).flatMap((first) => {
    const db = open(segmentFile(directory, first))
    try {
      return work(db)
    } finally {
      db.close()
    }
  })
}
