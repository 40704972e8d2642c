/** What the engine keeps of a profile, as lines of text without line breaks: the values first, then the leaves. Pure. */
import type { ComputedValue, EngageState } from './engine.ts'
import { Leaves } from './leaves.ts'

export const encodeState = (state: EngageState): string[] => [JSON.stringify(toStored(state)), ...state.leaves.encode()]

/** @param lines of `encodeState`; leaves are read from theirs when they are asked for */
export const decodeState = ([values = '[[],[]]', ...leaves]: readonly string[]): EngageState => ({
  ...fromStored(JSON.parse(values)),
  leaves: Leaves.decode(leaves),
})

/** Value, number of changes and time of each computation, and what is due, each after the computation's number. */
type StoredValues = [values: unknown[], dues: number[]]

function toStored({ values, dues }: EngageState): StoredValues {
  return [
    Object.entries(values).flatMap(([number, { value, changes, sinceMs }]) => [
      Number(number),
      value,
      changes,
      sinceMs,
    ]),
    Object.entries(dues).flatMap(([number, dueMs]) => [Number(number), dueMs]),
  ]
}

function fromStored([stored, due]: StoredValues): Omit<EngageState, 'leaves'> {
  const values: Record<number, EngageState['values'][number]> = {}
  for (let at = 0; at < stored.length; at += 4) {
    const [number, value, changes, sinceMs] = stored.slice(at, at + 4) as [number, ComputedValue, number, number]
    values[number] = { value, changes, sinceMs }
  }
  const dues: Record<number, number> = {}
  for (let at = 0; at < due.length; at += 2) {
    const [number, dueMs] = due.slice(at, at + 2) as [number, number]
    dues[number] = dueMs
  }
  return { values, dues }
}
