/** What both databases store and give back unchanged. Pure. */

/** A parameter that a database would refuse, alter or store differently from the other. Nothing was written. */
export class ValueError extends Error {
  override readonly name = 'ValueError'
}

const INT64_MIN = -(2n ** 63n)
const INT64_MAX = 2n ** 63n - 1n

export type StorableValue = string | number | bigint | null | Uint8Array

/** @throws ValueError for what `StateDb` promises to refuse. The message never holds the value. */
export function assertStorable(value: unknown): asserts value is StorableValue {
  const problem = problemOf(value)
  if (problem !== undefined) throw new ValueError(`${problem} cannot be stored`)
}

function problemOf(value: unknown): string | undefined {
  switch (typeof value) {
    case 'string':
      if (value.includes('\0')) return 'text with U+0000'
      return value.isWellFormed() ? undefined : 'text with a lone surrogate'
    case 'number':
      return Number.isFinite(value) ? undefined : 'a number that is not finite'
    case 'bigint':
      return value >= INT64_MIN && value <= INT64_MAX ? undefined : 'an integer of more than 64 bits'
    case 'object':
      return value === null || value instanceof Uint8Array ? undefined : 'an object'
    default:
      return `a value of type ${typeof value}`
  }
}
