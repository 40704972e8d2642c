/** From the bytes of a body to a JSON object. Pure. */
import { isAscii, isUtf8 } from 'node:buffer'
import { isJsonObject, textMayNeedRepair } from '../spec/index.ts'

/**
 * Levels of nesting beyond which a body is not read as JSON. Event by event 32 levels are the limit, and deeper events are
 * refused one by one; but building 2,000,000 levels only to refuse them would hold everybody else up for a second.
 */
export const NESTING_MAX = 300_000

export type JsonBody = Readonly<Record<string, unknown>>

export interface ParsedBody {
  readonly body: JsonBody
  /** Whether strings and keys have to be looked at: `RequestContext.checkStrings`. */
  readonly checkStrings: boolean
  /** Length of the text. */
  readonly bytes: number
}

export type Parsed =
  | ({ readonly ok: true } & ParsedBody)
  | { readonly ok: false; readonly code: 'invalid_json' | 'invalid_body' }

/** A leading byte order mark is skipped. Of repeated keys the last wins. */
export function parseBody(bytes: Buffer): Parsed {
  const hasMark = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf
  const text = decode(hasMark ? bytes.subarray(3) : bytes)
  if (text === undefined || nestsDeeperThan(bytes, NESTING_MAX)) return { ok: false, code: 'invalid_json' }
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return { ok: false, code: 'invalid_json' }
  }
  if (!isJsonObject(value)) return { ok: false, code: 'invalid_body' }
  return { ok: true, body: value, checkStrings: textMayNeedRepair(text), bytes: bytes.length }
}

/** Brackets inside strings do not count. Only as exact as valid JSON deserves: the parser judges the rest. */
function nestsDeeperThan(bytes: Buffer, levels: number): boolean {
  if (bytes.length <= levels) return false
  let open = 0
  let inString = false
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at]
    if (inString) {
      if (byte === BACKSLASH) at++
      else if (byte === QUOTE) inString = false
    } else if (byte === QUOTE) inString = true
    else if (byte === OPEN_ARRAY || byte === OPEN_OBJECT) {
      open++
      if (open > levels) return true
    } else if (byte === CLOSE_ARRAY || byte === CLOSE_OBJECT) open--
  }
  return false
}

const QUOTE = 0x22
const BACKSLASH = 0x5c
const OPEN_ARRAY = 0x5b
const CLOSE_ARRAY = 0x5d
const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d

function decode(bytes: Buffer): string | undefined {
  if (isAscii(bytes)) return bytes.toString('latin1')
  return isUtf8(bytes) ? bytes.toString('utf8') : undefined
}
