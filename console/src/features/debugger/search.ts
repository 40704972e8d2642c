/** What is looked for in the debugger, as the address holds it. */
import { EVENT_OUTCOMES } from '../../../../src/api/answers/live.ts'

/** `waiting` is what nothing is known of yet. */
export const OUTCOMES = ['waiting', 'rejected', ...EVENT_OUTCOMES] as const
export type Outcome = (typeof OUTCOMES)[number]

export const TYPES = ['track', 'identify', 'page', 'screen', 'group', 'alias'] as const

export interface Filter {
  /** Somewhere in the event. */
  readonly q?: string
  readonly type?: string
  /** Name of a track, page or screen. */
  readonly event?: string
  /** A userId or an anonymousId. */
  readonly user?: string
  readonly outcome?: Outcome
}

const text = (value: unknown) => {
  // The router reads 42 as a number.
  const said = typeof value === 'number' ? String(value) : value
  return typeof said === 'string' && said !== '' ? said : undefined
}

export const debuggerSearch = (search: Record<string, unknown>): Filter => ({
  q: text(search['q']),
  type: TYPES.find((type) => type === search['type']),
  event: text(search['event']),
  user: text(search['user']),
  outcome: OUTCOMES.find((outcome) => outcome === search['outcome']),
})

export const isFiltering = (filter: Filter) => Object.values(filter).some((value) => value !== undefined)
