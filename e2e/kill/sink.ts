/**
 * A destination that outlives the kills: it answers as Extole's events endpoint does, misbehaves as told, and writes down
 * what it carried out, in order.
 */
import { hash } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import type { Chance } from '../fuzz/chance.ts'
import type { Violation } from './check.ts'
import type { HandledEvent } from './records.ts'

/**
 * Ways to misbehave, by how often each is chosen among them. A 429 slows the whole account, for minutes where it says
 * nothing true about what the destination takes, and a hang costs 15 s: rare.
 */
const FAULTS = {
  status_500: 20,
  status_503: 20,
  status_429: 0.2,
  slow: 20,
  reset_before: 15,
  reset_after: 15,
  hang: 0.3,
  malformed: 10,
} as const

export type Fault = keyof typeof FAULTS

/** Longest slow answer, in milliseconds. */
const SLOW_MS_MAX = 300
/** A fourth answer that cannot be read would rightly make an event a dead letter (reliability contract 4.3). */
const MALFORMED_PER_EVENT_MAX = 3

interface EventBody {
  readonly event_name?: unknown
  readonly data?: { readonly key?: unknown; readonly sequence?: unknown; readonly partner_user_id?: unknown }
}

interface Attempt {
  readonly generation: number
  /** Nobody answers: its end is seen by the other side first. */
  readonly isHanging: boolean
}

export interface SinkOptions {
  readonly chance: Chance
  /** Part of the requests that meet a fault: 0 to 1. */
  readonly faultRate: number
  /** Faults that one event meets, after which it gets through. No bound by default. */
  readonly faultsPerEventMax?: number
}

/** Ways in which a whole destination is down. */
export type Outage = 'resets' | 'hangs' | 'fails'

export class Sink {
  /** Carried out, in order. */
  readonly handled: HandledEvent[] = []
  readonly faults = new Map<Fault, number>()
  readonly violations: Violation[] = []
  /** Raised with each start of the server: attempts of a dead one are no attempts of the next. */
  generation = 0
  /** Part of the requests that meet a fault: 0 to 1. */
  faultRate: number
  requests = 0
  /** Told of each event that is carried out, at once. */
  onHandled: (event: HandledEvent) => void = () => {}
  #outage: Outage | undefined
  readonly url: string
  readonly address: string
  readonly #server: Server
  readonly #chance: Chance
  readonly #faultsPerEventMax: number
  readonly #faultsOf = new Map<string, number>()
  readonly #sockets = new Map<Socket, number>()
  readonly #hanging = new Set<Socket>()
  readonly #inFlight = new Map<string, Attempt>()
  readonly #bodies = new Map<string, string>()
  readonly #malformed = new Map<string, number>()
  readonly #seen = new Set<string>()

