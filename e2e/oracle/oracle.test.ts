import { expect, test } from 'vitest'
import { histories, longRun } from './run.ts'

test('a few histories and a short long run are as the oracle says', () => {
  const told: number[] = []
  histories(100, 1, (done) => told.push(done))
  const { people, changes } = longRun(2_000, 1, (done) => told.push(done))
  expect([told.at(-1), people > 0, changes > 100]).toEqual([2_000, true, true])
}, 60_000)
