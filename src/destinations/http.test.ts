import { execFileSync } from 'node:child_process'
import { createServer, type IncomingMessage, type RequestListener } from 'node:http'
import { createServer as createTlsHttpServer } from 'node:https'
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import { systemClock } from '../ports/index.ts'
import { PORTS_DEFAULT, parseEgressAllow } from './egress.ts'
import { classifyConnectError, guardedConnector, type ResolvedAddress } from './guarded-connector.ts'
import { createHttpClient, type HttpClient, type HttpClientOptions } from './http.ts'
import type { Outcome } from './outcome.ts'

/** Long enough for a loaded machine to answer, short enough to wait for. */
const QUICK = { connectMs: 1_500, firstByteMs: 500, totalMs: 1_000, bodyBytesMax: 64 * 1024 }

const closing: (() => Promise<unknown>)[] = []
afterEach(async () => {
  await Promise.all(closing.splice(0).map((close) => close()))
})

function listen(server: Server, host = '127.0.0.1'): Promise<number> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
  })
  closing.push(async () => {
    for (const socket of sockets) socket.destroy()
    await new Promise((done) => server.close(done))
  })
  return new Promise((done) => server.listen(0, host, () => done((server.address() as AddressInfo).port)))
}

function aClient(allow: readonly string[], over: Partial<HttpClientOptions> = {}): HttpClient {
  const egress = { ports: PORTS_DEFAULT, allowHttp: false, allow: parseEgressAllow(allow).allow }
  const client = createHttpClient({ clock: systemClock, egress, ...over })
  closing.push(() => client.close())
  return client
}

/** Posts to a server on this machine. */
async function post(port: number, over: Partial<HttpClientOptions> = {}, url = `http://127.0.0.1:${port}/`) {
  const { port: urlPort, hostname } = new URL(url)
  const client = aClient([`${hostname}:${urlPort || port}`], over)
  return client.send({ method: 'POST', url, headers: { 'content-type': 'application/json' }, body: '{"a":1}' })
}

/** Calls `answer` once the whole request was read. */
function afterRequest(answer: (socket: Socket) => void): Server {
  return createTcpServer((socket) => {
    let received = ''
    socket.on('data', (chunk) => {
      received += chunk
      if (received.endsWith('{"a":1}')) answer(socket)
    })
  })
}

function bodyOf(request: IncomingMessage): Promise<string> {
  return new Promise((done) => {
    let body = ''
    request.on('data', (chunk) => {
      body += chunk
    })
    request.on('end', () => done(body))
  })
}

