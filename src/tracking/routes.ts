/** Which path means what (Segment's Tracking API, hosts and paths). Pure. */
import type { Channel, EventType } from '../spec/index.ts'

export type Route =
  | { readonly kind: 'single'; readonly type: EventType; readonly channel: Channel; readonly allow: 'POST, OPTIONS' }
  | { readonly kind: 'batch'; readonly channel: Channel; readonly allow: 'POST, OPTIONS' }
  | { readonly kind: 'metrics'; readonly allow: 'POST, OPTIONS' }
  /** `type` is absent when the path names none that exists: a pixel is answered all the same. */
  | { readonly kind: 'pixel'; readonly type?: EventType; readonly query: string; readonly allow: 'GET, HEAD, OPTIONS' }
  | { readonly kind: 'settings'; readonly writeKey: string; readonly allow: 'GET, HEAD, OPTIONS' }
  /** The browser SDK, and the parts that it loads by itself. */
  | { readonly kind: 'sdk_script'; readonly writeKey: string; readonly allow: 'GET, HEAD, OPTIONS' }
  | { readonly kind: 'sdk_bundle'; readonly name: string; readonly allow: 'GET, HEAD, OPTIONS' }

/** Whether a request belongs to the Tracking API or the browser SDK. The Profile API shares the prefix of the first. */
export function isTrackingUrl(url: string): boolean {
  const { path } = splitUrl(url)
  if (path !== '/v1' && !path.startsWith('/v1/')) return SDK_PREFIX.test(path)
  return path !== '/v1/spaces' && !path.startsWith('/v1/spaces/')
}

/** `undefined` for a path that is not there. A trailing slash never matters; letter case does. */
export function routeOf(url: string): Route | undefined {
  // SDKs send exactly these; the rest takes the longer way.
  const known = FIXED.get(url)
  if (known !== undefined) return known
  const { path, query } = splitUrl(url)
  const trimmed = withoutTrailingSlashes(path)
  const fixed = FIXED.get(trimmed)
  if (fixed !== undefined) return fixed
  if (trimmed.startsWith(PIXEL_PREFIX)) {
    const type = TYPE_BY_NAME.get(trimmed.slice(PIXEL_PREFIX.length))
    return { kind: 'pixel', ...(type && { type }), query, allow: 'GET, HEAD, OPTIONS' }
  }
  const settingsOf = SETTINGS_PATH.exec(trimmed)?.[1]
  if (settingsOf !== undefined) return { kind: 'settings', writeKey: decoded(settingsOf), allow: 'GET, HEAD, OPTIONS' }
  const scriptOf = SCRIPT_PATH.exec(trimmed)?.[1]
  if (scriptOf !== undefined) return { kind: 'sdk_script', writeKey: decoded(scriptOf), allow: 'GET, HEAD, OPTIONS' }
  const name = BUNDLE_PATH.exec(trimmed)?.[1]
  return name === undefined ? undefined : { kind: 'sdk_bundle', name, allow: 'GET, HEAD, OPTIONS' }
}

const PIXEL_PREFIX = '/v1/pixel/'
const SETTINGS_PATH = /^\/v1\/projects\/([^/]{1,300})\/settings$/
const SDK_PREFIX = /^\/(?:analytics\.js|analytics-next)(?:\/|$)/
const SCRIPT_PATH = /^\/analytics\.js\/v1\/([^/]{1,300})\/analytics\.min\.js$/
const BUNDLE_PATH = /^\/analytics-next\/bundles\/([\w.-]{1,100})$/

const TYPE_BY_NAME: ReadonlyMap<string, EventType> = new Map(
  (['identify', 'track', 'page', 'screen', 'group', 'alias'] as const).map((type) => [type, type]),
)

/** Long names are for servers; browsers and phones use the first letter of the type, and `b` for a batch. */
const FIXED: ReadonlyMap<string, Route> = new Map<string, Route>([
  ...[...TYPE_BY_NAME.values()].flatMap((type): [string, Route][] => [
    [`/v1/${type}`, { kind: 'single', type, channel: 'server', allow: 'POST, OPTIONS' }],
    [`/v1/${type.charAt(0)}`, { kind: 'single', type, channel: 'client', allow: 'POST, OPTIONS' }],
  ]),
  ['/v1/batch', { kind: 'batch', channel: 'server', allow: 'POST, OPTIONS' }],
  ['/v1/import', { kind: 'batch', channel: 'server', allow: 'POST, OPTIONS' }],
  ['/v1/b', { kind: 'batch', channel: 'client', allow: 'POST, OPTIONS' }],
  ['/v1/m', { kind: 'metrics', allow: 'POST, OPTIONS' }],
])

/** Proxies may send the absolute form, `http://host/path`. */
function splitUrl(url: string): { path: string; query: string } {
  let start = 0
  if (!url.startsWith('/')) {
    const scheme = url.indexOf('://')
    if (scheme === -1) return { path: url, query: '' }
    start = url.indexOf('/', scheme + 3)
    if (start === -1) return { path: '/', query: '' }
  }
  const mark = url.indexOf('?', start)
  if (mark === -1) return { path: url.slice(start), query: '' }
  return { path: url.slice(start, mark), query: url.slice(mark + 1) }
}

function withoutTrailingSlashes(path: string): string {
  let end = path.length
  while (end > 1 && path.charCodeAt(end - 1) === SLASH) end--
  return path.slice(0, end)
}

const SLASH = 0x2f

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    return segment
  }
}
