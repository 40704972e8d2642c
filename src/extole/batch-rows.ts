/** What one row of a batch becomes (contract 10.2). Pure. */
import type { IncomingEvent } from './events.ts'
import { textOf } from './json.ts'
import { parseEventTime } from './time.ts'

export type ValidationPolicy = 'OPTIONAL' | 'REQUIRED_COLUMN' | 'REQUIRED_VALUE'

export interface ColumnRule {
  readonly type: 'FULL_NAME_MATCH' | 'PATTERN_NAME_MATCH'
  /** A name, or for PATTERN_NAME_MATCH a regular expression that matches whole names. */
  readonly name: string
  readonly policy: ValidationPolicy
}

export interface RowPlan {
  readonly eventName: string | undefined
  readonly defaultEventName: string | undefined
  /** Columns whose values travel with the event; empty means all (inferred). */
  readonly eventColumns: readonly string[]
  /** Merged into every event's data, over what the row says. */
  readonly eventData: Readonly<Record<string, string>>
  readonly columns: readonly ColumnRule[]
  /** Zone of event times without an offset. */
  readonly zone: string
}

/** A function from row to event; undefined is a row that fails. */
export function rowPlanner(
  plan: RowPlan,
): (row: ReadonlyMap<string, unknown>, nowMs: number) => IncomingEvent | undefined {
  const rules = plan.columns.map(columnCheck)
  const wanted = plan.eventColumns.length === 0 ? undefined : new Set(plan.eventColumns)
  return (row, nowMs) => {
    if (!rules.every((isMet) => isMet(row))) return undefined
    const name = plan.eventName ?? textOf(row.get('event_name')) ?? plan.defaultEventName
    if (name === undefined || name.trim() === '') return undefined
    const givenTime = row.get('event_time')
    const eventMs =
      givenTime === undefined || givenTime === null ? nowMs : parseEventTime(textOf(givenTime) ?? '', plan.zone)
    if (eventMs === undefined) return undefined
    const data = new Map<string, unknown>()
    for (const [column, value] of row) {
      if (value !== undefined && column !== 'event_name' && (wanted?.has(column) ?? true)) data.set(column, value)
    }
    for (const [key, value] of Object.entries(plan.eventData)) data.set(key, value)
    return { name, data, eventMs, container: data.get('container') === 'test' ? 'test' : 'production' }
  }
}

function columnCheck(rule: ColumnRule): (row: ReadonlyMap<string, unknown>) => boolean {
  if (rule.policy === 'OPTIONAL') return () => true
  const isEnough = (row: ReadonlyMap<string, unknown>, column: string) =>
    rule.policy === 'REQUIRED_COLUMN' ? row.has(column) : hasValue(row.get(column))
  if (rule.type === 'FULL_NAME_MATCH') return (row) => isEnough(row, rule.name)
  const pattern = new RegExp(`^(?:${rule.name})$`)
  return (row) => {
    const matching = [...row.keys()].filter((column) => pattern.test(column))
    return matching.length > 0 && matching.every((column) => isEnough(row, column))
  }
}

function hasValue(value: unknown): boolean {
  return value !== undefined && value !== null && value !== ''
}
