import fc from 'fast-check'
import { expect, test } from 'vitest'
import { GroupSums } from '../volume/dataset.ts'
import { sizesOf } from './size.ts'

const MINUTE = 60_000
const ENTERED = { series: 0, retries: 0 }
const LEFT = { series: 1, retries: 0 }

test('sizes are those of the ends of the points, and the last one is how many are in', () => {
  const anyMinute = fc.record({ entered: fc.nat(9), left: fc.nat(9) })
  fc.assert(
    fc.property(
      fc.integer({ min: 100, max: 200 }),
      fc.array(anyMinute, { minLength: 1, maxLength: 10 }),
      (before, all) => {
        const sums = new GroupSums(new Map([0, 1].map((series) => [series, series])))
        const sizes: number[] = []
        for (const [at, { entered, left }] of all.entries()) {
          const atMs = at * MINUTE
          sums.add([
            { ...ENTERED, atMs, count: entered },
            { ...LEFT, atMs, count: left },
          ])
          sizes.push((sizes.at(-1) ?? before) + entered - left)
        }
        const points = all.map((_, at) => at * MINUTE)
        const series = sizesOf(sizes.at(-1) ?? 0, points, sums)
        expect(series).toEqual(
          all.map((each, at) => ({ time: new Date(at * MINUTE).toISOString(), count: sizes[at], ...each })),
        )
      },
    ),
  )
})
