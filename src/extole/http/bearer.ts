import type { Call } from './route.ts'

/** Cookie names the token may come in; `extole_token` is the documented one (contract 1.2). */
const COOKIES = ['extole_token', 'access_token']

/** The caller's token: query parameter, then Authorization header (what follows its last space), then cookie. */
export function bearerOf({ query, headers }: Pick<Call, 'query' | 'headers'>): string | undefined {
  const fromQuery = query.get('access_token')
  if (fromQuery) return fromQuery
  const { authorization } = headers
  if (authorization !== undefined) {
    const value = authorization.trim()
    const token = value.slice(value.lastIndexOf(' ') + 1)
    if (token !== '' && token.toLowerCase() !== 'bearer') return token
  }
  const cookies = new Map<string, string>()
  for (const pair of (headers.cookie ?? '').split(';')) {
    const equals = pair.indexOf('=')
    if (equals > 0) cookies.set(pair.slice(0, equals).trim(), pair.slice(equals + 1).trim())
  }
  return COOKIES.map((name) => cookies.get(name)).find((value) => value !== undefined && value !== '')
}
