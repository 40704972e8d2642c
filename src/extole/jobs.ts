import type { Clock } from '../ports/index.ts'

/** A piece of background work. Answers whether there is more to do; it may not wait. */
export type JobStep = () => boolean

/**
 * Runs long work in short steps on the one thread, each job in turn, so that requests are answered in between.
 * A step that throws ends its job: the job itself notes the failure.
 */
export interface Jobs {
  start(step: JobStep, delayMs?: number): void
  /** Nothing runs after this. */
  stop(): void
}

export function jobRunner(clock: Clock): Jobs {
  const waiting: JobStep[] = []
  let isRunning = false
  let isStopped = false

  function turn(): void {
    isRunning = false
    if (isStopped) return
    const step = waiting.shift()
    if (step === undefined) return
    if (step()) waiting.push(step)
    schedule()
  }

  function schedule(): void {
    if (isRunning || waiting.length === 0) return
    isRunning = true
    void clock.turn().then(turn)
  }

  return {
    start(step, delayMs = 0) {
      clock.after(delayMs, () => {
        if (isStopped) return
        waiting.push(step)
        schedule()
      })
    },
    stop() {
      isStopped = true
    },
  }
}
