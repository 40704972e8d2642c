/** What a route is: a table row the server adapter serves, so that no handler knows the web framework. */
import type { IncomingHttpHeaders } from 'node:http'
import type { Readable } from 'node:stream'
import { ExtoleError } from '../errors.ts'
import { isObject, parseJson } from '../json.ts'
import type { Token, TokenScope } from '../tokens.ts'

export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE'

export interface Call {
  readonly method: string
  readonly path: string
  readonly params: Readonly<Record<string, string>>
  readonly query: URLSearchParams
  readonly headers: IncomingHttpHeaders
  /** The whole body; empty when there was none or when it is streamed. */
  readonly body: Buffer
  /** Only for multipart requests: the body as it arrives. */
  readonly stream: Readable | undefined
  /** The caller's address. */
  readonly address: string
  /** Present on every route whose `auth` is a scope or 'any'. */
  readonly token: Token | undefined
}

export interface Answer {
  /** Default 200. */
  readonly status?: number
  /** Sent as JSON unless it is a string or bytes; absent is an empty body. */
  readonly body?: unknown
  /** For string and byte bodies. */
  readonly contentType?: string
  readonly headers?: Readonly<Record<string, string>>
}

export interface Route {
  readonly method: Method
  /** With `:name` for a path parameter. */
  readonly path: string
  /** A scope the token needs; 'any' valid token; 'none': no token is looked at; 'optional': checked if present. */
  readonly auth: TokenScope | 'any' | 'none' | 'optional'
  /** Exempt from the 100 a minute limit (contract 3). */
  readonly isUnlimited?: true
  /** Part of the sandbox itself rather than of Extole: no faults, no limits, not in the request log. */
  readonly isControl?: true
  readonly handle: (call: Call) => Answer | Promise<Answer>
}

/** The JSON value of a required body, in the order of contract 4.2: media type, presence, syntax. */
export function jsonBody(call: Call): unknown {
  requireJsonType(call)
  if (call.body.length === 0) throw new ExtoleError('missing_request_body')
  let value: unknown
  try {
    value = parseJson(call.body.toString('utf8'))
  } catch {
    throw new ExtoleError('invalid_json')
  }
  if (value === null) throw new ExtoleError('missing_request_body')
  return value
}

/** A required body that must be a JSON object. */
export function objectBody(call: Call): Record<string, unknown> {
  const value = jsonBody(call)
  if (!isObject(value)) throw new ExtoleError('binding_error', { description: 'The body must be a JSON object.' })
  return value
}

/** Like `objectBody`, but a missing body reads as an empty object. */
export function optionalBody(call: Call): Record<string, unknown> {
  return call.body.length === 0 ? {} : objectBody(call)
}

function requireJsonType(call: Call): void {
  const type = call.headers['content-type']?.split(';')[0]?.trim().toLowerCase()
  // An empty body without a type is a missing body, not a wrong type.
  if (type === undefined && call.body.length === 0) return
  if (type === 'application/json' || type?.endsWith('+json')) return
  throw new ExtoleError('unsupported_media_type')
}

/** A string field: absent and null read as undefined. @throws ExtoleError `binding_error` for another type. */
export function stringField(body: Record<string, unknown>, name: string): string | undefined {
  const value = Object.hasOwn(body, name) ? body[name] : undefined
  if (value === undefined || value === null) return undefined
  if (typeof value !== 'string')
    throw new ExtoleError('binding_error', { field: name, description: 'A string is expected.' })
  return value
}

/** A list of strings: absent and null read as empty. @throws ExtoleError `binding_error` for another type. */
export function stringsField(body: Record<string, unknown>, name: string): readonly string[] {
  const value = Object.hasOwn(body, name) ? body[name] : undefined
  if (value === undefined || value === null) return []
  if (!Array.isArray(value) || !value.every((one): one is string => typeof one === 'string')) {
    throw new ExtoleError('binding_error', { field: name, description: 'A list of strings is expected.' })
  }
  return value
}

/** `limit` and `offset` of a list. Without `limit`, `limitDefault`. */
export function page(call: Call, limitDefault: number): { limit: number; offset: number } {
  return { limit: count(call, 'limit', limitDefault), offset: count(call, 'offset', 0) }
}

function count(call: Call, name: 'limit' | 'offset', missing: number): number {
  const text = call.query.get(name)
  if (text === null || text === '') return missing
  if (!/^\d{1,9}$/.test(text) || (name === 'limit' && Number(text) === 0))
    throw new ExtoleError(`invalid_${name}`, { [name]: text })
  return Number(text)
}

/** A repeatable filter, also written as one comma-separated value. Undefined when it is not given. */
export function filter(call: Call, name: string): ReadonlySet<string> | undefined {
  const values = call.query
    .getAll(name)
    .flatMap((value) => value.split(','))
    .filter((value) => value !== '')
  return values.length === 0 ? undefined : new Set(values)
}
