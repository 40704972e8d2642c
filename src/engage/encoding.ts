/** What the engine keeps of a profile, as lines of text without line breaks: values first, then leaves. Pure. */
import { ComputedValues, LINE_MARK } from './computed.ts'
import type { EngageState } from './engine.ts'
import { Leaves } from './leaves.ts'

export const encodeState = ({ values, leaves }: EngageState): string[] => [...values.encode(), ...leaves.encode()]

/** @param lines of `encodeState`; what is in them is read when it is asked for */
export function decodeState(lines: readonly string[]): EngageState {
  const first = lines.findIndex((line) => !line.startsWith(LINE_MARK))
  const end = first === -1 ? lines.length : first
  return { values: ComputedValues.decode(lines.slice(0, end)), leaves: Leaves.decode(lines.slice(end)) }
}
