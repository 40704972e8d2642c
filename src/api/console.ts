/** The console under `/app`: files that a build made, and one page that all its addresses show. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { ApiDeps, Routes } from './deps.ts'

export interface ConsoleFile {
  readonly type: string
  readonly identity: Buffer
  readonly gzip: Buffer
  readonly br: Buffer
}

/** Port to the built console. */
export interface ConsoleFiles {
  /** @param name below `/app/`, e.g. `assets/index-x.js`; undefined when there is none */
  file(name: string): ConsoleFile | undefined
  /** The page, its styles and scripts allowed by this nonce; undefined while nothing is built. */
  page(nonce: string): string | undefined
}

const NONCE_BYTES = 16
/** Files below are named by their content. */
const ASSETS = 'assets/'
/** Monitors and link checkers ask for the head alone. */
const OPEN = { exposeHeadRoute: true, config: { right: 'anyone' } } as const

export const consoleRoutes = (app: Parameters<Routes>[0], deps: Pick<ApiDeps, 'console' | 'random'>): void => {
  app.get('/', OPEN, async (_request, reply) => reply.redirect('/app/'))
  app.get('/app', OPEN, async (_request, reply) => sendPage(reply, deps))
  app.get<{ Params: { '*': string } }>('/app/*', OPEN, async (request, reply) => {
    const name = request.params['*']
    const file = deps.console.file(name)
    if (file !== undefined) return sendFile(request, reply, file, name.startsWith(ASSETS))
    return name.startsWith(ASSETS) ? reply.callNotFound() : sendPage(reply, deps)
  })
}

function sendPage(reply: FastifyReply, deps: Pick<ApiDeps, 'console' | 'random'>) {
  const nonce = deps.random.bytes(NONCE_BYTES).toString('base64')
  const page = deps.console.page(nonce)
  if (page === undefined) {
    const text = 'The console is not built: run `npm run console:build`, then start again.\n'
    return reply.status(503).type('text/plain; charset=utf-8').send(text)
  }
  return reply
    .headers({
      'content-security-policy': policy(nonce),
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
      'permissions-policy': 'camera=(), geolocation=(), microphone=()',
    })
    .type('text/html; charset=utf-8')
    .send(page)
}

function sendFile({ headers }: FastifyRequest, reply: FastifyReply, file: ConsoleFile, isForEver: boolean) {
  const accepted = String(headers['accept-encoding'] ?? '')
  const encoding = /\bbr\b/.test(accepted) ? 'br' : /\bgzip\b/.test(accepted) ? 'gzip' : 'identity'
  if (encoding !== 'identity') reply.header('content-encoding', encoding)
  return reply
    .header('vary', 'accept-encoding')
    .header('cache-control', isForEver ? 'public, max-age=31536000, immutable' : 'no-cache')
    .type(file.type)
    .send(file[encoding])
}

/** Reliability contract S19. Style elements of the page's own scripts carry the nonce; no other inline style or script runs. */
function policy(nonce: string): string {
  return [
    "default-src 'self'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self'",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    'trusted-types default',
  ].join('; ')
}
