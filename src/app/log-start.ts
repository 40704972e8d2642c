import type { LogReader } from '../log/index.ts'

/** Read at once where nearly all of the log is commands. */
const PAGE_RECORDS_MAX = 1_000

/** When the oldest record of the log arrived, Unix milliseconds; undefined where it has none. */
export function logStartMs(log: Pick<LogReader, 'start' | 'read'>): number | undefined {
  // Nearly always the first one says it. Each change of an audience asks, and ingest has the same thread.
  let limit = 1
  for (let after = log.start() - 1; ; limit = Math.min(limit * 10, PAGE_RECORDS_MAX)) {
    const records = log.read(after, limit)
    const last = records.at(-1)
    if (last === undefined) return undefined
    // Commands do not say when they came.
    const oldest = records.find(({ kind }) => kind !== 'command')
    if (oldest !== undefined) return Date.parse((JSON.parse(oldest.body) as { receivedAt: string }).receivedAt)
    after = last.position
  }
}
