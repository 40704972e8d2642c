/** Who calls and whether they may: by a token, or by the cookie of a session. */
import type { FastifyReply, FastifyRequest, RouteOptions } from 'fastify'
import { type Actor, rightsOf } from '../../workspace/index.ts'
import type { ApiDeps, Authenticated, Guard, Right } from '../deps.ts'
import { type Envelope, envelopeOf } from '../envelopes.ts'
import { ApiError } from '../problems.ts'
import type { Refusals } from '../refusals.ts'
import { secretOf } from './cookie.ts'
import { refuseForeign } from './csrf.ts'

const BEARER = /^Bearer +(\S+)$/i

type Check = ReturnType<Guard>
type Caller = Omit<Authenticated, 'stillMay'>

const declared = new WeakMap<object, Right>()

declare module 'fastify' {
  interface FastifyInstance {
    declaredRoutes: readonly DeclaredRoute[]
  }
  interface FastifyContextConfig {
    /** Where no guard says it. */
    right?: Right
  }
}

/** What a route declares that it asks for. */
export function rightOf({ onRequest, config }: Pick<RouteOptions, 'onRequest' | 'config'>): Right | undefined {
  const checks = [onRequest ?? []].flat()
  return config?.right ?? checks.map((check) => declared.get(check)).find((right) => right !== undefined)
}

/** A route as it is served, and the right that it declares. */
export interface DeclaredRoute {
  readonly method: string
  /** With parameters, e.g. `/api/sources/:id`. */
  readonly url: string
  readonly right: Right
  readonly envelope: Envelope
}

/** Deny by default: a route that says nothing is a mistake of this program, found at its start. */
export function declaredRoutes(route: RouteOptions): readonly DeclaredRoute[] {
  const right = rightOf(route)
  const { url } = route
  if (right !== undefined)
    return [route.method].flat().map((method) => ({ method, url, right, envelope: envelopeOf(method, url) }))
  throw new Error(`the route ${String(route.method)} ${route.url} declares no right`)
}

export interface GuardDeps extends Pick<ApiDeps, 'verifyToken' | 'logger'> {
  readonly accounts: Pick<ApiDeps['accounts'], 'findSession'>
  readonly commands: Pick<ApiDeps['commands'], 'noteSession'>
}

export function guardOf(deps: GuardDeps, refusals: Refusals): Guard {
  const noting = new Set<string>()
  return (right) => {
    const letIn = async (request: FastifyRequest) => {
      if (right === 'anyone') return refuseForeign(request)
      const caller = await callerOf(request, deps)
      if (caller === undefined) throw unauthorized()
      const { session } = caller
      if (session !== undefined) {
        refuseForeign(request)
        if (session.isToBeNoted) note(session.hash, caller.actor, deps, noting)
      }
      if (!may(caller, right)) {
        const who = session === undefined ? 'This token' : 'Your account'
        const what = right === 'signed-in' ? 'is not a session' : `lacks the right ${right}`
        throw new ApiError(403, [{ type: 'forbidden', message: `${who} ${what}.` }])
      }
      const stillMay = async () => {
        const now = await callerOf(request, deps)
        return now !== undefined && may(now, right)
      }
      request.authenticated = { ...caller, stillMay }
    }
    const check: Check = async (request: FastifyRequest, reply: FastifyReply) => {
      refusals.admit(request.ip, reply)
      try {
        await letIn(request)
      } catch (error) {
        if (!(error instanceof ApiError)) throw error
        // Of guesses that were all under way at once no more are answered than of those that come one by one.
        refusals.admit(request.ip, reply)
        refusals.count(request.ip)
        throw error
      }
      // As one that is wrong would be.
      refusals.admit(request.ip, reply)
    }
    declared.set(check, right)
    return check
  }
}

function may({ session, rights }: Caller, right: Right): boolean {
  return right === 'signed-in' ? session !== undefined : rights.has(right)
}

/** Undefined for nobody that is known. */
async function callerOf(request: FastifyRequest, deps: GuardDeps): Promise<Caller | undefined> {
  const { authorization } = request.headers
  const address = request.ip
  // A page of another site can send a cookie, but no such header.
  if (authorization !== undefined) {
    const text = BEARER.exec(authorization)?.[1]
    const token = text === undefined ? undefined : await deps.verifyToken(text)
    if (token === undefined) return undefined
    const actor = { kind: 'token', id: token.id, name: token.name, address } as const
    return { actor, rights: new Set(token.scopes), userId: token.userId }
  }
  const secret = secretOf(request)
  const session = secret === undefined ? undefined : await deps.accounts.findSession(secret)
  if (session === undefined) return undefined
  const { id, email } = session.user
  const actor = { kind: 'user', id, name: email, address } as const
  return { actor, rights: rightsOf(session.permission), userId: id, session }
}

/** Says that a session is in use; once, however many requests come at that moment. */
function note(hash: string, actor: Actor, deps: GuardDeps, noting: Set<string>): void {
  if (noting.has(hash)) return
  noting.add(hash)
  deps.commands
    .noteSession({ hash }, actor)
    .catch((error: unknown) => deps.logger.warn('the use of a session was not noted', { error: String(error) }))
    .finally(() => noting.delete(hash))
}

function unauthorized(): ApiError {
  const message = 'Send a valid token as Authorization: Bearer <token>, or sign in.'
  return new ApiError(401, [{ type: 'unauthorized', message }])
}
