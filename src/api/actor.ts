import type { FastifyRequest } from 'fastify'
import type { Actor } from '../workspace/index.ts'

/** Who calls, after the guard let them pass. */
export function actorOf(request: FastifyRequest): Actor {
  if (request.authenticated === undefined) throw new Error('this route has no guard')
  return request.authenticated.actor
}
