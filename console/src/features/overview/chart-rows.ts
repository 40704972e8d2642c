/** From counts over time to the rows that charts and tables draw. Pure. */
import { reasonWords } from '../../shared/failure-words.ts'
import { count, duration } from '../../shared/format.ts'
import type { RangeName } from '../../shared/range.ts'
import { rangeCalled, timeLabel } from '../../shared/range.ts'

interface Latency {
  readonly p50Ms: number | null
  readonly p95Ms: number | null
}

export interface Counted {
  readonly received: readonly { readonly time: string; readonly count: number }[]
  readonly series: readonly {
    readonly time: string
    readonly delivered: number
    readonly dead: number
    readonly latency: Latency
  }[]
  /** Dead letters. */
  readonly failures: readonly ByReason[]
  /** Attempts that failed and are made again. */
  readonly retries: readonly ByReason[]
}

interface ByReason {
  readonly reason: string
  readonly total: number
  readonly series: readonly { readonly time: string; readonly count: number }[]
}

export interface ChartRow {
  /** As it stands at the axis. */
  readonly at: string
  readonly received: number
  readonly delivered: number
  readonly dead: number
  /** Milliseconds; null where nothing was delivered. */
  readonly p50: number | null
  readonly p95: number | null
  /** By the place of their reason in `reasons`; those of dead letters come first. */
  readonly [failures: `failed${number}`]: number
}

export interface ChartRows {
  readonly rows: readonly ChartRow[]
  readonly reasons: readonly string[]
  /** How many of the reasons are those of dead letters. */
  readonly deadReasons: number
}

/** Events that arrived and their deliveries are counted apart: rows are joined by their time. */
export function chartRows(counted: Counted, range: RangeName): ChartRows {
  const { granularity } = rangeCalled(range)
  const receivedAt = new Map(counted.received.map(({ time, count }) => [time, count]))
  const { failures, retries } = counted
  const byReason = [...failures, ...retries]
  const rows = counted.series.map(({ time, delivered, dead, latency }, place) => ({
    at: timeLabel(time, granularity),
    received: receivedAt.get(time) ?? 0,
    delivered,
    dead,
    p50: latency.p50Ms,
    p95: latency.p95Ms,
    ...Object.fromEntries(byReason.map(({ series }, reason) => [`failed${reason}`, series[place]?.count ?? 0])),
  }))
  const reasons = [...failures.map(({ reason }) => reason), ...retries.map(({ reason }) => retryWords(reason))]
  return { rows, reasons, deadReasons: failures.length }
}

/** What waits for so long, in milliseconds, is told beside the latencies, which are of what was delivered. */
const WAITED_MS_MIN = 10_000

/** @param waitedMs for how long the oldest waits that is not delivered yet */
export function latencyText({ p50Ms, p95Ms }: Latency, label: string, waitedMs: number): string {
  const delivered =
    p50Ms === null || p95Ms === null
      ? `Nothing was delivered in ${label}.`
      : `Half within ${duration(p50Ms)} of their arrival, 95 % within ${duration(p95Ms)}.`
  return waitedMs < WAITED_MS_MIN
    ? delivered
    : `${delivered} The oldest that is not delivered waits for ${duration(waitedMs)}.`
}

const retryWords = (reason: string) => `${reasonWords(reason)}, tried again`

/** What failed, in a sentence or two. @param label of the range */
export function failuresText({ failures, retries }: Pick<Counted, 'failures' | 'retries'>, label: string): string {
  const list = (each: readonly ByReason[], words: (reason: string) => string) =>
    each.map(({ reason, total }) => `${words(reason)}: ${count(total)}`).join(', ')
  const dead = failures.length === 0 ? `No dead letters in ${label}` : list(failures, (reason) => reason)
  return retries.length === 0 ? `${dead}.` : `${dead}. Tried again: ${list(retries, reasonWords)}.`
}
