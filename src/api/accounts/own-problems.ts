/** The envelope of routes that Segment does not have (reliability contract 4.4). */
import type { FastifyInstance } from 'fastify'
import { PasswordsBusy } from '../../workspace/index.ts'
import type { ApiDeps } from '../deps.ts'
import { ApiError, type ApiProblem, answerTo } from '../problems.ts'

/** Too many failures: 429 with `Retry-After`. */
export class TooManyAttempts extends ApiError {
  readonly retryAfterSeconds: number
  constructor(waitMs: number) {
    super(429, [{ type: 'too-many-attempts', message: 'Too many failed sign-ins: wait before the next.' }])
    this.retryAfterSeconds = Math.ceil(waitMs / 1_000)
  }
}

const CODES: Readonly<Record<string, string>> = { unauthorized: 'unauthenticated', 'input-validation': 'invalid' }

export function ownBody(problems: readonly ApiProblem[], requestId: string) {
  const [first] = problems
  const type = first?.type ?? 'internal'
  const fields = problems.flatMap(({ field, message }) => (field === undefined ? [] : [{ field, message }]))
  const error = {
    code: CODES[type] ?? type.replaceAll('-', '_'),
    message: problems.map(({ message }) => message).join('; '),
    ...(fields.length > 0 ? { fields } : {}),
  }
  return { error, requestId }
}

/** Answers so to everything that goes wrong in the routes of `app`. */
export function useOwnEnvelope(app: FastifyInstance, deps: Pick<ApiDeps, 'logger' | 'random'>): void {
  app.setErrorHandler((error, request, reply) => {
    const requestId = deps.random.bytes(12).toString('hex')
    reply.header('x-request-id', requestId)
    if (error instanceof TooManyAttempts) reply.header('retry-after', String(error.retryAfterSeconds))
    if (error instanceof PasswordsBusy) {
      const problem = { type: 'overloaded', message: 'Many sign in at this moment: try again in a few seconds.' }
      return reply
        .status(503)
        .header('retry-after', '5')
        .send(ownBody([problem], requestId))
    }
    const { status, problems, isUnexpected } = answerTo(error)
    if (isUnexpected) {
      const stack = error instanceof Error ? (error.stack ?? error.message) : String(error)
      deps.logger.error('a request failed', { requestId, route: request.routeOptions.url ?? '', stack })
    }
    return reply.status(status).send(ownBody(problems, requestId))
  })
}
