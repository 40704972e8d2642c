/**
 * The guarded HTTP client: sends one request and says what came of it. It never throws for network trouble, follows no
 * redirect and repeats nothing: what to do about an outcome is `src/delivery`'s. Reliability contract 4.3, S9 to S11.
 *
 * The line that matters is whether the request may have reached the other side. It is drawn where undici begins to
 * write: before it an outcome is `not_sent` or `blocked`, after it a missing answer is `ambiguous`.
 */
import { Agent, type Dispatcher, Pool } from 'undici'
import type { Clock, Timer } from '../ports/index.ts'
import { checkUrl, type EgressPolicy } from './egress.ts'
import { ConnectFailure, guardedConnector, type Resolve, systemResolve } from './guarded-connector.ts'
import type { Outcome, RenderedRequest } from './outcome.ts'

export interface HttpLimits {
  /** Milliseconds until the connection stands, resolving the name and TLS included. */
  readonly connectMs: number
  /** Milliseconds from sending the request to the answer's header. */
  readonly firstByteMs: number
  /** Milliseconds for everything. */
  readonly totalMs: number
  /** Bytes of the answer that are read. */
  readonly bodyBytesMax: number
  /** Bytes of the answer's header that are read. */
  readonly headerBytesMax: number
  /** Connections to one origin; further requests wait, and their waiting counts as connecting. */
  readonly connectionsMax: number
}

/** Reliability contract 4.3. */
export const HTTP_LIMITS: HttpLimits = {
  connectMs: 5_000,
  firstByteMs: 15_000,
  totalMs: 30_000,
  bodyBytesMax: 256 * 1024,
  headerBytesMax: 16 * 1024,
  connectionsMax: 256,
}

export interface HttpClient {
  /** The clock its deadlines are kept with. */
  readonly clock: Clock
  /** An aborted `signal` ends the attempt as its own deadline would. */
  send(request: RenderedRequest, signal?: AbortSignal): Promise<Outcome>
  /** Ends what is in flight. */
  close(): Promise<void>
}

export interface HttpClientOptions {
  readonly clock: Clock
  readonly egress: EgressPolicy
  readonly resolve?: Resolve
  readonly limits?: Partial<HttpLimits>
  /** Certificates to trust instead of the usual ones, PEM. */
  readonly ca?: string
}

export function createHttpClient(options: HttpClientOptions): HttpClient {
  const limits = { ...HTTP_LIMITS, ...options.limits }
  const agent = new Agent({
    allowH2: false,
    factory: (origin) =>
      new Pool(origin, {
        connect: guardedConnector({
          egress: options.egress,
          origin: new URL(origin),
          resolve: options.resolve ?? systemResolve,
          connectMs: limits.connectMs,
          ...(options.ca === undefined ? {} : { ca: options.ca }),
        }),
        connections: limits.connectionsMax,
        pipelining: 1,
        allowH2: false,
        maxHeaderSize: limits.headerBytesMax,
        // The deadlines are kept below, exactly and with the clock that was passed in.
        headersTimeout: 0,
        bodyTimeout: 0,
      }),
  })
  return {
    clock: options.clock,
    send: (request, signal) => send(agent, options, limits, request, signal),
    close: () => agent.destroy(),
  }
}

