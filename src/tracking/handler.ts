/**
 * The Tracking API on plain node:http: reads a request, asks the pure parts what it means, and answers 200 once the log
 * has what was accepted. It decides nothing about events itself.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { LogError } from '../log/index.ts'
import { type RequestContext, sharedFields, textMayNeedRepair } from '../spec/index.ts'
import type { Source } from '../workspace/types.ts'
import { collectableIp, type ProxyTrust, senderAddress } from './address.ts'
import { type BodyOutcome, BodyReader } from './body.ts'
import { preflightHeaders } from './cors.ts'
import { credentialsOf } from './credentials.ts'
import type { TrackingDeps } from './deps.ts'
import { answer, answerAndClose, answerSuccess, type Connections, type Exchange, settled } from './exchange.ts'
import { inflate } from './gunzip.ts'
import type { TrackingLimits } from './limits.ts'
import { parseBody } from './parse.ts'
import { GIF, pixelInput } from './pixel.ts'
import { type IngestPlan, planIngest } from './plan.ts'
import { PROBLEMS, type ProblemCode, problemBody, RATE_LIMITED_RETRY_S_MAX, retryAfterSeconds } from './problems.ts'
import { RateLimiter } from './rate-limit.ts'
import { type Route, routeOf } from './routes.ts'
import { serverHost, settingsDocument } from './settings.ts'

type JsonBody = Readonly<Record<string, unknown>>
type Outcome = { readonly code: 'ok' } | { readonly code: ProblemCode; readonly retryAfterS?: number }
type SourceOutcome =
  | { readonly source: Source; readonly writeKey: string; readonly mismatch: boolean }
  | { readonly refusal: Outcome }

const OK: Outcome = { code: 'ok' }

export class TrackingHandler {
  readonly #deps: TrackingDeps
  readonly #limits: TrackingLimits
  readonly #trust: ProxyTrust
  readonly #connections: Connections
  readonly #bodies: BodyReader
  readonly #sourceRates: RateLimiter
  readonly #addressRates: RateLimiter
  readonly #unknownKeyRates: RateLimiter
  #inFlight = 0
  #receivedAtMs = Number.NaN
  #receivedAt = ''

  constructor(deps: TrackingDeps, limits: TrackingLimits, trust: ProxyTrust, connections: Connections) {
    this.#deps = deps
    this.#limits = limits
    this.#trust = trust
    this.#connections = connections
    this.#bodies = new BodyReader(deps.clock, limits)
    const { burstMs, ratesRememberedMax: keysMax } = limits
    this.#sourceRates = new RateLimiter({ perSecond: limits.sourceEventsPerSecond, burstMs, keysMax })
    this.#addressRates = new RateLimiter({ perSecond: limits.addressRequestsPerSecond, burstMs, keysMax })
    this.#unknownKeyRates = new RateLimiter({ perSecond: limits.unknownKeysPerSecond, burstMs, keysMax })
  }

  /** Answers one request whose URL `isTrackingUrl`. */
  handle(request: IncomingMessage, response: ServerResponse): void {
    const route = routeOf(request.url ?? '')
    const connection = this.#connections.of(request.socket)
    connection.unanswered++
    connection.newest = response
    const exchange: Exchange = { request, response, route: route?.kind ?? 'none', connection }
    if (route === undefined) this.#refuse(exchange, { code: 'not_found' })
    else if (request.method === 'OPTIONS') this.#preflight(exchange, route)
    else if (!isAllowed(request.method, route))
      this.#refuse(exchange, { code: 'method_not_allowed' }, ['allow', route.allow])
    else if (route.kind === 'settings') this.#settings(exchange, route.writeKey)
    else if (route.kind === 'pixel') this.#pixel(exchange, route)
    else this.#post(exchange, route)
  }

  #preflight({ request, response, connection }: Exchange, route: Route): void {
    const exchange: Exchange = { request, response, connection, route: 'preflight' }
    answer(exchange, 204, preflightHeaders(request.headers['access-control-request-headers'], route.allow), '')
    this.#count(exchange, 'ok')
  }

  #settings(exchange: Exchange, writeKey: string): void {
    const found = this.#sourceOf(exchange, undefined, writeKey, this.#addressOf(exchange.request))
    if ('refusal' in found) {
      this.#settle(exchange, found.refusal)
      return
    }
    const { request } = exchange
    const { socket, headers } = request
    const isProxied = this.#trust.isTrusted(senderAddress(socket.remoteAddress, undefined, this.#trust))
    const named = (isProxied ? firstOf(headers['x-forwarded-host']) : undefined) ?? headers.host
    const scheme = isProxied ? firstOf(headers['x-forwarded-proto']) : undefined
    const protocol = (scheme ?? ('encrypted' in socket ? 'https' : 'http')) === 'https' ? 'https' : 'http'
    const local = { address: socket.localAddress ?? '127.0.0.1', port: socket.localPort ?? 0 }
    const host = this.#deps.publicHost ?? serverHost(named, local)
    const type = ['content-type', 'application/json; charset=utf-8', 'cache-control', 'private, max-age=60']
    answer(exchange, 200, type, settingsDocument(writeKey, host, protocol))
    this.#count(exchange, 'ok')
  }

  #pixel(exchange: Exchange, route: Extract<Route, { kind: 'pixel' }>): void {
    // Mail scanners ask for the head of an image: nobody saw it.
    if (exchange.request.method === 'HEAD') {
      this.#settle(exchange, OK)
      return
    }
    const address = this.#addressOf(exchange.request)
    const overload = this.#overload(address)
    const input = pixelInput(route.query)
    if (overload !== undefined) this.#settle(exchange, overload)
    else if (route.type === undefined) this.#settle(exchange, { code: 'not_found' })
    else if (!input.ok) this.#settle(exchange, { code: input.code })
    else {
      this.#inFlight++
      const single: Route = { kind: 'single', type: route.type, channel: 'client', allow: 'POST, OPTIONS' }
      this.#ingest(exchange, single, input.body, true, address, 0)
    }
  }

  #post(exchange: Exchange, route: Exclude<Route, { kind: 'settings' | 'pixel' }>): void {
    const { request, connection } = exchange
    const encoding = encodingOf(request.headers['content-encoding'])
    if (encoding === 'unsupported') {
      this.#settle(exchange, { code: 'unsupported_encoding' })
      return
    }
    const address = this.#addressOf(request)
    const overload = this.#overload(address)
    if (overload !== undefined) {
      this.#settle(exchange, overload)
      return
    }
    const bytesMax = route.kind === 'batch' ? this.#limits.batchBytesMax : this.#limits.singleBytesMax
    this.#inFlight++
    let isOver = false
    const giveUp = this.#bodies.read(request, bytesMax, (outcome) => {
      isOver = true
      if (connection.reading?.request === request) connection.reading = undefined
      if (outcome.kind !== 'complete') {
        this.#inFlight--
        this.#unread(exchange, outcome.kind)
        return
      }
      const { bytes } = outcome
      const held = bytes.length
      if (encoding === 'identity') {
        this.#complete(exchange, route, bytes, address, held)
        return
      }
      inflate(bytes, bytesMax, (inflated) => {
        if (inflated.ok) this.#complete(exchange, route, inflated.bytes, address, held)
        else this.#finish(exchange, { code: inflated.code }, held)
      })
    })
    if (!isOver) connection.reading = { request, giveUp }
  }

  /** The body did not become complete. */
  #unread(exchange: Exchange, kind: Exclude<BodyOutcome['kind'], 'complete'>): void {
    if (kind === 'too_large') this.#settle(exchange, { code: 'body_too_large' })
    else if (kind === 'too_slow') this.#settle(exchange, { code: 'request_timeout' })
    else if (kind === 'overloaded') this.#settle(exchange, { code: 'overloaded' })
    else {
      settled(exchange)
      // An abandoned one is answered, and counted, as a connection that broke.
      if (kind === 'client_left') this.#count(exchange, 'client_left')
    }
  }

  #complete(
    exchange: Exchange,
    route: Exclude<Route, { kind: 'settings' | 'pixel' }>,
    bytes: Buffer,
    address: string,
    held: number,
  ): void {
    if (route.kind === 'metrics') {
      // The SDKs' counters about themselves: taken, so that they do not retry, and not kept.
      this.#finish(exchange, OK, held)
      return
    }
    const parsed = parseBody(bytes)
    if (!parsed.ok) {
      this.#finish(exchange, { code: parsed.code }, held)
      return
    }
    this.#ingest(exchange, route, parsed.body, textMayNeedRepair(bytes), address, held, bytes.length)
  }

  #ingest(
    exchange: Exchange,
    route: Extract<Route, { kind: 'single' | 'batch' }>,
    body: JsonBody,
    checkStrings: boolean,
    address: string,
    held: number,
    bodyBytes = 0,
  ): void {
    const { batch } = body
    if (route.kind === 'batch' && !Array.isArray(batch)) {
      this.#finish(exchange, { code: 'invalid_body' }, held)
      return
    }
    const found = this.#sourceOf(exchange, exchange.request.headers.authorization, body.writeKey, address)
    if ('refusal' in found) {
      this.#finish(exchange, found.refusal, held)
      return
    }
    const { source } = found
    const { telemetry } = this.#deps
    const items: readonly unknown[] = route.kind === 'batch' && Array.isArray(batch) ? batch : [body]
    if (found.mismatch) telemetry.count('tracking_notes_total', { source: source.id, note: 'write_key_mismatch' })
    if (route.kind === 'batch' && bodyBytes > this.#limits.segmentBatchBytesMax) {
      telemetry.count('tracking_notes_total', { source: source.id, note: 'over_segment_limit' })
    }
    if (items.length === 0) {
      telemetry.count('tracking_notes_total', { source: source.id, note: 'empty_batch' })
      this.#finish(exchange, OK, held)
      return
    }
    if (!source.enabled) {
      telemetry.count('tracking_events_total', { source: source.id, result: 'source_disabled' }, items.length)
      this.#finish(exchange, OK, held)
      return
    }
    const waitMs = this.#sourceRates.admit(source.id, this.#deps.clock.monotonicMs(), items.length)
    if (waitMs > 0) {
      this.#finish(exchange, rateLimited(waitMs), held)
      return
    }
    this.#store(exchange, this.#plan(route, body, items, checkStrings, address, source, found.writeKey), source, held)
  }

  #plan(
    route: Extract<Route, { kind: 'single' | 'batch' }>,
    body: JsonBody,
    items: readonly unknown[],
    checkStrings: boolean,
    address: string,
    source: Source,
    writeKey: string,
  ): IngestPlan {
    const { clock, random, suppression } = this.#deps
    const receivedAtMs = clock.nowMs()
    if (receivedAtMs !== this.#receivedAtMs) {
      this.#receivedAtMs = receivedAtMs
      this.#receivedAt = new Date(receivedAtMs).toISOString()
    }
    const ip = collectableIp(address)
    const shared = route.kind === 'batch' ? sharedFields(body.context, body.integrations, checkStrings) : undefined
    const context: RequestContext = {
      receivedAtMs,
      receivedAt: this.#receivedAt,
      channel: route.channel,
      sourceId: source.id,
      checkStrings,
      newMessageId: () => `grapevine-${receivedAtMs}-${random.bytes(16).toString('hex')}`,
      ...(ip !== undefined && { ip }),
      ...(route.kind === 'batch' ? { sentAt: body.sentAt } : { defaultType: route.type }),
      ...(shared !== undefined && { shared }),
    }
    return planIngest(items, context, { writeKey, suppression, storedBytesMax: this.#limits.storedBytesMax })
  }

  #store(exchange: Exchange, plan: IngestPlan, source: Source, held: number): void {
    this.#deps.log.append(plan.records).then(
      () => {
        this.#countPlan(plan, source.id)
        this.#finish(exchange, OK, held)
      },
      (error: unknown) => this.#finish(exchange, { code: codeOf(error) }, held),
    )
  }

  #countPlan({ accepted, tally, warnings, foreignKeys }: IngestPlan, source: string): void {
    const { telemetry } = this.#deps
    if (accepted > 0) telemetry.count('tracking_events_total', { source, result: 'accepted' }, accepted)
    for (const [reason, by] of tally.counts) {
      const result = reason === 'suppressed' ? 'suppressed' : 'rejected'
      telemetry.count('tracking_events_total', { source, result }, by)
      telemetry.count('tracking_rejected_total', { source, reason }, by)
    }
    for (const [warning, by] of warnings) telemetry.count('tracking_warnings_total', { source, warning }, by)
    if (foreignKeys > 0) {
      telemetry.count('tracking_notes_total', { source, note: 'item_write_key_ignored' }, foreignKeys)
    }
  }

  #sourceOf(exchange: Exchange, authorization: string | undefined, bodyKey: unknown, address: string): SourceOutcome {
    const credentials = credentialsOf(authorization, bodyKey, this.#limits.writeKeyCharsMax)
    if (credentials.kind === 'missing') return { refusal: { code: 'missing_write_key' } }
    const found = credentials.kind === 'key' ? this.#deps.sources.find(credentials.writeKey) : UNKNOWN
    if (found.status === 'unavailable') return { refusal: { code: 'unavailable' } }
    const { origin } = exchange.request.headers
    const isForeignPage =
      found.status === 'found' &&
      origin !== undefined &&
      (found.origins?.length ?? 0) > 0 &&
      !found.origins?.includes(origin)
    if (found.status === 'unknown' || credentials.kind !== 'key' || isForeignPage) {
      const waitMs = this.#unknownKeyRates.admit(address, this.#deps.clock.monotonicMs())
      return { refusal: waitMs > 0 ? rateLimited(waitMs) : { code: 'invalid_write_key' } }
    }
    return { source: found.source, writeKey: credentials.writeKey, mismatch: credentials.mismatch }
  }

  #overload(address: string): Outcome | undefined {
    const { inFlightRequestsMax, inFlightBytesMax } = this.#limits
    if (this.#inFlight >= inFlightRequestsMax || this.#bodies.heldBytes >= inFlightBytesMax)
      return { code: 'overloaded' }
    const waitMs = this.#addressRates.admit(address, this.#deps.clock.monotonicMs())
    return waitMs > 0 ? rateLimited(waitMs) : undefined
  }

  /** Gives back what the request held and answers it. */
  #finish(exchange: Exchange, outcome: Outcome, held: number): void {
    this.#inFlight--
    this.#bodies.release(held)
    this.#settle(exchange, outcome)
  }

  #settle(exchange: Exchange, outcome: Outcome): void {
    if (exchange.route === 'pixel') {
      answer(exchange, 200, ['content-type', 'image/gif', 'cache-control', 'no-store'], GIF)
      this.#count(exchange, outcome.code)
    } else if (outcome.code === 'ok') {
      answerSuccess(exchange)
      this.#count(exchange, 'ok')
    } else this.#refuse(exchange, outcome)
  }

  #refuse(exchange: Exchange, outcome: Exclude<Outcome, { code: 'ok' }>, extra: readonly string[] = []): void {
    const { code } = outcome
    const { clock, random } = this.#deps
    const requestId = newRequestId(random)
    const retryAfterS = outcome.retryAfterS ?? retryAfterSeconds(code, random.next())
    const headers = ['content-type', 'application/json; charset=utf-8', 'x-request-id', requestId, ...extra]
    if (retryAfterS !== undefined) headers.push('retry-after', String(retryAfterS))
    if (code === 'rate_limited') headers.push('x-ratelimit-reset', String(retryAfterS))
    const { status, closes } = PROBLEMS[code]
    const body = problemBody(code, requestId)
    if (closes) answerAndClose(exchange, status, headers, body, clock, this.#limits)
    else answer(exchange, status, headers, body)
    this.#count(exchange, code)
  }

  #count({ route }: Exchange, code: ProblemCode | 'ok' | 'client_left'): void {
    this.#deps.telemetry.count('tracking_requests_total', { route, code })
  }

  #addressOf({ socket, headers }: IncomingMessage): string {
    return senderAddress(socket.remoteAddress, headers['x-forwarded-for']?.toString(), this.#trust)
  }
}

