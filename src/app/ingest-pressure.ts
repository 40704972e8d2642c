/**
 * How busy the thread is that acknowledges events, told to the pipeline without messages: under pressure what is
 * acknowledged comes first, and the pipeline takes longer steps less often until the peak is over. Where there are
 * processors enough it never is.
 */
import { availableParallelism } from 'node:os'
import { type EventLoopUtilization, performance } from 'node:perf_hooks'

/** How often the pressure is measured, in milliseconds. */
const LOOK_MS = 100
/** With this many processors there is one for each thread, and nobody has to step back. */
const ENOUGH_PROCESSORS = 4
/** Share of its time that the thread spends working from which it counts as busy. */
const BUSY = 0.85

export class IngestPressure {
  /** Give this to another thread and wrap it with `new IngestPressure(memory)` there. */
  readonly memory: SharedArrayBuffer
  readonly #isBusy: Int32Array

  constructor(memory: SharedArrayBuffer = new SharedArrayBuffer(4)) {
    this.memory = memory
    this.#isBusy = new Int32Array(memory)
  }

  isHigh(): boolean {
    return Atomics.load(this.#isBusy, 0) === 1
  }

  /** Measures the calling thread until the returned function is called. */
  measure(): () => void {
    if (availableParallelism() >= ENOUGH_PROCESSORS) return () => {}
    let before: EventLoopUtilization = performance.eventLoopUtilization()
    const timer = setInterval(() => {
      const now = performance.eventLoopUtilization()
      Atomics.store(this.#isBusy, 0, performance.eventLoopUtilization(now, before).utilization > BUSY ? 1 : 0)
      before = now
    }, LOOK_MS)
    timer.unref()
    return () => clearInterval(timer)
  }
}
