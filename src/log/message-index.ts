/**
 * Where in the log the latest messageIds are, in memory that threads share: the writer notes each record as it writes it, and
 * who asks looks through all of it, a third of a millisecond for a million. It is no promise: what it answers is looked at in
 * the log, and a record that was not written, or is not there any more, is not found.
 */
import type { RecordKind } from './log.ts'
import { messageHash, visitMessageHashes } from './message-ids.ts'

/** Entries that are kept, the latest: one for each event, and for each sample of what was refused. 16 bytes each. */
export const MESSAGES_KNOWN_MAX = 1_000_000

const WORD_BYTES = 8

/** One thread notes; any may ask. */
export class MessageIndex {
  /** Give this to another thread and wrap it with `new MessageIndex(memory)` there. */
  readonly memory: SharedArrayBuffer
  /** How many entries were ever made: the next one takes this place, counted round. */
  readonly #made: Float64Array
  readonly #hashes: Float64Array
  readonly #positions: Float64Array

  constructor(memory = MessageIndex.memoryFor(MESSAGES_KNOWN_MAX)) {
    this.memory = memory
    const entries = (memory.byteLength / WORD_BYTES - 1) / 2
    this.#made = new Float64Array(memory, 0, 1)
    this.#hashes = new Float64Array(memory, WORD_BYTES, entries)
    this.#positions = new Float64Array(memory, WORD_BYTES * (1 + entries), entries)
  }

  static memoryFor(entries: number): SharedArrayBuffer {
    return new SharedArrayBuffer(WORD_BYTES * (1 + 2 * entries))
  }

  /** @param position larger than those noted before, or one that was noted and not written */
  note(position: number, kind: RecordKind, body: Buffer): void {
    visitMessageHashes(kind, body, (hash) => {
      const made = this.#made[0] as number
      const at = made % this.#hashes.length
      this.#hashes[at] = hash
      this.#positions[at] = position
      this.#made[0] = made + 1
    })
  }

  /** Positions of records that may have come under this messageId, newest first, some twice. */
  *candidates(messageId: string): Generator<number> {
    const hash = messageHash(messageId)
    const next = (this.#made[0] as number) % this.#hashes.length
    // Newest to the start of memory, and on from its end, round to where the next one goes.
    if (next > 0) yield* this.#backwards(hash, next - 1, 0)
    yield* this.#backwards(hash, this.#hashes.length - 1, next)
  }

  *#backwards(hash: number, from: number, to: number): Generator<number> {
    for (let at = from; at >= to; at -= 1) {
      at = this.#hashes.lastIndexOf(hash, at)
      if (at < to) return
      yield this.#positions[at] as number
    }
  }
}
