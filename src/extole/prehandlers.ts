/**
 * Prehandlers (contract 6.1): ordered rules on the raw event, before anything matches its name. Pure.
 *
 * There is no script engine here: script actions and conditions are stored and never run. An action that is a script
 * leaves the event as it is, as Extole does for a script that throws; a condition that is a script does not hold.
 * RENAME_EVENT is this sandbox's declarative stand-in for the one thing only scripts can do.
 */
import type { Origin } from './blocks.ts'
import { ExtoleError } from './errors.ts'
import type { IncomingEvent } from './events.ts'
import { isObject } from './json.ts'

export type Condition =
  | { readonly type: 'EVENT_NAME_MATCH'; readonly event_names: readonly string[] }
  | { readonly type: 'DATA_EXISTS'; readonly data_keys: readonly string[] }
  | {
      readonly type: 'HTTP_HEADER_MATCH'
      readonly http_headers?: Readonly<Record<string, string>>
      readonly http_header_names?: readonly string[]
    }
  | { readonly type: 'BLOCK_MATCH'; readonly considered_block_list_types: readonly string[] }
  | { readonly type: 'EXPRESSION' | 'JAVASCRIPT_V1' }

export interface AttributeMapping {
  readonly source_attribute: string
  readonly attribute: string
  readonly default_value?: unknown
}

export type Action =
  | { readonly type: 'RENAME_EVENT'; readonly event_name: string }
  | { readonly type: 'MAP_DATA_ATTRIBUTES'; readonly data_attribute_mappings: readonly AttributeMapping[] }
  | {
      readonly type: 'SET_DATA'
      readonly data?: Readonly<Record<string, unknown>>
      readonly default_data?: Readonly<Record<string, unknown>>
      readonly delete_data?: readonly string[]
    }
  | { readonly type: 'SET_SANDBOX'; readonly sandbox_id: string }
  | { readonly type: 'EXPRESSION' | 'JAVASCRIPT_V1' }

export interface Prehandler {
  readonly name: string
  readonly description?: string
  readonly enabled: boolean
  /** Ascending; the older one first where equal. */
  readonly order: number
  /** All must hold; none means every event. */
  readonly conditions: readonly Condition[]
  readonly actions: readonly Action[]
  readonly tags: readonly string[]
  readonly component_references: readonly unknown[]
}

/** Applies prehandlers and block rules to a validated event. @throws ExtoleError `event_blocked`. */
export type Reshape = (event: IncomingEvent, origin: Origin) => IncomingEvent

/** Runs the list in its order; a later prehandler sees what an earlier one made. Disabled ones are skipped. */
export function applyPrehandlers(
  prehandlers: readonly Prehandler[],
  event: IncomingEvent,
  origin: Origin,
  blockTypes: (event: IncomingEvent) => ReadonlySet<string>,
): IncomingEvent {
  let current = event
  for (const { enabled, conditions, actions } of prehandlers) {
    if (!enabled || !conditions.every((one) => holds(one, current, origin, blockTypes))) continue
    for (const action of actions) current = act(action, current)
  }
  return current
}

function holds(
  condition: Condition,
  event: IncomingEvent,
  origin: Origin,
  blockTypes: (event: IncomingEvent) => ReadonlySet<string>,
): boolean {
  switch (condition.type) {
    case 'EVENT_NAME_MATCH':
      return condition.event_names.some((name) => name.toLowerCase() === event.name.toLowerCase())
    case 'DATA_EXISTS': {
      const keys = new Set(Array.from(event.data.keys(), (key) => key.toLowerCase()))
      return condition.data_keys.some((key) => keys.has(key.toLowerCase()))
    }
    case 'HTTP_HEADER_MATCH': {
      const header = (name: string) => origin.headers[name.toLowerCase()]
      const equal = Object.entries(condition.http_headers ?? {}).every(([name, value]) => header(name) === value)
      const names = condition.http_header_names ?? []
      return equal && (names.length === 0 || names.some((name) => header(name) !== undefined))
    }
    case 'BLOCK_MATCH': {
      const met = blockTypes(event)
      return condition.considered_block_list_types.some((type) => met.has(type))
    }
    default:
      return false
  }
}

function act(action: Action, event: IncomingEvent): IncomingEvent {
  switch (action.type) {
    case 'RENAME_EVENT':
      return { ...event, name: action.event_name }
    case 'MAP_DATA_ATTRIBUTES': {
      const data = new Map(event.data)
      for (const { source_attribute, attribute, default_value } of action.data_attribute_mappings) {
        const value = event.data.get(source_attribute) ?? default_value
        if (value !== undefined) data.set(attribute, value)
      }
      return { ...event, data }
    }
    case 'SET_DATA': {
      const data = new Map(event.data)
      for (const name of action.delete_data ?? []) data.delete(name)
      for (const [name, value] of Object.entries(action.data ?? {})) data.set(name, value)
      for (const [name, value] of Object.entries(action.default_data ?? {})) if (!data.has(name)) data.set(name, value)
      return { ...event, data }
    }
    case 'SET_SANDBOX':
      return { ...event, container: containerOfSandbox(action.sandbox_id) ?? event.container }
    default:
      return event
  }
}

