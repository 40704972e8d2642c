/** Whether a condition holds. Pure. */
import { type Condition, type Duration, millisecondsOf, type Value } from './language/index.ts'
import { compare, datesOf, type Known, testWords } from './values.ts'

export interface Surroundings {
  /** What a field or a reduction is here. */
  resolve(value: Value): Known
  /** What relative dates are relative to, Unix milliseconds: engine time, or the time of the event that is asked about. */
  readonly nowMs: number
  /** Told of instants at which a relative date changes its answer. */
  onChangeAt(ms: number): void
  /** Of an account: whether the condition holds for any or all of its users. */
  users(kind: 'any' | 'all', part: Condition): boolean
}

export function holds(condition: Condition, here: Surroundings): boolean {
  switch (condition.kind) {
    case 'and':
      // Every part is looked at: each knows instants at which the answer may change.
      return condition.parts.map((part) => holds(part, here)).every(Boolean)
    case 'or':
      return condition.parts.map((part) => holds(part, here)).some(Boolean)
    case 'not':
      return !holds(condition.part, here)
    case 'any':
    case 'all':
      return here.users(condition.kind, condition.part)
    case 'comparison':
      return compare(here.resolve(condition.left), condition.operator, here.resolve(condition.right))
    case 'presence':
      return (here.resolve(condition.of) !== undefined) === (condition.test === 'exists')
    case 'words':
      return testWords(
        here.resolve(condition.of),
        condition.test,
        condition.words.map((word) => here.resolve(word)),
      )
    case 'date': {
      const dates = datesOf(here.resolve(condition.of))
      const date = Date.parse(condition.date)
      return dates.some((ms) => (condition.test === 'before_date' ? ms < date : ms > date))
    }
    case 'relative_date':
      return datesOf(here.resolve(condition.of))
        .map((ms) => relative(condition.test, ms, condition.duration, here))
        .some(Boolean)
  }
}

type RelativeTest = Extract<Condition, { kind: 'relative_date' }>['test']

/**
 * `within_last(d)`: from then until d later. `before_last(d)`: longer than d ago. `within_next(d)`: in the time to come
 * that begins now and lasts d. `after_next(d)`: later than that.
 */
function relative(test: RelativeTest, ms: number, duration: Duration, { nowMs, onChangeAt }: Surroundings): boolean {
  const span = millisecondsOf(duration)
  const isPast = test === 'within_last' || test === 'before_last'
  for (const change of isPast ? [ms, ms + span] : [ms - span, ms]) if (change > nowMs) onChangeAt(change)
  switch (test) {
    case 'within_last':
      return ms <= nowMs && nowMs < ms + span
    case 'before_last':
      return nowMs >= ms + span
    case 'within_next':
      return ms > nowMs && nowMs >= ms - span
    case 'after_next':
      return nowMs < ms - span
  }
}
