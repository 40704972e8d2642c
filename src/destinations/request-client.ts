/**
 * What a definition's `perform` gets as `request`: like Segment's own client, but over the guarded one, and writing
 * down what was sent and what came of it.
 */
import type { RequestClient, RequestOptions } from '@segment/actions-core'
import { actionsCore } from './actions-core.ts'
import { AnsweredResponse } from './answered-response.ts'
import type { Settings, SignRequest } from './definition.ts'
import type { HttpClient } from './http.ts'
import type { Outcome, RenderedRequest } from './outcome.ts'
import { renderRequest } from './render-request.ts'
import { unmark } from './secrets.ts'

/** No answer came. `run.ts` turns it back into the outcome, whatever the definition made of it. */
export class NoAnswer extends Error {
  readonly outcome: Outcome
  constructor(outcome: Outcome) {
    super('reason' in outcome ? outcome.reason : outcome.kind)
    this.outcome = outcome
  }
}

/** Ends a preview where the first request would have been sent. */
export class PreviewEnd extends Error {}

export interface Recording {
  /** The requests as they were sent, credentials included. */
  readonly first: RenderedRequest | null
  readonly last: RenderedRequest | null
  readonly lastOutcome: Outcome | null
}

export class RecordingClient implements Recording {
  first: RenderedRequest | null = null
  last: RenderedRequest | null = null
  lastOutcome: Outcome | null = null
  readonly #http: HttpClient | null
  readonly #defaults: RequestOptions
  readonly #settings: Settings
  readonly #sign: SignRequest | undefined
  readonly #frozen: RenderedRequest | null
  readonly #signal: AbortSignal | undefined

  constructor(options: {
    /** Null for a preview. */
    readonly http: HttpClient | null
    readonly defaults: RequestOptions
    readonly settings: Settings
    readonly sign: SignRequest | undefined
    /** Sent in place of the first request. */
    readonly frozen: RenderedRequest | null
    readonly signal: AbortSignal | undefined
  }) {
    this.#http = options.http
    this.#defaults = options.defaults
    this.#settings = options.settings
    this.#sign = options.sign
    this.#frozen = options.frozen
    this.#signal = options.signal
  }

  /** The function itself. Its answers are `AnsweredResponse`s, which are as much of a `Response` as definitions use. */
  readonly request = (async (url: string, options: RequestOptions = {}) => {
    const fresh = renderRequest(url, this.#defaults, options)
    const isRepeat = this.first === null && this.#frozen !== null
    const request = this.#signed(isRepeat ? this.#asBefore(this.#frozen, fresh) : fresh)
    this.first ??= request
    this.last = request
    this.lastOutcome = null
    if (!this.#http) throw new PreviewEnd()
    const outcome = await this.#http.send(request, this.#signal)
    this.lastOutcome = outcome
    if (outcome.kind !== 'answered') throw new NoAnswer(outcome)
    const response = new AnsweredResponse(request.url, outcome)
    const throwsHttpErrors = (options.throwHttpErrors ?? this.#defaults.throwHttpErrors) !== false
    if (!response.ok && throwsHttpErrors) throw httpError(response, request)
    return response
  }) as unknown as RequestClient

  /** A preview is not signed: nobody would be there in time to check it. */
  #signed(request: RenderedRequest): RenderedRequest {
    if (!this.#sign || !this.#http) return request
    const added = this.#sign(request, this.#settings, this.#http.clock.nowMs())
    return { ...request, headers: { ...request.headers, ...added } }
  }

  /**
   * A retry sends what was sent before. Two things are of today: the credentials, and the origin they belong to. A
   * new key never goes to an old address, and a corrected address is where waiting events are to go.
   */
  #asBefore(frozen: RenderedRequest, fresh: RenderedRequest): RenderedRequest {
    const url = new URL(unmark(frozen.url, this.#settings))
    const contentType = frozen.headers['content-type']
    return {
      method: frozen.method,
      url: new URL(fresh.url).origin + url.pathname + url.search,
      headers: contentType === undefined ? fresh.headers : { ...fresh.headers, 'content-type': contentType },
      body: frozen.body === null ? null : unmark(frozen.body, this.#settings),
    }
  }
}

function httpError(response: AnsweredResponse, request: RenderedRequest): Error {
  const { HTTPError } = actionsCore()
  type Parameters = ConstructorParameters<typeof HTTPError>
  const options = { method: request.method, headers: {}, throwHttpErrors: true } as unknown as Parameters[2]
  return new HTTPError(
    response as unknown as Parameters[0],
    { method: request.method, url: request.url } as unknown as Parameters[1],
    options,
  )
}
