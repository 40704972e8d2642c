import { createServer, type IncomingMessage, type RequestListener } from 'node:http'
import type { AddressInfo, Server, Socket } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { systemClock } from '../ports/index.ts'
import { PORTS_DEFAULT, parseEgressAllow } from './egress.ts'
import { classifyConnectError, guardedConnector, type ResolvedAddress } from './guarded-connector.ts'
import { hostileServer, selfSigned } from './hostile-test-server.ts'
import { createHttpClient, type HttpClient, type HttpClientOptions } from './http.ts'
import type { Outcome } from './outcome.ts'

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

  test('a body of exactly the limit is complete', async () => {
    const body = 'x'.repeat(64 * 1024)
    const port = await listen(createServer((_request, response) => response.end(body)))
    const outcome = await post(port, { limits: { bodyBytesMax: body.length } })
    expect(outcome).toMatchObject({ kind: 'answered', truncated: false })
    expect(await post(port, { limits: { bodyBytesMax: body.length - 1 } })).toMatchObject({ truncated: true })
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
  test('the first byte has a deadline of its own', async () => {
    await using server = await hostileServer(() => {})
    const startedAt = performance.now()
    await post(server.port, { limits: { firstByteMs: 100, totalMs: 10_000 } })
    expect(performance.now() - startedAt).toBeLessThan(5_000)
  })

  test('an aborted signal ends the attempt', async () => {
    await using server = await hostileServer(() => abort.abort())
    const { port } = server
    const abort = new AbortController()
    const client = aClient([`127.0.0.1:${port}`])
    const request = { method: 'POST', url: `http://127.0.0.1:${port}/`, headers: {}, body: '{"a":1}' }
    expect(await client.send(request, abort.signal)).toEqual({ kind: 'ambiguous', reason: 'ETIMEDOUT' })
    expect(await client.send(request, abort.signal)).toEqual({ kind: 'not_sent', reason: 'CONNECT_TIMEOUT' })
  })
})

describe('no connection', () => {
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

test('a certificate nobody vouches for is refused, also when Node is told not to care', async () => {
  const pem = selfSigned('good.test', 2)
  await using server = await hostileServer(() => {}, { tls: { key: pem, cert: pem } })
  const resolve = async (): Promise<ResolvedAddress[]> => [{ address: '127.0.0.1', family: 4 }]
  process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0'
  try {
    const outcome = await post(server.port, { resolve }, `https://good.test:${server.port}/`)
    expect(outcome).toEqual({ kind: 'blocked', reason: 'tls_invalid' })
  } finally {
    delete process.env['NODE_TLS_REJECT_UNAUTHORIZED']
  }
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
