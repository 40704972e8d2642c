/**
 * Mappings of the everyday kind as functions. The framework checks and interprets a mapping anew for each event, which
 * costs more than everything else that is done for it; these do it once. What is not understood here is left to the
 * framework, and a property test holds the two to the same result.
 *
 * Understood: constants, objects, `@path` with plain names, and `@if` with `exists` or `blank`.
 */
import type { JsonObject } from './prepared-action.ts'

type Evaluate = (event: JsonObject) => unknown

/** `$.a.b`: what the framework's path language adds to this (indexes, quotes) is rare. */
const PLAIN_PATH = /^\$\.[A-Za-z_][A-Za-z0-9_-]*(\.[A-Za-z_][A-Za-z0-9_-]*)*$/

const compiledMappings = new WeakMap<object, Evaluate | null>()

/** The fields that the mapping makes of an event, or null when it is one for the framework. The result is a copy. */
export function evaluateMapping(mapping: Readonly<Record<string, unknown>>, event: JsonObject): JsonObject | null {
  let evaluate = compiledMappings.get(mapping)
  if (evaluate === undefined) {
    evaluate = Object.keys(mapping).some((key) => key.startsWith('__')) ? null : compile(mapping)
    compiledMappings.set(mapping, evaluate)
  }
  return evaluate === null ? null : (evaluate(event) as JsonObject)
}

/** A mapping is written by a person and a few levels deep. Null where it holds something that is not understood. */
function compile(value: unknown): Evaluate | null {
  if (typeof value !== 'object' || value === null) return () => value
  if (Array.isArray(value)) return null
  const keys = Object.keys(value)
  if (keys.some((key) => key.startsWith('@'))) return keys.length === 1 ? compileDirective(value as JsonObject) : null
  const fields: { key: string; evaluate: Evaluate }[] = []
  for (const key of keys) {
    const evaluate = key === '__proto__' ? null : compile((value as JsonObject)[key])
    if (evaluate === null) return null
    fields.push({ key, evaluate })
  }
  return (event) => {
    const result: JsonObject = {}
    for (const { key, evaluate } of fields) {
      const field = evaluate(event)
      if (field !== undefined) result[key] = field
    }
    return result
  }
}

function compileDirective(directive: JsonObject): Evaluate | null {
  if ('@path' in directive) return compilePath(directive['@path'])
  return '@if' in directive ? compileIf(directive['@if']) : null
}

function compilePath(path: unknown): Evaluate | null {
  if (typeof path !== 'string' || !PLAIN_PATH.test(path)) return null
  const names = path.split('.').slice(1)
  return (event) => {
    let value: unknown = event
    for (const name of names) {
      // As in the framework: what is falsy has no parts and is itself the answer.
      if (!value) return value
      value = (value as JsonObject)[name]
    }
    return copyJson(value)
  }
}

function compileIf(options: unknown): Evaluate | null {
  if (typeof options !== 'object' || options === null) return null
  const { exists, blank, then, else: otherwise } = options as JsonObject
  if (!exists === !blank || typeof (exists ?? blank) !== 'object') return null
  const condition = compile(exists ?? blank)
  const whenTrue = then === undefined ? () => undefined : compile(then)
  const whenFalse = otherwise ? compile(otherwise) : () => undefined
  if (condition === null || whenTrue === null || whenFalse === null) return null
  const isBlankCounted = exists === undefined
  return (event) => {
    const value = condition(event)
    // biome-ignore lint/suspicious/noDoubleEquals: the framework compares so, and 0, false and [] are blank to it.
    const holds = value !== undefined && value !== null && !(isBlankCounted && value == '')
    return holds ? whenTrue(event) : whenFalse(event)
  }
}

/** A definition may change what it gets; the event belongs to other mappings too. Walks with a stack of its own. */
function copyJson(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  const root: { value: unknown } = { value: undefined }
  const work: { from: object; to: Record<string, unknown> | unknown[] }[] = []
  const begin = (from: object) => {
    const to: Record<string, unknown> | unknown[] = Array.isArray(from) ? new Array(from.length) : {}
    work.push({ from, to })
    return to
  }
  root.value = begin(value)
  for (let part = work.pop(); part !== undefined; part = work.pop()) {
    const { from, to } = part
    for (const key in from) {
      const field = (from as Record<string, unknown>)[key]
      ;(to as Record<string, unknown>)[key] = typeof field === 'object' && field !== null ? begin(field) : field
    }
  }
  return root.value
}
