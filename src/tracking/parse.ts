/** From the bytes of a body to a JSON object. Pure. */
import { isAscii, isUtf8 } from 'node:buffer'
import { isJsonObject, textMayNeedRepair } from '../spec/index.ts'

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
  if (text === undefined) return { ok: false, code: 'invalid_json' }
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return { ok: false, code: 'invalid_json' }
  }
  if (!isJsonObject(value)) return { ok: false, code: 'invalid_body' }
  return { ok: true, body: value, checkStrings: textMayNeedRepair(text), bytes: bytes.length }
}

function decode(bytes: Buffer): string | undefined {
  if (isAscii(bytes)) return bytes.toString('latin1')
  return isUtf8(bytes) ? bytes.toString('utf8') : undefined
}
