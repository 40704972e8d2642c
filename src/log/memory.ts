/** The event log in memory, for what is thrown away with the process: `grapevine micro`. */
import {
  type Appended,
  FOUND_MAX,
  LogError,
  type LogFinder,
  type LogReader,
  type LogWriter,
  type NewRecord,
  type StoredRecord,
} from './log.ts'
import { messageIdsOf } from './message-ids.ts'
import { EndSignal } from './signal.ts'

/** Records in one answer of `read`, and characters of their bodies, as on disk. */
const READ_RECORDS_MAX = 1_000
const READ_CHARS_MAX = 4 * 1024 ** 2

export interface MemoryLogOptions {
  /** Characters of all bodies. A log that holds so many is full. */
  readonly charsMax: number
}

/** What it holds survives closing and not the process. */
export class MemoryLog implements LogWriter, LogFinder {
  readonly end = new EndSignal()
  readonly #records: StoredRecord[] = []
  readonly #charsMax: number
  #chars = 0
  /** Positions that `clear` used up. */
  #cleared = 0

  constructor({ charsMax }: MemoryLogOptions) {
    this.#charsMax = charsMax
  }

  async append(records: readonly NewRecord[]): Promise<Appended> {
    if (records.length === 0) throw new LogError('unavailable', 'there is nothing to append')
    const firstPosition = this.end.end() + 1
    const stored = records.map(({ kind, sourceId, body }, index) => ({
      kind,
      sourceId,
      body: Buffer.from(body).toString(),
      position: firstPosition + index,
    }))
    const chars = stored.reduce((sum, { body }) => sum + body.length, 0)
    if (this.#chars + chars > this.#charsMax) throw new LogError('full', 'the log in memory is full')
    this.#chars += chars
    for (const record of stored) this.#records.push(record)
    const lastPosition = firstPosition + records.length - 1
    this.end.publish(lastPosition)
    return { firstPosition, lastPosition }
  }

  withMessageId(messageId: string): readonly StoredRecord[] {
    return this.#records.filter((record) => messageIdsOf(record).includes(messageId)).slice(-FOUND_MAX)
  }

  /** Forgets every record. Positions go on. */
  clear(): void {
    this.#records.length = 0
    this.#chars = 0
    this.#cleared = this.end.end()
  }

  readonly reader: LogReader = {
    read: (after, limit) => {
      const page: StoredRecord[] = []
      let chars = 0
      const from = Math.max(0, after - this.#cleared)
      for (const record of this.#records.slice(from, from + Math.min(limit, READ_RECORDS_MAX))) {
        chars += record.body.length
        if (page.length > 0 && chars > READ_CHARS_MAX) break
        page.push(record)
      }
      return page
    },
    get: (position) => this.#records[position - this.#cleared - 1],
    end: () => this.end.end(),
    start: () => this.#cleared + 1,
  }
}
