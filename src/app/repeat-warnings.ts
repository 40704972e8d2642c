import type { Logger } from '../observe/index.ts'
import type { Clock, Timer } from '../ports/index.ts'

/** From one reminder to the next, in milliseconds. */
export const REMINDER_MS = 3_600_000

/** Says every hour what was overridden to let this process start, until the answer is called. `reliability.md` P15. */
export function repeatWarnings(options: {
  readonly warnings: readonly string[]
  readonly clock: Pick<Clock, 'after'>
  readonly logger: Pick<Logger, 'warn'>
}): () => void {
  const { warnings, clock, logger } = options
  let timer: Timer | undefined
  const wait = () => {
    timer = clock.after(REMINDER_MS, () => {
      for (const warning of warnings) logger.warn('started with an override', { warning })
      wait()
    })
  }
  if (warnings.length > 0) wait()
  return () => timer?.cancel()
}
