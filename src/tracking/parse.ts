/** From the bytes of a body to a JSON object. Pure. */
import { isAscii, isUtf8 } from 'node:buffer'
import { isJsonObject } from '../spec/index.ts'

export type Parsed =
  | { readonly ok: true; readonly body: Readonly<Record<string, unknown>> }
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
  return isJsonObject(value) ? { ok: true, body: value } : { ok: false, code: 'invalid_body' }
}

function decode(bytes: Buffer): string | undefined {
  if (isAscii(bytes)) return bytes.toString('latin1')
  return isUtf8(bytes) ? bytes.toString('utf8') : undefined
}
