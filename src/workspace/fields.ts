/** Checks that several commands share. Pure. Each answers the problems found. */
import type { FieldProblem } from './errors.ts'

/** Characters (UTF-16 units) of a name a person gives. */
export const NAME_CHARS_MAX = 255
export const SLUG_CHARS_MAX = 100
/** Bytes of the JSON of a destination's settings, and of one mapping's fields. */
export const JSON_BYTES_MAX = 65_536

const SLUG = /^[A-Za-z0-9][A-Za-z0-9_.-]*$/
/** Control characters, and the separators of lines and paragraphs. */
const CONTROL = /[\p{Cc}\u2028\u2029]/u

/** What `StateDb` stores without refusing it. */
export const isStorableText = (value: string) => value.isWellFormed() && !value.includes('\0')

export function checkName(value: string, field = 'name'): FieldProblem[] {
  if (value.trim() === '') return [{ field, message: 'must not be empty' }]
  if (value.length > NAME_CHARS_MAX) return [{ field, message: `must have at most ${NAME_CHARS_MAX} characters` }]
  if (CONTROL.test(value) || !isStorableText(value)) return [{ field, message: 'must be plain text on one line' }]
  return []
}

export function checkSlug(value: string, field = 'slug'): FieldProblem[] {
  if (value.length > SLUG_CHARS_MAX) return [{ field, message: `must have at most ${SLUG_CHARS_MAX} characters` }]
  if (SLUG.test(value)) return []
  return [{ field, message: 'must start with a letter or digit and hold only letters, digits, dots, - and _' }]
}

/** The JSON of a value, or a problem where it has none or too much. */
export function toJson(value: unknown, field: string): { json: string; problems: FieldProblem[] } {
  let json: string | undefined
  try {
    json = JSON.stringify(value)
  } catch {
    // Cyclic, holding a bigint, or nested deeper than the stack.
  }
  if (json === undefined) return { json: 'null', problems: [{ field, message: 'must be plain JSON' }] }
  const problems =
    Buffer.byteLength(json) > JSON_BYTES_MAX ? [{ field, message: `must be at most ${JSON_BYTES_MAX} bytes` }] : []
  return { json, problems }
}
