/** Events in the address of an image (Segment's Tracking API, pixel). Pure. */
import { isAscii } from 'node:buffer'
import { parseBody } from './parse.ts'

/** The smallest transparent GIF: 1 x 1, 43 bytes. */
export const GIF = Buffer.from('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAICRAEAOw==', 'base64')

export type PixelInput =
  | { readonly ok: true; readonly body: Readonly<Record<string, unknown>> }
  | { readonly ok: false; readonly code: 'invalid_json' | 'invalid_body' }

/**
 * `?data=<base64 of JSON>`, in either base64 alphabet, or plain keys where a dot nests: `properties.subject=Hello`. A
 * `writeKey` beside `data` counts when the JSON has none. Plain values stay strings.
 */
export function pixelInput(query: string): PixelInput {
  const parameters = new URLSearchParams(query)
  const data = parameters.get('data')
  if (data === null) return { ok: true, body: nested(parameters) }
  // A plus sign that was not escaped arrives as a space.
  const base64 = data.replaceAll(' ', '+')
  if (!isAscii(Buffer.from(base64)) || base64 === '') return { ok: false, code: 'invalid_json' }
  const parsed = parseBody(Buffer.from(base64, 'base64'))
  const writeKey = parameters.get('writeKey')
  if (!parsed.ok || writeKey === null || parsed.body.writeKey !== undefined) return parsed
  return { ok: true, body: { ...parsed.body, writeKey } }
}

type Members = Record<string, unknown>

/** Objects without a prototype: a key may be anything, `__proto__` too, until the event is normalised. */
function nested(parameters: URLSearchParams): Members {
  const root: Members = Object.create(null)
  for (const [name, value] of parameters) {
    const keys = name.split('.')
    const last = keys.pop() ?? ''
    let members = root
    for (const key of keys) {
      const inner = members[key]
      if (isMembers(inner)) members = inner
      else {
        const made: Members = Object.create(null)
        members[key] = made
        members = made
      }
    }
    members[last] = value
  }
  return root
}

function isMembers(value: unknown): value is Members {
  return typeof value === 'object' && value !== null
}
