/**
 * Destination filters on one event, in Segment's order: samples, drops, properties dropped, properties allowed
 * (segment contract 3.3 and 3.4). Every condition is asked of the event as it came in, so that the order of the
 * filters among themselves does not matter. Pure, and the same event always gives the same.
 */
import { evaluateFql, parseFql, splitPath } from '../fql/index.ts'
import type { NormalisedEvent } from '../spec/index.ts'
import { type DestinationFilter, type FilterAction, KEPT_FIELDS } from '../workspace/index.ts'

/** What decides of a filter. */
export type FilterRule = Pick<DestinationFilter, 'if' | 'actions'>

export type Filtered<Rule> =
  /** What the destination may see of it. */
  | { readonly kind: 'kept'; readonly event: NormalisedEvent }
  | { readonly kind: 'dropped'; readonly by: Rule }
  /** Nobody can say whether the event may pass, so it does not. `problem` is a sentence without its full stop. */
  | { readonly kind: 'undecided'; readonly by: Rule; readonly problem: string }

/** Those that are switched on. */
export const enabledFilters = (filters: readonly DestinationFilter[]) => filters.filter((filter) => filter.enabled)

/** @param rules those that are switched on */
export function applyFilters<Rule extends FilterRule>(rules: readonly Rule[], event: NormalisedEvent): Filtered<Rule> {
  for (const type of ['SAMPLE', 'DROP'] as const) {
    for (const { rule, action } of actionsOf(rules, type)) {
      const applies = evaluate(rule.if, event)
      if ('problem' in applies) return { kind: 'undecided', by: rule, problem: applies.problem }
      if (!applies.isMatch) continue
      if (action.type === 'SAMPLE' && isSampled(action, event)) continue
      return { kind: 'dropped', by: rule }
    }
  }
  return withoutProperties(rules, event)
}

/** The last two steps alone: for an event of which it is decided that it may pass. */
export function withoutProperties<Rule extends FilterRule>(
  rules: readonly Rule[],
  event: NormalisedEvent,
): Exclude<Filtered<Rule>, { kind: 'dropped' }> {
  let seen: unknown = event
  for (const type of ['DROP_PROPERTIES', 'ALLOW_PROPERTIES'] as const) {
    for (const { rule, action } of actionsOf(rules, type)) {
      const applies = evaluate(rule.if, event)
      if ('problem' in applies) return { kind: 'undecided', by: rule, problem: applies.problem }
      if (!applies.isMatch || !('fields' in action)) continue
      for (const [parent, keys] of Object.entries(action.fields)) {
        seen = changed(seen, splitPath(parent), (value) => withFields(value, parent === '', type, new Set(keys)))
      }
    }
  }
  return { kind: 'kept', event: seen as NormalisedEvent }
}

function actionsOf<Rule extends FilterRule>(rules: readonly Rule[], type: FilterAction['type']) {
  const found: { readonly rule: Rule; readonly action: FilterAction }[] = []
  for (const rule of rules) for (const action of rule.actions) if (action.type === type) found.push({ rule, action })
  return found
}

/** Parsed conditions that are kept. A workspace has far fewer. */
const PARSED_MAX = 10_000
const parsedConditions = new Map<string, ReturnType<typeof parseFql>>()

function evaluate(condition: string, event: NormalisedEvent) {
  let parsed = parsedConditions.get(condition)
  if (parsed === undefined) {
    if (parsedConditions.size >= PARSED_MAX) parsedConditions.clear()
    parsed = parseFql(condition)
    parsedConditions.set(condition, parsed)
  }
  return 'problem' in parsed ? parsed : evaluateFql(parsed.expression, event)
}

/** The value at the path decides, so that a person is in the sample with all events or none; else the messageId. */
function isSampled(action: Extract<FilterAction, { type: 'SAMPLE' }>, event: NormalisedEvent): boolean {
  const names = splitPath((action.path ?? '').replace(/^\$\.?/, ''))
  const value = names.length === 0 ? undefined : names.reduce<unknown>(own, event)
  const isUsable = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
  return shareOf(isUsable ? `${typeof value}:${value}` : `messageId:${event.messageId}`) < action.percent
}

const own = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name]
    : undefined

/** A number from 0 up to and without 1: the same for the same text in every version (FNV-1a, then Murmur3's last mix). */
function shareOf(text: string): number {
  let hash = 0x811c9dc5
  for (const byte of Buffer.from(text)) hash = Math.imul(hash ^ byte, 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32
}

/** A copy with what stands at the path changed, in each object of a list on the way. Goes as deep as the path. */
function changed(value: unknown, names: readonly string[], change: (value: object) => object): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) {
    // One list after another is no place for a key.
    return value.map((item) => (Array.isArray(item) ? item : changed(item, names, change)))
  }
  const [name, ...rest] = names
  if (name === undefined) return change(value)
  if (!Object.hasOwn(value, name)) return value
  return { ...value, [name]: changed((value as Record<string, unknown>)[name], rest, change) }
}

function withFields(value: object, isTop: boolean, type: FilterAction['type'], keys: ReadonlySet<string>): object {
  const isKept = (key: string) =>
    (isTop && KEPT_FIELDS.has(key)) || (type === 'ALLOW_PROPERTIES' ? keys.has(key) : !keys.has(key))
  return Object.fromEntries(Object.entries(value).filter(([key]) => isKept(key)))
}
