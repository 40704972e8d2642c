/** How the builder calls what the language writes with signs. */
import type { Reducer } from '../../../../../src/engage/language/index.ts'
import type { TestName } from './leaf.ts'

export const TESTS: Readonly<Record<TestName, string>> = {
  '=': 'equals',
  '!=': 'does not equal',
  '>': 'is more than',
  '>=': 'is at least',
  '<': 'is less than',
  '<=': 'is at most',
  exists: 'is there',
  absent: 'is not there',
  contains: 'contains one of',
  omits: 'contains none of',
  starts_with: 'starts with one of',
  ends_with: 'ends with one of',
  one_of: 'is one of',
  none_of: 'is none of',
  before_date: 'is before',
  after_date: 'is after',
  within_last: 'is within the last',
  within_next: 'is within the next',
  before_last: 'is longer ago than',
  after_next: 'is further away than',
}

/** Of how often something happened. */
export const TIMES: Readonly<Partial<Record<TestName, string>>> = {
  '>=': 'at least',
  '=': 'exactly',
  '<=': 'at most',
  '>': 'more than',
  '<': 'less than',
  '!=': 'not exactly',
  one_of: 'one of these numbers of',
  none_of: 'none of these numbers of',
}

export type Figure = Reducer['kind'] | 'latest'

/** What is made of events. */
export const FIGURES: Readonly<Record<Figure, string>> = {
  count: 'Number of events',
  sum: 'Sum of',
  avg: 'Average of',
  min: 'Least',
  max: 'Greatest',
  latest: 'Alphabetically last, such as the latest date, of',
  first: 'First value of',
  last: 'Last value of',
  mode: 'Most frequent value of',
  unique: 'List of different values of',
  unique_count: 'Number of different values of',
}
export const FIGURE_NAMES = Object.keys(FIGURES) as readonly Figure[]

export const figureOf = (reducer: Reducer): Figure =>
  reducer.kind === 'max' && reducer.as === 'string' ? 'latest' : reducer.kind

/** The property stays, where there was one. */
export function withFigure(before: Reducer, figure: Figure): Reducer {
  const of = 'of' in before ? before.of : ({ kind: 'property', path: '', ofParent: false } as const)
  switch (figure) {
    case 'count':
      return { kind: 'count' }
    case 'max':
      return { kind: 'max', of, as: 'number' }
    case 'latest':
      return { kind: 'max', of, as: 'string' }
    case 'mode':
      return { kind: 'mode', of, minFrequency: 2 }
    default:
      return { kind: figure, of }
  }
}
