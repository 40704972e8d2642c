/** The last run that told destinations of a computation: what an undo takes back. Pure; kept with the runs. */
import type { StoredRun, StoredTelling } from '../state/index.ts'
import type { TellRun } from './space-runs.ts'

export interface LastRun {
  /** As the sync ledger has it. */
  readonly number: number
  /** A sync, a reconcile, exits when it was switched off, or everybody who was worked out as its definition changed. */
  readonly what: 'sync' | 'reconcile' | 'exits' | 'definition'
  readonly startedAtMs: number
  /** Profiles of whom something was told. */
  readonly told: number
}

const WHATS = { current: 'sync', drifted: 'reconcile', exit: 'exits' } as const

/** @returns undefined when it is nothing that can be taken back */
export function lastRunOf(
  { number = 0, value, told = 0, forgets }: Pick<TellRun, 'number' | 'value' | 'told' | 'forgets'>,
  before: LastRun | undefined,
  nowMs: number,
): LastRun | undefined {
  if (value === 'before' || forgets === 'all' || told === 0) return undefined
  return { number, what: WHATS[value], startedAtMs: startOf(number, before, nowMs), told }
}

/** With one more profile that was told something as a definition changed. @returns undefined when another came since */
export function definitionRun(number: number, before: LastRun | undefined, nowMs: number): LastRun | undefined {
  if (before !== undefined && before.number > number) return undefined
  const told = before?.number === number ? before.told : 0
  return { number, what: 'definition', startedAtMs: startOf(number, before, nowMs), told: told + 1 }
}

const startOf = (number: number, before: LastRun | undefined, nowMs: number): number =>
  before?.number === number ? before.startedAtMs : nowMs

/** Under what name it is kept. */
export const lastRunName = (computation: number): string => `last ${computation}`

/** Of a computation, among all that are kept. */
export function findLastRun(runs: readonly StoredRun[], computation: number): LastRun | undefined {
  const body = runs.find(({ name }) => name === lastRunName(computation))?.body
  return body == null ? undefined : JSON.parse(body)
}

/**
 * What a destination had been told before a run, as JSON; undefined when the run was not the last to tell, or told the same.
 * @param nothing JSON of what ends it
 */
export function takenBack(telling: StoredTelling | undefined, run: number, nothing: string): string | undefined {
  if (telling?.told?.run !== run) return undefined
  const before = telling.before ?? nothing
  return before === telling.told.value ? undefined : before
}
