/**
 * Mends a parsed event in place: the rare path behind `inspect`. Level by level like it, so no recursion over input.
 * Never called on a value that `inspect` found too deep.
 */
import { isClean } from './inspect.ts'
import { PROPERTIES_MAX } from './limits.ts'
import type { Warning } from './reasons.ts'

/** Removes, replaces and rounds as the reliability contract 4.2 says, and adds what it did to `warnings`. */
export function repair(root: object, warnings: Set<Warning>): void {
  let level: object[] = [root]
  while (level.length > 0) {
    const next: object[] = []
    for (const container of level) {
      if (Array.isArray(container)) {
        for (const [index, value] of container.entries()) container[index] = mended(value, warnings, next)
      } else {
        mendObject(container as Record<string, unknown>, warnings, next)
      }
    }
    level = next
  }
}

/** Keeps the first 10,000 keys of `properties` and of `traits`, in place. */
export function truncateProperties(event: Record<string, unknown>, warnings: Set<Warning>): void {
  for (const container of [event.properties, event.traits]) {
    if (typeof container !== 'object' || container === null || Array.isArray(container)) continue
    const surplus = Object.keys(container).slice(PROPERTIES_MAX)
    if (surplus.length === 0) continue
    warnings.add('properties_truncated')
    for (const key of surplus) Reflect.deleteProperty(container, key)
  }
}

function mendObject(members: Record<string, unknown>, warnings: Set<Warning>, next: object[]): void {
  if (Object.hasOwn(members, '__proto__')) {
    Reflect.deleteProperty(members, '__proto__')
    warnings.add('key_removed')
  }
  const keys = Object.keys(members)
  if (keys.every(isClean)) {
    for (const key of keys) set(members, key, mended(members[key], warnings, next))
    return
  }
  warnings.add('string_repaired')
  // Keys that become equal: the last wins, as for keys repeated in the text. All are written anew to keep their order.
  const entries = new Map(keys.map((key) => [cleaned(key), members[key]]))
  for (const key of keys) Reflect.deleteProperty(members, key)
  for (const [key, value] of entries) set(members, key, mended(value, warnings, next))
}

function mended(value: unknown, warnings: Set<Warning>, next: object[]): unknown {
  if (typeof value === 'object' && value !== null) next.push(value)
  if (typeof value === 'string' && !isClean(value)) {
    warnings.add('string_repaired')
    return cleaned(value)
  }
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) {
      warnings.add('number_repaired')
      return null
    }
    if (Number.isInteger(value) && !Number.isSafeInteger(value)) warnings.add('number_imprecise')
  }
  return value
}

function cleaned(text: string): string {
  return text.toWellFormed().replaceAll('\0', '\uFFFD')
}

/** Not an assignment: a setter or a frozen property further up the prototype chain must not matter. */
function set(members: Record<string, unknown>, key: string, value: unknown): void {
  Object.defineProperty(members, key, { value, writable: true, enumerable: true, configurable: true })
}
