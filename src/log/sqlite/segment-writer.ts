/**
 * The one writing connection of the log. Synchronous: it runs in a thread of its own, where a flush of 0.3 ms stops
 * nobody. A group is one transaction, so an append call is never half stored.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { decodeFrame, kindOfCode } from '../frame.ts'
import type { LogFailure } from '../log.ts'
import type { MessageIndex } from '../message-index.ts'
import {
  listSegments,
  openSegmentForReading,
  openSegmentForWriting,
  removeSegment,
  segmentBytes,
  segmentFile,
  segmentWrittenAtMs,
} from './segment.ts'

export interface SegmentWriterOptions {
  readonly directory: string
  /** A new segment is begun once the current one holds this many bytes. */
  readonly segmentBytesMax: number
  /** The log refuses to grow past this many bytes. */
  readonly logBytesMax: number
}

/** Records whose messageIds are known again after a start, the latest. */
export const MESSAGES_READ_MAX = 50_000

/** SQLite's result codes for a full disk and for failed I/O. */
const SQLITE_IOERR = 10
const SQLITE_CORRUPT = 11
const SQLITE_FULL = 13

export type WriteResult =
  | { readonly ok: true; readonly firstPosition: number; readonly lastPosition: number }
  | { readonly ok: false; readonly failure: LogFailure; readonly fatal: boolean; readonly message: string }

export class SegmentWriter {
  readonly #options: SegmentWriterOptions
  readonly #messages: MessageIndex
  #db: DatabaseSync
  #insert: StatementSync
  #segments: number[]
  #next: number
  /** Bytes in segments that are no longer written to. */
  #closedBytes = 0
  /** Bytes of bodies written to the current segment, an estimate that needs no look at the disk. */
  #currentBytes = 0

  constructor(options: SegmentWriterOptions, messages: MessageIndex) {
    this.#options = options
    this.#messages = messages
    this.#segments = listSegments(options.directory)
    if (this.#segments.length === 0) this.#segments.push(1)
    const current = this.#currentSegment()
    for (const first of this.#segments.slice(0, -1)) this.#closedBytes += segmentBytes(options.directory, first)
    this.#db = openSegmentForWriting(segmentFile(options.directory, current))
    this.#insert = prepareInsert(this.#db)
    this.#currentBytes = segmentBytes(options.directory, current)
    const last = this.#db.prepare('SELECT max(position) AS last FROM records').get()?.['last']
    this.#next = typeof last === 'number' ? last + 1 : current
    this.#noteLatest()
  }

  /** Position of the newest record, 0 when none was ever written. */
  end(): number {
    return this.#next - 1
  }

  /** Bytes the log takes on disk, about. */
  bytes(): number {
    return this.#closedBytes + this.#currentBytes
  }

  append(frame: ArrayBuffer): WriteResult {
    if (this.bytes() + frame.byteLength > this.#options.logBytesMax) {
      return { ok: false, failure: 'full', fatal: false, message: 'the log reached its size limit' }
    }
    const firstPosition = this.#next
    let position = firstPosition
    try {
      const isEmpty = this.#next === this.#currentSegment()
      if (!isEmpty && this.#currentBytes >= this.#options.segmentBytesMax) this.#roll()
      this.#db.exec('BEGIN IMMEDIATE')
      decodeFrame(frame, (kind, sourceId, body) => {
        this.#insert.run(position, kind, sourceId, body)
        this.#messages.note(position, kindOfCode(kind), body)
        position += 1
      })
      this.#db.exec('COMMIT')
    } catch (error) {
      return this.#failed(error)
    }
    this.#next = position
    this.#currentBytes += frame.byteLength
    return { ok: true, firstPosition, lastPosition: position - 1 }
  }

  /**
   * Unlinks, oldest first, every segment whose records all lie before `position` and that was last written to before
   * `olderThanMs`, Unix milliseconds. Never the current one.
   */
  trim(position: number, olderThanMs: number): void {
    for (;;) {
      const [first, next] = this.#segments
      if (first === undefined || next === undefined || next > position) return
      if (segmentWrittenAtMs(this.#options.directory, first) >= olderThanMs) return
      this.#segments.shift()
      this.#closedBytes -= segmentBytes(this.#options.directory, first)
      removeSegment(this.#options.directory, first)
    }
  }

  close(): void {
    this.#db.close()
  }

  #noteLatest(): void {
    const after = this.end() - MESSAGES_READ_MAX
    for (const [index, first] of this.#segments.entries()) {
      const next = this.#segments[index + 1]
      if (next !== undefined && next <= after + 1) continue
      using db = openSegmentForReading(segmentFile(this.#options.directory, first))
      const records = db.prepare('SELECT position, kind, body FROM records WHERE position > ? ORDER BY position')
      for (const row of records.iterate(after)) {
        const { position, kind, body } = row as unknown as { position: number; kind: number; body: Uint8Array }
        this.#messages.note(position, kindOfCode(kind), Buffer.from(body.buffer, body.byteOffset, body.byteLength))
      }
    }
  }

  #currentSegment(): number {
    return this.#segments.at(-1) as number
  }

  #roll(): void {
    const { directory } = this.#options
    const next = openSegmentForWriting(segmentFile(directory, this.#next))
    this.#db.close()
    this.#closedBytes += segmentBytes(directory, this.#currentSegment())
    this.#db = next
    this.#insert = prepareInsert(next)
    this.#segments.push(this.#next)
    this.#currentBytes = 0
  }

  /** A full disk ends the transaction by itself; a failed flush must never be tried again (reliability contract 3). */
  #failed(error: unknown): WriteResult {
    const code = (error as { errcode?: number }).errcode ?? 0
    const primary = code & 0xff
    try {
      if (this.#db.isTransaction) this.#db.exec('ROLLBACK')
    } catch {
      return { ok: false, failure: 'unavailable', fatal: true, message: String(error) }
    }
    const fatal = primary === SQLITE_IOERR || primary === SQLITE_CORRUPT
    return { ok: false, failure: primary === SQLITE_FULL ? 'full' : 'unavailable', fatal, message: String(error) }
  }
}

function prepareInsert(db: DatabaseSync): StatementSync {
  return db.prepare('INSERT INTO records (position, kind, source, body) VALUES (?, ?, ?, ?)')
}
