/** One request and the answer to it. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Clock } from '../ports/index.ts'
import { type ProxyTrust, plainAddress } from './address.ts'
import { corsHeaders, type HeaderList } from './cors.ts'
import type { TrackingLimits } from './limits.ts'
import type { RouteName } from './telemetry.ts'

export interface Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly route: RouteName
  readonly connection: Connection
}

/** What must be known of a connection when it breaks. */
export interface Connection {
  /** Requests without an answer. */
  unanswered: number
  /** The newest answer, written or not. */
  newest: ServerResponse | undefined
  /** The newest request, while its body is read. */
  reading:
    | { readonly request: IncomingMessage; readonly giveUp: (why: 'client_left' | 'abandoned') => void }
    | undefined
  /** Called when the last answer was given. */
  whenIdle: (() => void) | undefined
  isBroken: boolean
  /** The last `Authorization` header and the user name in it: a sender hardly ever changes it. */
  authorization: string | undefined
  basicUser: string | undefined
  /** Address of the other end. */
  readonly remote: string
  /** What the other end says about others is believed. */
  readonly isProxy: boolean
}

/** Connections by socket, for as long as the socket is there. */
export class Connections {
  readonly #bySocket = new WeakMap<Socket, Connection>()
  readonly #trust: ProxyTrust

  constructor(trust: ProxyTrust) {
    this.#trust = trust
  }

  of(socket: Socket): Connection {
    const known = this.#bySocket.get(socket)
    if (known !== undefined) return known
    const remote = plainAddress(socket.remoteAddress ?? '')
    const made: Connection = {
      unanswered: 0,
      newest: undefined,
      reading: undefined,
      whenIdle: undefined,
      isBroken: false,
      authorization: undefined,
      basicUser: undefined,
      remote,
      isProxy: this.#trust.isTrusted(remote),
    }
    this.#bySocket.set(socket, made)
    socket.once('close', () => made.reading?.giveUp('client_left'))
    // For a request that wants to upgrade, the parser overlooks that the sender ended in the middle of the body.
    socket.once('end', () => {
      if (made.reading === undefined || made.reading.request.complete) return
      made.reading.giveUp('client_left')
      if (made.unanswered === 0) socket.destroySoon()
      else made.whenIdle = () => socket.destroySoon()
    })
    return made
  }
}

const SUCCESS = '{"success":true}'
const SUCCESS_HEADERS: HeaderList = [
  'content-type',
  'application/json; charset=utf-8',
  'content-length',
  String(SUCCESS.length),
]
const SUCCESS_HEADERS_ANY_ORIGIN: HeaderList = [...SUCCESS_HEADERS, ...corsHeaders(undefined)]

/** The 200 of the Tracking API. */
export function answerSuccess(exchange: Exchange): void {
  const { origin } = exchange.request.headers
  const headers = origin === undefined ? SUCCESS_HEADERS_ANY_ORIGIN : [...SUCCESS_HEADERS, ...corsHeaders(origin)]
  exchange.response.writeHead(200, headers)
  exchange.response.end(SUCCESS)
  settled(exchange)
}

/** Any other complete answer. The CORS headers and `content-length` are added. */
export function answer(exchange: Exchange, status: number, headers: HeaderList, body: string | Buffer): void {
  exchange.response.writeHead(status, allHeaders(exchange, headers, body))
  exchange.response.end(exchange.request.method === 'HEAD' ? undefined : body)
  settled(exchange)
}

/**
 * An answer after which the connection ends. While the sender still sends, it is listened to for a moment and nothing is
 * kept: a connection that is closed over unread bytes is reset, and the answer could be lost with it.
 */
export function answerAndClose(
  exchange: Exchange,
  status: number,
  headers: HeaderList,
  body: string,
  clock: Clock,
  limits: Pick<TrackingLimits, 'lingerMs' | 'lingerBytesMax'>,
): void {
  const { request, response } = exchange
  response.writeHead(status, allHeaders(exchange, [...headers, 'connection', 'close'], body))
  settled(exchange)
  if (request.complete) {
    response.end(body)
    return
  }
  response.write(body)
  let drained = 0
  const timer = clock.after(limits.lingerMs, () => end())
  const end = (): void => {
    timer.cancel()
    request.off('data', onData)
    response.end()
  }
  const onData = (chunk: Buffer): void => {
    drained += chunk.length
    if (drained > limits.lingerBytesMax) end()
  }
  request.on('data', onData)
  request.once('end', end)
  request.once('close', end)
}

/** For a request that gets no answer. */
export function settled(exchange: Exchange): void {
  const { connection } = exchange
  connection.unanswered--
  if (connection.unanswered === 0 && connection.whenIdle !== undefined) connection.whenIdle()
}

function allHeaders(exchange: Exchange, headers: HeaderList, body: string | Buffer): HeaderList {
  const length =
    exchange.response.statusCode === 204 || body.length === 0 ? [] : ['content-length', String(Buffer.byteLength(body))]
  return [...headers, ...length, ...corsHeaders(exchange.request.headers.origin)]
}
