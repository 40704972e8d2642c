/** Shapes with a name become components of the document, and where they were a reference to them. */

/** Schemas by name. */
export type Components = Map<string, unknown>

/** @param components gets what has a name. One name with two shapes is a mistake of this program */
export function hoisted(schema: unknown, components: Components): unknown {
  if (Array.isArray(schema)) return schema.map((each) => hoisted(each, components))
  if (typeof schema !== 'object' || schema === null) return schema
  const { $id, ...rest } = schema as Readonly<Record<string, unknown>>
  const shape = Object.fromEntries(Object.entries(rest).map(([key, value]) => [key, hoisted(value, components)]))
  if (typeof $id !== 'string') return shape
  const known = components.get($id)
  if (known !== undefined && JSON.stringify(known) !== JSON.stringify(shape))
    throw new Error(`two shapes have the name ${$id}`)
  components.set($id, shape)
  return { $ref: `#/components/schemas/${$id}` }
}
