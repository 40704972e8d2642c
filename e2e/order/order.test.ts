/** The short form of `npm run test:order`. */
import { expect, test } from 'vitest'
import { orderRun } from './order-run.ts'

/** Several starts on a machine that has other work as well. */
const TEST_MS_MAX = 120_000

test(
  'two destinations that misbehave get each event, and each user in order, across kills',
  async () => {
    const report = await orderRun({
      users: 20,
      eventsPerUser: 20,
      kills: 2,
      faultRate: 0.3,
      // Short waits before retries: what takes its time is the starts.
      faultsPerEventMax: 2,
      seed: Math.floor(Math.random() * 2 ** 31),
    })
    expect(report.violations, `seed ${report.seed}`).toEqual([])
    for (const { figures, requests, lost, outOfOrder } of report.destinations) {
      expect({ lost, outOfOrder }).toEqual({ lost: 0, outOfOrder: 0 })
      expect(figures.acked + figures.abandoned).toBe(400)
      // It would prove nothing without faults.
      expect(requests).toBeGreaterThan(figures.handled)
    }
  },
  TEST_MS_MAX,
)
