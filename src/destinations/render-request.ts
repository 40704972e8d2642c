/** Turns the options a definition passes to `request(url, options)` into the request that is sent. Pure. */
import type { RequestOptions } from '@segment/actions-core'
import type { RenderedRequest } from './outcome.ts'

/** The options of `extendRequest` first, those of the call last. */
export function renderRequest(url: string, ...layers: readonly RequestOptions[]): RenderedRequest {
  const headers: Record<string, string> = { 'user-agent': 'Grapevine' }
  const options: RequestOptions = {}
  for (const layer of layers) {
    Object.assign(options, layer)
    const layerHeaders = layer.headers ?? {}
    for (const name of Object.keys(layerHeaders)) {
      const value = String(layerHeaders[name])
      // Segment's client drops a header that is set to undefined.
      if (value === 'undefined') delete headers[name.toLowerCase()]
      else headers[name.toLowerCase()] = value
    }
  }
  if (options.username || options.password) {
    const credentials = Buffer.from(`${options.username ?? ''}:${options.password ?? ''}`)
    headers['authorization'] = `Basic ${credentials.toString('base64')}`
  }
  return {
    method: (options.method ?? 'get').toUpperCase(),
    url: options.searchParams ? withSearch(url, options.searchParams) : url,
    body: bodyOf(options, headers),
    headers,
  }
}

function withSearch(url: string, params: NonNullable<RequestOptions['searchParams']>): string {
  const parsed = new URL(url)
  const pairs = params instanceof URLSearchParams ? [...params] : Object.entries(params)
  parsed.search = new URLSearchParams(pairs.map(([name, value]) => [name, String(value)])).toString()
  return parsed.toString()
}

function bodyOf(options: RequestOptions, headers: Record<string, string>): string | null {
  if (options.json !== undefined) {
    headers['content-type'] = 'application/json'
    return JSON.stringify(options.json)
  }
  const body: unknown = options.body
  if (body === undefined || body === null) return null
  if (typeof body === 'string') {
    headers['content-type'] ??= 'text/plain;charset=UTF-8'
    return body
  }
  if (body instanceof URLSearchParams) {
    headers['content-type'] ??= 'application/x-www-form-urlencoded;charset=UTF-8'
    return body.toString()
  }
  if (body instanceof Uint8Array) return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body)
  throw new TypeError('only text, JSON and form bodies can be sent')
}