describe('answers', () => {
  test('a complete answer is given with status, lower-case headers and text', async () => {
    const seen: unknown[] = []
    const answer: RequestListener = async (request, response) => {
      seen.push(request.method, request.url, request.headers['accept-encoding'], await bodyOf(request))
      response.writeHead(202, { 'X-Some': 'Thing', 'set-cookie': ['a=1', 'b=2'] }).end('{"ok":"é"}')
    }
    const port = await listen(createServer(answer))
    const outcome = await post(port, {}, `http://127.0.0.1:${port}/a/b?c=d`)
    expect(outcome).toMatchObject({ kind: 'answered', status: 202, body: '{"ok":"é"}', truncated: false })
    expect(outcome).toHaveProperty('headers.x-some', 'Thing')
    expect(outcome).toHaveProperty('headers.set-cookie', 'a=1, b=2')
    expect(seen).toEqual(['POST', '/a/b?c=d', 'identity', '{"a":1}'])
  })

  test.each([
    { name: 'empty 200', raw: 'HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n', status: 200, body: '' },
    { name: '204', raw: 'HTTP/1.1 204 No Content\r\n\r\n', status: 204, body: '' },
    { name: 'bad JSON', raw: 'HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n{"a":', status: 200, body: '{"a":' },
    {
      name: 'a shorter length than was sent',
      raw: 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}trailing',
      status: 200,
      body: '{}',
    },
    {
      name: 'a hint before the answer',
      raw: 'HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}',
      status: 200,
      body: '{}',
    },
    { name: 'a body that ends with the connection', raw: 'HTTP/1.0 200 OK\r\n\r\n{}', status: 200, body: '{}' },
  ])('$name is an answer', async ({ raw, status, body }) => {
    const port = await listen(afterRequest((socket) => socket.end(raw)))
    const outcome = await post(port)
    expect(outcome).toMatchObject({ kind: 'answered', status, body, truncated: false })
    expect(outcome).not.toHaveProperty('headers.link')
  })

  test('a redirect is an answer and is not followed', async () => {
    let requests = 0
    const port = await listen(
      createServer((_request, response) => {
        requests += 1
        response.writeHead(307, { location: '/elsewhere' }).end()
      }),
    )
    expect(await post(port)).toMatchObject({ kind: 'answered', status: 307 })
    expect(requests).toBe(1)
  })

  test('an endless answer is read up to the limit', async () => {
    const port = await listen(
      createServer((_request, response) => {
        const write = () => {
          while (!response.destroyed && response.write(Buffer.alloc(16 * 1024, 'x'))) {}
        }
        response.on('drain', write)
        write()
      }),
    )
    const outcome = await post(port, { limits: { bodyBytesMax: 64 * 1024 } })
    expect(outcome).toMatchObject({ kind: 'answered', status: 200, truncated: true })
    expect(outcome.kind === 'answered' && outcome.body.length).toBe(64 * 1024)
  })

  test('a body of exactly the limit is complete', async () => {
    const body = 'x'.repeat(QUICK.bodyBytesMax)
    const port = await listen(createServer((_request, response) => response.end(body)))
    const outcome = await post(port, { limits: { bodyBytesMax: body.length } })
    expect(outcome).toMatchObject({ kind: 'answered', truncated: false })
    expect(await post(port, { limits: { bodyBytesMax: body.length - 1 } })).toMatchObject({ truncated: true })
  })

  test('an answer that was compressed all the same is not unpacked', async () => {
    const port = await listen(
      createServer((_request, response) =>
        response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('x'.repeat(1e6))),
      ),
    )
    const outcome = await post(port)
    expect(outcome.kind === 'answered' && outcome.body.length < 10_000).toBe(true)
  })

  test('connections are used again', async () => {
    const sockets = new Set<unknown>()
    const port = await listen(
      createServer((request, response) => {
        sockets.add(request.socket)
        response.end('{}')
      }),
    )
    const client = aClient([`127.0.0.1:${port}`])
    for (let n = 0; n < 20; n += 1) {
      await client.send({ method: 'GET', url: `http://127.0.0.1:${port}/`, headers: {}, body: null })
    }
    // A second one is made when a request follows before the first connection is free again.
    expect(sockets.size).toBeLessThanOrEqual(2)
  })
})

