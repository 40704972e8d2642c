import fc from 'fast-check'
import { expect, test } from 'vitest'
import { BAND_ENDS_MS, bandEndMs, percentileMs } from './latency.ts'

const LONGEST = 31 * 24 * 3_600_000

test.each([
  [-5, 1],
  [0, 1],
  [1, 1],
  [1.5, 2],
  [2, 2],
  [1_024, 1_024],
  [1_025, 1_218],
  [LONGEST, LONGEST],
  [LONGEST + 1, LONGEST],
])('%d ms are in the band that ends at %d ms', (ms, expected) => {
  expect(bandEndMs(ms)).toBe(expected)
})

test('bands follow one another, a fifth longer each', () => {
  expect(BAND_ENDS_MS).toEqual([...new Set(BAND_ENDS_MS)].sort((a, b) => a - b))
  for (const [index, end] of BAND_ENDS_MS.entries()) {
    const before = BAND_ENDS_MS[index - 1]
    if (before !== undefined) expect(end).toBeLessThanOrEqual(Math.ceil(before * 2 ** 0.25) + 1)
  }
})

test('of nothing there is no percentile', () => {
  expect(percentileMs(new Map(), 0.5)).toBeNull()
  expect(percentileMs(new Map([[8, 0]]), 0.5)).toBeNull()
})

test('whatever the latencies are, a percentile is that of the sorted list, or at most a fifth more', () => {
  const anyLatencies = fc.array(fc.integer({ min: 0, max: LONGEST }), { minLength: 1 })
  fc.assert(
    fc.property(anyLatencies, fc.constantFrom(0.5, 0.95, 0.99, 1), (latencies, part) => {
      const counts = new Map<number, number>()
      for (const ms of latencies) counts.set(bandEndMs(ms), (counts.get(bandEndMs(ms)) ?? 0) + 1)
      const exact = latencies.toSorted((a, b) => a - b)[Math.ceil(latencies.length * part) - 1] ?? 0
      const told = percentileMs(counts, part) ?? -1
      expect(told).toBeGreaterThanOrEqual(exact)
      expect(told).toBeLessThanOrEqual(Math.max(1, exact * 2 ** 0.25 + 1))
    }),
  )
})
