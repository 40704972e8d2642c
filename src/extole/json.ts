/**
 * JSON that keeps 64-bit integers. Extole's ids are above 2^53, and its own examples show one as a bare number
 * (extole contract 4.1): read through a JavaScript number it would come out as another person's id.
 *
 * An integer that a double cannot hold stays a raw JSON literal, which `JSON.stringify` writes back digit for digit.
 */
interface RawJson {
  readonly rawJSON: string
}

interface LosslessJson {
  parse(text: string, reviver: (key: string, value: unknown, context: { source?: string }) => unknown): unknown
  rawJSON(text: string): RawJson
  isRawJSON(value: unknown): value is RawJson
}

const lossless = JSON as unknown as LosslessJson

/** Any run of 16 digits may be an unsafe integer; without one the fast parser gives the same answer. */
const MAY_BE_UNSAFE = /\d{16}/

/** @throws SyntaxError when `text` is not JSON. */
export function parseJson(text: string): unknown {
  if (!MAY_BE_UNSAFE.test(text)) return JSON.parse(text)
  return lossless.parse(text, (_key, value, context) =>
    typeof value === 'number' && !Number.isSafeInteger(value) && /^-?\d+$/.test(context.source ?? '')
      ? lossless.rawJSON(context.source ?? '')
      : value,
  )
}

/** Like JSON.stringify, but total: what JSON has no word for becomes null. */
export function toJson(value: unknown): string {
  return JSON.stringify(value) ?? 'null'
}

/** A JSON object: not an array, not null, not a raw number. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !lossless.isRawJSON(value)
}

/**
 * The text by which a key or an id is compared: exact, without trimming. Numbers and booleans by their JSON text.
 * Absent for null, an empty string, an object or an array, none of which can identify anything.
 */
export function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value === '' ? undefined : value
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  return lossless.isRawJSON(value) ? value.rawJSON : undefined
}
