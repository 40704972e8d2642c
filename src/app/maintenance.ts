/** What has to be thrown away now and then, a little at a time. */
import type { Logger } from '../observe/index.ts'
import type { Clock, Timer } from '../ports/index.ts'
import type { PipelineState } from '../state/index.ts'

const MS_PER_DAY = 86_400_000
/** Between two rounds, in milliseconds, and between two steps of one. */
const ROUND_MS = 60_000
const STEP_MS = 100
/** Rows removed in one step: a few milliseconds of the pipeline's thread. */
const STEP_ROWS = 1_000

export interface MaintenanceOptions {
  readonly state: Pick<PipelineState, 'forget' | 'volume'>
  /** Of requests that were made once, those that are too old. */
  forgetKeys(nowMs: number): Promise<void>
  readonly clock: Clock
  readonly logger: Logger
  readonly dedupDays: number
  readonly deliveredDays: number
}

/** Begins after a minute; the answer stops it. */
export function maintain(options: MaintenanceOptions): () => void {
  const { state, clock, logger, dedupDays, deliveredDays } = options
  let timer: Timer | undefined
  let isStopped = false
  const again = (delayMs: number) => {
    if (!isStopped) timer = clock.after(delayMs, () => void step())
  }
  const step = async () => {
    const nowMs = clock.nowMs()
    try {
      const { more } = await state.forget({
        dedupBeforeDay: Math.floor(nowMs / MS_PER_DAY) - dedupDays,
        deliveredBeforeMs: nowMs - deliveredDays * MS_PER_DAY,
        limit: STEP_ROWS,
      })
      const volume = await state.volume.forget({ nowMs, limit: STEP_ROWS })
      await options.forgetKeys(nowMs)
      again(more || volume.more ? STEP_MS : ROUND_MS)
    } catch (error) {
      logger.warn('maintenance failed and will be tried again', { error: String(error) })
      again(ROUND_MS)
    }
  }
  again(ROUND_MS)
  return () => {
    isStopped = true
    timer?.cancel()
  }
}
