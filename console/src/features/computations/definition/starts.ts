/** Conditions and values as they begin, before somebody fills them in. */
import type { Condition, Field, Reduction, Value } from '../../../../../src/engage/language/index.ts'

/** Where a condition stands: of the profile, of one event, or of an event that is looked for after another. */
export type Scope = 'profile' | 'event' | 'child'

export const eventsNamed = (name: string): Reduction => ({
  kind: 'reduction',
  events: { name, where: null, excludedSources: [], window: null },
  reducer: { kind: 'count' },
})

const atLeastOnce = (left: Value): Condition => ({
  kind: 'comparison',
  left,
  operator: '>=',
  right: { kind: 'literal', value: 1 },
})
const isText = (left: Field): Condition => ({
  kind: 'comparison',
  left,
  operator: '=',
  right: { kind: 'literal', value: '' },
})

export const START = {
  event: (): Condition => atLeastOnce(eventsNamed('')),
  trait: (): Condition => isText({ kind: 'trait', key: '' }),
  property: (): Condition => isText({ kind: 'property', path: '', ofParent: false }),
  context: (): Condition => isText({ kind: 'context', path: '' }),
  sameAsParent: (): Condition => ({
    kind: 'comparison',
    left: { kind: 'property', path: '', ofParent: false },
    operator: '=',
    right: { kind: 'property', path: '', ofParent: true },
  }),
  /** An event that comes after each of those that the condition narrows down. */
  later: (): Condition => {
    const child = eventsNamed('')
    const window = { kind: 'within_parent', duration: { amount: 1, unit: 'day' } } as const
    return atLeastOnce({ ...child, events: { ...child.events, window } })
  },
  audience: (key: string): Condition => membership(key, true),
  group: (): Condition => ({ kind: 'or', parts: [] }),
  any: (): Condition => ({ kind: 'any', part: START.event() }),
  all: (): Condition => ({ kind: 'all', part: START.event() }),
}

export const membership = (key: string, isIn: boolean): Condition => ({
  kind: 'comparison',
  left: { kind: 'trait', key },
  operator: '=',
  right: { kind: 'literal', value: isIn },
})
