/**
 * The Tracking API on plain node:http: reads a request, asks the pure parts what it means, and answers 200 once the log
 * has what was accepted. It decides nothing about events itself.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { LogError } from '../log/index.ts'
import { formatIso, type RequestContext, sharedFields } from '../spec/index.ts'
import type { Source } from '../workspace/index.ts'
import { collectableIp, type ProxyTrust } from './address.ts'
import { Admission, type Refusal } from './admission.ts'
import { type BodyOutcome, BodyReader } from './body.ts'
import { preflightHeaders } from './cors.ts'
import type { TrackingDeps } from './deps.ts'
import { answer, answerAndClose, answerSuccess, type Connections, type Exchange, settled } from './exchange.ts'
import { inflate } from './gunzip.ts'
import type { TrackingLimits } from './limits.ts'
import { type JsonBody, type ParsedBody, parseBody } from './parse.ts'
import { GIF, pixelInput } from './pixel.ts'
import { type IngestPlan, planIngest } from './plan.ts'
import { newRequestId, PROBLEMS, type ProblemCode, problemBody, retryAfterSeconds } from './problems.ts'
import { type Route, routeOf } from './routes.ts'
import { fileAnswer } from './sdk-answer.ts'
import { serverHost, settingsDocument } from './settings.ts'

type SdkRoute = Extract<Route, { kind: 'sdk_script' | 'sdk_bundle' }>
type PostRoute = Exclude<Route, SdkRoute | { kind: 'settings' | 'pixel' }>
type IngestRoute = Extract<Route, { kind: 'single' | 'batch' }>
type Outcome = { readonly code: 'ok' } | Refusal

const OK: Outcome = { code: 'ok' }

export class TrackingHandler {
  readonly #deps: TrackingDeps
  readonly #limits: TrackingLimits
  readonly #connections: Connections
  readonly #admission: Admission
  readonly #bodies: BodyReader
  #inFlight = 0
  #receivedAtMs = Number.NaN
  #receivedAt = ''

  constructor(deps: TrackingDeps, limits: TrackingLimits, trust: ProxyTrust, connections: Connections) {
    this.#deps = deps
    this.#limits = limits
    this.#connections = connections
    this.#admission = new Admission(deps, limits, trust)
    this.#bodies = new BodyReader(deps.clock, limits)
  }

  /** Answers one request whose URL `isTrackingUrl`. */
  handle(request: IncomingMessage, response: ServerResponse): void {
    const route = routeOf(request.url ?? '')
    const connection = this.#connections.of(request.socket)
    connection.unanswered++
    connection.newest = response
    const exchange: Exchange = { request, response, route: route?.kind ?? 'none', connection }
    if (request.headers.host === undefined && request.httpVersion !== '1.0')
      this.#settle(exchange, { code: 'bad_request' })
    else if (route === undefined) this.#refuse(exchange, { code: 'not_found' })
    else if (request.method === 'OPTIONS') this.#preflight(exchange, route)
    else if (!isAllowed(request.method, route)) {
      this.#refuse(exchange, { code: 'method_not_allowed' }, ['allow', route.allow])
    } else if (route.kind === 'settings') this.#settings(exchange, route.writeKey)
    else if (route.kind === 'pixel') this.#pixel(exchange, route)
    else if (route.kind === 'sdk_script' || route.kind === 'sdk_bundle') this.#sdk(exchange, route)
    else this.#post(exchange, route)
  }

  #preflight({ request, response, connection }: Exchange, route: Route): void {
    const exchange: Exchange = { request, response, connection, route: 'preflight' }
    answer(exchange, 204, preflightHeaders(request.headers['access-control-request-headers'], route.allow), '')
    this.#count(exchange, 'ok')
  }

  #settings(exchange: Exchange, writeKey: string): void {
    const { request, connection } = exchange
    const address = this.#admission.addressOf(request, connection)
    // The key in the path is the one that is meant, whatever a header says.
    const found = this.#admission.sourceOfKey(writeKey, request.headers.origin, address)
    if ('code' in found) {
      this.#settle(exchange, found)
      return
    }
    const { socket, headers } = request
    const named = (connection.isProxy ? firstOf(headers['x-forwarded-host']) : undefined) ?? headers.host
    const scheme = connection.isProxy ? firstOf(headers['x-forwarded-proto']) : undefined
    const protocol = (scheme ?? ('encrypted' in socket ? 'https' : 'http')) === 'https' ? 'https' : 'http'
    const local = { address: socket.localAddress ?? '127.0.0.1', port: socket.localPort ?? 0 }
    const host = this.#deps.publicHost ?? serverHost(named, local)
    const type = ['content-type', 'application/json; charset=utf-8', 'cache-control', 'private, max-age=60']
    answer(exchange, 200, type, settingsDocument(writeKey, host, protocol))
    this.#count(exchange, 'ok')
  }

  #sdk(exchange: Exchange, route: SdkRoute): void {
    const { request, connection } = exchange
    const address = this.#admission.addressOf(request, connection)
    const refusal = this.#refusalBefore(address, this.#deps.clock.monotonicMs())
    const found =
      refusal ??
      (route.kind === 'sdk_script'
        ? this.#admission.sourceOfKey(route.writeKey, request.headers.origin, address)
        : undefined)
    if (found !== undefined && 'code' in found) {
      this.#settle(exchange, found)
      return
    }
    const { sdkFiles } = this.#deps
    const file = route.kind === 'sdk_script' ? sdkFiles.script() : sdkFiles.bundle(route.name)
    file.then(
      (content) => {
        if (content === undefined) {
          this.#settle(exchange, { code: 'not_found' })
          return
        }
        const kind = route.kind === 'sdk_script' ? 'script' : 'bundle'
        const { status, headers, body } = fileAnswer(content, kind, request.headers)
        answer(exchange, status, headers, body)
        this.#count(exchange, 'ok')
      },
      (error: unknown) => this.#settle(exchange, { code: codeOf(error) }),
    )
  }

  #pixel(exchange: Exchange, route: Extract<Route, { kind: 'pixel' }>): void {
    // Mail scanners ask for the head of an image: nobody saw it.
    if (exchange.request.method === 'HEAD') {
      this.#settle(exchange, OK)
      return
    }
    const nowMs = this.#deps.clock.monotonicMs()
    const address = this.#admission.addressOf(exchange.request, exchange.connection)
    const refusal = this.#refusalBefore(address, nowMs)
    const input = pixelInput(route.query)
    if (refusal !== undefined) this.#settle(exchange, refusal)
    else if (route.type === undefined) this.#settle(exchange, { code: 'not_found' })
    else if (!input.ok) this.#settle(exchange, { code: input.code })
    else {
      this.#inFlight++
      const single: IngestRoute = { kind: 'single', type: route.type, channel: 'client', allow: 'POST, OPTIONS' }
      this.#ingest(exchange, single, { body: input.body, checkStrings: true, bytes: 0 }, address, 0)
    }
  }

  #post(exchange: Exchange, route: PostRoute): void {
    const { request, connection } = exchange
    const encoding = encodingOf(request.headers['content-encoding'])
    if (encoding === 'unsupported') {
      this.#settle(exchange, { code: 'unsupported_encoding' })
      return
    }
    const nowMs = this.#deps.clock.monotonicMs()
    const address = this.#admission.addressOf(request, connection)
    const refusal = this.#refusalBefore(address, nowMs)
    if (refusal !== undefined) {
      this.#settle(exchange, refusal)
      return
    }
    const bytesMax = route.kind === 'batch' ? this.#limits.batchBytesMax : this.#limits.singleBytesMax
    this.#inFlight++
    let isOver = false
    const giveUp = this.#bodies.read(request, bytesMax, nowMs, (outcome) => {
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

  #complete(exchange: Exchange, route: PostRoute, bytes: Buffer, address: string, held: number): void {
    if (route.kind === 'metrics') {
      // The SDKs' counters about themselves: taken, so that they do not retry, and not kept.
      this.#finish(exchange, OK, held)
      return
    }
    const parsed = parseBody(bytes)
    if (parsed.ok) this.#ingest(exchange, route, parsed, address, held)
    else this.#finish(exchange, { code: parsed.code }, held)
  }

  #ingest(exchange: Exchange, route: IngestRoute, parsed: ParsedBody, address: string, held: number): void {
    let decision: Outcome | { readonly plan: IngestPlan; readonly source: Source }
    let appended: Promise<unknown> | undefined
    try {
      decision = this.#decide(exchange, route, parsed, address)
      if ('plan' in decision) appended = this.#deps.log.append(decision.plan.records)
    } catch (error) {
      // A bug, or a port that throws where it should not: no ack on doubt, and no end of the process.
      decision = { code: codeOf(error) }
    }
    if (!('plan' in decision) || appended === undefined) {
      this.#finish(exchange, 'plan' in decision ? { code: 'unavailable' } : decision, held)
      return
    }
    const { plan, source } = decision
    appended.then(
      () => {
        this.#countPlan(plan, source.id)
        this.#finish(exchange, OK, held)
      },
      (error: unknown) => this.#finish(exchange, { code: codeOf(error) }, held),
    )
  }

  /** What to store, or the answer where nothing is to be stored. */
  #decide(
    exchange: Exchange,
    route: IngestRoute,
    { body, checkStrings, bytes }: ParsedBody,
    address: string,
  ): Outcome | { readonly plan: IngestPlan; readonly source: Source } {
    const { batch } = body
    if (route.kind === 'batch' && !Array.isArray(batch)) return { code: 'invalid_body' }
    const admitted = this.#admission.sourceOf(exchange.request, exchange.connection, body.writeKey, address)
    if ('code' in admitted) return admitted
    const { source, writeKey } = admitted
    const { telemetry, clock, suppression } = this.#deps
    const items: readonly unknown[] = route.kind === 'batch' && Array.isArray(batch) ? batch : [body]
    if (admitted.mismatch) telemetry.count('tracking_notes_total', { source: source.id, note: 'write_key_mismatch' })
    if (route.kind === 'batch' && bytes > this.#limits.segmentBatchBytesMax) {
      telemetry.count('tracking_notes_total', { source: source.id, note: 'over_segment_limit' })
    }
    if (items.length === 0) {
      telemetry.count('tracking_notes_total', { source: source.id, note: 'empty_batch' })
      return OK
    }
    if (!source.enabled) {
      telemetry.count('tracking_events_total', { source: source.id, result: 'source_disabled' }, items.length)
      return OK
    }
    const refusal = this.#admission.refusalOfSource(source, items.length, clock.monotonicMs())
    if (refusal !== undefined) return refusal
    const context = this.#contextOf(route, body, checkStrings, address, source)
    const plan = planIngest(items, context, { writeKey, suppression, storedBytesMax: this.#limits.storedBytesMax })
    return { plan, source }
  }

  #contextOf(
    route: IngestRoute,
    body: JsonBody,
    checkStrings: boolean,
    address: string,
    source: Source,
  ): RequestContext {
    const { clock, random } = this.#deps
    const receivedAtMs = clock.nowMs()
    if (receivedAtMs !== this.#receivedAtMs) {
      this.#receivedAtMs = receivedAtMs
      this.#receivedAt = formatIso(receivedAtMs)
    }
    return {
      receivedAtMs,
      receivedAt: this.#receivedAt,
      channel: route.channel,
      ip: collectableIp(address),
      sourceId: source.id,
      sentAt: route.kind === 'batch' ? body.sentAt : undefined,
      shared: route.kind === 'batch' ? sharedFields(body.context, body.integrations, checkStrings) : undefined,
      defaultType: route.kind === 'single' ? route.type : undefined,
      checkStrings,
      newMessageId: () => `grapevine-${receivedAtMs}-${random.bytes(16).toString('hex')}`,
    }
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

  /** What is refused before anything of it is read. */
  #refusalBefore(address: string, nowMs: number): Refusal | undefined {
    const { inFlightRequestsMax, inFlightBytesMax } = this.#limits
    if (this.#inFlight >= inFlightRequestsMax || this.#bodies.heldBytes >= inFlightBytesMax) {
      return { code: 'overloaded' }
    }
    return this.#admission.refusalOfAddress(address, nowMs)
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

  #refuse(exchange: Exchange, { code, retryAfterS }: Refusal, extra: readonly string[] = []): void {
    const { clock, random } = this.#deps
    const requestId = newRequestId(random)
    const waitS = retryAfterS ?? retryAfterSeconds(code, random.next())
    const headers = ['content-type', 'application/json; charset=utf-8', 'x-request-id', requestId, ...extra]
    if (waitS !== undefined) headers.push('retry-after', String(waitS))
    if (code === 'rate_limited') headers.push('x-ratelimit-reset', String(waitS))
    const { status, closes } = PROBLEMS[code]
    const body = problemBody(code, requestId)
    if (closes) answerAndClose(exchange, status, headers, body, clock, this.#limits)
    else answer(exchange, status, headers, body)
    this.#count(exchange, code)
  }

  #count({ route }: Exchange, code: ProblemCode | 'ok' | 'client_left'): void {
    this.#deps.telemetry.count('tracking_requests_total', { route, code })
  }
}

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

function codeOf(error: unknown): ProblemCode {
  if (!(error instanceof LogError) || error.failure === 'full') return 'unavailable'
  return error.failure
}

function firstOf(header: string | string[] | undefined): string | undefined {
  return header?.toString().split(',', 1)[0]?.trim()
}
