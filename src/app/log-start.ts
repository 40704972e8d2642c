import type { LogReader } from '../log/index.ts'

const PAGE_RECORDS = 1_000

/** When the oldest record of the log arrived, Unix milliseconds; undefined where it has none. */
export function logStartMs(log: Pick<LogReader, 'start' | 'read'>): number | undefined {
  for (let after = log.start() - 1; ; ) {
    const records = log.read(after, PAGE_RECORDS)
    const last = records.at(-1)
    if (last === undefined) return undefined
    // Commands do not say when they came.
    const oldest = records.find(({ kind }) => kind !== 'command')
    if (oldest !== undefined) return Date.parse((JSON.parse(oldest.body) as { receivedAt: string }).receivedAt)
    after = last.position
  }
}
