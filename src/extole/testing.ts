/** A running sandbox for tests, and a short way to call it. Imported by tests only. */
import { systemClock, systemRandom } from '../ports/index.ts'
import { type ExtoleSandbox, type SandboxOptions, startExtoleSandbox } from './sandbox.ts'

export interface Reply {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /** The parsed body; undefined when it is no JSON. */
  // biome-ignore lint/suspicious/noExplicitAny: a test reads answers as an outsider does, without types.
  readonly json: any
}

export interface Caller {
  readonly sandbox: ExtoleSandbox
  /** A string body is sent as it is; anything else as JSON. `token: null` sends none. */
  call(
    method: string,
    path: string,
    body?: unknown,
    extra?: { token?: string | null; headers?: Record<string, string> },
  ): Promise<Reply>
  /** Sends an event and answers its person's id. */
  send(name: string, data: Record<string, unknown>): Promise<string>
  /** The names of a person's steps, newest first. */
  steps(personId: string): Promise<string[]>
  /** Asks until `isDone`, at most some seconds. */
  until(path: string, isDone: (reply: Reply) => boolean): Promise<Reply>
  [Symbol.asyncDispose](): Promise<void>
}

/** A fresh sandbox in memory, or with what `options` say. */
export async function startCaller(options: Partial<SandboxOptions> = {}): Promise<Caller> {
  const sandbox = await startExtoleSandbox({
    host: '127.0.0.1',
    port: 0,
    file: ':memory:',
    clock: systemClock,
    random: systemRandom,
    ...options,
  })
  const call: Caller['call'] = async (method, path, body, extra = {}) => {
    const headers: Record<string, string> = {}
    if (extra.token !== null) headers.authorization = `Bearer ${extra.token ?? sandbox.adminToken}`
    if (body !== undefined && !(body instanceof FormData)) headers['content-type'] = 'application/json'
    Object.assign(headers, extra.headers)
    const payload =
      body === undefined || typeof body === 'string' || body instanceof FormData ? body : JSON.stringify(body)
    const response = await fetch(sandbox.url + path, {
      method,
      headers,
      ...(payload === undefined ? {} : { body: payload }),
    })
    const text = await response.text()
    const isJson =
      response.headers.get('content-type')?.includes('json') &&
      !response.headers.get('content-type')?.includes('ndjson')
    return { status: response.status, headers: response.headers, text, json: isJson ? JSON.parse(text) : undefined }
  }
  return {
    sandbox,
    call,
    async send(name, data) {
      const { status, json, text } = await call('POST', '/v6/events', { event_name: name, data })
      if (status !== 200) throw new Error(text)
      return json.person_id
    },
    async steps(personId) {
      const { json } = await call('GET', `/v5/persons/${personId}/steps?limit=1000`)
      return json.map((step: { name: string }) => step.name)
    },
    async until(path, isDone) {
      for (let attempt = 0; attempt < 500; attempt++) {
        const reply = await call('GET', path)
        if (isDone(reply)) return reply
        await new Promise<void>((resolve) => systemClock.after(10, resolve))
      }
      throw new Error(`${path} never got there`)
    },
    [Symbol.asyncDispose]: () => sandbox.close(),
  }
}
