/** What happens below requests: connections that are too many, too slow, or do not speak HTTP. */
import { type Server, type ServerOptions, STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { corsHeaders } from './cors.ts'
import type { TrackingDeps } from './deps.ts'
import type { Connections } from './exchange.ts'
import type { TrackingLimits } from './limits.ts'
import { newRequestId, PROBLEMS, type ProblemCode, problemBody } from './problems.ts'

/** What `http.createServer` needs to know of the limits (reliability contract S1). */
export function serverOptionsOf(limits: TrackingLimits): ServerOptions {
  return {
    maxHeaderSize: limits.headerBytesMax,
    headersTimeout: limits.headersTimeoutMs,
    requestTimeout: limits.requestTimeoutMs,
    connectionsCheckingInterval: limits.checkIntervalMs,
    keepAliveTimeout: limits.keepAliveMs,
    noDelay: true,
    insecureHTTPParser: false,
    // The handler answers a missing Host itself: Node's own answer lacks the CORS headers and the body.
    requireHostHeader: false,
  }
}

export class ConnectionGuard {
  readonly #deps: Pick<TrackingDeps, 'clock' | 'random' | 'telemetry'>
  readonly #limits: TrackingLimits
  readonly #connections: Connections
  readonly #countByAddress = new Map<string, number>()

  constructor(
    deps: Pick<TrackingDeps, 'clock' | 'random' | 'telemetry'>,
    limits: TrackingLimits,
    connections: Connections,
  ) {
    this.#deps = deps
    this.#limits = limits
    this.#connections = connections
  }

  /**
   * Holds the server's connections to the limits. Takes the place of other `clientError` listeners: two would write two
   * answers.
   */
  attach(server: Server): void {
    server.maxConnections = this.#limits.socketsMax
    // Who closes its sending side after a complete request still reads the answer.
    Object.assign(server, { httpAllowHalfOpen: true })
    server.removeAllListeners('clientError')
    server.on('clientError', (error, socket) => this.onClientError(error, socket))
    server.on('connection', (socket) => this.onConnection(socket))
    // Node would answer 417 to an expectation it does not know; nothing else about such a request is wrong.
    server.on('checkExpectation', (request, response) => server.emit('request', request, response))
    server.on('connect', (_request, socket) => this.#answerRaw(socket, 'bad_request'))
  }

  /** Closes a connection that its address has too many of. */
  onConnection(socket: Socket): void {
    const { remote: address, isProxy } = this.#connections.of(socket)
    if (isProxy) return
    const count = this.#countByAddress.get(address) ?? 0
    if (count >= this.#limits.socketsPerAddressMax) {
      this.#deps.telemetry.count('tracking_connections_refused_total', { reason: 'per_address' })
      socket.destroy()
      return
    }
    this.#countByAddress.set(address, count + 1)
    socket.once('close', () => {
      const left = (this.#countByAddress.get(address) ?? 1) - 1
      if (left > 0) this.#countByAddress.set(address, left)
      else this.#countByAddress.delete(address)
    })
  }

  /**
   * Answers what the parser could not read, or what did not arrive in time. Requests that were complete before are
   * answered first: their answer must not be taken for this one.
   */
  onClientError(error: NodeJS.ErrnoException, socket: Duplex): void {
    const connection = this.#connections.of(socket as Socket)
    // The parser reports every further piece of a connection that it has given up.
    if (connection.isBroken) return
    connection.isBroken = true
    const hasLeft = error.code === 'ECONNRESET' || error.code === 'HPE_INVALID_EOF_STATE' || !socket.writable
    const { reading } = connection
    // A complete body may still wait to be handed over: its request is not the one that broke.
    const isBrokenBody = reading !== undefined && !reading.request.complete
    if (isBrokenBody) reading.giveUp(hasLeft ? 'client_left' : 'abandoned')
    const end = (): void => {
      if (hasLeft) socket.destroy()
      else this.#answerRaw(socket, problemOf(error.code))
    }
    const endInTurn = (): void => {
      const { newest } = connection
      if (isBrokenBody || newest === undefined || newest.writableFinished) end()
      else newest.once('finish', end)
    }
    if (connection.unanswered === 0) endInTurn()
    else connection.whenIdle = endInTurn
  }

  #answerRaw(socket: Duplex, code: ProblemCode): void {
    if (!socket.writable) {
      socket.destroy()
      return
    }
    const requestId = newRequestId(this.#deps.random)
    const body = problemBody(code, requestId)
    const { status } = PROBLEMS[code]
    const cors = corsHeaders(undefined)
    const lines = [
      `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
      'content-type: application/json; charset=utf-8',
      `content-length: ${Buffer.byteLength(body)}`,
      `x-request-id: ${requestId}`,
      'connection: close',
    ]
    for (let index = 0; index < cors.length; index += 2) lines.push(`${cors[index]}: ${cors[index + 1]}`)
    socket.end(`${lines.join('\r\n')}\r\n\r\n${body}`)
    this.#deps.telemetry.count('tracking_requests_total', { route: 'none', code })
    const timer = this.#deps.clock.after(this.#limits.lingerMs, () => socket.destroy())
    socket.once('close', () => timer.cancel())
  }
}

function problemOf(code: string | undefined): ProblemCode {
  if (code === 'HPE_HEADER_OVERFLOW') return 'headers_too_large'
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return 'request_timeout'
  return code === 'HPE_CHUNK_EXTENSIONS_OVERFLOW' ? 'body_too_large' : 'bad_request'
}
