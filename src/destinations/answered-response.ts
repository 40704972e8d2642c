/**
 * An answer in the form in which Segment's definitions expect it: the parts of `Response` they use, with `data` and
 * `content` beside them. Made on the hot path, so everything that costs is made when it is asked for.
 */
import type { Outcome } from './outcome.ts'

type Answer = Extract<Outcome, { kind: 'answered' }>

export class AnsweredResponse {
  readonly status: number
  readonly ok: boolean
  readonly url: string
  readonly statusText: string
  readonly content: string
  readonly redirected = false
  readonly type = 'default'
  readonly #answer: Answer
  #headers: Headers | undefined
  #data: { readonly value: unknown } | undefined

  constructor(url: string, answer: Answer) {
    this.url = url
    this.status = answer.status
    this.ok = answer.status >= 200 && answer.status < 300
    this.statusText = `HTTP ${answer.status}`
    this.content = answer.body
    this.#answer = answer
  }

  get headers(): Headers {
    this.#headers ??= Object.defineProperty(new Headers(this.#answer.headers), 'toJSON', {
      value: () => ({ ...this.#answer.headers }),
    })
    return this.#headers
  }

  /** The parsed body where the answer says it is JSON, undefined where that is wrong, the text otherwise. */
  get data(): unknown {
    this.#data ??= { value: this.#parse() }
    return this.#data.value
  }

  text(): Promise<string> {
    return Promise.resolve(this.content)
  }

  async json(): Promise<unknown> {
    return JSON.parse(this.content)
  }

  clone(): AnsweredResponse {
    return new AnsweredResponse(this.url, this.#answer)
  }

  #parse(): unknown {
    if (!this.#answer.headers['content-type']?.includes('application/json')) return this.content
    try {
      return JSON.parse(this.content)
    } catch {
      return undefined
    }
  }
}
