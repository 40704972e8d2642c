/** How long the oldest event of a destination has waited. */
import type { LogReader } from '../log/index.ts'
import type { PipelineState } from '../state/index.ts'

interface WaitingSources {
  readonly state: Pick<PipelineState, 'open'>
  readonly log: { readonly reader: Pick<LogReader, 'read'> }
}

/** Rows that are looked through for one that no replay has made pending. */
const OLDEST_ROWS = 100

/**
 * When it was received, Unix milliseconds; null when none waits. What a replay has made pending is as old as it is on
 * purpose, and does not count.
 */
export async function oldestWaitingMs(
  { state, log: { reader } }: WaitingSources,
  instance: number,
): Promise<number | null> {
  const after = { position: 0, route: Number.MIN_SAFE_INTEGER }
  let rows = await state.open({ instance, after, limit: 1 })
  if (rows[0]?.replay != null) rows = await state.open({ instance, after, limit: OLDEST_ROWS })
  const oldest = rows.find(({ replay }) => replay === null)
  const record = oldest && reader.read(oldest.position - 1, 1)[0]
  if (record === undefined || record.position !== oldest?.position) return null
  const { receivedAt, requestedAtMs } = JSON.parse(record.body)
  return typeof receivedAt === 'string' ? Date.parse(receivedAt) : (requestedAtMs ?? null)
}