const UNKNOWN = { status: 'unknown' } as const

function isAllowed(method: string | undefined, route: Route): boolean {
  if (method === 'POST') return route.allow === 'POST, OPTIONS'
  return (method === 'GET' || method === 'HEAD') && route.allow === 'GET, HEAD, OPTIONS'
}

function encodingOf(header: string | undefined): 'identity' | 'gzip' | 'unsupported' {
  if (header === undefined) return 'identity'
  const encoding = header.trim().toLowerCase()
  if (encoding === '' || encoding === 'identity') return 'identity'
  return encoding === 'gzip' || encoding === 'x-gzip' ? 'gzip' : 'unsupported'
}

function rateLimited(waitMs: number): Outcome {
  return {
    code: 'rate_limited',
    retryAfterS: Math.min(Math.max(Math.ceil(waitMs / 1_000), 1), RATE_LIMITED_RETRY_S_MAX),
  }
}

function codeOf(error: unknown): ProblemCode {
  if (!(error instanceof LogError) || error.failure === 'full') return 'unavailable'
  return error.failure
}

function firstOf(header: string | string[] | undefined): string | undefined {
  return header?.toString().split(',', 1)[0]?.trim()
}

/** Names an answer in what people report; 96 random bits. */
export function newRequestId(random: { bytes(count: number): Buffer }): string {
  return random.bytes(12).toString('hex')
}
