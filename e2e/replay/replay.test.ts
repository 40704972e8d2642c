/** The short form of `npm run test:replay`. */
import { expect, test } from 'vitest'
import { replayRun } from './replay-run.ts'

test('dead letters are replayed through a kill and a cancel: one effect each, in order, everything adds up', async () => {
  const report = await replayRun({ letters: 400, users: 20, kills: 1, ratePerSecond: 400 })
  expect(report.violations).toEqual([])
  expect(report).toMatchObject({ effects: 400, previewTotal: 400 })
  expect(report.cancelledAt).toBeLessThan(400)
}, 120_000)
