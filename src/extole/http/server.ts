/**
 * Serves the route table on 127.0.0.1 or wherever it is told: faults, limit, token, handler, durability, answer.
 *
 * The framework routes and reads bodies; the answer is written straight to Node's response, because a reset fault has
 * to destroy the socket where an answer would have been.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { fastify } from 'fastify'
import type { Context } from '../context.ts'
import { ERRORS, type ErrorCode, type ErrorEnvelope, ExtoleError } from '../errors.ts'
import type { FaultRule, Faults } from '../faults.ts'
import { toJson } from '../json.ts'
import type { RequestLog } from '../request-log.ts'
import { requireScope, type Token, type Tokens } from '../tokens.ts'
import { bearerOf } from './bearer.ts'
import type { Answer, Call, Method, Route } from './route.ts'

/** Largest JSON body, in bytes. Extole documents no cap; this one protects the machine. */
export const BODY_BYTES_MAX = 32 * 1024 * 1024
const METHODS: readonly Method[] = ['GET', 'POST', 'PUT', 'DELETE']

export interface ServerParts {
  readonly context: Context
  readonly tokens: Tokens
  readonly faults: Faults
  readonly requests: RequestLog
  readonly routes: readonly Route[]
  /** Answers whether this caller may go on. Called once for each limited request. */
  readonly admit: (caller: string) => boolean
}

export interface Listening {
  readonly url: string
  readonly port: number
  close(): Promise<void>
}

/** @param port 0 takes any free one. */
export async function listen(parts: ServerParts, host: string, port: number): Promise<Listening> {
  const app = fastify({
    bodyLimit: BODY_BYTES_MAX,
    forceCloseConnections: true,
    exposeHeadRoutes: false,
    routerOptions: { maxParamLength: 10_000, ignoreTrailingSlash: true },
    frameworkErrors: (_error, request, reply) => {
      reply.hijack()
      refuse(parts, reply.raw, 'invalid_parameter', request.raw)
    },
  })
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
  app.addContentTypeParser('multipart/form-data', (_request, stream, done) => done(null, stream))
  app.setErrorHandler((error: { statusCode?: number }, request, reply) => {
    reply.hijack()
    const code =
      error.statusCode === 413
        ? 'request_too_large'
        : error.statusCode === 415
          ? 'unsupported_media_type'
          : 'invalid_parameter'
    refuse(parts, reply.raw, code, request.raw)
  })

  const paths = Map.groupBy(parts.routes, (route) => route.path)
  for (const [path, routes] of paths) {
    for (const method of METHODS) {
      const route = routes.find((one) => one.method === method) ?? refusal(method, path, 'method_not_allowed')
      app.route({
        method,
        url: path,
        handler: (request, reply) => {
          reply.hijack()
          const { raw, body, params, ip } = request
          void serve(parts, route, raw, reply.raw, body, params as Record<string, string>, ip)
        },
      })
    }
  }
  app.setNotFoundHandler((request, reply) => {
    reply.hijack()
    const route = refusal(request.method, request.url, 'method_not_found')
    void serve(parts, route, request.raw, reply.raw, request.body, {}, request.ip)
  })

  await app.listen({ host, port })
  const address = app.server.address()
  const bound = typeof address === 'object' && address !== null ? address.port : port
  return { url: `http://${host.includes(':') ? `[${host}]` : host}:${bound}`, port: bound, close: () => app.close() }
}

function refusal(method: string, path: string, code: ErrorCode): Route {
  return {
    method: method as Method,
    path,
    auth: 'none',
    handle: () => {
      throw new ExtoleError(code)
    },
  }
}

async function serve(
  parts: ServerParts,
  route: Route,
  raw: IncomingMessage,
  response: ServerResponse,
  body: unknown,
  params: Record<string, string>,
  address: string,
): Promise<void> {
  const { context, faults } = parts
  const url = raw.url ?? '/'
  const question = url.indexOf('?')
  const call = {
    method: raw.method ?? 'GET',
    path: question < 0 ? url : url.slice(0, question),
    query: new URLSearchParams(question < 0 ? '' : url.slice(question)),
    params,
    headers: raw.headers,
    body: body instanceof Buffer ? body : Buffer.alloc(0),
    stream: body instanceof Readable ? body : undefined,
    address,
  }
  const fault = route.isControl ? undefined : faults.choose(call.method, call.path)
  if (fault?.latencyMs !== undefined) await wait(context, fault.latencyMs)
  if (fault?.hang) return log(parts, route, call, raw, 0)
  if (fault?.reset === 'before') {
    log(parts, route, call, raw, 0)
    raw.socket.destroy()
    return
  }
  let answer: Answer
  if (fault?.status !== undefined) answer = faultAnswer(parts, fault)
  else {
    try {
      answer = await handle(parts, route, call)
    } catch (error) {
      answer = errorAnswer(context, error)
    }
  }
  const isReset = fault?.reset === 'after'
  log(parts, route, call, raw, isReset ? 0 : (answer.status ?? 200))
  if (isReset) raw.socket.destroy()
  else write(response, answer, fault, call.method, raw)
}

