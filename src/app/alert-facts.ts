/** Gathers what alerts are worked out from. */
import { statfs } from 'node:fs/promises'
import type { AlertFacts } from '../api/index.ts'
import { type AccountState, balance } from '../connections/index.ts'
import type { LogReader } from '../log/index.ts'
import type { PipelineState } from '../state/index.ts'
import type { ConfigSnapshot } from '../workspace/index.ts'

export interface AlertSources {
  readonly directory: string
  readonly config: () => ConfigSnapshot
  readonly states: () => Promise<Readonly<Record<string, AccountState>>>
  readonly state: Pick<PipelineState, 'open' | 'tally'>
  readonly log: { readonly reader: Pick<LogReader, 'read'>; logBytes(): number }
  readonly logBytesMax: number
  readonly nowMs: () => number
}

export async function alertFacts(sources: AlertSources): Promise<AlertFacts> {
  const { directory, config, states, state, log, logBytesMax, nowMs } = sources
  const known = await states()
  const { counts, pending } = await state.tally()
  const destinations = await Promise.all(
    Array.from(config().destinations.values(), async (instance) => ({
      instance,
      state: known[instance.id] ?? { account: instance.number, hold: null, breakerOpenSinceMs: null },
      oldestWaitingMs: await oldestWaitingMs(sources, instance.number),
    })),
  )
  return {
    nowMs: nowMs(),
    destinations,
    logBytes: log.logBytes(),
    logBytesMax,
    diskFreeBytes: await diskFreeBytes(directory),
    addsUp: balance(counts, pending).holds,
  }
}

export async function diskFreeBytes(directory: string): Promise<number> {
  const { bavail, bsize } = await statfs(directory)
  return bavail * bsize
}

/** Null too where the log has the event no longer: then it is a dead letter's replay. */
async function oldestWaitingMs(
  { state, log: { reader } }: Pick<AlertSources, 'state' | 'log'>,
  instance: number,
): Promise<number | null> {
  const after = { position: 0, route: Number.MIN_SAFE_INTEGER }
  const [oldest] = await state.open({ instance, after, limit: 1 })
  const record = oldest && reader.read(oldest.position - 1, 1)[0]
  if (record === undefined || record.position !== oldest?.position) return null
  const { receivedAt, requestedAtMs } = JSON.parse(record.body)
  return typeof receivedAt === 'string' ? Date.parse(receivedAt) : (requestedAtMs ?? null)
}
