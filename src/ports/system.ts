/** The adapters to the machine: the one file that may read the real clock and the real source of chance. */
import { randomBytes } from 'node:crypto'
import type { Clock } from './clock.ts'
import type { Random } from './random.ts'

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  after(delayMs, run) {
    const timeout = setTimeout(run, delayMs)
    timeout.unref()
    return { cancel: () => clearTimeout(timeout) }
  },
  turn: () => new Promise((resolve) => setImmediate(resolve)),
}

export const systemRandom: Random = {
  next: () => Math.random(),
  bytes: (count) => randomBytes(count),
}
