/**
 * A destination that does what a hostile network does: it speaks in bytes, so that it can break every rule of HTTP. A
 * `Fault` is what it does with the socket once it has read a request.
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServer as createTlsServer, type TlsOptions } from 'node:tls'

/** `count` is 1 for the first request of the server; `request` is what was read of it, headers included. */
export type Fault = (socket: Socket, count: number, request: string) => void

export interface HostileServer extends AsyncDisposable {
  readonly port: number
  /** What was read of the requests so far, the unfinished ones too. */
  readonly requests: readonly string[]
  readonly connections: number
  /** Bytes handed to the sockets, headers included. */
  readonly bytesWritten: number
}

export interface HostileOptions {
  readonly host?: string
  /** Speaks TLS. */
  readonly tls?: TlsOptions
  /** Called when a connection was made, before anything was read. */
  readonly onConnect?: Fault
  /** Called with the first bytes of a request, whether or not the rest has come. */
  readonly onHeader?: Fault
}

export async function hostileServer(onRequest: Fault, options: HostileOptions = {}): Promise<HostileServer> {
  const requests: string[] = []
  const sockets = new Set<Socket>()
  let connections = 0
  let endedBytes = 0
  const serve = (socket: Socket) => {
    connections += 1
    sockets.add(socket)
    let isOpen = false
    // Peers that give up are what these tests are about.
    socket.on('error', () => {})
    socket.on('close', () => {
      sockets.delete(socket)
      endedBytes += socket.bytesWritten
    })
    socket.on('data', (chunk: Buffer) => {
      if (!isOpen) requests.push('')
      const isFirst = !isOpen
      const request = `${requests.pop()}${chunk.toString('latin1')}`
      requests.push(request)
      isOpen = !isWhole(request)
      if (isFirst) options.onHeader?.(socket, requests.length, request)
      if (!isOpen) onRequest(socket, requests.length, request)
    })
    options.onConnect?.(socket, connections, '')
  }
  const { tls } = options
  // `allowHalfOpen`: who says nothing more may still be spoken to, and the other way round.
  const server: Server = tls ? createTlsServer(tls, serve) : createServer({ allowHalfOpen: true }, serve)
  server.on('tlsClientError', () => {})
  const port = await new Promise<number>((done) => {
    server.listen(0, options.host ?? '127.0.0.1', () => done((server.address() as AddressInfo).port))
  })
  return {
    port,
    requests,
    get connections() {
      return connections
    },
    get bytesWritten() {
      return [...sockets].reduce((sum, socket) => sum + socket.bytesWritten, endedBytes)
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      await new Promise((done) => server.close(done))
    },
  }
}

function isWhole(request: string): boolean {
  const headerEnd = request.indexOf('\r\n\r\n')
  if (headerEnd === -1) return false
  const length = Number(/content-length: (\d+)/i.exec(request)?.[1] ?? 0)
  return request.length - headerEnd - 4 >= length
}

/** An answer's bytes with the length that is true. */
export function answerBytes(status: number, body = '', headers: readonly string[] = []): string {
  const lines = [`HTTP/1.1 ${status} Some`, `content-length: ${Buffer.byteLength(body)}`, ...headers]
  return `${lines.join('\r\n')}\r\n\r\n${body}`
}

/** Says these bytes and keeps the connection. */
export const says =
  (bytes: string | Buffer) =>
  (socket: Socket): void => {
    socket.write(bytes)
  }

/** Says these bytes and ends the connection. */
export const saysAndCloses =
  (bytes: string | Buffer) =>
  (socket: Socket): void => {
    socket.end(bytes)
  }

/** Says these bytes and resets the connection. */
export const saysAndResets =
  (bytes: string): Fault =>
  (socket) =>
    socket.write(bytes, () => socket.resetAndDestroy())

/** Says one byte of the text each second. */
export const dripsAfter =
  (bytes: string, text: string): Fault =>
  (socket) => {
    if (bytes !== '') socket.write(bytes)
    let at = 0
    const drip = setInterval(() => socket.write(text.charAt(at++ % text.length)), 1_000)
    socket.on('close', () => clearInterval(drip))
  }

/** Says the bytes, and then `bytesMax` more as fast as they are taken. */
export const floodsAfter =
  (bytes: string, bytesMax: number): Fault =>
  (socket) => {
    const chunk = Buffer.alloc(64 * 1024, 'x')
    let left = bytesMax
    const flood = () => {
      while (left > 0 && !socket.destroyed) {
        const next = left < chunk.length ? chunk.subarray(0, left) : chunk
        left -= next.length
        if (!socket.write(next)) return
      }
    }
    socket.on('drain', flood)
    socket.write(bytes)
    flood()
  }

/** A key and a certificate for `name` that vouches for itself, PEM. With negative `days` it is out of date. */
export function selfSigned(name: string, days: number): string {
  const directory = mkdtempSync(join(tmpdir(), 'grapevine-certificate-'))
  const file = join(directory, 'request.pem')
  const openssl = (...args: readonly string[]) =>
    execFileSync('openssl', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
  try {
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', '-', '-out', '-']
    const request = openssl('req', '-new', '-subj', `/CN=${name}`, '-addext', `subjectAltName=DNS:${name}`, ...key)
    writeFileSync(file, request, { mode: 0o600 })
    const certificate = ['-days', String(days), '-copy_extensions', 'copy', '-signkey', file, '-in', file]
    return `${request}${openssl('x509', '-req', ...certificate)}`
  } finally {
    rmSync(directory, { recursive: true })
  }
}
