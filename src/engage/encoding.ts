/** What the engine keeps of a profile, as lines of text without line breaks: values, then users' answers, then leaves. Pure. */
import { ANSWERS_MARK, decodeAnswers, encodeAnswers } from './answers.ts'
import { ComputedValues, LINE_MARK } from './computed.ts'
import type { EngageState } from './engine.ts'
import { Leaves } from './leaves.ts'

export const encodeState = ({ values, users, leaves }: EngageState): string[] => [
  ...values.encode(),
  ...encodeAnswers(users),
  ...leaves.encode(),
]

/** @param lines of `encodeState`; what is in them is read when it is asked for */
export function decodeState(lines: readonly string[]): EngageState {
  const values = endOf(lines, 0, LINE_MARK)
  const users = endOf(lines, values, ANSWERS_MARK)
  return {
    values: ComputedValues.decode(lines.slice(0, values)),
    users: decodeAnswers(lines.slice(values, users)),
    leaves: Leaves.decode(lines.slice(users)),
  }
}

/** After the lines from a place on that begin with a mark. */
function endOf(lines: readonly string[], from: number, mark: string): number {
  const end = lines.findIndex((line, at) => at >= from && !line.startsWith(mark))
  return end === -1 ? lines.length : end
}
