/**
 * The embedded log: SQLite segments, one writing thread, group commit.
 *
 * Calls to `append` that arrive while a commit is under way form the next group, so the group grows with the load and a
 * lone event waits for one flush only. Nothing is held back on a timer.
 */
import { mkdirSync } from 'node:fs'
import { Worker } from 'node:worker_threads'
import type { Clock, Timer } from '../../ports/index.ts'
import { encodeFrame, frameBytes } from '../frame.ts'
import {
  type Appended,
  FOUND_MAX,
  LogError,
  type LogFailure,
  type LogFinder,
  type LogWriter,
  type NewRecord,
  type StoredRecord,
} from '../log.ts'
import { messageIdsOf } from '../message-ids.ts'
import { MessageIndex } from '../message-index.ts'
import { EndSignal } from '../signal.ts'
import { SqliteLogReader } from './reader.ts'
import type { FromWriter, ToWriter, WriterThreadData } from './writer-thread.ts'

export interface SqliteLogOptions {
  /** Made when absent, mode 0700. */
  readonly directory: string
  readonly clock: Clock
  /** Default 1 GiB. */
  readonly segmentBytesMax?: number
  /** Default 64 GiB. */
  readonly logBytesMax?: number
  /** Bytes that may wait for a commit before `append` is refused as overloaded. Default 64 MiB. */
  readonly pendingBytesMax?: number
  /** How long an append may take, in milliseconds. Default 8,000 (reliability contract 4.1). */
  readonly commitTimeoutMs?: number
  /** Called once when the disk can no longer be trusted; the process should end with exit code 30. */
  readonly onFatal: (message: string) => void
}

export const SEGMENT_BYTES_MAX = 1024 ** 3
export const LOG_BYTES_MAX = 64 * 1024 ** 3
export const PENDING_BYTES_MAX = 64 * 1024 ** 2
export const COMMIT_TIMEOUT_MS = 8_000
/** A group takes append calls until it holds this many records or bytes. A larger single call is its own group. */
export const GROUP_RECORDS_MAX = 2_000
export const GROUP_BYTES_MAX = 2 * 1024 ** 2

/** Start failed; `exitCode` is one of the start-up gates' (reliability contract 6). */
export class LogOpenError extends Error {
  override readonly name = 'LogOpenError'
  readonly exitCode: number
  readonly nextStep =
    'Put the data directory on a healthy local disk; restore it from a backup if its files are damaged.'
  constructor(message: string, exitCode: number) {
    super(message)
    this.exitCode = exitCode
  }
}

interface Call {
  readonly records: readonly NewRecord[]
  readonly bytes: number
  readonly timer: Timer
  /** Set once answered: a call that timed out may still be committed. */
  settled: boolean
  readonly resolve: (appended: Appended) => void
  readonly reject: (error: LogError) => void
}

export class SqliteLog implements LogWriter, LogFinder, AsyncDisposable {
  readonly end: EndSignal
  /** Reads in this thread. Other threads make their own `SqliteLogReader` from `directory` and `end.memory`. */
  readonly reader: SqliteLogReader
  readonly directory: string
  readonly #options: SqliteLogOptions
  readonly #worker: Worker
  readonly #messages: MessageIndex
  #waiting: Call[] = []
  #inFlight: readonly Call[] = []
  #pendingBytes = 0
  #logBytes = 0
  #scheduled = false
  #broken: LogFailure | undefined
  #closed: (() => void) | undefined

