import type { FastifyRequest } from 'fastify'
import type { Asker } from '../workspace/index.ts'
import type { Authenticated } from './deps.ts'

/** Who calls, after the guard let them pass, what they have seen of the thing that they change, and whether it is asked for once. */
export function actorOf(request: FastifyRequest): Asker {
  const { actor } = callerOf(request)
  const { precondition, once } = request
  return {
    ...actor,
    ...(precondition === undefined ? {} : { precondition }),
    ...(once === undefined ? {} : { once }),
  }
}

/** The same with what they may do. */
export function callerOf(request: FastifyRequest): Authenticated {
  if (request.authenticated === undefined) throw new Error('this route has no guard')
  return request.authenticated
}