/** A sandbox label such as `production-production` or `container-test` holds a container (contract 4.5). */
function containerOfSandbox(sandboxId: string): string | undefined {
  const container = /^(?:production|container)-(production|test)$/.exec(sandboxId)?.[1]
  return container
}

/** Entries in each list of a prehandler. */
const LIST_MAX = 100
const isText = (value: unknown): value is string => typeof value === 'string' && value !== '' && value.length <= 255
const isTexts = (value: unknown) => Array.isArray(value) && value.length <= LIST_MAX && value.every(isText)
const maybe = (check: (value: unknown) => boolean) => (value: unknown) =>
  value === undefined || value === null || check(value)

const CONDITION_CHECKS: Record<Condition['type'], (given: Record<string, unknown>) => boolean> = {
  EVENT_NAME_MATCH: (given) => isTexts(given.event_names),
  DATA_EXISTS: (given) => isTexts(given.data_keys),
  HTTP_HEADER_MATCH: (given) => maybe(isObject)(given.http_headers) && maybe(isTexts)(given.http_header_names),
  BLOCK_MATCH: (given) => isTexts(given.considered_block_list_types),
  EXPRESSION: () => true,
  JAVASCRIPT_V1: () => true,
}

const isMapping = (value: unknown) => isObject(value) && isText(value.source_attribute) && isText(value.attribute)

const ACTION_CHECKS: Record<Action['type'], (given: Record<string, unknown>) => boolean> = {
  RENAME_EVENT: (given) => isText(given.event_name),
  MAP_DATA_ATTRIBUTES: ({ data_attribute_mappings: list }) =>
    Array.isArray(list) && list.length <= LIST_MAX && list.every(isMapping),
  SET_DATA: (given) =>
    maybe(isObject)(given.data) && maybe(isObject)(given.default_data) && maybe(isTexts)(given.delete_data),
  SET_SANDBOX: (given) => isText(given.sandbox_id),
  EXPRESSION: () => true,
  JAVASCRIPT_V1: () => true,
}

/**
 * A prehandler from a request. What `body` leaves out keeps its value in `current`, so one function serves create and
 * update. Scripts are not looked at. @throws ExtoleError `invalid_name`, `invalid_parameter`, `sandbox_not_found`.
 */
export function parsePrehandler(body: Record<string, unknown>, current?: Prehandler): Prehandler {
  const { name = current?.name, description = current?.description, enabled = current?.enabled ?? false } = body
  const { order = current?.order ?? 0, conditions = current?.conditions ?? [], actions = current?.actions ?? [] } = body
  const { tags = current?.tags ?? [], component_references = current?.component_references ?? [] } = body
  if (typeof name !== 'string' || !/^[A-Za-z0-9\-._]{1,255}$/.test(name))
    throw new ExtoleError('invalid_name', { name })
  if (typeof enabled !== 'boolean') throw new ExtoleError('invalid_parameter', { name: 'enabled' })
  if (typeof order !== 'number' || !Number.isSafeInteger(order))
    throw new ExtoleError('invalid_parameter', { name: 'order' })
  if (!maybe(isText)(description)) throw new ExtoleError('invalid_parameter', { name: 'description' })
  if (!isTexts(tags)) throw new ExtoleError('invalid_parameter', { name: 'tags' })
  if (!Array.isArray(component_references) || component_references.length > 1) {
    throw new ExtoleError('invalid_parameter', { name: 'component_references', reason: 'at most one' })
  }
  checkList('conditions', conditions, CONDITION_CHECKS)
  checkList('actions', actions, ACTION_CHECKS)
  for (const action of actions as Action[]) {
    if (action.type === 'SET_SANDBOX' && containerOfSandbox(action.sandbox_id) === undefined) {
      throw new ExtoleError('sandbox_not_found', { sandbox_id: action.sandbox_id })
    }
  }
  return {
    name,
    ...(typeof description === 'string' ? { description } : {}),
    enabled,
    order,
    conditions: conditions as Condition[],
    actions: actions as Action[],
    tags: tags as string[],
    component_references,
  }
}

function checkList(
  name: string,
  list: unknown,
  checks: Record<string, (given: Record<string, unknown>) => boolean>,
): void {
  if (!Array.isArray(list) || list.length > LIST_MAX) throw new ExtoleError('invalid_parameter', { name })
  for (const [index, one] of list.entries()) {
    const check =
      isObject(one) && typeof one.type === 'string' && Object.hasOwn(checks, one.type) ? checks[one.type] : undefined
    if (!isObject(one) || check === undefined || !check(one))
      throw new ExtoleError('invalid_parameter', { name, index })
  }
}

/** Types this sandbox stores and does not run, for the answer to say so. */
export function notRun(prehandler: Prehandler): string[] {
  const types = [...prehandler.conditions, ...prehandler.actions].map((one) => one.type)
  return [...new Set(types.filter((type) => type === 'EXPRESSION' || type === 'JAVASCRIPT_V1'))]
}
