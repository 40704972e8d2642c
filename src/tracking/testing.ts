/** For tests and the fuzzer: the Tracking API on a real socket, and a client that says exactly what it is told to. */
import { createServer, type Server } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import type { LogWriter } from '../log/index.ts'
import { systemClock, systemRandom } from '../ports/index.ts'
import type { Source } from '../workspace/types.ts'
import type { FoundSource, TrackingDeps } from './deps.ts'
import { packagedSdkFiles } from './sdk-files.ts'
import type { TrackingCounters } from './telemetry.ts'
import { createTracking, type Tracking } from './tracking.ts'

export const WRITE_KEY = 'wk_testing_0123456789abcdef0123'
export const DISABLED_KEY = 'wk_disabled_0123456789abcdef012'
/** Looking it up fails. */
export const UNREACHABLE_KEY = 'wk_unreachable_0123456789abcdef'
/** Only pages of https://shop.example may use it. */
export const SHOP_KEY = 'wk_shop_0123456789abcdef0123456'

export function aSource(over: Partial<Source> = {}): Source {
  return { id: 'src_1', slug: 'test', name: 'Test', kind: 'node', enabled: true, writeKeys: [WRITE_KEY], ...over }
}

const FOUND: ReadonlyMap<string, FoundSource> = new Map<string, FoundSource>([
  [WRITE_KEY, { status: 'found', source: aSource() }],
  [DISABLED_KEY, { status: 'found', source: aSource({ id: 'src_off', enabled: false, writeKeys: [DISABLED_KEY] }) }],
  [UNREACHABLE_KEY, { status: 'unavailable' }],
  [
    SHOP_KEY,
    { status: 'found', source: aSource({ id: 'src_shop', writeKeys: [SHOP_KEY] }), origins: ['https://shop.example'] },
  ],
])

/** Adds up what was counted, by name and labels. */
export class Counts {
  readonly #counts = new Map<string, number>()

  count<Name extends keyof TrackingCounters>(name: Name, labels: TrackingCounters[Name], by = 1): void {
    const key = keyOf(name, labels)
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + by)
  }

  get<Name extends keyof TrackingCounters>(name: Name, labels: TrackingCounters[Name]): number {
    return this.#counts.get(keyOf(name, labels)) ?? 0
  }
}

function keyOf(name: string, labels: object): string {
  return `${name} ${JSON.stringify(Object.entries(labels).sort())}`
}

export interface RunningTracking extends AsyncDisposable {
  readonly tracking: Tracking
  readonly server: Server
  readonly counts: Counts
  readonly port: number
  readonly url: string
}

export async function startTracking(log: LogWriter, over: Partial<TrackingDeps> = {}): Promise<RunningTracking> {
  const counts = new Counts()
  const tracking = createTracking({
    log,
    sources: { find: (writeKey) => FOUND.get(writeKey) ?? { status: 'unknown' } },
    clock: systemClock,
    random: systemRandom,
    telemetry: counts,
    sdkFiles: packagedSdkFiles(),
    ...over,
  })
  const server = createServer(tracking.serverOptions, (request, response) => {
    if (tracking.handles(request.url)) tracking.handle(request, response)
    else response.writeHead(418).end()
  })
  tracking.attach(server)
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const { port } = server.address() as AddressInfo
  return {
    tracking,
    server,
    counts,
    port,
    url: `http://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: async () => {
      const closed = new Promise((done) => server.close(done))
      server.closeAllConnections()
      await closed
    },
  }
}

export interface RawAnswer {
  /** 0 when there was none. */
  readonly status: number
  /** Lower-case names. */
  readonly headers: ReadonlyMap<string, string>
  readonly body: string
  /** All that was received, further answers included. */
  readonly text: string
  /** The server ended the connection. */
  readonly isClosed: boolean
}

export interface RawOptions {
  /** How long to wait for a complete answer, in milliseconds. Default 5,000. */
  readonly waitMs?: number
  /** End the writing side after the bytes. Default false. */
  readonly half?: boolean
  /** Wait for the server to end the connection, too. Default false. */
  readonly untilClosed?: boolean
}

/** Sends `pieces` as they are, one after the other, and collects what comes back. Never rejects. */
export function sendRaw(
  port: number,
  pieces: string | Buffer | readonly (string | Buffer)[],
  options: RawOptions = {},
): Promise<RawAnswer> {
  return new Promise((resolve) => {
    const received: Buffer[] = []
    const socket = connect({ port, host: '127.0.0.1' })
    let isClosed = false
    const finish = (): void => {
      timer.cancel()
      socket.destroy()
      resolve(parseAnswer(Buffer.concat(received), isClosed))
    }
    const timer = systemClock.after(options.waitMs ?? 5_000, finish)
    socket.on('data', (chunk: Buffer) => {
      received.push(chunk)
      if (options.untilClosed !== true && isComplete(Buffer.concat(received))) finish()
    })
    socket.on('end', () => {
      isClosed = true
      finish()
    })
    socket.on('error', () => {
      isClosed = true
      finish()
    })
    socket.on('close', () => {
      isClosed = true
      finish()
    })
    socket.on('connect', () => {
      for (const piece of typeof pieces === 'string' || Buffer.isBuffer(pieces) ? [pieces] : pieces) socket.write(piece)
      if (options.half === true) socket.end()
    })
  })
}

/** A POST with the headers that HTTP needs. */
export function aPost(path: string, body: string | Buffer, headers: Readonly<Record<string, string>> = {}): Buffer {
  const lines = [`POST ${path} HTTP/1.1`, 'host: localhost', `content-length: ${Buffer.byteLength(body)}`]
  for (const [name, value] of Object.entries(headers)) lines.push(`${name}: ${value}`)
  return Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), Buffer.from(body)])
}

export function basic(user: string): string {
  return `Basic ${Buffer.from(user).toString('base64')}`
}

function isComplete(received: Buffer): boolean {
  const headEnd = received.indexOf('\r\n\r\n')
  if (headEnd === -1) return false
  const head = received.toString('latin1', 0, headEnd)
  if (/^HTTP\/1\.1 1\d\d/.test(head)) return isComplete(received.subarray(headEnd + 4))
  const length = /\r\ncontent-length: (\d+)/i.exec(head)?.[1]
  if (length === undefined)
    return !/\r\ntransfer-encoding:/i.test(head) || received.toString('latin1').endsWith('0\r\n\r\n')
  return received.length >= headEnd + 4 + Number(length)
}

function parseAnswer(received: Buffer, isClosed: boolean): RawAnswer {
  const text = received.toString('latin1')
  const [head = '', ...rest] = text.split('\r\n\r\n')
  const [statusLine = '', ...lines] = head.split('\r\n')
  const headers = new Map(
    lines.map((line): [string, string] => {
      const colon = line.indexOf(':')
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]
    }),
  )
  const body = rest.join('\r\n\r\n')
  const length = headers.get('content-length')
  return {
    status: Number(/^HTTP\/1\.1 (\d{3})/.exec(statusLine)?.[1] ?? 0),
    headers,
    body: length === undefined ? body : body.slice(0, Number(length)),
    text,
    isClosed,
  }
}