async function handle(parts: ServerParts, route: Route, call: Omit<Call, 'token'>): Promise<Answer> {
  const { context, tokens } = parts
  const value = route.auth === 'none' ? undefined : bearerOf(call)
  if (!route.isUnlimited && !route.isControl && !parts.admit(value ?? call.address))
    throw new ExtoleError('too_many_requests')
  let token: Token | undefined
  if (route.auth !== 'none') {
    if (value !== undefined) token = tokens.check(value)
    else if (route.auth !== 'optional') throw new ExtoleError('missing_access_token')
    if (token !== undefined && route.auth !== 'any' && route.auth !== 'optional') requireScope(token, route.auth)
  }
  const before = context.db.changes
  const answered = route.handle({ ...call, token })
  const answer = answered instanceof Promise ? await answered : answered
  if (context.db.changes !== before) await context.db.durable()
  return answer
}

function wait(context: Context, delayMs: number): Promise<void> {
  return new Promise((resolve) => context.clock.after(delayMs, resolve))
}

function envelope(context: Context, code: string, status: number, message: string, parameters = {}): ErrorEnvelope {
  return { unique_id: context.nextId(), http_status_code: status, code, message, parameters }
}

function errorAnswer(context: Context, error: unknown): Answer {
  if (!(error instanceof ExtoleError)) {
    const reason = error instanceof Error ? error.message : String(error)
    return { status: 500, body: envelope(context, 'software_error', 500, ERRORS.software_error.message, { reason }) }
  }
  const status =
    error.code === 'person_not_found' ? context.settings().person_not_found_status : ERRORS[error.code].status
  return { status, body: envelope(context, error.code, status, error.message, error.parameters) }
}

/** Codes for a fault that gives a status and no body. */
const FAULT_CODES: Readonly<Record<number, ErrorCode>> = {
  401: 'invalid_access_token',
  403: 'access_denied',
  429: 'too_many_requests',
}

function faultAnswer({ context }: ServerParts, fault: FaultRule): Answer {
  const status = fault.status ?? 500
  if (fault.body !== undefined) return { status, body: fault.body }
  if (status < 400) return { status }
  const code = FAULT_CODES[status] ?? (status < 500 ? 'validation_error' : 'software_error')
  return { status, body: envelope(context, code, status, ERRORS[code].message) }
}

/** Answers what never reached a route, such as a body over the limit. */
function refuse({ context }: ServerParts, response: ServerResponse, code: ErrorCode, raw: IncomingMessage): void {
  write(response, errorAnswer(context, new ExtoleError(code)), undefined, raw.method ?? 'GET', raw)
}

function write(
  response: ServerResponse,
  answer: Answer,
  fault: FaultRule | undefined,
  method: string,
  raw: IncomingMessage,
): void {
  if (response.destroyed || response.headersSent) return
  const { body } = answer
  const isText = typeof body === 'string' || body instanceof Uint8Array
  const payload = body === undefined ? '' : isText ? body : toJson(body)
  const headers: Record<string, string | number> = {
    'content-length': Buffer.byteLength(payload),
    'x-extole-sandbox': 'grapevine',
    ...answer.headers,
    ...fault?.headers,
  }
  if (body !== undefined)
    headers['content-type'] ??= isText ? (answer.contentType ?? 'text/plain; charset=utf-8') : 'application/json'
  if (fault?.retryAfter !== undefined) headers['retry-after'] = fault.retryAfter
  const debug = raw.headers['x-extole-debug']
  if (debug !== undefined && debug !== '0')
    headers['x-extole-log'] = `grapevine sandbox: ${method} answered ${answer.status ?? 200}`
  response.writeHead(answer.status ?? 200, headers)
  response.end(method === 'HEAD' ? undefined : payload)
}

function log(parts: ServerParts, route: Route, call: Omit<Call, 'token'>, raw: IncomingMessage, status: number): void {
  if (route.isControl) return
  const { method, body } = call
  parts.requests.add({
    atMs: parts.context.clock.nowMs(),
    method,
    url: raw.url ?? call.path,
    headers: raw.headers,
    body,
    status,
  })
}
