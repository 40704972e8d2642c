/** Reads the log's segments, each over a read-only connection of its own. Usable in any thread. */
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { kindOfCode } from '../frame.ts'
import type { LogReader, StoredRecord } from '../log.ts'
import type { EndSignal } from '../signal.ts'
import { listSegments, openSegmentForReading, segmentFile } from './segment.ts'

/** Most records one `read` returns: every statement is run to its end, so that the log can be checkpointed. */
export const READ_RECORDS_MAX = 1_000
/** A `read` also ends with the record that makes it this many characters, so that a page fits into memory. */
export const READ_CHARS_MAX = 4 * 1024 ** 2

interface OpenSegment {
  readonly first: number
  readonly db: DatabaseSync
  readonly page: StatementSync
}

interface Row {
  readonly position: number
  readonly kind: number
  readonly source: string
  readonly body: string
}

export class SqliteLogReader implements LogReader {
  readonly #directory: string
  readonly #end: EndSignal
  #segments: readonly number[] = []
  readonly #open = new Map<number, OpenSegment>()

  constructor(options: { directory: string; end: EndSignal }) {
    this.#directory = options.directory
    this.#end = options.end
  }

  end(): number {
    return this.#end.end()
  }

  start(): number {
    this.#refresh()
    for (const first of this.#segments) {
      const oldest = this.#segment(first).db.prepare('SELECT min(position) AS oldest FROM records').get()?.['oldest']
      if (typeof oldest === 'number') return oldest
    }
    return this.end() + 1
  }

  read(after: number, limit: number): readonly StoredRecord[] {
    const wanted = Math.min(limit, READ_RECORDS_MAX)
    if (after >= this.end()) return []
    const records = this.#readKnown(after, wanted)
    // Looking at the directory costs more than reading a record: only when a segment may have been added.
    if (records.length > 0 || !this.#refresh()) return records
    return this.#readKnown(after, wanted)
  }

  get(position: number): StoredRecord | undefined {
    const record = this.read(position - 1, 1)[0]
    return record?.position === position ? record : undefined
  }

  close(): void {
    for (const segment of this.#open.values()) segment.db.close()
    this.#open.clear()
  }

  #readKnown(after: number, wanted: number): StoredRecord[] {
    const records: StoredRecord[] = []
    let chars = 0
    let index = Math.max(
      this.#segments.findLastIndex((first) => first <= after + 1),
      0,
    )
    for (; index < this.#segments.length && records.length < wanted; index++) {
      const segment = this.#segment(this.#segments[index] as number)
      for (const row of segment.page.iterate(after, wanted - records.length)) {
        const record = toRecord(row as unknown as Row)
        records.push(record)
        chars += record.body.length
        if (chars >= READ_CHARS_MAX) return records
      }
    }
    return records
  }

  /** Looks which segments there are; true when that has changed. */
  #refresh(): boolean {
    const before = this.#segments
    this.#segments = listSegments(this.#directory)
    const kept = new Set(this.#segments)
    for (const [first, segment] of this.#open) {
      if (kept.has(first)) continue
      segment.db.close()
      this.#open.delete(first)
    }
    return before.length !== this.#segments.length || before.some((first, index) => first !== this.#segments[index])
  }

  #segment(first: number): OpenSegment {
    const known = this.#open.get(first)
    if (known !== undefined) return known
    const db = openSegmentForReading(segmentFile(this.#directory, first))
    const page = db.prepare(
      'SELECT position, kind, source, CAST(body AS TEXT) AS body FROM records WHERE position > ? ORDER BY position LIMIT ?',
    )
    const opened = { first, db, page }
    this.#open.set(first, opened)
    return opened
  }
}

function toRecord(row: Row): StoredRecord {
  return { position: row.position, kind: kindOfCode(row.kind), sourceId: row.source, body: row.body }
}