  private constructor(options: SqliteLogOptions, worker: Worker, end: EndSignal, messages: MessageIndex) {
    this.#options = options
    this.directory = options.directory
    this.#worker = worker
    this.end = end
    this.#messages = messages
    this.reader = new SqliteLogReader({ directory: options.directory, end })
    worker.on('message', (message: FromWriter) => this.#onMessage(message))
    worker.on('error', (error) => this.#onFatal(`the log writer's thread failed: ${String(error)}`))
  }

  /** @throws LogOpenError */
  static async open(options: SqliteLogOptions): Promise<SqliteLog> {
    mkdirSync(options.directory, { recursive: true, mode: 0o700 })
    const end = new EndSignal()
    const messages = new MessageIndex()
    const data: WriterThreadData = {
      end: end.memory,
      messages: messages.memory,
      options: {
        directory: options.directory,
        segmentBytesMax: options.segmentBytesMax ?? SEGMENT_BYTES_MAX,
        logBytesMax: options.logBytesMax ?? LOG_BYTES_MAX,
      },
    }
    const worker = new Worker(new URL(`./writer-thread${import.meta.url.slice(-3)}`, import.meta.url), {
      workerData: data,
    })
    const first = await new Promise<FromWriter>((resolve, reject) => {
      worker.once('message', resolve)
      worker.once('error', reject)
    })
    if (first.kind === 'failed') throw new LogOpenError(first.message, first.exitCode)
    return new SqliteLog(options, worker, end, messages)
  }

  /** Bytes waiting for a commit. */
  pendingBytes(): number {
    return this.#pendingBytes
  }

  /** Bytes of the whole log on disk, as of the last commit. */
  logBytes(): number {
    return this.#logBytes
  }

  append(records: readonly NewRecord[]): Promise<Appended> {
    if (this.#broken !== undefined) return Promise.reject(new LogError(this.#broken, 'the log is closed'))
    if (records.length === 0) return Promise.reject(new LogError('unavailable', 'nothing to append'))
    const bytes = frameBytes(records)
    const { pendingBytesMax = PENDING_BYTES_MAX, commitTimeoutMs = COMMIT_TIMEOUT_MS } = this.#options
    if (this.#pendingBytes + bytes > pendingBytesMax) {
      return Promise.reject(new LogError('overloaded', 'too many bytes wait for a commit'))
    }
    this.#pendingBytes += bytes
    return new Promise((resolve, reject) => {
      const timer = this.#options.clock.after(commitTimeoutMs, () => {
        if (call.settled) return
        call.settled = true
        reject(new LogError('timeout', `no commit within ${commitTimeoutMs} ms`))
      })
      const call: Call = { records, bytes, timer, settled: false, resolve, reject }
      this.#waiting.push(call)
      this.#schedule()
    })
  }

  withMessageId(messageId: string): readonly StoredRecord[] {
    const found = new Map<number, StoredRecord>()
    for (const position of this.#messages.candidates(messageId)) {
      const record = found.has(position) ? undefined : this.reader.get(position)
      if (record === undefined || !messageIdsOf(record).includes(messageId)) continue
      found.set(position, record)
      if (found.size === FOUND_MAX) break
    }
    return [...found.values()].reverse()
  }

  /** Frees the disk space of segments that lie wholly before `position` and are older than `olderThanMs` (Unix ms). */
  trim(position: number, olderThanMs: number): void {
    if (this.#broken === undefined) this.#tell({ kind: 'trim', before: position, olderThanMs })
  }

  /** Waits for the appends under way, then closes the files. */
  async [Symbol.asyncDispose](): Promise<void> {
    while (this.#waiting.length > 0 || this.#inFlight.length > 0) await new Promise((done) => setImmediate(done))
    if (this.#broken !== undefined) return
    this.#broken = 'unavailable'
    await new Promise<void>((resolve) => {
      this.#closed = resolve
      this.#tell({ kind: 'close' })
    })
    this.reader.close()
    await this.#worker.terminate()
  }

  #tell(message: ToWriter): void {
    this.#worker.postMessage(message, message.kind === 'append' ? [message.frame] : [])
  }

  /** After this turn of the event loop, so that requests that were read together commit together. */
  #schedule(): void {
    if (this.#scheduled || this.#inFlight.length > 0) return
    this.#scheduled = true
    setImmediate(() => {
      this.#scheduled = false
      this.#sendGroup()
    })
  }

  #sendGroup(): void {
    if (this.#inFlight.length > 0 || this.#waiting.length === 0 || this.#broken !== undefined) return
    let count = 0
    let records = 0
    let bytes = 0
    for (const call of this.#waiting) {
      if (count > 0 && (records + call.records.length > GROUP_RECORDS_MAX || bytes + call.bytes > GROUP_BYTES_MAX))
        break
      count += 1
      records += call.records.length
      bytes += call.bytes
    }
    const group = this.#waiting.slice(0, count)
    this.#waiting = this.#waiting.slice(count)
    this.#inFlight = group
    this.#tell({ kind: 'append', frame: encodeFrame(group.map((call) => call.records)) })
  }

  #onMessage(message: FromWriter): void {
    if (message.kind === 'closed') this.#closed?.()
    if (message.kind !== 'appended') return
    this.#logBytes = message.logBytes
    const group = this.#inFlight
    this.#inFlight = []
    const { result } = message
    let position = result.ok ? result.firstPosition : 0
    for (const call of group) {
      this.#pendingBytes -= call.bytes
      call.timer.cancel()
      const firstPosition = position
      position += call.records.length
      if (call.settled) continue
      call.settled = true
      if (result.ok) call.resolve({ firstPosition, lastPosition: position - 1 })
      else call.reject(new LogError(result.failure, result.message))
    }
    if (!result.ok && result.fatal) this.#onFatal(result.message)
    else this.#sendGroup()
  }

  #onFatal(message: string): void {
    if (this.#broken !== undefined) return
    this.#broken = 'unavailable'
    for (const call of [...this.#inFlight, ...this.#waiting]) {
      call.timer.cancel()
      if (!call.settled) call.reject(new LogError('unavailable', message))
    }
    this.#inFlight = []
    this.#waiting = []
    this.#options.onFatal(message)
  }
}
