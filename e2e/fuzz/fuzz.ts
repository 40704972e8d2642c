/** Fires hostile requests at a server and holds every answer to the reliability contract's table 4.1. */
import { type ChildProcess, fork } from 'node:child_process'
import { connect } from 'node:net'
import { fileURLToPath } from 'node:url'
import { PROBLEMS } from '../../src/tracking/index.ts'
import { Chance } from './chance.ts'
import { hostileRequest } from './requests.ts'
import type { ServerState } from './server.ts'

export interface FuzzOptions {
  /** Connections in all; each carries one or two requests. */
  readonly requests: number
  readonly seed: number
  /** Connections at a time. */
  readonly concurrency: number
  readonly onProgress?: (done: number) => void
}

export interface FuzzReport {
  readonly seed: number
  readonly requests: number
  /** Answers by status, and connections that ended without one. */
  readonly answers: ReadonlyMap<string, number>
  /** What broke a promise; empty when all is well. */
  readonly violations: readonly string[]
  /** From the first tenth of the run to its end. */
  readonly rssGrowthBytes: number
  readonly durationMs: number
}

/** How long an exchange may take before it counts as hanging. The server knows when the client has nothing more to say. */
const EXCHANGE_MS_MAX = 15_000
const VIOLATIONS_KEPT = 20

/** A server in its own process. */
export class FuzzServer implements AsyncDisposable {
  readonly #child: ChildProcess
  readonly port: number
  #exit: string | undefined

  private constructor(child: ChildProcess, port: number) {
    this.#child = child
    this.port = port
    child.once('exit', (code, signal) => {
      this.#exit = `code ${code}, signal ${signal}`
    })
  }

