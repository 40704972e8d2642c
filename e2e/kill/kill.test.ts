/** The short form of `npm run test:kill`. */
import { expect, test } from 'vitest'
import { crashRun } from './crash-run.ts'

const KILLS = 10
/** Twenty starts on a machine that has other work as well. */
const TEST_MS_MAX = 400_000

test(
  'killed ten times under load and faults, nothing acked is lost and no user is out of order',
  async () => {
    const report = await crashRun({
      kills: KILLS,
      users: 60,
      faultRate: 0.3,
      // Short waits before retries, and between kills: what takes its time is the starts.
      faultsPerEventMax: 3,
      serveMsMax: 500,
      seed: Math.floor(Math.random() * 2 ** 31),
    })
    // How fast it starts while other tests run says nothing: the long form looks at that.
    const violations = report.violations.filter(({ kind }) => kind !== 'slow_start')
    expect(violations, `seed ${report.seed}`).toEqual([])
    expect(report.ends).toEqual({ kill: 6, recovery: 2, stop: 1, stop_kill: 1 })
    // It would prove nothing with nothing going on.
    expect(report.figures.acked).toBeGreaterThan(500)
    expect(report.figures.handledAgain).toBeGreaterThan(0)
  },
  TEST_MS_MAX,
)
