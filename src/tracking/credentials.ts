/** Where a request keeps its write key (Segment's Tracking API, authentication forms). Pure. */

export type Credentials =
  | { readonly kind: 'missing' }
  /** `mismatch`: the header and the body name different keys; the header's counts. */
  | { readonly kind: 'key'; readonly writeKey: string; readonly mismatch: boolean }
  /** Something was given that cannot be a write key. */
  | { readonly kind: 'malformed' }

/**
 * @param basic what `basicUser` found in the header
 * @param bodyKey `writeKey` of the body, whatever it is
 */
export function credentialsOf(basic: string | undefined, bodyKey: unknown, charsMax: number): Credentials {
  const hasBodyKey = bodyKey !== undefined && bodyKey !== null && bodyKey !== ''
  if (basic !== undefined) {
    if (basic.length > charsMax) return { kind: 'malformed' }
    return { kind: 'key', writeKey: basic, mismatch: hasBodyKey && bodyKey !== basic }
  }
  if (!hasBodyKey) return { kind: 'missing' }
  if (typeof bodyKey !== 'string' || bodyKey.length > charsMax) return { kind: 'malformed' }
  return { kind: 'key', writeKey: bodyKey, mismatch: false }
}

/**
 * The user name of a Basic header, with or without the colon that should follow it; `undefined` where there is none. Other
 * schemes are not looked at, since the key then stands in the body.
 */
export function basicUser(authorization: string): string | undefined {
  if (authorization.length < 7 || authorization.slice(0, 6).toLowerCase() !== 'basic ') return undefined
  const decoded = Buffer.from(authorization.slice(6), 'base64').toString('utf8')
  const colon = decoded.indexOf(':')
  const user = colon === -1 ? decoded : decoded.slice(0, colon)
  return user === '' ? undefined : user
}
