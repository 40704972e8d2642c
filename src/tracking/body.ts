/** Reads bodies within limits of size, speed and memory. */
import type { IncomingMessage } from 'node:http'
import type { Clock } from '../ports/index.ts'

export type BodyOutcome =
  | { readonly kind: 'complete'; readonly bytes: Buffer }
  | { readonly kind: 'too_large' | 'too_slow' | 'overloaded' | 'client_left' | 'abandoned' }

export interface BodyLimits {
  readonly bodyGraceMs: number
  readonly bodyRateMin: number
  readonly checkIntervalMs: number
  readonly inFlightBytesMax: number
}

interface Reading {
  readonly startedMs: number
  bytes: number
  fail(kind: 'too_slow'): void
}

export class BodyReader {
  readonly #clock: Clock
  readonly #limits: BodyLimits
  readonly #readings = new Set<Reading>()
  #isWatching = false
  #heldBytes = 0

  constructor(clock: Clock, limits: BodyLimits) {
    this.#clock = clock
    this.#limits = limits
  }

  /** Bytes that were read and not given back with `release`. */
  get heldBytes(): number {
    return this.#heldBytes
  }

  release(bytes: number): void {
    this.#heldBytes -= bytes
  }

  /**
   * Calls `done` once. The bytes of a complete body stay counted until the caller releases `bytes.length` of them; in the
   * other cases nothing stays. Reading stops at the limit, with the rest left in the request. Whoever owns the connection
   * tells when the client has left.
   * @param nowMs monotonic
   * @returns gives the body up; without effect once `done` was called
   */
  read(
    request: IncomingMessage,
    bytesMax: number,
    nowMs: number,
    done: (outcome: BodyOutcome) => void,
  ): (why: 'client_left' | 'abandoned') => void {
    const announced = request.headers['content-length']
    if (announced !== undefined && Number(announced) > bytesMax) {
      done({ kind: 'too_large' })
      return () => {}
    }
    let first: Buffer | undefined
    let chunks: Buffer[] | undefined
    let isOver = false
    const finish = (outcome: BodyOutcome): void => {
      if (isOver) return
      isOver = true
      this.#readings.delete(reading)
      if (outcome.kind !== 'complete') this.#heldBytes -= reading.bytes
      request.off('data', onData)
      done(outcome)
    }
    const reading: Reading = {
      startedMs: nowMs,
      bytes: 0,
      fail: (kind) => finish({ kind }),
    }
    const onData = (chunk: Buffer): void => {
      reading.bytes += chunk.length
      this.#heldBytes += chunk.length
      if (reading.bytes > bytesMax) finish({ kind: 'too_large' })
      else if (this.#heldBytes > this.#limits.inFlightBytesMax) finish({ kind: 'overloaded' })
      else if (first === undefined) first = chunk
      else if (chunks === undefined) chunks = [first, chunk]
      else chunks.push(chunk)
    }
    request.on('data', onData)
    request.on('end', () => {
      finish({ kind: 'complete', bytes: chunks === undefined ? (first ?? EMPTY) : Buffer.concat(chunks) })
    })
    this.#readings.add(reading)
    this.#watch()
    return (kind) => finish({ kind })
  }

  /** One timer for all bodies, and none while there are none. */
  #watch(): void {
    if (this.#isWatching || this.#readings.size === 0) return
    this.#isWatching = true
    this.#clock.after(this.#limits.checkIntervalMs, () => {
      this.#isWatching = false
      const nowMs = this.#clock.monotonicMs()
      for (const reading of this.#readings) {
        const ageMs = nowMs - reading.startedMs
        if (ageMs > this.#limits.bodyGraceMs && reading.bytes * 1_000 < this.#limits.bodyRateMin * ageMs) {
          reading.fail('too_slow')
        }
      }
      this.#watch()
    })
  }
}

const EMPTY = Buffer.alloc(0)
