/** An action made ready to run: its schema is built once. What `Action.execute` of the framework does before `perform`. */
import type { ActionDefinition, fieldsToJsonSchema } from '@segment/actions-core'
import { actionsCore } from './actions-core.ts'
import { evaluateMapping } from './compiled-mapping.ts'
import type { Settings } from './definition.ts'

type Schema = ReturnType<typeof fieldsToJsonSchema>
export type JsonObject = Record<string, unknown>

interface PreparedAction {
  readonly schema: Schema | null
  /** The framework keeps its compiled schemas under names. */
  readonly schemaKey: string
}

const preparedActions = new WeakMap<ActionDefinition<Settings>, PreparedAction>()
let preparedCount = 0

function prepare(action: ActionDefinition<Settings>): PreparedAction {
  const known = preparedActions.get(action)
  if (known) return known
  preparedCount += 1
  const hasFields = Object.keys(action.fields ?? {}).length > 0
  const prepared = {
    schema: hasFields ? actionsCore().fieldsToJsonSchema(action.fields) : null,
    schemaKey: `grapevine:${preparedCount}:${action.title}`,
  }
  preparedActions.set(action, prepared)
  return prepared
}

/** Fills the action's fields from the event. Throws what the framework throws when they cannot be. */
export function mapFields(
  action: ActionDefinition<Settings>,
  mapping: Readonly<Record<string, unknown>>,
  event: JsonObject,
): JsonObject {
  const { transform, validateSchema } = actionsCore()
  const { schema, schemaKey } = prepare(action)
  type TransformArguments = Parameters<typeof transform>
  const mapped: JsonObject =
    evaluateMapping(mapping, event) ?? transform(mapping as TransformArguments[0], event as TransformArguments[1])
  if (!schema) return mapped
  const payload = withoutEmpty(mapped, schema, true)
  validateSchema(payload, schema, { schemaKey, exempt: ['dynamicAuthSettings'] })
  return payload
}

/**
 * Drops what a form leaves behind: null and '' where the schema has no place for them, and any '' at the top.
 * Goes as deep as the schema does, which a definition's author wrote, and not as deep as the event.
 */
function withoutEmpty(value: JsonObject, schema: Schema, isRoot: boolean): JsonObject {
  const kept: JsonObject = {}
  for (const key of Object.keys(value)) {
    const field = schema.properties?.[key]
    const cleaned = field ? withoutEmptyValue(value[key], field) : value[key]
    if (cleaned === undefined || (isRoot && cleaned === '')) continue
    kept[key] = cleaned
  }
  return kept
}

function withoutEmptyValue(value: unknown, schema: Schema): unknown {
  if (!schema.type && !schema.enum) return value
  const types = Array.isArray(schema.type) ? schema.type : [schema.type]
  if (value === null) return types.includes('null') ? value : undefined
  if (value === '') return types.includes('string') ? value : undefined
  if (Array.isArray(value)) {
    const { items } = schema
    if (!items || Array.isArray(items)) return value
    return value.filter((item) => withoutEmptyValue(item, items) !== undefined)
  }
  if (typeof value === 'object' && schema.properties) return withoutEmpty(value as JsonObject, schema, false)
  return value
}
