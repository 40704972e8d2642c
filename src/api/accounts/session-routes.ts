/** Coming in, signing in and out, one's own password, and a new one for who forgot it. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { type Static, Type } from 'typebox'
import {
  type Actor,
  checkPassword,
  PASSWORD_CHARS_MAX,
  PasswordsBusy,
  type Permission,
  rightsOf,
  type User,
} from '../../workspace/index.ts'
import { callerOf } from '../actor.ts'
import * as answers from '../answers/accounts.ts'
import type { ApiDeps, Routes } from '../deps.ts'
import { networkOf } from '../network.ts'
import { ApiError } from '../problems.ts'
import { Attempts } from './attempts.ts'
import { clearCookie, refusePlain, secretOf, setCookie } from './cookie.ts'

const Email = Type.String({ minLength: 3, maxLength: 254 })
const Password = Type.String({ minLength: 1, maxLength: PASSWORD_CHARS_MAX })

const SignIn = Type.Object({ email: Email, password: Password }, { additionalProperties: false })
const Join = Type.Object(
  {
    token: Type.String({ minLength: 1, maxLength: 255 }),
    email: Type.Optional(Email),
    name: Type.String({ minLength: 1, maxLength: 255 }),
    password: Password,
  },
  { additionalProperties: false },
)
const Reset = Type.Object(
  { token: Type.String({ minLength: 1, maxLength: 255 }), password: Password },
  { additionalProperties: false },
)
const NewPassword = Type.Object({ current: Password, password: Password }, { additionalProperties: false })

export const sessionRoutes: Routes = (app, deps, guard) => {
  const attempts = new Attempts()

  app.post<{ Body: Static<typeof Join> }>(
    '/join',
    { onRequest: guard('anyone'), config: answers.join, schema: { body: Join } },
    async (request, reply) => {
      refusePlain(request)
      const { token, ...given } = request.body
      refuseWeak(given.password)
      const joined = await counted([`address ${networkOf(request.ip)}`], deps, attempts, async () => {
        const password = await deps.accounts.passwords.hash(given.password)
        const user = await deps.commands.acceptInvite({ ...given, secret: token, password }, nobody(request))
        return { user, password }
      })
      return reply.status(201).send({ data: await start(request, reply, deps, joined) })
    },
  )

  app.post<{ Body: Static<typeof SignIn> }>(
    '/session',
    { onRequest: guard('anyone'), config: answers.signIn, schema: { body: SignIn } },
    async (request, reply) => {
      refusePlain(request)
      const { email, password } = request.body
      const found = await verified(request, deps, attempts, email, password)
      return reply.status(201).send({ data: await start(request, reply, deps, found) })
    },
  )

  app.post<{ Body: Static<typeof Reset> }>(
    '/password-reset',
    { onRequest: guard('anyone'), config: answers.resetPassword, schema: { body: Reset } },
    async (request) => {
      refusePlain(request)
      const { token, password: given } = request.body
      refuseWeak(given)
      const user = await counted([`address ${networkOf(request.ip)}`], deps, attempts, async () => {
        const password = await deps.accounts.passwords.hash(given)
        return deps.commands.resetPassword({ secret: token, password }, nobody(request))
      })
      return { data: { user: toldOf(user) } }
    },
  )

  app.get('/session', { onRequest: guard('signed-in'), config: answers.getSession }, async (request) => {
    const { session } = callerOf(request)
    return (
      session && {
        data: { ...told(session.user, session.permission), endsAt: new Date(session.endsAtMs).toISOString() },
      }
    )
  })

  app.delete('/session', { onRequest: guard('signed-in'), config: answers.signOut }, async (request, reply) => {
    const { session, actor } = callerOf(request)
    if (session !== undefined) await deps.commands.endSession({ hash: session.hash }, actor)
    reply.header('set-cookie', clearCookie(request))
    return { data: { status: 'SUCCESS' } }
  })

  app.put<{ Body: Static<typeof NewPassword> }>(
    '/session/password',
    { onRequest: guard('signed-in'), config: answers.changePassword, schema: { body: NewPassword } },
    async (request, reply) => {
      const { actor } = callerOf(request)
      refuseWeak(request.body.password)
      const { user, password: before } = await verified(request, deps, attempts, actor.name, request.body.current)
      const password = await deps.accounts.passwords.hash(request.body.password)
      await deps.commands.setPassword({ id: user.id, verified: before, password }, actor)
      return { data: await start(request, reply, deps, { user, password }) }
    },
  )
}

/** Somebody who has shown their password, and what was kept of it then. */
interface Verified {
  readonly user: User
  readonly password: string
}

/** Signs in: a new secret each time, and the one that the browser had is worth nothing any more. */
async function start(request: FastifyRequest, reply: FastifyReply, deps: ApiDeps, { user: who, password }: Verified) {
  const before = secretOf(request)
  const replaced = before === undefined ? undefined : await deps.accounts.findSession(before)
  const actor: Actor = { kind: 'user', id: who.id, name: who.email, address: request.ip }
  const args = { userId: who.id, verified: password, ...(replaced === undefined ? {} : { replaces: replaced.hash }) }
  const { secret, user, permission } = await deps.commands.startSession(args, actor)
  reply.header('set-cookie', setCookie(request, secret))
  return told(user, permission)
}

/** @throws ApiError 401 or 429, PasswordsBusy */
async function verified(
  request: FastifyRequest,
  deps: ApiDeps,
  attempts: Attempts,
  email: string,
  password: string,
): Promise<Verified> {
  const keys = [`account ${email.trim().toLowerCase()}`, `address ${networkOf(request.ip)}`]
  return counted(keys, deps, attempts, async () => {
    const found = await deps.accounts.findUserByEmail(email)
    const isRight = await deps.accounts.passwords.matches(password, found?.password)
    if (found !== undefined && isRight) return found
    throw new ApiError(401, [{ type: 'unauthorized', message: 'E-mail address or password is wrong.' }])
  })
}

/** Only what is refused for its secret counts as a failure. @throws ApiError 429, PasswordsBusy */
async function counted<T>(keys: readonly string[], deps: ApiDeps, attempts: Attempts, attempt: () => Promise<T>) {
  const waitMs = attempts.begin(keys, deps.clock.monotonicMs())
  if (waitMs === 'busy') throw new PasswordsBusy('as many passwords are being checked as may still be wrong')
  if (waitMs > 0) {
    const message = 'Too many failed sign-ins: wait before the next.'
    throw new ApiError(429, [{ type: 'too-many-attempts', message }], Math.ceil(waitMs / 1_000))
  }
  let isGuess = false
  try {
    return await attempt()
  } catch (error) {
    isGuess = error instanceof ApiError || Object(error).code === 'not_found'
    throw error
  } finally {
    attempts.end(keys, deps.clock.monotonicMs(), isGuess)
  }
}

function refuseWeak(password: string): void {
  const [problem] = checkPassword(password)
  if (problem === undefined) return
  const { field, message } = problem
  throw new ApiError(422, [{ type: 'input-validation', field, message: `${field} ${message}` }])
}

const nobody = (request: FastifyRequest): Actor => ({ kind: 'user', id: '', name: '', address: request.ip })

const toldOf = ({ id, email, name, role, pii }: User) => ({ id, email, name, role, pii })

const told = (user: User, permission: Permission): answers.Session => ({
  user: toldOf(user),
  rights: [...rightsOf(permission)],
})
