/**
 * Latencies as counts: each is counted in the band that it falls into, and percentiles are read off the bands. A band ends
 * a fifth above the one before, so that a percentile says at most that much more than it was. Pure.
 */

/** Bands of one doubling. */
const BANDS_PER_DOUBLING = 4
/** Longer ones count as this, in milliseconds: as long as hours are kept. */
const LATENCY_MS_MAX = 31 * 24 * 3_600_000

const ends = [1]
for (let step = 1; (ends.at(-1) ?? 0) < LATENCY_MS_MAX; step++) {
  const end = Math.min(LATENCY_MS_MAX, Math.ceil(2 ** (step / BANDS_PER_DOUBLING)))
  if (end > (ends.at(-1) ?? 0)) ends.push(end)
}

/** Where each band ends, in milliseconds, in order. It has its end, and the one before has its start. */
export const BAND_ENDS_MS: readonly number[] = ends

/** The end of the band of a latency. @param ms what is below 0 counts as 0: clocks may be set back */
export function bandEndMs(ms: number): number {
  let [low, high] = [0, ends.length - 1]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((ends[middle] ?? 0) >= ms) high = middle
    else low = middle + 1
  }
  return ends[low] ?? LATENCY_MS_MAX
}

/**
 * The end of the band that holds the latency at a part of all of them.
 * @param counts by the end of the band
 * @param part in (0, 1]: 0.5 for the median
 * @returns null when nothing was counted
 */
export function percentileMs(counts: ReadonlyMap<number, number>, part: number): number | null {
  const sorted = [...counts].sort(([a], [b]) => a - b)
  const wanted = sorted.reduce((sum, [, count]) => sum + count, 0) * part
  let sum = 0
  for (const [endMs, count] of sorted) {
    sum += count
    if (sum >= wanted && count > 0) return endMs
  }
  return null
}
