/** Gathers what alerts are worked out from. */
import { statfs } from 'node:fs/promises'
import { type AlertFacts, oldestWaitingMs } from '../api/index.ts'
import { type AccountState, balance } from '../connections/index.ts'
import type { LogReader } from '../log/index.ts'
import type { CountDelta, PipelineState } from '../state/index.ts'
import type { ConfigSnapshot } from '../workspace/index.ts'

export interface AlertSources {
  readonly directory: string
  readonly config: () => ConfigSnapshot
  readonly states: () => Promise<Readonly<Record<string, AccountState>>>
  readonly state: Pick<PipelineState, 'open' | 'counts' | 'tally'>
  readonly log: { readonly reader: Pick<LogReader, 'read'>; logBytes(): number }
  readonly logBytesMax: number
  readonly nowMs: () => number
  readonly monotonicMs: () => number
}

/** Counting all deliveries to see whether they add up costs more than the rest: done so often, in milliseconds. */
export const BALANCE_MS = 60_000

export class AlertFactsReader {
  readonly #sources: AlertSources
  #balance: { readonly atMs: number; readonly holds: boolean } | undefined
  #dead: DeadLetters | undefined

  constructor(sources: AlertSources) {
    this.#sources = sources
  }

  async read(): Promise<AlertFacts> {
    const { directory, config, states, state, log, logBytesMax, nowMs } = this.#sources
    const known = await states()
    const dead = countDead(this.#dead, await state.counts(), nowMs())
    this.#dead = dead
    const destinations = await Promise.all(
      Array.from(config().destinations.values(), async (instance) => ({
        instance,
        state: known[instance.id] ?? { account: instance.number, hold: null, breakerOpenSinceMs: null },
        oldestWaitingMs: await oldestWaitingMs(this.#sources, instance.number),
        deadLetters: dead.get(instance.number) ?? { count: 0, newestMs: null },
      })),
    )
    return {
      nowMs: nowMs(),
      destinations,
      logBytes: log.logBytes(),
      logBytesMax,
      diskFreeBytes: await diskFreeBytes(directory),
      addsUp: await this.#addsUp(),
    }
  }

  async #addsUp(): Promise<boolean> {
    const { state, monotonicMs } = this.#sources
    const atMs = monotonicMs()
    if (this.#balance === undefined || atMs - this.#balance.atMs >= BALANCE_MS) {
      const { counts, pending } = await state.tally()
      this.#balance = { atMs, holds: balance(counts, pending).holds }
    }
    return this.#balance.holds
  }
}

/** By number of the instance: how many there are, and when they were last seen to be more, null before that. */
type DeadLetters = ReadonlyMap<number, { readonly count: number; readonly newestMs: number | null }>

/** Those there were at the first look are not new. Pure. */
export function countDead(before: DeadLetters | undefined, counts: readonly CountDelta[], nowMs: number): DeadLetters {
  const dead = counts.filter(({ scope, name }) => scope === 'destination' && name === 'dead')
  return new Map(
    dead.map(({ id, by: count }) => {
      const known = before?.get(Number(id))
      const isMore = before !== undefined && count > (known?.count ?? 0)
      return [Number(id), { count, newestMs: isMore ? nowMs : (known?.newestMs ?? null) }]
    }),
  )
}

export async function diskFreeBytes(directory: string): Promise<number> {
  const { bavail, bsize } = await statfs(directory)
  return bavail * bsize
}
