/** Where in the log a time is. */
import type { LogReader } from '../log/index.ts'

/** Records are in the order in which they arrived but for a turn of the clock, which is less. */
const DISORDER_MS = 86_400_000
/** Commands in a row that do not say when they came. */
const COMMANDS_MAX = 100

/**
 * A position after which everything is that arrived at a time or later; found by halving, in some tens of reads.
 * @param ms Unix milliseconds; minus infinity for all the log has
 */
export function positionBefore(log: Pick<LogReader, 'read' | 'start'>, ms: number, end: number): number {
  let first = Math.min(log.start() - 1, end)
  if (ms === Number.NEGATIVE_INFINITY) return first
  // Behind `first` it may have arrived in time; behind `last` it has.
  for (let last = end; last - first > 1; ) {
    const middle = Math.floor((first + last) / 2)
    const arrivedMs = arrivalAfter(log, middle)
    if (arrivedMs !== undefined && arrivedMs < ms - DISORDER_MS) first = middle
    else last = middle
  }
  return first
}

/** When the next record arrived that says so, Unix milliseconds. */
function arrivalAfter(log: Pick<LogReader, 'read'>, position: number): number | undefined {
  const said = log.read(position, COMMANDS_MAX).find(({ kind }) => kind !== 'command')
  return said && Date.parse((JSON.parse(said.body) as { receivedAt: string }).receivedAt)
}
