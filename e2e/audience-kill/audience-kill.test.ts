/** The short form of `npm run test:audiences`. */
import { expect, test } from 'vitest'
import { audienceKillRun } from './run.ts'

test('kills on the way change nothing: everybody ends as they should, and is told nothing that was not so', async () => {
  const report = await audienceKillRun({ users: 20, orders: 9, kills: 3, seed: 5 })
  expect(report.violations).toEqual([])
  expect(report.outputs).toBeGreaterThan(50)
}, 120_000)
