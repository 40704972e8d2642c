/** From counts over time to the rows that charts and tables draw. Pure. */
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
  readonly failures: readonly {
    readonly reason: string
    readonly series: readonly { readonly time: string; readonly count: number }[]
  }[]
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
  /** By the place of their reason in `reasons`. */
  readonly [failures: `failed${number}`]: number
}

export interface ChartRows {
  readonly rows: readonly ChartRow[]
  readonly reasons: readonly string[]
}

/** Events that arrived and their deliveries are counted apart: rows are joined by their time. */
export function chartRows(counted: Counted, range: RangeName): ChartRows {
  const { granularity } = rangeCalled(range)
  const receivedAt = new Map(counted.received.map(({ time, count }) => [time, count]))
  const rows = counted.series.map(({ time, delivered, dead, latency }, place) => ({
    at: timeLabel(time, granularity),
    received: receivedAt.get(time) ?? 0,
    delivered,
    dead,
    p50: latency.p50Ms,
    p95: latency.p95Ms,
    ...Object.fromEntries(counted.failures.map(({ series }, reason) => [`failed${reason}`, series[place]?.count ?? 0])),
  }))
  return { rows, reasons: counted.failures.map(({ reason }) => reason) }
}
