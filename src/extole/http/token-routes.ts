/** `/v4/tokens` (contract 1.4). */
import type { Context } from '../context.ts'
import { ExtoleError } from '../errors.ts'
import {
  MANAGED_TOKEN_SECONDS,
  SHORT_TOKEN_SECONDS,
  TOKEN_SCOPES,
  type Token,
  type TokenScope,
  type Tokens,
} from '../tokens.ts'
import { type Answer, type Call, optionalBody, type Route, stringField, stringsField } from './route.ts'

/** The one account that can sign in with a password; only a conformance sandbox has it. */
export interface Account {
  readonly email: string
  readonly password: string
  readonly scopes: readonly TokenScope[]
}

export function tokenRoutes(context: Context, tokens: Tokens, account: Account | undefined): Route[] {
  const shown = (token: Token): Answer => ({
    body: {
      access_token: token.value,
      client_id: context.clientId,
      identity_id: token.identityId,
      person_id: token.identityId,
      expires_in: Math.max(0, Math.floor((token.expiresMs - context.clock.nowMs()) / 1000)),
      scopes: token.scopes,
      type: token.type,
    },
  })
  const inPath = (call: Call) => tokens.check(call.params.token ?? '')
  return [
    { method: 'GET', path: '/v4/tokens', auth: 'any', handle: ({ token }) => shown(present(token)) },
    {
      method: 'POST',
      path: '/v4/tokens',
      auth: 'optional',
      handle: (call) => shown(create(context, tokens, account, call)),
    },
    { method: 'GET', path: '/v4/tokens/:token', auth: 'none', handle: (call) => shown(inPath(call)) },
    {
      method: 'DELETE',
      path: '/v4/tokens/:token',
      auth: 'none',
      handle: (call) => {
        tokens.kill(inPath(call).value)
        return {}
      },
    },
    {
      method: 'PUT',
      path: '/v4/tokens/exchange/:token',
      auth: 'none',
      handle: (call) => {
        const old = inPath(call)
        const seconds = old.type === 'MANAGED' ? MANAGED_TOKEN_SECONDS : SHORT_TOKEN_SECONDS
        const fresh = tokens.make({ scopes: old.scopes, type: old.type, seconds, identityId: old.identityId })
        tokens.kill(old.value)
        return shown(fresh)
      },
    },
  ]
}

function present(token: Token | undefined): Token {
  if (token === undefined) throw new ExtoleError('missing_access_token')
  return token
}

function create(context: Context, tokens: Tokens, account: Account | undefined, call: Call): Token {
  const body = optionalBody(call)
  const clientId = stringField(body, 'client_id')
  const email = stringField(body, 'email')
  const password = stringField(body, 'password')
  const hasPassword = email !== undefined && password !== undefined
  if (call.token === undefined && !hasPassword) throw new ExtoleError('missing_credentials')
  if (hasPassword && (account === undefined || email !== account.email || password !== account.password)) {
    throw new ExtoleError('invalid_credentials')
  }
  const allowed = hasPassword ? (account?.scopes ?? []) : (call.token?.scopes ?? [])
  if (clientId !== undefined && clientId !== context.clientId)
    throw new ExtoleError('invalid_client_id', { client_id: clientId })
  const seconds = body.duration_seconds ?? SHORT_TOKEN_SECONDS
  if (typeof seconds !== 'number' || !Number.isInteger(seconds) || seconds < 1 || seconds > MANAGED_TOKEN_SECONDS) {
    throw new ExtoleError('invalid_duration', { duration_seconds: seconds })
  }
  const asked = stringsField(body, 'scopes')
  const denied = asked.filter((scope) => !allowed.some((one) => one === scope))
  if (denied.length > 0) throw new ExtoleError('scopes_denied', { denied_scopes: denied })
  const scopes = asked.length === 0 ? allowed : TOKEN_SCOPES.filter((scope) => asked.includes(scope))
  return tokens.make({
    scopes,
    type: 'USER',
    seconds,
    ...(hasPassword ? {} : { identityId: call.token?.identityId ?? '' }),
  })
}