  private constructor(server: Server, { chance, faultRate, faultsPerEventMax }: SinkOptions) {
    this.#server = server
    this.#chance = chance
    this.faultRate = faultRate
    this.#faultsPerEventMax = faultsPerEventMax ?? Number.POSITIVE_INFINITY
    this.address = `127.0.0.1:${(server.address() as AddressInfo).port}`
    this.url = `http://${this.address}`
    server.on('connection', (socket) => {
      this.#sockets.set(socket, this.generation)
      if (this.#outage === 'resets') socket.resetAndDestroy()
      // A reset is what a kill looks like from here.
      socket.on('error', () => {})
      socket.on('close', () => this.#sockets.delete(socket))
    })
    server.on('request', (request, response) => void this.#receive(request, response))
  }

  static async start(options: SinkOptions): Promise<Sink> {
    const server = createServer({ keepAliveTimeout: 60_000 })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return new Sink(server, options)
  }

  /** Distinct events carried out. */
  get handledCount(): number {
    return this.#seen.size
  }

  /** Behaves from now on, and lets go of those who wait for an answer that would not come. */
  calm(): void {
    this.faultRate = 0
    this.#outage = undefined
    for (const socket of this.#hanging) socket.destroy()
  }

  /** Carries nothing out any more, until it is calm again. */
  goDown(outage: Outage): void {
    this.#outage = outage
    if (outage === 'resets') this.#server.closeAllConnections()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  async #receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const generation = this.#sockets.get(request.socket) ?? this.generation
    const chunks: Buffer[] = []
    try {
      for await (const chunk of request) chunks.push(chunk as Buffer)
    } catch {
      return
    }
    this.requests += 1
    // The key is tried when settings are saved.
    if (request.url?.startsWith('/v4/tokens') === true) {
      response.writeHead(200, JSON_HEADERS).end('{"scopes":["USER_SUPPORT"]}')
      return
    }
    const body = Buffer.concat(chunks).toString()
    const event = request.url === '/v6/async-events' ? eventOf(body) : undefined
    if (event === undefined) {
      this.#violate('unexpected_request', `${request.method} ${request.url} ${body.slice(0, 200)}`)
      response.writeHead(404).end()
      return
    }
    this.#compareBody(event, body)
    const fault = this.#fault(event)
    this.#begin(event, { generation, isHanging: fault === 'hang' }, response)
    this.#answer(event, fault, response)
  }

  #answer(event: HandledEvent, fault: Fault | undefined, response: ServerResponse): void {
    const socket = response.socket
    switch (fault) {
      case 'status_500':
      case 'status_503':
        return void response.writeHead(Number(fault.slice(-3)), JSON_HEADERS).end(REFUSAL)
      case 'status_429':
        return void response.writeHead(429, { ...JSON_HEADERS, 'retry-after': '1' }).end(REFUSAL)
      case 'reset_before':
        return void socket?.resetAndDestroy()
      case 'reset_after':
        this.#handle(event)
        return void socket?.resetAndDestroy()
      case 'malformed':
        this.#handle(event)
        return void response.writeHead(200, JSON_HEADERS).end('{"event_id":')
      case 'hang':
        if (socket === null) return
        this.#hanging.add(socket)
        return void socket.once('close', () => this.#hanging.delete(socket))
      case 'slow':
        this.#handle(event)
        return void setTimeout(() => this.#accept(response), this.#chance.int(SLOW_MS_MAX))
      case undefined:
        this.#handle(event)
        this.#accept(response)
    }
  }

  #accept(response: ServerResponse): void {
    response.writeHead(200, JSON_HEADERS).end(`{"event_id":"${7_000_000_000_000_000_000n + BigInt(this.requests)}"}`)
  }

  #handle({ messageId, userId, sequence }: HandledEvent): void {
    this.#seen.add(messageId)
    const event = { messageId, userId, sequence }
    this.handled.push(event)
    this.onHandled(event)
  }

  #fault(event: HandledEvent): Fault | undefined {
    if (this.#outage === undefined) return this.#pickFault(event)
    return ({ resets: 'reset_before', hangs: 'hang', fails: 'status_503' } as const)[this.#outage]
  }

  #pickFault({ messageId }: HandledEvent): Fault | undefined {
    const met = this.#faultsOf.get(messageId) ?? 0
    if (met >= this.#faultsPerEventMax || !this.#chance.chance(this.faultRate)) return undefined
    this.#faultsOf.set(messageId, met + 1)
    let left = this.#chance.next() * Object.values(FAULTS).reduce((sum, weight) => sum + weight, 0)
    for (const [name, weight] of Object.entries(FAULTS) as [Fault, number][]) {
      left -= weight
      if (left >= 0) continue
      if (name === 'malformed') {
        const before = this.#malformed.get(messageId) ?? 0
        if (before >= MALFORMED_PER_EVENT_MAX) return undefined
        this.#malformed.set(messageId, before + 1)
      }
      this.faults.set(name, (this.faults.get(name) ?? 0) + 1)
      return name
    }
    return undefined
  }

  /** P6: at most one attempt of a user at a time. */
  #begin({ userId, messageId }: HandledEvent, attempt: Attempt, response: ServerResponse): void {
    const other = this.#inFlight.get(userId)
    if (other !== undefined && !other.isHanging && other.generation === attempt.generation)
      this.#violate('parallel_attempts', `${messageId} began while another of ${userId} was under way`)
    this.#inFlight.set(userId, attempt)
    const end = () => {
      if (this.#inFlight.get(userId) === attempt) this.#inFlight.delete(userId)
    }
    response.on('finish', end)
    response.on('close', end)
  }

  /** P5: every attempt of a delivery says the same. */
  #compareBody({ messageId }: HandledEvent, body: string): void {
    const digest = hash('sha256', body)
    const known = this.#bodies.get(messageId)
    if (known === undefined) this.#bodies.set(messageId, digest)
    else if (known !== digest) this.#violate('changed_body', `${messageId} came with another body: ${body}`)
  }

  #violate(kind: Violation['kind'], message: string): void {
    this.violations.push({ kind, message })
  }
}

const JSON_HEADERS = { 'content-type': 'application/json' }
const REFUSAL = '{"code":"software_error","message":"Injected.","unique_id":"1","http_status_code":500,"parameters":{}}'

function eventOf(body: string): HandledEvent | undefined {
  const { data } = JSON.parse(body) as EventBody
  const { key, sequence, partner_user_id } = data ?? {}
  if (typeof key !== 'string' || typeof sequence !== 'number' || typeof partner_user_id !== 'string') return undefined
  return { messageId: key, userId: partner_user_id, sequence }
}
