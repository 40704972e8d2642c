/** Whether a backlog grows, from what was seen of it in the last half minute. Pure. */
import { counted, duration } from '../../shared/format.ts'

export interface Sample {
  readonly atMs: number
  readonly pending: number
}

const WINDOW_MS = 30_000
/** Nothing is said of less. */
const SEEN_MS_MIN = 3_000
/** Deliveries a second that are as good as none. */
const STILL = 0.2

export function sampled(samples: readonly Sample[], sample: Sample): readonly Sample[] {
  if (samples.at(-1)?.atMs === sample.atMs) return samples
  return [...samples.filter(({ atMs }) => atMs > sample.atMs - WINDOW_MS), sample]
}

/** A sentence; undefined where there is nothing to say. */
export function trendWords(samples: readonly Sample[]): string | undefined {
  const first = samples[0]
  const last = samples.at(-1)
  if (first === undefined || last === undefined || last.atMs - first.atMs < SEEN_MS_MIN) return undefined
  if (last.pending === 0) return undefined
  const perSecond = ((last.pending - first.pending) * 1_000) / (last.atMs - first.atMs)
  if (Math.abs(perSecond) < STILL) return 'The backlog stays as it is.'
  const speed = `about ${counted(Math.max(1, Math.round(Math.abs(perSecond))), 'delivery', 'deliveries')} a second`
  if (perSecond > 0) return `The backlog grows by ${speed}.`
  return `The backlog shrinks by ${speed}: empty in ${duration((last.pending / -perSecond) * 1_000)}, if it goes on so.`
}
