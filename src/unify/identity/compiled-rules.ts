/** Rules made ready to be asked for every event. Expressions run on RE2, whose time is linear in the value's length. */
import { RE2JS } from 're2js'
import { type Evaluation, evaluateFql, parseFql } from '../../fql/index.ts'
import {
  type BlockedValue,
  BUILT_IN_TYPES,
  defaultLimit,
  type IdentityRules,
  type Limit,
} from '../../workspace/index.ts'
import type { Collection, ExternalId } from './profile.ts'

/** Values whose answers are remembered, for each type: the same people come again, and an expression costs microseconds. */
const ANSWERS_MAX = 5_000

export interface CustomType {
  readonly type: string
  readonly collection: Collection
  /** The keys of traits and properties it is read from: its name, and that in camelCase. */
  readonly keys: readonly string[]
}

export interface CompiledRules {
  readonly customTypes: readonly CustomType[]
  readonly limitOf: (type: string) => Limit
  /** The first rule that the value meets; those for every type come first. */
  readonly blockedBy: (id: ExternalId) => BlockedValue | undefined
  /** Whether a filter keeps the event out of profiles. A filter without an answer may be there to protect people. */
  readonly filter: (event: object) => 'passes' | 'filtered' | 'undecided'
  /** Below 0 when `a` has the higher priority; 0 only for one type. */
  readonly compareTypes: (a: string, b: string) => number
}

/**
 * @param rules that `checkIdentityRules` passed
 * @param filters of the space: conditions in FQL, an event that meets one has no part in profiles
 */
export function compileRules(
  { types, priority, blocked }: IdentityRules,
  filters: readonly string[] = [],
): CompiledRules {
  const limits = new Map(types.map(({ type, limit }) => [type, limit]))
  const blockers = new Map(types.map((rule) => [rule.type, compileBlocked([...blocked, ...rule.blocked])]))
  const blockerOfOthers = compileBlocked(blocked)
  const ranks = new Map(priority.map((type, index) => [type, index]))
  const rankOf = (type: string) => ranks.get(type) ?? priority.length
  return {
    customTypes: types
      .filter(({ type }) => !BUILT_IN_TYPES.has(type))
      .map(({ type, collection }) => ({ type, collection, keys: bothCases(type) })),
    limitOf: (type) => limits.get(type) ?? defaultLimit(type),
    blockedBy: ({ type, value }) => (blockers.get(type) ?? blockerOfOthers)(value),
    filter: compileFilters(filters),
    compareTypes: (a, b) => rankOf(a) - rankOf(b) || (a < b ? -1 : Number(a > b)),
  }
}

function compileBlocked(values: readonly BlockedValue[]): (value: string) => BlockedValue | undefined {
  const exact = new Map(values.flatMap((each) => ('exact' in each ? [[each.exact, each] as const] : [])))
  const expressions = values.flatMap((each) => ('regex' in each ? [{ each, regex: RE2JS.compile(each.regex) }] : []))
  const known = new Map<string, BlockedValue | undefined>()
  return (value) => {
    const rule = exact.get(value)
    if (rule !== undefined || expressions.length === 0) return rule
    if (known.has(value)) return known.get(value)
    const found = expressions.find(({ regex }) => regex.test(value))?.each
    if (known.size >= ANSWERS_MAX) known.clear()
    known.set(value, found)
    return found
  }
}

function compileFilters(filters: readonly string[]): CompiledRules['filter'] {
  const conditions = filters.map((filter) => parseFql(filter))
  return (event) => {
    const answers = conditions.map(
      (parsed): Evaluation => ('problem' in parsed ? parsed : evaluateFql(parsed.expression, event)),
    )
    if (answers.some((answer) => 'isMatch' in answer && answer.isMatch)) return 'filtered'
    return answers.some((answer) => 'problem' in answer) ? 'undecided' : 'passes'
  }
}

/** `shopify_id` is also looked for as `shopifyId`. */
export function bothCases(type: string): string[] {
  const camel = type.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())
  return camel === type ? [type] : [type, camel]
}
