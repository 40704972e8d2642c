/** What lets browsers post from any page (Segment's Tracking API, CORS for browser SDKs). Pure. */

/** Header names and values in turn, as `writeHead` takes them. Shared: never changed in place. */
export type HeaderList = string[]

const EXPOSED = 'Retry-After, X-RateLimit-Reset, X-Request-Id'
const ALLOWED_BY_DEFAULT = 'authorization, content-type, x-retry-count'
/** A day: browsers cap it at their own maximum. */
const MAX_AGE_S = '86400'

/** For requests that name no origin; browsers always do. */
const ANY_ORIGIN: HeaderList = ['access-control-allow-origin', '*', 'access-control-expose-headers', EXPOSED]

/**
 * The headers that every answer carries. The origin is reflected, because `*` is refused by browsers when the page sends
 * credentials; nothing here depends on a cookie, so that gives no page any power.
 */
export function corsHeaders(origin: string | undefined): HeaderList {
  if (origin === undefined || !PLAIN_ORIGIN.test(origin)) return ANY_ORIGIN
  return [
    'access-control-allow-origin',
    origin,
    'access-control-allow-credentials',
    'true',
    'vary',
    'Origin',
    'access-control-expose-headers',
    EXPOSED,
  ]
}

/** The further headers of an answer to `OPTIONS`. Customers may configure headers of their own, so what is asked for is allowed. */
export function preflightHeaders(requested: string | undefined, methods: string): HeaderList {
  return [
    'access-control-allow-methods',
    methods,
    'access-control-allow-headers',
    requested !== undefined && PLAIN_HEADER_NAMES.test(requested) ? requested : ALLOWED_BY_DEFAULT,
    'access-control-max-age',
    MAX_AGE_S,
  ]
}

const PLAIN_ORIGIN = /^[\x21-\x7e]{1,300}$/
const PLAIN_HEADER_NAMES = /^[\w!#$%&'*+.^`|~, -]{1,2000}$/
