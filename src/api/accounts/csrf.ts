/** Changes that another site makes a browser ask for (reliability contract S21). */
import type { FastifyRequest } from 'fastify'
import { ApiError } from '../problems.ts'

const READS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS'])

/**
 * For every request that is not made with a token, since only cookies are sent by themselves.
 * @throws ApiError 403 `csrf` unless the browser says that the page which asks is one of this server's
 */
export function refuseForeign(request: FastifyRequest): void {
  if (READS.has(request.method)) return
  const { headers } = request
  const site = headers['sec-fetch-site']
  const isOwn = site === undefined ? isOwnOrigin(request) : site === 'same-origin'
  const hasBody = headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
  const isJson = /^application\/(json|vnd\.segment\.[a-z0-9]+\+json) *(;|$)/i.test(headers['content-type'] ?? '')
  if (isOwn && (isJson || !hasBody)) return
  const message = isOwn
    ? 'A change is sent as application/json.'
    : 'This change was not asked for by a page of this server: send Sec-Fetch-Site: same-origin, or its Origin.'
  throw new ApiError(403, [{ type: 'csrf', message }])
}

function isOwnOrigin({ headers, protocol, host }: FastifyRequest): boolean {
  const { origin } = headers
  return typeof origin === 'string' && URL.canParse(origin) && new URL(origin).origin === `${protocol}://${host}`
}