describe('no answer after the request was sent', () => {
  test.each<{ name: string; answer: (socket: Socket) => void; reason: string }>([
    { name: 'a reset', answer: (socket) => socket.resetAndDestroy(), reason: 'ECONNRESET' },
    { name: 'a close without an answer', answer: (socket) => socket.end(), reason: 'ECONNRESET' },
    { name: 'garbage', answer: (socket) => socket.end('SSH-2.0-OpenSSH_9.7\r\n'), reason: 'GARBAGE' },
    { name: 'binary garbage', answer: (socket) => socket.end(Buffer.from([0, 1, 2, 255, 13, 10])), reason: 'GARBAGE' },
    {
      name: 'a bad header',
      answer: (socket) => socket.end('HTTP/1.1 200 OK\r\nbad header\r\n\r\n'),
      reason: 'GARBAGE',
    },
    {
      name: 'a header without end',
      answer: (socket) => socket.write(`HTTP/1.1 200 OK\r\nx: ${'y'.repeat(100_000)}`),
      reason: 'GARBAGE',
    },
    {
      name: 'a bad chunk',
      answer: (socket) => socket.end('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n'),
      reason: 'GARBAGE',
    },
    {
      name: 'a reset in the middle of the body',
      answer: (socket) =>
        socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"event_id"', () => socket.resetAndDestroy()),
      reason: 'ECONNRESET',
    },
    {
      name: 'a longer length than was sent',
      answer: (socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{}'),
      reason: 'ECONNRESET',
    },
    { name: 'silence', answer: () => {}, reason: 'ETIMEDOUT' },
    {
      name: 'silence after the header',
      answer: (socket) => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n'),
      reason: 'ETIMEDOUT',
    },
    {
      name: 'a byte now and then',
      answer: (socket) => {
        socket.write('HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n')
        const drip = setInterval(() => socket.write('x'), 50)
        socket.on('close', () => clearInterval(drip))
      },
      reason: 'ETIMEDOUT',
    },
  ])('$name is ambiguous: $reason', async ({ answer, reason }) => {
    const port = await listen(afterRequest(answer))
    const limits = reason === 'ETIMEDOUT' ? QUICK : {}
    expect(await post(port, { limits })).toEqual({ kind: 'ambiguous', reason })
  })

  test('the first byte has a deadline of its own', async () => {
    const port = await listen(afterRequest(() => {}))
    const startedAt = performance.now()
    await post(port, { limits: { firstByteMs: 100, totalMs: 10_000 } })
    expect(performance.now() - startedAt).toBeLessThan(5_000)
  })

  test('an aborted signal ends the attempt', async () => {
    const port = await listen(afterRequest(() => abort.abort()))
    const abort = new AbortController()
    const client = aClient([`127.0.0.1:${port}`])
    const request = { method: 'POST', url: `http://127.0.0.1:${port}/`, headers: {}, body: '{"a":1}' }
    expect(await client.send(request, abort.signal)).toEqual({ kind: 'ambiguous', reason: 'ETIMEDOUT' })
    expect(await client.send(request, abort.signal)).toEqual({ kind: 'not_sent', reason: 'CONNECT_TIMEOUT' })
  })
})

describe('no connection', () => {
  test('refused', async () => {
    const server = createTcpServer()
    const port = await listen(server)
    await new Promise((done) => server.close(done))
    expect(await post(port)).toEqual({ kind: 'not_sent', reason: 'ECONNREFUSED' })
  })

  test('the name is not found', async () => {
    const resolve = () => Promise.reject(Object.assign(new Error('no'), { code: 'ENOTFOUND' }))
    expect(await post(1, { resolve }, 'http://nowhere.test:1/')).toEqual({ kind: 'not_sent', reason: 'ENOTFOUND' })
    const none = () => Promise.resolve([])
    expect(await post(1, { resolve: none }, 'http://nowhere.test:1/')).toEqual({
      kind: 'not_sent',
      reason: 'ENOTFOUND',
    })
  })

  test('the name server does not answer', async () => {
    const resolve = () => new Promise<ResolvedAddress[]>(() => {})
    const limits = { connectMs: 200 }
    const outcome = await post(1, { resolve, limits }, 'http://nowhere.test:1/')
    expect(outcome).toEqual({ kind: 'not_sent', reason: 'CONNECT_TIMEOUT' })
  })

  test('one answer of several addresses works', async () => {
    const port = await listen(createServer((_request, response) => response.end('{}')))
    const resolve = async (): Promise<ResolvedAddress[]> => [
      { address: '127.0.0.9', family: 4 },
      { address: '127.0.0.1', family: 4 },
    ]
    expect(await post(port, { resolve }, `http://two.test:${port}/`)).toMatchObject({ kind: 'answered' })
  })

  test('a request that waited too long for a free connection is never sent', async () => {
    let requests = 0
    const answer: RequestListener = (_request, response) => {
      requests += 1
      setTimeout(() => response.end('{}'), 1_000)
    }
    const port = await listen(createServer(answer))
    const client = aClient([`127.0.0.1:${port}`], { limits: { connectionsMax: 1, connectMs: 500 } })
    const request = { method: 'POST', url: `http://127.0.0.1:${port}/`, headers: {}, body: '{"a":1}' }
    const outcomes = await Promise.all([client.send(request), client.send(request)])
    expect(outcomes.map(({ kind }) => kind)).toEqual(['answered', 'not_sent'])
    expect(await client.send(request)).toMatchObject({ kind: 'answered' })
    expect(requests).toBe(2)
  })

  test.each([
    { code: 'EAI_AGAIN', isTls: true, reason: 'ENOTFOUND' },
    { code: 'ENODATA', isTls: true, reason: 'ENOTFOUND' },
    { code: 'ENETUNREACH', isTls: true, reason: 'EHOSTUNREACH' },
    { code: 'EHOSTUNREACH', isTls: false, reason: 'EHOSTUNREACH' },
    { code: 'EMFILE', isTls: false, reason: 'EHOSTUNREACH' },
    { code: 'ETIMEDOUT', isTls: false, reason: 'CONNECT_TIMEOUT' },
    { code: 'ECONNRESET', isTls: true, reason: 'TLS_HANDSHAKE' },
    { code: 'ECONNRESET', isTls: false, reason: 'ECONNREFUSED' },
    { code: 'ERR_SSL_WRONG_VERSION_NUMBER', isTls: true, reason: 'TLS_HANDSHAKE' },
    { code: '', isTls: true, reason: 'TLS_HANDSHAKE' },
    { code: 'CERT_HAS_EXPIRED', isTls: true, reason: 'tls_invalid' },
    { code: 'ADDRESS_REFUSED', isTls: true, reason: 'blocked_address' },
  ])('$code while connecting is $reason', ({ code, isTls, reason }) => {
    expect(classifyConnectError(code, isTls).reason).toBe(reason)
  })
})

describe('TLS', () => {
  let pem = ''
  beforeAll(() => {
    const subject = ['-subj', '/CN=good.test', '-addext', 'subjectAltName=DNS:good.test']
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', '-', '-out', '-']
    pem = execFileSync('openssl', ['req', '-x509', '-days', '2', ...subject, ...key], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    })
  })
  const resolve = async (): Promise<ResolvedAddress[]> => [{ address: '127.0.0.1', family: 4 }]
  const aTlsServer = (over: object = {}) =>
    listen(createTlsHttpServer({ key: pem, cert: pem, ...over }, (_request, response) => response.end('{}')))

  test('a valid certificate is accepted', async () => {
    const port = await aTlsServer()
    const outcome = await post(port, { resolve, ca: pem }, `https://good.test:${port}/`)
    expect(outcome).toMatchObject({ kind: 'answered', status: 200 })
  })

  test('a certificate nobody vouches for is refused, also when Node is told not to care', async () => {
    const port = await aTlsServer()
    process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0'
    try {
      const outcome = await post(port, { resolve }, `https://good.test:${port}/`)
      expect(outcome).toEqual({ kind: 'blocked', reason: 'tls_invalid' })
    } finally {
      delete process.env['NODE_TLS_REJECT_UNAUTHORIZED']
    }
  })

  test("another name's certificate is refused", async () => {
    const port = await aTlsServer()
    const outcome = await post(port, { resolve, ca: pem }, `https://bad.test:${port}/`)
    expect(outcome).toEqual({ kind: 'blocked', reason: 'tls_invalid' })
  })

  test('TLS 1.1 is refused', async () => {
    const port = await aTlsServer({ minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' })
    const outcome = await post(port, { resolve, ca: pem }, `https://good.test:${port}/`)
    expect(outcome).toEqual({ kind: 'not_sent', reason: 'TLS_HANDSHAKE' })
  })

  test.each<{ name: string; answer: (socket: Socket) => void; reason: string }>([
    {
      name: 'a server without TLS',
      answer: (socket) => socket.end('HTTP/1.1 400 Bad\r\n\r\n'),
      reason: 'TLS_HANDSHAKE',
    },
    { name: 'a reset', answer: (socket) => socket.resetAndDestroy(), reason: 'TLS_HANDSHAKE' },
    { name: 'silence', answer: () => {}, reason: 'CONNECT_TIMEOUT' },
  ])('$name in the handshake: nothing was sent', async ({ answer, reason }) => {
    const port = await listen(createTcpServer((socket) => socket.once('data', () => answer(socket))))
    const limits = reason === 'CONNECT_TIMEOUT' ? { connectMs: 500 } : {}
    const outcome = await post(port, { resolve, limits }, `https://good.test:${port}/`)
    expect(outcome).toEqual({ kind: 'not_sent', reason })
  })
})

describe('the guard', () => {
  const blocked: Outcome = { kind: 'blocked', reason: 'blocked_address' }
  const to = (...addresses: string[]) => {
    const answers = addresses.map((address): ResolvedAddress => ({ address, family: address.includes(':') ? 6 : 4 }))
    return () => Promise.resolve(answers)
  }

  test.each([
    'http://127.0.0.1/',
    'http://127.0.0.1:80/',
    'https://127.0.0.1:8443/',
    'http://127.1/',
    'http://127.0.1/',
    'http://127.127.127.127/',
    'http://2130706433/',
    'http://0x7f000001/',
    'http://0x7f.0x0.0x0.0x1/',
    'http://0x7f.1/',
    'http://0177.0.0.1/',
    'http://0177.1/',
    'http://017700000001/',
    'http://00000177.0.0.1/',
    'http://127.0.0.01/',
    'http://127.00.00.1/',
    'http://127.0x0.0.1/',
    'http://127.0.0.1./',
    'http://%31%32%37.0.0.1/',
    'http://127%2e0%2e0%2e1/',
    'http://①②⑦.⓪.⓪.①/',
    'http://１２７.０.０.１/',
    'http://127。0。0。1/',
    'http://127．0．0．1/',
    'http:127.0.0.1/',
    'http:/127.0.0.1/',
    'http:\\\\127.0.0.1\\',
    'http:///127.0.0.1/',
    'HTTP://127.0.0.1/',
    ' http://127.0.0.1/ ',
    'http://1\t27.0.0.1/',
    'http://1\n27.0.0.1/',
    'http://127.0.0.1#@example.com/',
    'http://127.0.0.1?@example.com/',
    'http://127.0.0.1\\@example.com/',
    'http://example.com@127.0.0.1/',
    'http://0/',
    'http://0.0.0.0/',
    'http://0x0/',
    'http://[::1]/',
    'http://[::]/',
    'http://[0:0:0:0:0:0:0:1]/',
    'http://[0000:0000:0000:0000:0000:0000:0000:0001]/',
    'http://[::ffff:127.0.0.1]/',
    'http://[::ffff:7f00:1]/',
    'http://[0:0:0:0:0:ffff:127.0.0.1]/',
    'http://[::127.0.0.1]/',
    'http://[64:ff9b::127.0.0.1]/',
    'http://[64:ff9b::7f00:1]/',
    'http://[2002:7f00:1::]/',
    'http://[2001:0:7f00:1::]/',
    'http://[fe80::1]/',
    'http://[fc00::1]/',
    'http://[fd00:ec2::254]/',
    'http://[ff02::1]/',
    'http://10.0.0.1/',
    'http://012.0.0.1/',
    'http://167772161/',
    'http://172.16.0.1/',
    'http://0xac100001/',
    'http://192.168.0.1/',
    'http://3232235521/',
    'http://169.254.169.254/latest/meta-data/',
    'http://0xa9fea9fe/',
    'http://2852039166/',
    'http://100.64.0.1/',
    'http://255.255.255.255/',
    'http://224.0.0.1/',
    'http://localhost/',
    'http://localhost./',
    'http://LOCALHOST/',
    'http://localhost.localdomain/',
    'http://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ/',
    'https://localhost/',
    'file://127.0.0.1/etc/passwd',
    'http://user:password@1.1.1.1/',
    'not a url',
  ])('%j is not called, even where plain http is allowed', async (url) => {
    const egress = { ports: PORTS_DEFAULT, allowHttp: true, allow: [] }
    const client = aClient([], { egress, resolve: to('127.0.0.1') })
    expect(await client.send({ method: 'GET', url, headers: {}, body: null })).toEqual(blocked)
  })

  test('a name that answers with a public address first and a private one later gains nothing', async () => {
    const allowed = createServer((_request, response) => response.writeHead(200, { connection: 'close' }).end('{}'))
    const port = await listen(allowed, '127.0.0.2')
    const answers = [to('127.0.0.2'), to('127.0.0.1')]
    const egress = {
      ports: PORTS_DEFAULT,
      allowHttp: false,
      allow: parseEgressAllow([`127.0.0.2/32:${port}`]).allow,
    }
    const client = aClient([], { egress, resolve: () => (answers.shift() ?? to())() })
    const request = { method: 'GET', url: `http://rebinding.test:${port}/`, headers: {}, body: null }
    expect(await client.send(request)).toMatchObject({ kind: 'answered', status: 200 })
    expect(await client.send(request)).toEqual(blocked)
  })

  test.each([
    { addresses: ['1.1.1.1', '127.0.0.1'] },
    { addresses: ['127.0.0.1', '1.1.1.1'] },
    { addresses: ['2606:4700::1111', '::1'] },
    { addresses: ['1.1.1.1', '::ffff:10.0.0.1'] },
    { addresses: ['1.1.1.1', 'garbage'] },
  ])('a name with mixed answers is not called: $addresses', async ({ addresses }) => {
    const client = aClient([], { resolve: to(...addresses) })
    const outcome = await client.send({ method: 'GET', url: 'https://mixed.test/', headers: {}, body: null })
    expect(outcome).toEqual(blocked)
  })

  test('an address is checked where it is dialled too, since no name is resolved for it', async () => {
    const connect = guardedConnector({
      egress: { ports: PORTS_DEFAULT, allowHttp: true, allow: [] },
      origin: new URL('http://127.0.0.1/'),
      resolve: to('1.1.1.1'),
      connectMs: 1_000,
    })
    const dialled = { hostname: '127.0.0.1', protocol: 'http:', port: '' }
    const error = await new Promise((done) => connect(dialled, (...[failure]) => done(failure)))
    expect(error).toMatchObject({ outcome: blocked })
  })

  test('proxies of the environment are not used', async () => {
    const port = await listen(createServer((_request, response) => response.end('direct')))
    const proxyPort = await listen(createServer((_request, response) => response.end('proxied')))
    const names = ['HTTP_PROXY', 'http_proxy', 'HTTPS_PROXY', 'https_proxy', 'ALL_PROXY', 'NODE_USE_ENV_PROXY']
    for (const name of names) process.env[name] = name === 'NODE_USE_ENV_PROXY' ? '1' : `http://127.0.0.1:${proxyPort}`
    try {
      expect(await post(port)).toMatchObject({ kind: 'answered', body: 'direct' })
    } finally {
      for (const name of names) delete process.env[name]
    }
  })

  test('a definition cannot set the headers of the connection', async () => {
    const seen: IncomingMessage['headers'][] = []
    const port = await listen(
      createServer((request, response) => {
        seen.push(request.headers)
        response.end('{}')
      }),
    )
    const headers = { host: 'evil.test', connection: 'close', 'transfer-encoding': 'chunked', 'accept-encoding': 'br' }
    await aClient([`127.0.0.1:${port}`]).send({ method: 'POST', url: `http://127.0.0.1:${port}/`, headers, body: 'x' })
    expect(seen[0]).toMatchObject({ host: `127.0.0.1:${port}`, 'content-length': '1', 'accept-encoding': 'identity' })
  })

  test.each([{ 'x-bad': 'a\r\nb: c' }, { 'x-bad': 'a\0b' }, { 'bad name': 'x' }])(
    'a header that cannot be sent makes the request invalid: %j',
    async (headers: Record<string, string>) => {
      const client = aClient(['127.0.0.1:1'])
      const outcome = await client.send({ method: 'GET', url: 'http://127.0.0.1:1/', headers, body: null })
      expect(outcome.kind).toBe('invalid')
    },
  )
})
