/** Keeps the log from growing for ever: what is old and needed by nobody goes, whole segments at a time. */
import type { SqliteLog } from '../log/index.ts'
import type { Logger } from '../observe/index.ts'
import type { Clock, Timer } from '../ports/index.ts'
import type { PipelineState } from '../state/index.ts'
import type { ConfigSnapshot } from '../workspace/index.ts'

const MS_PER_DAY = 86_400_000
const ROUND_MS = 60_000
/** More than there are destinations, of which each has one running replay at most. */
const REPLAYS_MAX = 10_000

export interface LogTrimOptions {
  readonly log: Pick<SqliteLog, 'trim'>
  readonly state: Pick<PipelineState, 'offset' | 'open' | 'replays'>
  readonly config: () => ConfigSnapshot
  readonly clock: Clock
  readonly logger: Logger
  readonly days: number
}

/** Trims every minute until the returned function is called. */
export function keepLogTrimmed(options: LogTrimOptions): () => void {
  const { clock, log, logger, days } = options
  let isStopped = false
  let timer: Timer | undefined
  const round = async () => {
    try {
      log.trim(await firstNeeded(options), clock.nowMs() - days * MS_PER_DAY)
    } catch (error) {
      logger.warn('the log was not trimmed and will be tried again', { error: String(error) })
    }
    if (!isStopped) timer = clock.after(ROUND_MS, () => void round())
  }
  timer = clock.after(ROUND_MS, () => void round())
  return () => {
    isStopped = true
    timer?.cancel()
  }
}

/** The oldest position that a consumer has still to read: what is not processed, not delivered, not replayed yet. */
export async function firstNeeded({ state, config }: Pick<LogTrimOptions, 'state' | 'config'>): Promise<number> {
  let first = (await state.offset()) + 1
  // Before the open ones: a cursor that moves in between leaves an open one behind.
  for (const { kind, isRead, cursor } of await state.replays({ state: 'running', limit: REPLAYS_MAX })) {
    if (kind === 'history' && !isRead) first = Math.min(first, cursor.position + 1)
  }
  for (const { number } of config().destinations.values()) {
    const after = { position: 0, route: Number.MIN_SAFE_INTEGER }
    const [oldest] = await state.open({ instance: number, after, limit: 1 })
    if (oldest !== undefined) first = Math.min(first, oldest.position)
  }
  return first
}
