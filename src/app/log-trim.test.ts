import { expect, test } from 'vitest'
import type { ConfigSnapshot, DestinationInstance } from '../workspace/index.ts'
import { firstNeeded } from './log-trim.ts'

const instance = (number: number) => ({ number }) as DestinationInstance
const config = (...numbers: number[]) => {
  const destinations = new Map(numbers.map((number) => [String(number), instance(number)]))
  return () => ({ destinations }) as unknown as ConfigSnapshot
}
const open =
  (positions: Record<number, number>) =>
  async ({ instance: number }: { instance: number }) => {
    const position = positions[number]
    return position === undefined ? [] : [{ position } as never]
  }

const replays = (kind: string, position: number, isRead = false) => [{ kind, isRead, cursor: { position } } as never]

test.each([
  ['nothing is open', config(1), {}, [], 11],
  ['a delivery is open', config(1, 2), { 2: 4 }, [], 4],
  ['only a deleted instance has an open one', config(1), { 2: 4 }, [], 11],
  ['a replay of history stands at 6', config(1), { 1: 9 }, replays('history', 6), 7],
  ['a replay of history has read all it will', config(1), {}, replays('history', 6, true), 11],
  ['a replay of dead letters runs, which have their own copies', config(1), {}, replays('dead', 6), 11],
])('the first position that is needed when %s', async (_, snapshot, positions, running, expected) => {
  const state = { offset: async () => 10, open: open(positions), replays: async () => running }
  expect(await firstNeeded({ state, config: snapshot })).toBe(expected)
})
