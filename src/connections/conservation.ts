/**
 * The three equations that say nothing disappeared (DESIGN 1.4, promise P3). Pure: from the stored counters and a count
 * of the pending rows to sums that must agree.
 */
import type { CountDelta } from '../state/index.ts'

export interface BalanceLine {
  /** A source's id or a destination's number. */
  readonly id: string
  readonly equation: 'source' | 'routing' | 'deliveries'
  readonly left: number
  readonly right: number
  /** The summands by name. */
  readonly parts: Readonly<Record<string, number>>
  readonly holds: boolean
}

export interface Conservation {
  readonly holds: boolean
  readonly lines: readonly BalanceLine[]
}

const EQUATIONS = {
  source: { total: 'received', parts: ['rejected', 'suppressed', 'duplicate', 'accepted'] },
  routing: { total: 'accepted', parts: ['filtered', 'routed'] },
  deliveries: { total: 'deliveries', parts: ['delivered', 'dead', 'erased', 'cancelled', 'pending'] },
} as const

/** @param pending rows that have not ended, counted in the table itself, by instance number */
export function balance(counts: readonly CountDelta[], pending: ReadonlyMap<number, number>): Conservation {
  const sources = byId(counts.filter((count) => count.scope === 'source'))
  const destinations = byId(counts.filter((count) => count.scope === 'destination'))
  for (const [instance, by] of pending) {
    const known = destinations.get(String(instance)) ?? new Map()
    destinations.set(String(instance), known.set('pending', by))
  }
  const lines = [
    ...Array.from(sources, ([id, names]) => line('source', id, names)),
    ...Array.from(destinations, ([id, names]) => line('routing', id, names)),
    ...Array.from(destinations, ([id, names]) => line('deliveries', id, names)),
  ]
  return { holds: lines.every((each) => each.holds), lines }
}

function line(equation: keyof typeof EQUATIONS, id: string, names: ReadonlyMap<string, number>): BalanceLine {
  const { total, parts } = EQUATIONS[equation]
  const left = names.get(total) ?? 0
  const values = Object.fromEntries(parts.map((part) => [part, names.get(part) ?? 0]))
  const right = Object.values(values).reduce((sum, each) => sum + each, 0)
  return { id, equation, left, right, parts: values, holds: left === right }
}

function byId(counts: readonly CountDelta[]): Map<string, Map<string, number>> {
  const ids = new Map<string, Map<string, number>>()
  for (const { id, name, by } of counts) ids.set(id, (ids.get(id) ?? new Map()).set(name, by))
  return ids
}
