/**
 * Which of the latest records came under a messageId: what was not accepted has no row anywhere. Each record is read once,
 * however many ask: reading all of them for every question would hold up ingest, which has the same thread.
 */
import { hash } from 'node:crypto'
import type { LogReader } from '../log/index.ts'
import type { Clock } from '../ports/index.ts'
import type { NormalisedEvent, RejectedReport } from '../spec/index.ts'

/** Records known, from the end of the log. */
export const LATEST_RECORDS_MAX = 20_000
/** Records known of one messageId, the latest. */
export const LATEST_OF_ONE_MAX = 100
/** Records read in one go: about a millisecond. */
const PAGE = 100
/** Characters. Longer ones, which are refused, are known by their hash. */
const ID_CHARS_MAX = 100

/** A sample may be cut off: it is JSON up to there. */
const MESSAGE_ID = /"messageId":("(?:[^"\\]|\\.)*")/

export class LatestMessages {
  readonly #log: Pick<LogReader, 'end' | 'read'>
  readonly #clock: Pick<Clock, 'turn'>
  /** By position, oldest first. */
  readonly #keysOf = new Map<number, readonly string[]>()
  /** By key, oldest first. */
  readonly #positionsOf = new Map<string, number[]>()
  #readTo = 0
  #reading: Promise<void> | undefined

  constructor(log: Pick<LogReader, 'end' | 'read'>, clock: Pick<Clock, 'turn'>) {
    this.#log = log
    this.#clock = clock
  }

  /** Positions of records that came under this messageId, of the latest that are durable now, oldest first. */
  async positionsOf(messageId: string): Promise<readonly number[]> {
    const end = this.#log.end()
    while (this.#readTo < end) {
      this.#reading ??= this.#readOn().finally(() => {
        this.#reading = undefined
      })
      await this.#reading
    }
    return [...(this.#positionsOf.get(keyOf(messageId)) ?? [])]
  }

  async #readOn(): Promise<void> {
    const end = this.#log.end()
    const before = Math.max(0, end - LATEST_RECORDS_MAX)
    if (this.#readTo < before) {
      this.#keysOf.clear()
      this.#positionsOf.clear()
      this.#readTo = before
    }
    while (this.#readTo < end) {
      const records = this.#log.read(this.#readTo, PAGE)
      for (const { kind, position, body } of records) {
        if (kind === 'event') this.#note(position, [messageIdOf(body)])
        else if (kind === 'rejected') this.#note(position, refusedIds(JSON.parse(body)))
      }
      this.#readTo = records.at(-1)?.position ?? end
      this.#forget(this.#readTo - LATEST_RECORDS_MAX)
      await this.#clock.turn()
    }
  }

  #note(position: number, ids: readonly string[]): void {
    if (ids.length === 0) return
    const keys = [...new Set(ids.map(keyOf))]
    this.#keysOf.set(position, keys)
    for (const key of keys) {
      const positions = this.#positionsOf.get(key)
      if (positions === undefined) this.#positionsOf.set(key, [position])
      else if (positions.push(position) > LATEST_OF_ONE_MAX) positions.shift()
    }
  }

  /** Up to this position. */
  #forget(to: number): void {
    for (const [position, keys] of this.#keysOf) {
      if (position > to) return
      this.#keysOf.delete(position)
      for (const key of keys) {
        const positions = this.#positionsOf.get(key)
        if (positions?.[0] === position) positions.shift()
        if (positions?.length === 0) this.#positionsOf.delete(key)
      }
    }
  }
}

const KEY = '"messageId":'
/** One that JSON writes as it is. */
const PLAIN_ID = /"([^"\\]*)"/y

/**
 * Of an event as it is kept. A key that is there once is the event's own, for in a string its quotes would be escaped: the
 * rest, which can be 32 kB, need not be parsed.
 */
export function messageIdOf(body: string): string {
  const at = body.indexOf(KEY)
  if (at !== -1 && body.indexOf(KEY, at + 1) === -1) {
    PLAIN_ID.lastIndex = at + KEY.length
    const plain = PLAIN_ID.exec(body)?.[1]
    if (plain !== undefined) return plain
  }
  return (JSON.parse(body) as NormalisedEvent).messageId
}

const keyOf = (messageId: string) =>
  messageId.length > ID_CHARS_MAX ? `sha256:${hash('sha256', messageId)}` : messageId

/** Of the samples that the report keeps. */
function refusedIds({ samples }: RejectedReport): string[] {
  return samples.flatMap(({ event }) => {
    const id = MESSAGE_ID.exec(event)?.[1]
    return id === undefined ? [] : [JSON.parse(id) as string]
  })
}
