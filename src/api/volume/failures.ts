/** Dead letters, or attempts that are made again, over time by their reason, in not too many series. Pure. */
import type { Dataset } from './dataset.ts'

/** Reasons that are told apart; those with fewer are told together. */
export const FAILURE_REASONS_MAX = 10
const OTHER = '(other)'

export interface Failures {
  readonly reason: string
  readonly total: number
  readonly series: readonly { readonly time: string; readonly count: number }[]
}

/** @param failed one for each `reason`, the largest first */
export function failuresOf(failed: readonly Dataset[]): readonly Failures[] {
  const told = failed.slice(0, FAILURE_REASONS_MAX).map(({ labels, total, points }) => ({
    reason: labels['reason'] ?? OTHER,
    total,
    series: points.map(({ time, count }) => ({ time, count })),
  }))
  const rest = failed.slice(FAILURE_REASONS_MAX)
  const [first] = rest
  if (first === undefined) return told
  const series = first.points.map(({ time }, place) => ({
    time,
    count: rest.reduce((sum, { points }) => sum + (points[place]?.count ?? 0), 0),
  }))
  return [...told, { reason: OTHER, total: rest.reduce((sum, { total }) => sum + total, 0), series }]
}
