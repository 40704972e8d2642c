/**
 * One pass over a parsed JSON value that answers what decides its fate: too deep, perhaps too large, in need of repair.
 * It goes level by level with two arrays, so that hostile nesting cannot exhaust the stack and depth costs nothing.
 */
import { DEPTH_MAX } from './limits.ts'

export interface Inspection {
  readonly isTooDeep: boolean
  /** At least the bytes of the value's JSON, at most some six times as many. Meaningless when it is too deep. */
  readonly bytesBound: number
  /** Something in it has to be mended, or at least to be told to the sender. */
  readonly needsRepair: boolean
  /** Keys at all levels. */
  readonly keys: number
}

/** No escape, so at worst three bytes of UTF-8 for one UTF-16 unit. */
const BYTES_PER_UNIT_PLAIN = 3
/** `\u0001` */
const BYTES_PER_UNIT_ESCAPED = 6
/** The longest double, `-1.2345678901234567e-300`, and a comma. */
const NUMBER_BYTES_MAX = 25

/**
 * Whether strings and keys of a JSON text may need repair. In valid UTF-8 U+0000, lone surrogates and control characters
 * can only be written with `\u`, so most requests are spared the look at every string.
 */
export function textMayNeedRepair(text: string): boolean {
  return text.includes('\\u') || text.includes('__proto__')
}

/** @param checkStrings false only where `textMayNeedRepair` said so about the text that `root` was parsed from */
export function inspect(root: unknown, checkStrings: boolean): Inspection {
  const bytesPerUnit = checkStrings ? BYTES_PER_UNIT_ESCAPED : BYTES_PER_UNIT_PLAIN
  let units = 0
  let fixedBytes = 0
  let keys = 0
  let needsRepair = false
  let level: object[] = []
  let next: object[] = []

  const visit = (value: unknown): void => {
    switch (typeof value) {
      case 'string':
        // Short escapes such as \n take two bytes: less than three.
        units += value.length
        fixedBytes += 3
        if (checkStrings && !isClean(value)) needsRepair = true
        break
      case 'number':
        fixedBytes += NUMBER_BYTES_MAX
        if (!Number.isSafeInteger(value) && !isOrdinaryFraction(value)) needsRepair = true
        break
      case 'object':
        if (value === null) fixedBytes += 5
        else {
          fixedBytes += 3
          next.push(value)
        }
        break
      default:
        fixedBytes += 6
    }
  }

  visit(root)
  for (let depth = 1; next.length > 0; depth++) {
    if (depth > DEPTH_MAX) return { isTooDeep: true, bytesBound: 0, needsRepair, keys }
    const swapped = level
    level = next
    next = swapped
    next.length = 0
    for (const container of level) {
      if (Array.isArray(container)) {
        for (const value of container) visit(value)
        continue
      }
      const members = container as Record<string, unknown>
      for (const key in members) {
        keys++
        units += key.length
        fixedBytes += 4
        if (checkStrings && (key === '__proto__' || !isClean(key))) needsRepair = true
        visit(members[key])
      }
    }
  }
  return { isTooDeep: false, bytesBound: fixedBytes + units * bytesPerUnit, needsRepair, keys }
}

/** Neither U+0000 nor half a surrogate pair. */
export function isClean(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0')
}

function isOrdinaryFraction(value: number): boolean {
  return Number.isFinite(value) && !Number.isInteger(value)
}
