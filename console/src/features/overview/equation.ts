/** The conservation equation over all sources and destinations, and the lines in which it does not hold. Pure. */
import type { BalanceLine } from '../../shared/status.ts'

export interface EquationSum {
  readonly equation: BalanceLine['equation']
  /** What is on the left: its word, and how many. */
  readonly whole: string
  readonly left: number
  readonly parts: readonly (readonly [name: string, value: number])[]
  readonly holds: boolean
}

const EQUATIONS = [
  ['source', 'received', ['rejected', 'suppressed', 'duplicate', 'accepted']],
  ['routing', 'accepted', ['filtered', 'routed']],
  ['deliveries', 'deliveries', ['delivered', 'dead', 'erased', 'cancelled', 'pending']],
] as const

/** What is on the left of an equation. */
export const wholeOf = (wanted: BalanceLine['equation']) => EQUATIONS.find(([equation]) => equation === wanted)?.[1]

/** How many of what came in was made by audiences and traits, whose spaces are sources of their own. */
export const madeBySpaces = (lines: readonly BalanceLine[], spaceIds: ReadonlySet<string>): number =>
  lines.reduce((sum, { equation, id, left }) => sum + (equation === 'source' && spaceIds.has(id) ? left : 0), 0)

/** Deliveries that no event was routed to: see `Sum` for whose they are. */
export function deliveriesBeyond(sums: readonly EquationSum[]): number {
  const routing = sums.find(({ equation }) => equation === 'routing')?.parts ?? []
  const routed = routing.find(([name]) => name === 'routed')?.[1] ?? 0
  return Math.max(0, (sums.find(({ equation }) => equation === 'deliveries')?.left ?? 0) - routed)
}

/** One sum for each equation; it holds when every line of it does, not when mistakes make up for each other. */
export function sumsOf(lines: readonly BalanceLine[]): readonly EquationSum[] {
  return EQUATIONS.map(([equation, whole, names]) => {
    const own = lines.filter((line) => line.equation === equation)
    return {
      equation,
      whole,
      left: own.reduce((sum, { left }) => sum + left, 0),
      parts: names.map((name) => [name, own.reduce((sum, { parts }) => sum + (parts[name] ?? 0), 0)] as const),
      holds: own.every(({ holds }) => holds),
    }
  })
}
