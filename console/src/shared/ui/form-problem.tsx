import { fieldErrors, isToldByFields } from '../problem.ts'
import { ProblemPanel } from './problem-panel.tsx'

/** What went wrong with saving a form, unless its fields say all of it. */
export function FormProblem(props: {
  /** Undefined or null for none. */
  problem: unknown
  /** What the fields are below in the names of the server, e.g. `settings`. */
  parent?: string
  /** Fields whose control shows what is said of them. */
  shown: Iterable<string>
}) {
  const { problem, parent, shown } = props
  if (problem === undefined || problem === null) return null
  return isToldByFields(fieldErrors(problem, parent), shown) ? null : <ProblemPanel problem={problem} />
}
