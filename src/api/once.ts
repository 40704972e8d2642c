/**
 * `Idempotency-Key` (reliability contract 4.4): a request that is sent again, because nobody knows whether the first one
 * arrived, does nothing again and gets the first answer.
 */
import type { FastifyInstance } from 'fastify'
import type { Once } from '../workspace/index.ts'
import { callerOf } from './actor.ts'
import type { ApiDeps } from './deps.ts'
import { ApiError, invalid } from './problems.ts'

/** Characters of a key. */
export const KEY_CHARS_MAX = 255
const KEY = new RegExp(`^[\\x21-\\x7e]{1,${KEY_CHARS_MAX}}$`)

/** Addresses where a `POST` creates nothing, or nobody is known who could ask again: a key changes nothing there. */
export const REPEATABLE: ReadonlySet<string> = new Set([
  // They look, or try, and that anew each time.
  '/api/catalog/refresh',
  '/api/destination/filters/preview',
  '/api/destinations/test',
  '/api/destinations/:id/filters/test',
  '/api/destinations/:id/test',
  '/api/destinations/:id/test-event',
  '/api/destinations/:id/mappings/test',
  '/api/destinations/:id/try-now',
  '/api/sources/:id/test-event',
  '/api/spaces/:space/:collection/check',
  '/api/spaces/:space/:collection/previews',
  '/api/replays/preview',
  '/api/regulations/preview',
  '/api/backups/:name/check',
  // They end something.
  '/api/backups/cancel',
  '/api/replays/:id/cancel',
  '/api/spaces/:space/:collection/:id/syncs/:sync/cancel',
  // Nobody is signed in; what they are asked with works once by itself, or makes a session.
  '/api/join',
  '/api/password-reset',
  '/api/session',
])

export const takesKey = (method: string, url: string): boolean => method === 'POST' && !REPEATABLE.has(url)

interface KeptAnswer {
  readonly status: number
  readonly type: string
  readonly body: string
}

declare module 'fastify' {
  interface FastifyRequest {
    once?: Once
    /** Lets the next request under the same key go on. */
    endOnce?: () => void
  }
}

/** After the guard and the body, before the route does anything. */
export function answerOnce(
  api: FastifyInstance,
  deps: Pick<ApiDeps, 'commands' | 'findOnce' | 'hash' | 'logger'>,
): void {
  /** Those that are being answered, by id. */
  const underWay = new Map<string, Promise<void>>()
  api.addHook('preHandler', async (request, reply) => {
    const { method, routeOptions, headers, url, body = null } = request
    const key = headers['idempotency-key']
    if (key === undefined || !takesKey(method, routeOptions.url ?? '')) return
    if (typeof key !== 'string' || !KEY.test(key))
      throw invalid('Idempotency-Key', `must be 1 to ${KEY_CHARS_MAX} visible characters of ASCII`)
    const { kind, id: who } = callerOf(request).actor
    const id = deps.hash.text(JSON.stringify(['idempotency key', kind, who, key]))
    const fingerprint = deps.hash.text(JSON.stringify([method, url, body]))
    for (let other = underWay.get(id); other !== undefined; other = underWay.get(id)) await other
    const { promise, resolve } = Promise.withResolvers<void>()
    underWay.set(id, promise)
    request.endOnce = () => {
      underWay.delete(id)
      resolve()
    }

    const known = await deps.findOnce(id)
    if (known !== undefined && known.fingerprint !== fingerprint) {
      const message = 'This Idempotency-Key was used for another request: give each request a key of its own.'
      throw new ApiError(409, [{ type: 'idempotency-conflict', message }])
    }
    // Without an answer the process ended between the change and it: the route makes it anew, of what the change gave.
    if (known?.answer === undefined) {
      request.once = { id, fingerprint }
      return
    }
    const first: KeptAnswer = JSON.parse(known.answer)
    return reply.status(first.status).header('idempotency-replayed', 'true').type(first.type).send(first.body)
  })

  api.addHook('onSend', async ({ once, endOnce, id: requestId }, reply, payload) => {
    try {
      // What failed may be tried again.
      if (once === undefined || reply.statusCode >= 300 || typeof payload !== 'string') return
      const { statusCode: status } = reply
      const answer: KeptAnswer = { status, type: String(reply.getHeader('content-type')), body: payload }
      await deps.commands.keepAnswer({ id: once.id, answer: JSON.stringify(answer) }, callerOf(reply.request).actor)
    } catch (error) {
      // The change is made and noted: a repetition makes the answer anew.
      deps.logger.warn('an answer was not kept for repetitions', { requestId, error: String(error) })
    } finally {
      endOnce?.()
    }
  })
}