/** Headers that are the connection's own business, and not a definition's. */
const OWN_HEADERS: ReadonlySet<string> = new Set([
  'accept-encoding',
  'connection',
  'content-length',
  'expect',
  'host',
  'http2-settings',
  'keep-alive',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

function send(
  agent: Agent,
  { clock, egress }: HttpClientOptions,
  limits: HttpLimits,
  request: RenderedRequest,
  signal: AbortSignal | undefined,
): Promise<Outcome> {
  const checked = checkUrl(egress, request.url)
  if (!checked.isAllowed) return Promise.resolve({ kind: 'blocked', reason: 'blocked_address' })
  const { url } = checked
  const headers: string[] = ['accept-encoding', 'identity']
  for (const name in request.headers) {
    const value = request.headers[name]
    if (value !== undefined && !OWN_HEADERS.has(name)) headers.push(name, value)
  }
  return new Promise((resolve) => {
    const exchange = new Exchange(clock, limits, signal, resolve)
    try {
      agent.dispatch(
        {
          origin: url.origin,
          path: url.pathname + url.search,
          method: request.method,
          headers,
          body: request.body,
        },
        exchange,
      )
    } catch (error) {
      exchange.onResponseError(null, error)
    }
  })
}

class Cancelled extends Error {}

/** One request and its answer. Settles once; what comes after that is ignored. */
class Exchange implements Dispatcher.DispatchHandler {
  readonly #clock: Clock
  readonly #limits: HttpLimits
  readonly #settleWith: (outcome: Outcome) => void
  readonly #signal: AbortSignal | undefined
  readonly #endsAtMs: number
  readonly #onAbort = () => this.#giveUp()
  #timer: Timer
  #controller: Dispatcher.DispatchController | null = null
  #isSettled = false
  #status = 0
  #headers: Record<string, string> = {}
  #chunks: Buffer[] = []
  #bytes = 0

  constructor(
    clock: Clock,
    limits: HttpLimits,
    signal: AbortSignal | undefined,
    settleWith: (outcome: Outcome) => void,
  ) {
    this.#clock = clock
    this.#limits = limits
    this.#signal = signal
    this.#settleWith = settleWith
    this.#endsAtMs = clock.monotonicMs() + limits.totalMs
    this.#timer = clock.after(Math.min(limits.connectMs, limits.totalMs), this.#onAbort)
    signal?.addEventListener('abort', this.#onAbort)
    if (signal?.aborted) this.#giveUp()
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    if (this.#isSettled) {
      controller.abort(new Cancelled())
      return
    }
    this.#controller = controller
    this.#waitAtMost(this.#limits.firstByteMs)
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: Record<string, string | string[] | undefined>,
  ): void {
    if (this.#isSettled || status < 200) return
    this.#status = status
    for (const name in headers) {
      const value = headers[name]
      if (value !== undefined) this.#headers[name] = typeof value === 'string' ? value : value.join(', ')
    }
    this.#waitAtMost(this.#limits.totalMs)
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#isSettled) return
    const room = this.#limits.bodyBytesMax - this.#bytes
    this.#chunks.push(chunk.length > room ? chunk.subarray(0, room) : chunk)
    this.#bytes += Math.min(chunk.length, room)
    if (chunk.length > room) this.#answer(true)
  }

  onResponseEnd(): void {
    this.#answer(false)
  }

  onResponseError(_controller: unknown, error: unknown): void {
    this.#settle(this.#outcomeOf(error))
  }

  #outcomeOf(error: unknown): Outcome {
    if (error instanceof ConnectFailure) return error.outcome
    if (this.#controller !== null) return { kind: 'ambiguous', reason: ambiguousReason(error) }
    const { code, message } = Object(error)
    if (code === 'UND_ERR_INVALID_ARG') return { kind: 'invalid', reason: String(message) }
    return { kind: 'not_sent', reason: 'ECONNREFUSED' }
  }

  #answer(truncated: boolean): void {
    const body = Buffer.concat(this.#chunks).toString('utf8')
    this.#settle({ kind: 'answered', status: this.#status, headers: this.#headers, body, truncated })
  }

  #giveUp(): void {
    this.#settle(
      this.#controller === null
        ? { kind: 'not_sent', reason: 'CONNECT_TIMEOUT' }
        : { kind: 'ambiguous', reason: 'ETIMEDOUT' },
    )
  }

  /** Nothing is waited for beyond the whole exchange's end. */
  #waitAtMost(ms: number): void {
    this.#timer.cancel()
    const leftMs = Math.max(0, this.#endsAtMs - this.#clock.monotonicMs())
    this.#timer = this.#clock.after(Math.min(ms, leftMs), this.#onAbort)
  }

  #settle(outcome: Outcome): void {
    if (this.#isSettled) return
    this.#isSettled = true
    this.#timer.cancel()
    this.#signal?.removeEventListener('abort', this.#onAbort)
    this.#chunks = []
    // Ends the connection unless the answer was read to its end.
    const isComplete = outcome.kind === 'answered' && !outcome.truncated
    if (!isComplete) this.#controller?.abort(new Cancelled())
    this.#settleWith(outcome)
  }
}

/** Undici's errors for an answer that is not HTTP, or of which there is more than is read. */
const GARBAGE_ERRORS: ReadonlySet<unknown> = new Set([
  'HTTPParserError',
  'HeadersOverflowError',
  'ResponseContentLengthMismatchError',
])

function ambiguousReason(error: unknown): 'GARBAGE' | 'ECONNRESET' {
  return GARBAGE_ERRORS.has(Object(error).name) ? 'GARBAGE' : 'ECONNRESET'
}
