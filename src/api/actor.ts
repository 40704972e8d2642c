import type { FastifyRequest } from 'fastify'
import type { Actor } from '../workspace/index.ts'
import type { Authenticated } from './deps.ts'

/** Who calls, after the guard let them pass. */
export function actorOf(request: FastifyRequest): Actor {
  return callerOf(request).actor
}

/** The same with what they may do. */
export function callerOf(request: FastifyRequest): Authenticated {
  if (request.authenticated === undefined) throw new Error('this route has no guard')
  return request.authenticated
}
