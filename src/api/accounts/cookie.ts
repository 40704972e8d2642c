/** The cookie of a session (reliability contract S20). */
import type { FastifyRequest } from 'fastify'
import { SESSION_MS } from '../../workspace/index.ts'
import { ApiError } from '../problems.ts'

const NAME = 'grapevine'
/** Browsers take a name that begins so only over HTTPS, for all paths and for this host alone. */
const HOST_NAME = `__Host-${NAME}`
const LOOPBACK_ADDRESS = /^(127\.\d+\.\d+\.\d+|::1|::ffff:127\.\d+\.\d+\.\d+)$/
const LOOPBACK_HOST = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:\d+)?$/

/** The secret that a request brings. */
export function secretOf(request: FastifyRequest): string | undefined {
  const wanted = `${nameFor(request)}=`
  const pairs = (request.headers.cookie ?? '').split(';').map((pair) => pair.trim())
  return pairs.find((pair) => pair.startsWith(wanted))?.slice(wanted.length)
}

/** @throws ApiError 403 where a cookie would cross a network in the clear */
export function refusePlain(request: FastifyRequest): void {
  if (isHttps(request) || isLoopback(request)) return
  const message =
    'Sign in over HTTPS: only on this machine itself does plain HTTP do. Behind a proxy, name it in GRAPEVINE_TRUST_PROXY.'
  throw new ApiError(403, [{ type: 'https-required', message }])
}

export function setCookie(request: FastifyRequest, secret: string): string {
  return written(request, secret, SESSION_MS / 1_000)
}

export function clearCookie(request: FastifyRequest): string {
  return written(request, '', 0)
}

function written(request: FastifyRequest, secret: string, maxAgeSeconds: number): string {
  const rules = `Path=/; Max-Age=${maxAgeSeconds}; HttpOnly; SameSite=Lax${isHttps(request) ? '; Secure' : ''}`
  return `${nameFor(request)}=${secret}; ${rules}`
}

const nameFor = (request: FastifyRequest) => (isHttps(request) ? HOST_NAME : NAME)

const isHttps = (request: FastifyRequest) => request.protocol === 'https'

/** The name must be one of this machine's too: another's could be led here by its owner (DNS rebinding). */
function isLoopback({ socket, headers, host }: FastifyRequest): boolean {
  const isForwarded = headers['x-forwarded-for'] !== undefined || headers.forwarded !== undefined
  return !isForwarded && LOOPBACK_ADDRESS.test(socket.remoteAddress ?? '') && LOOPBACK_HOST.test(host)
}
