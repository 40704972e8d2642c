/** The short form of `node e2e/power-cut/main.ts`. Needs root and loop devices; where they are missing it says so. */
import { describe, expect, test } from 'vitest'
import { whyNotMountable } from './loop-image.ts'
import { productRun } from './product-run.ts'
import { controlRun } from './writer-run.ts'

const TEST_MS_MAX = 240_000
const CUTS = 2
const seed = Math.floor(Math.random() * 2 ** 31)
const why = await whyNotMountable()

describe.skipIf(why !== undefined)(`a power cut${why === undefined ? '' : ` [not run: ${why}]`}`, () => {
  test(
    'loses what SQLite committed with synchronous=NORMAL, and nothing of FULL',
    async () => {
      const control = await controlRun(seed)
      expect(control, `seed ${seed}`).toMatchObject({ isSound: true })
    },
    TEST_MS_MAX,
  )

  test(
    'loses nothing that the server acked, and changes no order',
    async () => {
      const report = await productRun({ cuts: CUTS, seed })
      // How fast it starts while other tests run says nothing: the long form looks at that.
      const violations = report.violations.filter(({ kind }) => kind !== 'slow_start')
      expect(violations, `seed ${seed}`).toEqual([])
      expect(report.figures.acked).toBeGreaterThan(100)
    },
    TEST_MS_MAX,
  )
})