  static async start(): Promise<FuzzServer> {
    const path = fileURLToPath(new URL('./server.ts', import.meta.url))
    const child = fork(path, [], { execArgv: ['--expose-gc'], stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
    const { port } = (await message(child)) as { port: number }
    return new FuzzServer(child, port)
  }

  /** How the process ended; `undefined` while it runs. */
  get exit(): string | undefined {
    return this.#exit
  }

  async state(question: 'state' | 'collect' = 'state'): Promise<ServerState> {
    const answer = message(this.#child)
    this.#child.send(question)
    return (await answer) as ServerState
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#exit !== undefined) return
    const gone = new Promise((done) => this.#child.once('exit', done))
    this.#child.send('stop')
    await gone
  }
}

export async function fuzz(server: FuzzServer, options: FuzzOptions): Promise<FuzzReport> {
  const startedMs = performance.now()
  const chance = new Chance(options.seed)
  const answers = new Map<string, number>()
  const violations: string[] = []
  const before = await server.state()
  let warm = before
  let started = 0
  let done = 0
  const violated = (what: string): void => {
    if (violations.length < VIOLATIONS_KEPT) violations.push(what)
  }
  const work = async (): Promise<void> => {
    while (started < options.requests && server.exit === undefined) {
      const number = started++
      const pieces = hostileRequest(chance)
      const exchange = await send(server.port, pieces)
      const isHead = Buffer.concat(pieces).includes('HEAD')
      for (const answer of exchange.answers) {
        const key = String(answer.status)
        answers.set(key, (answers.get(key) ?? 0) + 1)
        const wrong = violationIn(answer, isHead)
        if (wrong !== undefined) violated(`request ${number}: ${wrong}`)
      }
      if (exchange.answers.length === 0) answers.set('none', (answers.get('none') ?? 0) + 1)
      if (exchange.hangs) violated(`request ${number}: no end within ${EXCHANGE_MS_MAX} ms`)
      done++
      if (done === Math.floor(options.requests / 10)) warm = await server.state('collect')
      options.onProgress?.(done)
    }
  }
  await Promise.all(Array.from({ length: options.concurrency }, work))
  if (server.exit !== undefined) violated(`the server ended: ${server.exit}`)
  const after = server.exit === undefined ? await server.state('collect') : warm
  if (after.prototypeKeys.join() !== before.prototypeKeys.join()) violated('a prototype was changed')
  if (after.accepted !== after.storedEvents) violated(`${after.accepted} accepted, ${after.storedEvents} stored`)
  if (after.rejected !== after.storedRejections)
    violated(`${after.rejected} rejected, ${after.storedRejections} reported`)
  for (const violation of after.violations) violated(violation)
  return {
    seed: options.seed,
    requests: done,
    answers: new Map([...answers].sort()),
    violations,
    rssGrowthBytes: after.rssBytes - warm.rssBytes,
    durationMs: performance.now() - startedMs,
  }
}

interface Answer {
  readonly status: number
  readonly head: string
  readonly body: string
}

interface Exchange {
  readonly answers: readonly Answer[]
  readonly hangs: boolean
}

/** Sends all there is, says so, and listens until the server has nothing more to say either. */
export function send(port: number, pieces: readonly Buffer[]): Promise<Exchange> {
  return new Promise((resolve) => {
    const received: Buffer[] = []
    const socket = connect({ port, host: '127.0.0.1', noDelay: true })
    const finish = (hangs: boolean): void => {
      clearTimeout(timer)
      socket.destroy()
      resolve({ answers: parseAnswers(Buffer.concat(received).toString('latin1')), hangs })
    }
    const timer = setTimeout(() => finish(true), EXCHANGE_MS_MAX)
    socket.on('data', (chunk: Buffer) => received.push(chunk))
    // A reset is an end like any other: what was received before it counts.
    socket.on('error', () => {})
    socket.on('close', () => finish(false))
    for (const piece of pieces) socket.write(piece)
    socket.end()
  })
}

function parseAnswers(text: string): Answer[] {
  const answers: Answer[] = []
  for (let at = 0; at < text.length; ) {
    const headEnd = text.indexOf('\r\n\r\n', at)
    if (headEnd === -1) {
      answers.push({ status: -1, head: text.slice(at), body: '' })
      break
    }
    const head = text.slice(at, headEnd)
    const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(head)?.[1] ?? -1)
    const length = Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1] ?? 0)
    // An answer to HEAD names the length of a body that does not follow.
    const bodyEnd =
      text.startsWith('HTTP/1.1 ', headEnd + 4) || headEnd + 4 === text.length ? headEnd + 4 : headEnd + 4 + length
    if (status !== 100) answers.push({ status, head, body: text.slice(headEnd + 4, bodyEnd) })
    at = bodyEnd
  }
  return answers
}

/**
 * What an answer has that the table does not.
 * @param mayLackBody the request may have been for the head alone
 */
function violationIn({ status, head, body }: Answer, mayLackBody: boolean): string | undefined {
  if (/\r\nx-other-route: /i.test(head)) return undefined
  // The parser level may leave out the body, and with it what is ours.
  if (status === 400 && body === '' && /\r\nconnection: close/i.test(head)) return undefined
  if (!/\r\naccess-control-allow-origin: /i.test(head)) return `an answer ${status} without CORS headers`
  if (status === 204) return undefined
  if (status === 200) return isKnownSuccess(head, body) ? undefined : `an unknown success: ${body.slice(0, 100)}`
  if (body === '' && mayLackBody) return undefined
  let parsed: { success?: unknown; code?: unknown; message?: unknown; requestId?: unknown }
  try {
    parsed = JSON.parse(body)
  } catch {
    return `an answer ${status} that is no JSON: ${JSON.stringify(head + body).slice(0, 300)}`
  }
  const problem = Object.entries(PROBLEMS).find(([code]) => code === parsed.code)?.[1]
  if (problem === undefined || problem.status !== status)
    return `an answer ${status} with the code ${String(parsed.code)}`
  if (parsed.success !== false || parsed.message !== problem.message) return `an answer ${status} with another body`
  const requestId = /\r\nx-request-id: (\S+)/i.exec(head)?.[1]
  if (requestId === undefined || requestId !== parsed.requestId) return `an answer ${status} without its request id`
  if (problem.closes && !/\r\nconnection: close/i.test(head)) return `an answer ${status} that does not close`
  return undefined
}

function isKnownSuccess(head: string, body: string): boolean {
  if (/\r\ncontent-type: image\/gif/i.test(head)) return body === '' || body.startsWith('GIF89a')
  return body === '' || body === '{"success":true}' || body.startsWith('{"integrations":')
}

function message(child: ChildProcess): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const onExit = (code: number | null): void => reject(new Error(`the server ended with code ${code}`))
    child.once('exit', onExit)
    child.once('message', (received) => {
      child.off('exit', onExit)
      resolve(received)
    })
  })
}
