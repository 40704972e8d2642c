/** Loads the file of a definition, and the framework it was written for. */
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
import { useActionsCoreOf } from '../actions-core.ts'
import type { Definition } from '../definition.ts'

/** @throws Error whose message says what is wrong with the file */
export async function loadDefinition(module: string): Promise<Definition> {
  // Before the definition does: its errors are told by the framework's classes.
  useActionsCoreOf(createRequire(module))
  const loaded: { default?: unknown } = await import(pathToFileURL(module).href)
  // A CommonJS module is its own default export, and has the one meant within.
  const definition = Object(loaded.default).default ?? loaded.default
  const problem = definitionProblem(definition)
  if (problem !== null) throw new Error(problem)
  return definition as Definition
}

/** What keeps a value from being an Actions definition, or null. */
function definitionProblem(value: unknown): string | null {
  if (typeof value !== 'object' || value === null) return 'it has no default export that is an object'
  const { name, mode, actions } = value as { name?: unknown; mode?: unknown; actions?: unknown }
  if (typeof name !== 'string' || name === '') return '`name` must be a text'
  if (mode !== 'cloud') return "`mode` must be 'cloud'"
  if (typeof actions !== 'object' || actions === null) return '`actions` must be an object'
  for (const [slug, action] of Object.entries(actions)) {
    const { title, fields, perform } = Object(action)
    if (typeof title !== 'string') return `\`actions.${slug}.title\` must be a text`
    if (typeof fields !== 'object') return `\`actions.${slug}.fields\` must be an object`
    if (typeof perform !== 'function') return `\`actions.${slug}.perform\` must be a function`
  }
  return Object.keys(actions).length === 0 ? '`actions` is empty' : null
}
