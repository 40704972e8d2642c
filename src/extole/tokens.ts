/** Access tokens (contract 1.2 to 1.5). Only a hash is kept, except of the sandbox's own admin token. */
import { hash } from 'node:crypto'
import type { Context } from './context.ts'
import { ExtoleError } from './errors.ts'

export const TOKEN_SCOPES = [
  'BACKEND',
  'CLIENT_ADMIN',
  'CLIENT_REPORT_DOWNLOAD',
  'CLIENT_SUPERUSER',
  'LOCAL_PROFILE',
  'ONE_TIME',
  'PASSWORD_RESET',
  'UPDATE_PROFILE',
  'USER_SUPPORT',
  'VERIFIED_CONSUMER',
] as const
export type TokenScope = (typeof TOKEN_SCOPES)[number]

/** Managed tokens are long-lived: ten years, in seconds. */
export const MANAGED_TOKEN_SECONDS = 10 * 365 * 86_400
/** Tokens made without a duration live a day, in seconds. */
export const SHORT_TOKEN_SECONDS = 86_400
/** Known tokens held in memory, so that the event path does not hash. */
const CACHE_MAX = 1_000

export interface Token {
  readonly value: string
  readonly identityId: string
  readonly type: 'USER' | 'MANAGED' | 'RESOURCE'
  readonly scopes: readonly TokenScope[]
  readonly expiresMs: number
}

export interface Tokens {
  /** @throws ExtoleError for an unknown or an expired token. */
  check(value: string): Token
  make(options: {
    scopes: readonly TokenScope[]
    type: Token['type']
    seconds: number
    name?: string
    identityId?: string
  }): Token
  /** The token is dead at once. */
  kill(value: string): void
}

export function tokenStore({ db, clock, random, nextId, settings }: Context): Tokens {
  const cache = new Map<string, Token>()

  function find(value: string): Token | undefined {
    const cached = cache.get(value)
    if (cached !== undefined) return cached
    const row = db.get(
      'SELECT CAST(identity_id AS TEXT) AS identity_id, type, scopes, expires_ms FROM token WHERE hash = ?',
      hashOf(value),
    )
    if (row === undefined) return undefined
    const token: Token = {
      value,
      identityId: String(row.identity_id),
      type: row.type as Token['type'],
      scopes: JSON.parse(String(row.scopes)) as TokenScope[],
      expiresMs: Number(row.expires_ms),
    }
    if (cache.size >= CACHE_MAX) cache.clear()
    cache.set(value, token)
    return token
  }

  return {
    check(value) {
      const token = find(value)
      if (token !== undefined && token.expiresMs > clock.nowMs()) return token
      if (settings().invalid_token_status === 403) throw new ExtoleError('access_denied')
      throw new ExtoleError(token === undefined ? 'invalid_access_token' : 'expired_access_token')
    },
    make({ scopes, type, seconds, name, identityId = nextId() }) {
      const value = random.bytes(16).toString('hex').toUpperCase()
      const nowMs = clock.nowMs()
      const expiresMs = nowMs + seconds * 1000
      db.write(() =>
        db.run(
          'INSERT INTO token (hash, identity_id, name, type, scopes, created_ms, expires_ms) VALUES (?, ?, ?, ?, ?, ?, ?)',
          hashOf(value),
          identityId,
          name ?? null,
          type,
          JSON.stringify(scopes),
          nowMs,
          expiresMs,
        ),
      )
      return { value, identityId, type, scopes, expiresMs }
    },
    kill(value) {
      cache.delete(value)
      db.write(() => db.run('DELETE FROM token WHERE hash = ?', hashOf(value)))
    },
  }
}

function hashOf(value: string): Buffer {
  return hash('sha256', value, 'buffer')
}

/** A scope too small is 403 `access_denied` (contract 1.5). CLIENT_SUPERUSER may do everything. */
export function requireScope(token: Token, scope: TokenScope): void {
  if (token.scopes.includes(scope) || token.scopes.includes('CLIENT_SUPERUSER')) return
  throw new ExtoleError('access_denied', { required_scope: scope })
}
