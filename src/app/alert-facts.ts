/** Gathers what alerts are worked out from. */
import { statfs } from 'node:fs/promises'
import { type AlertFacts, type Backups, DEAD_LETTERS_ALERT_MS, oldestWaitingMs } from '../api/index.ts'
import { type AccountState, balance } from '../connections/index.ts'
import type { LogReader } from '../log/index.ts'
import { type CountDelta, MINUTE_MS, type PipelineState } from '../state/index.ts'
import type { ConfigSnapshot } from '../workspace/index.ts'

export interface AlertSources {
  readonly directory: string
  readonly config: () => ConfigSnapshot
  readonly states: () => Promise<Readonly<Record<string, AccountState>>>
  readonly state: Pick<PipelineState, 'open' | 'counts' | 'tally' | 'volume'>
  readonly log: { readonly reader: Pick<LogReader, 'read'>; logBytes(): number }
  readonly logBytesMax: number
  readonly backups: Pick<Backups, 'failure' | 'schedule'>
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
    const counts = await state.counts()
    const dead =
      this.#dead === undefined ? await deadAtStart(state, counts, nowMs()) : countDead(this.#dead, counts, nowMs())
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
      backupFailure: this.#sources.backups.failure,
      backupOverdueSinceMs: this.#sources.backups.schedule?.overdueSinceMs ?? null,
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

/** By number of the instance: how many there are, and when they last became more, as far as that can still be an alert. */
type DeadLetters = ReadonlyMap<number, { readonly count: number; readonly newestMs: number | null }>

/**
 * At the first look, to which nothing can be compared: the counts over time say when the last came, also to a server that
 * stopped before it had looked. To the minute; looking through them costs too much to do it each time.
 */
async function deadAtStart(
  { volume }: Pick<PipelineState, 'volume'>,
  counts: readonly CountDelta[],
  nowMs: number,
): Promise<DeadLetters> {
  const series = await volume.series({ scope: 'destination', facts: ['dead'] })
  const instanceOf = new Map(series.map(({ number, id }) => [number, Number(id)]))
  const fromMs = Math.floor((nowMs - DEAD_LETTERS_ALERT_MS) / MINUTE_MS) * MINUTE_MS
  const toMs = Math.floor(nowMs / MINUTE_MS + 1) * MINUTE_MS
  const minutes = { unit: 'minute', unitsOfPoint: 1, fromMs, toMs } as const
  const newest = new Map<number, number>()
  for (const point of await volume.points({ ...minutes, series: [...instanceOf.keys()] })) {
    const instance = instanceOf.get(point.series) ?? 0
    newest.set(instance, Math.max(newest.get(instance) ?? 0, point.atMs))
  }
  return new Map(deadIn(counts).map(({ number, count }) => [number, { count, newestMs: newest.get(number) ?? null }]))
}

/** Those that are more than at the look before came now. Pure. */
export function countDead(before: DeadLetters, counts: readonly CountDelta[], nowMs: number): DeadLetters {
  return new Map(
    deadIn(counts).map(({ number, count }) => {
      const known = before.get(number)
      return [number, { count, newestMs: count > (known?.count ?? 0) ? nowMs : (known?.newestMs ?? null) }]
    }),
  )
}

const deadIn = (counts: readonly CountDelta[]) =>
  counts
    .filter(({ scope, name }) => scope === 'destination' && name === 'dead')
    .map(({ id, by }) => ({ number: Number(id), count: by }))

export async function diskFreeBytes(directory: string): Promise<number> {
  const { bavail, bsize } = await statfs(directory)
  return bavail * bsize
}
