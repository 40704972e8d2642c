/**
 * Reliability contract 4.3 on the wire: what a destination or the network between does, what the real client makes of
 * it, and what is decided. One table; the columns beside the fault are the promise.
 */
import { createServer, type Socket } from 'node:net'
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import {
  answerBytes,
  dripsAfter,
  type Fault,
  floodsAfter,
  type HostileOptions,
  hostileServer,
  says,
  saysAndCloses,
  saysAndResets,
  selfSigned,
} from '../destinations/hostile-test-server.ts'
import {
  type AnswerPolicy,
  anyBodyPolicy,
  createHttpClient,
  findBuiltIn,
  HTTP_LIMITS,
  type HttpClient,
  type HttpClientOptions,
  type Outcome,
  PORTS_DEFAULT,
  parseEgressAllow,
  type ResolvedAddress,
} from '../destinations/index.ts'
import { systemClock } from '../ports/index.ts'
import { RETRY_WINDOW_DEFAULT_MS } from './retry-timing.ts'
import { type Attempted, decide } from './verdict.ts'

const NOW = Date.parse('2026-03-01T12:00:00Z')
/** Promises a body with an id. */
const extole = findBuiltIn('extole-platform')?.answers ?? anyBodyPolicy
/** Promises nothing about bodies. */
const webhook = findBuiltIn('webhook')?.answers ?? extole
const taken = '{"event_id":"6941049359794271324"}'
const refused = '{"code":"event_blocked","unique_id":"77","message":"no"}'
const BODY = '{"event_name":"signed_up"}'
/** Milliseconds: short, and long enough for a loaded machine to connect. */
const QUICK = { connectMs: 1_500, firstByteMs: 700, totalMs: 1_000 }

interface Row {
  readonly fault: string
  /** What the destination does once it has read the request. */
  readonly does: Fault
  readonly server?: HostileOptions
  readonly client?: Partial<HttpClientOptions>
  /** Where it is sent, if not to the server's address. */
  readonly url?: (port: number) => string
  readonly body?: string
  readonly answers?: AnswerPolicy
  readonly outcome: object
  readonly verdict: object
  /** How many requests the server has read at least the beginning of. */
  readonly requests?: number
}

// The four ends, as the contract calls them.
const success = { kind: 'delivered' }
const dead = (reason: string, detail: object = {}) => ({ kind: 'dead', reason, detail })
const hold = (reason: string) => ({ kind: 'hold', scope: 'destination', reason })
/** Half of the first wait, which is drawn from 0 to 1 s with a `random` of 0.5. */
const BACK_OFF_MS = 500
const retry = (reason: string, afterMs = BACK_OFF_MS) => ({
  kind: 'retry',
  reason,
  afterMs,
  isUnknown: false,
  slowsDestination: reason === 'status_429',
})
/** It may have had its effect: repeated with the same key. */
const unknown = (reason: string) => ({
  kind: 'retry',
  reason,
  afterMs: BACK_OFF_MS,
  isUnknown: true,
  slowsDestination: false,
})
const answered = (status: number, body?: string) => ({
  kind: 'answered',
  status,
  truncated: false,
  ...(body === undefined ? {} : { body }),
})
const ambiguous = (reason: string) => ({ kind: 'ambiguous', reason })
const notSent = (reason: string) => ({ kind: 'not_sent', reason })
const blocked = (reason: string) => ({ kind: 'blocked', reason })

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, n) => from + n)

/** Every status that HTTP allows for an answer, each in one row. The body is Extole's refusal, or its success. */
const STATUSES: readonly { readonly statuses: readonly number[]; readonly verdict: (status: number) => object }[] = [
  // A body with the id counts whatever the 2xx; these two have none.
  { statuses: [200, 201, 202, 203, ...range(206, 299)], verdict: () => success },
  { statuses: [204, 205], verdict: () => unknown('malformed_response') },
  { statuses: range(300, 399), verdict: () => dead('redirect') },
  { statuses: [401], verdict: () => hold('unauthorized') },
  { statuses: [402], verdict: () => hold('payment_required') },
  { statuses: [408, 423, 425, 429], verdict: (status) => retry(`status_${status}`) },
  {
    statuses: [400, 403, ...range(404, 407), ...range(409, 422), 424, ...range(426, 428), ...range(430, 499)],
    verdict: (status) => dead(`rejected_${status}`, { status, code: 'event_blocked', uniqueId: '77', text: refused }),
  },
  { statuses: [501, 505], verdict: (status) => dead(`rejected_${status}`, { status, code: 'event_blocked' }) },
  { statuses: [500, ...range(502, 504), ...range(506, 599)], verdict: (status) => retry(`status_${status}`) },
  // No status of HTTP: an answer that says nothing.
  { statuses: range(600, 999), verdict: () => unknown('malformed_response') },
]
const BODILESS: ReadonlySet<number> = new Set([204, 304])

test('every status of an answer has one row', () => {
  expect(STATUSES.flatMap(({ statuses }) => statuses).sort((a, b) => a - b)).toEqual(range(200, 999))
})

test.each(STATUSES)('$statuses.0, $statuses.1 …: as the contract says', async ({ statuses, verdict }) => {
  let status = 0
  await using server = await hostileServer((socket) => {
    const body = BODILESS.has(status) ? '' : status < 300 ? taken : refused
    const location = `location: http://127.0.0.1:${server.port}/followed`
    says(answerBytes(status, status === 205 ? '' : body, [location]))(socket)
  })
  await using client = aClient(server.port)
  const got: object[] = []
  for (status of statuses) got.push([status, judge(await post(client, server.port))])
  expect(got).toMatchObject(statuses.map((each) => [each, verdict(each)]))
  expect(server.requests.every((request) => request.startsWith('POST / '))).toBe(true)
  expect(server.requests).toHaveLength(statuses.length)
})

const header = (bytes: string) => `HTTP/1.1 200 OK\r\n${bytes}\r\n\r\n`
const json = (length: number) => header(`content-length: ${length}`)
const named =
  (host: string, scheme = 'http') =>
  (port: number) =>
    `${scheme}://${host}:${port}/`
const silence: Fault = () => {}
const resets = (socket: Socket) => socket.resetAndDestroy()
const to =
  (...addresses: string[]) =>
  async (): Promise<ResolvedAddress[]> =>
    addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }))
const toLoopback = to('127.0.0.1')
const cannotResolve = (code: string) => () => Promise.reject(Object.assign(new Error(code), { code }))

const ANSWERS: readonly Row[] = [
  {
    fault: '200 with an error header',
    does: says(answerBytes(200, taken, ['X-Extole-Error-Message: bad'])),
    outcome: answered(200, taken),
    verdict: dead('destination_error', { text: 'bad' }),
  },
  {
    fault: 'an empty 200 where an id is promised',
    does: says(answerBytes(200)),
    outcome: answered(200, ''),
    verdict: unknown('malformed_response'),
  },
  {
    fault: 'an empty 200 where nothing is promised',
    does: says(answerBytes(200)),
    answers: webhook,
    outcome: answered(200, ''),
    verdict: success,
  },
  {
    fault: 'a 204 where nothing is promised',
    does: says('HTTP/1.1 204 No Content\r\n\r\n'),
    answers: webhook,
    outcome: answered(204, ''),
    verdict: success,
  },
  ...['{"event_id":', '<html>', 'null', '[]', '{}', '{"event_id":1}', '{"event_id":""}', '\u0000'].map((body) => ({
    fault: `200 with ${JSON.stringify(body)}`,
    does: says(answerBytes(200, body)),
    outcome: answered(200, body),
    verdict: unknown('malformed_response'),
  })),
  {
    fault: 'bad JSON where nothing is promised',
    does: says(answerBytes(200, '{"a":')),
    answers: webhook,
    outcome: answered(200, '{"a":'),
    verdict: success,
  },
  {
    fault: 'a compressed 200 although none was asked for',
    does: (socket) => {
      const bomb = gzipSync(taken.padEnd(1_000_000))
      socket.write(header(`content-encoding: gzip\r\ncontent-length: ${bomb.length}`))
      socket.write(bomb)
    },
    outcome: answered(200),
    verdict: unknown('malformed_response'),
  },
  {
    fault: 'a hint before the answer',
    does: says(`HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n${answerBytes(200, taken)}`),
    outcome: { ...answered(200, taken), headers: { 'content-length': String(taken.length) } },
    verdict: success,
  },
  {
    fault: 'a body that ends with the connection, as HTTP 1.0 has it',
    does: saysAndCloses(`HTTP/1.0 200 OK\r\n\r\n${taken}`),
    outcome: answered(200, taken),
    verdict: success,
  },
  ...['missing_access_token', 'access_denied', 'scopes_denied', 'method_unauthorized'].map((code) => ({
    fault: `403 ${code}`,
    does: says(answerBytes(403, JSON.stringify({ code }))),
    outcome: answered(403),
    verdict: hold('forbidden'),
  })),
  ...[
    { name: 'a page', body: '<html>' },
    { name: 'a code about this event', body: '{"code":"person_not_found"}' },
  ].map(({ name, body }) => ({
    fault: `403 with ${name}`,
    does: says(answerBytes(403, body)),
    outcome: answered(403, body),
    verdict: dead('rejected_403', { text: body }),
  })),
  ...[301, 302, 303, 307, 308].map((status) => ({
    fault: `${status} to a metadata address`,
    does: says(answerBytes(status, '', ['location: http://169.254.169.254/latest/meta-data/'])),
    outcome: answered(status),
    verdict: dead('redirect', { status }),
    requests: 1,
  })),
]

const RETRY_AFTER: readonly Row[] = [429, 503].flatMap((status) =>
  [
    { name: 'no Retry-After', lines: [], afterMs: BACK_OFF_MS },
    { name: 'seconds', lines: ['Retry-After: 7'], afterMs: 7_000 },
    { name: 'less than the back-off', lines: ['Retry-After: 0'], afterMs: BACK_OFF_MS },
    { name: 'a date', lines: ['Retry-After: Sun, 01 Mar 2026 12:01:00 GMT'], afterMs: 60_000 },
    { name: 'a date gone by', lines: ['Retry-After: Sun, 01 Mar 2026 11:00:00 GMT'], afterMs: BACK_OFF_MS },
    { name: 'exactly an hour', lines: ['Retry-After: 3600'], afterMs: 3_600_000 },
    { name: 'more than an hour', lines: ['Retry-After: 3601'], afterMs: 3_600_000 },
    { name: 'a date in a century', lines: ['Retry-After: Fri, 01 Mar 2126 12:00:00 GMT'], afterMs: 3_600_000 },
    { name: 'a negative number', lines: ['Retry-After: -5'], afterMs: BACK_OFF_MS },
    { name: 'words', lines: ['Retry-After: soon'], afterMs: BACK_OFF_MS },
    { name: 'a number without end', lines: [`Retry-After: ${'9'.repeat(400)}`], afterMs: 3_600_000 },
    { name: 'two of them', lines: ['Retry-After: 5', 'Retry-After: 7'], afterMs: BACK_OFF_MS },
  ].map(({ name, lines, afterMs }) => ({
    fault: `${status} with Retry-After: ${name}`,
    does: says(answerBytes(status, refused, lines)),
    outcome: answered(status),
    verdict: retry(`status_${status}`, afterMs),
  })),
)

const BROKEN_ANSWERS: readonly Row[] = [
  { name: 'a close instead of an answer', does: saysAndCloses(''), reason: 'ECONNRESET' },
  { name: 'a reset instead of an answer', does: resets, reason: 'ECONNRESET' },
  { name: 'a reset in the middle of the header', does: saysAndResets('HTTP/1.1 200 OK\r\nx:'), reason: 'ECONNRESET' },
  { name: 'a reset before the body of the answer', does: saysAndResets(json(34)), reason: 'ECONNRESET' },
  { name: 'a reset in the middle of the body', does: saysAndResets(`${json(34)}{"event_id"`), reason: 'ECONNRESET' },
  { name: 'a close in the middle of the body', does: saysAndCloses(`${json(34)}{"event_id"`), reason: 'ECONNRESET' },
  {
    name: 'a close in the middle of a chunk',
    does: saysAndCloses(`${header('transfer-encoding: chunked')}22\r\n{"event_id"`),
    reason: 'ECONNRESET',
  },
  {
    name: 'more announced than was sent, then a close',
    does: saysAndCloses(`${json(99)}${taken}`),
    reason: 'ECONNRESET',
  },
  { name: 'more announced than was sent, then silence', does: says(`${json(99)}${taken}`), reason: 'ETIMEDOUT' },
  { name: 'silence: it hangs', does: silence, reason: 'ETIMEDOUT' },
  { name: 'silence after the header', does: says(json(34)), reason: 'ETIMEDOUT' },
  { name: 'hints and then silence', does: says('HTTP/1.1 102 Processing\r\n\r\n'), reason: 'ETIMEDOUT' },
  {
    name: 'a change of protocol',
    does: says('HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n'),
    reason: 'ECONNRESET',
  },
  { name: 'another protocol', does: saysAndCloses('SSH-2.0-OpenSSH_9.7\r\n'), reason: 'GARBAGE' },
  { name: 'bytes', does: saysAndCloses(Buffer.from([0, 1, 2, 255, 13, 10])), reason: 'GARBAGE' },
  { name: 'a status of one digit', does: saysAndCloses('HTTP/1.1 2 OK\r\n\r\n'), reason: 'GARBAGE' },
  { name: 'a status of four digits', does: saysAndCloses('HTTP/1.1 2000 OK\r\n\r\n'), reason: 'GARBAGE' },
  { name: 'a status of letters', does: saysAndCloses('HTTP/1.1 OK OK\r\n\r\n'), reason: 'GARBAGE' },
  { name: 'a bad header', does: saysAndCloses(header('bad header')), reason: 'GARBAGE' },
  { name: 'a header without end', does: says(`HTTP/1.1 200 OK\r\nx: ${'y'.repeat(100_000)}`), reason: 'GARBAGE' },
  { name: 'a bad chunk', does: saysAndCloses(`${header('transfer-encoding: chunked')}zz\r\n`), reason: 'GARBAGE' },
  { name: 'a negative length', does: saysAndCloses(`${header('content-length: -1')}{}`), reason: 'GARBAGE' },
  {
    name: 'two lengths that differ',
    does: saysAndCloses(`${header('content-length: 2\r\ncontent-length: 34')}${taken}`),
    reason: 'GARBAGE',
  },
  {
    name: 'a length and chunks',
    does: saysAndCloses(`${header('content-length: 34\r\ntransfer-encoding: chunked')}22\r\n${taken}\r\n0\r\n\r\n`),
    reason: 'GARBAGE',
  },
].map(({ name, does, reason }) => ({
  fault: name,
  does,
  client: { limits: reason === 'ETIMEDOUT' ? QUICK : {} },
  outcome: ambiguous(reason),
  verdict: unknown(reason),
  requests: 1,
}))

const CUT_REQUESTS: readonly Row[] = [
  {
    fault: 'a reset before the body of the request was read',
    does: silence,
    server: { onHeader: resets },
    body: 'x'.repeat(4_000_000),
    outcome: ambiguous('ECONNRESET'),
    verdict: unknown('ECONNRESET'),
    requests: 1,
  },
  {
    fault: 'a destination that reads no further',
    does: silence,
    server: { onHeader: (socket) => socket.pause() },
    client: { limits: QUICK },
    body: 'x'.repeat(16_000_000),
    outcome: ambiguous('ETIMEDOUT'),
    verdict: unknown('ETIMEDOUT'),
    requests: 1,
  },
  {
    fault: 'a refusal before the body of the request was read, and a close',
    does: silence,
    server: { onHeader: saysAndCloses(answerBytes(413, refused, ['connection: close'])) },
    outcome: answered(413, refused),
    verdict: dead('rejected_413', { status: 413 }),
    requests: 1,
  },
]

const SLOW_OR_ENDLESS: readonly Row[] = [
  {
    fault: '1 byte/s of the header',
    does: dripsAfter('HTTP/1.1 200 OK\r\n', 'x: yyyyyyyyyyyyyyyyy'),
    client: { limits: { totalMs: 2_500 } },
    outcome: ambiguous('ETIMEDOUT'),
    verdict: unknown('ETIMEDOUT'),
  },
  {
    fault: '1 byte/s of the body',
    does: dripsAfter(json(34), taken),
    client: { limits: { totalMs: 2_500 } },
    outcome: ambiguous('ETIMEDOUT'),
    verdict: unknown('ETIMEDOUT'),
  },
  {
    fault: '1 byte/s of a refusal',
    does: dripsAfter(answerBytes(400).replace('length: 0', 'length: 34'), refused),
    client: { limits: { totalMs: 2_500 } },
    outcome: ambiguous('ETIMEDOUT'),
    verdict: unknown('ETIMEDOUT'),
  },
]

const good = selfSigned('good.test', 2)
const expired = selfSigned('good.test', -1)

const NO_CONNECTION: readonly Row[] = [
  ...['ENOTFOUND', 'EAI_AGAIN', 'ENODATA', 'ESERVFAIL'].map((code) => ({
    fault: `the name server says ${code}`,
    does: silence,
    client: { resolve: cannotResolve(code) },
    url: named('nowhere.test'),
    outcome: notSent('ENOTFOUND'),
    verdict: retry('ENOTFOUND'),
    requests: 0,
  })),
  {
    fault: 'a name that cannot exist, asked of the system',
    does: silence,
    url: named('nowhere.invalid'),
    outcome: notSent('ENOTFOUND'),
    verdict: retry('ENOTFOUND'),
    requests: 0,
  },
  {
    fault: 'a name without an address',
    does: silence,
    client: { resolve: to() },
    url: named('nowhere.test'),
    outcome: notSent('ENOTFOUND'),
    verdict: retry('ENOTFOUND'),
    requests: 0,
  },
  {
    fault: 'a name server that does not answer',
    does: silence,
    client: { resolve: () => new Promise(() => {}), limits: { connectMs: 300 } },
    url: named('nowhere.test'),
    outcome: notSent('CONNECT_TIMEOUT'),
    verdict: retry('CONNECT_TIMEOUT'),
    requests: 0,
  },
  ...[
    { name: 'a self-signed certificate', pem: good, host: 'good.test', ca: undefined },
    { name: 'an expired certificate', pem: expired, host: 'good.test', ca: expired },
    { name: "another host's certificate", pem: good, host: 'bad.test', ca: good },
  ].map(({ name, pem, host, ca }) => ({
    fault: name,
    does: says(answerBytes(200, taken)),
    server: { tls: { key: pem, cert: pem } },
    client: { resolve: toLoopback, ...(ca === undefined ? {} : { ca }) },
    url: named(host, 'https'),
    outcome: blocked('tls_invalid'),
    verdict: hold('tls_invalid'),
    requests: 0,
  })),
  {
    fault: 'a certificate as it should be',
    does: says(answerBytes(200, taken)),
    server: { tls: { key: good, cert: good } },
    client: { resolve: toLoopback, ca: good },
    url: named('good.test', 'https'),
    outcome: answered(200, taken),
    verdict: success,
    requests: 1,
  },
  {
    fault: 'TLS older than 1.2',
    does: says(answerBytes(200, taken)),
    server: {
      tls: { key: good, cert: good, minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' },
    },
    client: { resolve: toLoopback, ca: good },
    url: named('good.test', 'https'),
    outcome: notSent('TLS_HANDSHAKE'),
    verdict: retry('TLS_HANDSHAKE'),
    requests: 0,
  },
  {
    fault: 'plain HTTP where TLS is expected',
    does: silence,
    server: { onHeader: saysAndCloses('HTTP/1.1 400 Bad\r\n\r\n') },
    client: { resolve: toLoopback },
    url: named('good.test', 'https'),
    outcome: notSent('TLS_HANDSHAKE'),
    verdict: retry('TLS_HANDSHAKE'),
  },
  {
    fault: 'a reset in the handshake',
    does: silence,
    server: { onHeader: resets },
    client: { resolve: toLoopback },
    url: named('good.test', 'https'),
    outcome: notSent('TLS_HANDSHAKE'),
    verdict: retry('TLS_HANDSHAKE'),
  },
  {
    fault: 'silence in the handshake',
    does: silence,
    client: { resolve: toLoopback, limits: { connectMs: 500 } },
    url: named('good.test', 'https'),
    outcome: notSent('CONNECT_TIMEOUT'),
    verdict: retry('CONNECT_TIMEOUT'),
  },
  {
    fault: 'a reset after the handshake',
    does: (socket) => socket.destroy(),
    server: { tls: { key: good, cert: good } },
    client: { resolve: toLoopback, ca: good },
    url: named('good.test', 'https'),
    outcome: ambiguous('ECONNRESET'),
    verdict: unknown('ECONNRESET'),
    requests: 1,
  },
  ...['http://169.254.169.254/', 'https://169.254.169.254/', 'https://[fd00:ec2::254]/', 'https://10.0.0.1/'].map(
    (url) => ({
      fault: `the destination is ${url}`,
      does: silence,
      url: () => url,
      outcome: blocked('blocked_address'),
      verdict: hold('blocked_address'),
      requests: 0,
    }),
  ),
  ...[['169.254.169.254'], ['1.1.1.1', '169.254.169.254'], ['127.0.0.1', '1.1.1.1']].map((addresses) => ({
    fault: `a name that leads to ${addresses.join(' and ')}`,
    does: silence,
    client: { resolve: to(...addresses) },
    url: () => 'https://inward.test/',
    outcome: blocked('blocked_address'),
    verdict: hold('blocked_address'),
    requests: 0,
  })),
]

describe.each([
  { what: 'answers', rows: ANSWERS },
  { what: 'Retry-After', rows: RETRY_AFTER },
  { what: 'broken answers', rows: BROKEN_ANSWERS },
  { what: 'requests cut off', rows: CUT_REQUESTS },
  { what: 'slow answers', rows: SLOW_OR_ENDLESS },
  { what: 'no connection', rows: NO_CONNECTION },
])('$what', ({ rows }) => {
  test.concurrent.each(rows)('$fault', async (row) => {
    await using server = await hostileServer(row.does, row.server)
    await using client = aClient(server.port, row.client)
    const url = row.url?.(server.port)
    const outcome = await post(client, server.port, { ...(url === undefined ? {} : { url }), body: row.body ?? BODY })
    const answers = row.answers ?? extole
    expect(outcome).toMatchObject(row.outcome)
    expect(judge(outcome, { answers })).toMatchObject(row.verdict)
    if (row.requests !== undefined) expect(server.requests).toHaveLength(row.requests)
    expectHeldIfUnknown(outcome, answers)
  })
})

describe('faults of more than one request', () => {
  test('refused: nothing was sent, tried again', async () => {
    const server = await hostileServer(silence)
    await server[Symbol.asyncDispose]()
    await using client = aClient(server.port)
    const outcome = await post(client, server.port)
    expect([outcome, judge(outcome)]).toMatchObject([notSent('ECONNREFUSED'), retry('ECONNREFUSED')])
  })

  test('a reset as soon as the connection stands: not sent if it came before the first byte, unknown otherwise', async () => {
    await using server = await hostileServer(silence, { onConnect: resets })
    await using client = aClient(server.port)
    for (let n = 0; n < 20; n += 1) {
      const outcome = await post(client, server.port)
      const wasSent = outcome.kind === 'ambiguous'
      expect(outcome).toMatchObject(wasSent ? ambiguous('ECONNRESET') : notSent('ECONNREFUSED'))
      expect(judge(outcome)).toMatchObject(wasSent ? unknown('ECONNRESET') : retry('ECONNREFUSED'))
    }
    expect([server.connections, server.requests]).toEqual([20, []])
  })

  test('where a redirect points is not called, and the credentials stay here', async () => {
    await using trap = await hostileServer(says(answerBytes(200, taken)))
    await using server = await hostileServer(
      says(answerBytes(307, '', [`location: http://127.0.0.1:${trap.port}/latest/meta-data/`])),
    )
    await using client = aClient(server.port, { allow: [`127.0.0.1:${trap.port}`] })
    expect(judge(await post(client, server.port))).toMatchObject(dead('redirect'))
    expect(trap.connections).toBe(0)
  })

  test.each([
    { name: '200', status: 200, verdict: unknown('malformed_response') },
    { name: '503', status: 503, verdict: retry('status_503') },
    { name: '400', status: 400, verdict: dead('rejected_400') },
    { name: '302', status: 302, verdict: dead('redirect') },
  ])('100 MB as the answer $name: read up to the limit, and then hung up on', async ({ status, verdict }) => {
    const bytes = 100_000_000
    const flood = floodsAfter(`HTTP/1.1 ${status} Some\r\ncontent-length: ${bytes}\r\n\r\n`, bytes)
    await using server = await hostileServer(flood)
    await using client = aClient(server.port)
    const residentBefore = process.memoryUsage().rss
    const outcome = await post(client, server.port)
    expect(outcome).toMatchObject({ kind: 'answered', status, truncated: true })
    expect(outcome.kind === 'answered' && outcome.body.length).toBe(HTTP_LIMITS.bodyBytesMax)
    expect(judge(outcome, { answers: webhook })).toMatchObject(verdict)
    // What lies in the buffers between the two was written and is never read.
    expect(server.bytesWritten).toBeLessThan(20_000_000)
    expect(process.memoryUsage().rss - residentBefore).toBeLessThan(64 * 1024 ** 2)
  })

  test('less announced than was sent: the announced part is the answer, and the rest is nobody’s', async () => {
    const smuggled = answerBytes(200, '{"event_id":"smuggled"}')
    await using server = await hostileServer((socket, count) =>
      says(count === 1 ? `${answerBytes(200, taken)}${smuggled}` : answerBytes(503))(socket),
    )
    await using client = aClient(server.port, { limits: { connectionsMax: 1 } })
    const outcomes = [await post(client, server.port), await post(client, server.port)]
    expect(outcomes).toMatchObject([answered(200, taken), answered(503, '')])
    expect(outcomes.map((outcome) => judge(outcome))).toMatchObject([success, retry('status_503')])
  })

  test('a connection that the destination closed between two requests is not used again', async () => {
    await using server = await hostileServer((socket) => {
      socket.write(answerBytes(200, taken))
      setTimeout(() => socket.end(), 50)
    })
    await using client = aClient(server.port)
    const outcomes = [await post(client, server.port)]
    await new Promise((done) => setTimeout(done, 300))
    outcomes.push(await post(client, server.port))
    expect(outcomes.map((outcome) => judge(outcome))).toMatchObject([success, success])
    expect([server.connections, server.requests.length]).toEqual([2, 2])
  })

  test('a connection that dies under the second request leaves it unknown, and sends it no second time', async () => {
    await using server = await hostileServer((socket, count) => {
      if (count === 1) socket.write(answerBytes(200, taken))
      else resets(socket)
    })
    await using client = aClient(server.port, { limits: { connectionsMax: 1 } })
    const outcomes = [await post(client, server.port), await post(client, server.port)]
    expect(outcomes.map((outcome) => judge(outcome))).toMatchObject([success, unknown('ECONNRESET')])
    expect([server.connections, server.requests.length]).toEqual([1, 2])
  })

  test('a half-open connection: the destination has said its last word, listens on and is not waited for', async () => {
    await using server = await hostileServer((socket) => socket.end())
    await using client = aClient(server.port)
    const startedMs = performance.now()
    const outcome = await post(client, server.port)
    expect([outcome, judge(outcome)]).toMatchObject([ambiguous('ECONNRESET'), unknown('ECONNRESET')])
    expect(performance.now() - startedMs).toBeLessThan(HTTP_LIMITS.firstByteMs / 2)
  })

  test('a half-open connection: the peer of a kept connection is gone, and its silence is given up on', async () => {
    await using server = await hostileServer((socket, count) => {
      if (count === 1) socket.write(answerBytes(200, taken), () => socket.pause())
      else says(answerBytes(200, taken))(socket)
    })
    await using client = aClient(server.port, { limits: { ...QUICK, connectionsMax: 1 } })
    const outcomes = [await post(client, server.port), await post(client, server.port), await post(client, server.port)]
    // The third gets a connection of its own.
    expect(outcomes.map((outcome) => judge(outcome))).toMatchObject([success, unknown('ETIMEDOUT'), success])
  })

  test('a name that leads to an allowed address first and inside a moment later: the second is not dialled', async () => {
    await using outside = await hostileServer(saysAndCloses(answerBytes(200, taken, ['connection: close'])), {
      host: '127.0.0.2',
    })
    const inside = createServer()
    await new Promise<void>((done) => inside.listen(outside.port, '127.0.0.1', done))
    let insideConnections = 0
    inside.on('connection', () => {
      insideConnections += 1
    })
    const leadsTo = ['127.0.0.2', '127.0.0.1']
    const client = createHttpClient({
      clock: systemClock,
      egress: {
        ports: PORTS_DEFAULT,
        allowHttp: false,
        allow: parseEgressAllow([`127.0.0.2/32:${outside.port}`]).allow,
      },
      resolve: async () => [{ address: leadsTo.shift() ?? '', family: 4 }],
    })
    try {
      const url = `http://rebinding.test:${outside.port}/`
      const outcomes = [await post(client, outside.port, { url }), await post(client, outside.port, { url })]
      expect(outcomes).toMatchObject([answered(200, taken), blocked('blocked_address')])
      expect(outcomes.map((outcome) => judge(outcome))).toMatchObject([success, hold('blocked_address')])
      expect([leadsTo, insideConnections]).toEqual([[], 0])
    } finally {
      await client.close()
      await new Promise((done) => inside.close(done))
    }
  })
})

interface Client extends HttpClient, AsyncDisposable {}

/** May talk to the server at `port`, by its address or any name. */
function aClient(port: number, over: Partial<HttpClientOptions> & { readonly allow?: readonly string[] } = {}): Client {
  const { allow = [], ...options } = over
  const names = ['127.0.0.1', 'good.test', 'bad.test', 'nowhere.test', 'nowhere.invalid'].map(
    (name) => `${name}:${port}`,
  )
  const egress = { ports: PORTS_DEFAULT, allowHttp: false, allow: parseEgressAllow([...names, ...allow]).allow }
  const client = createHttpClient({ clock: systemClock, egress, ...options })
  return { ...client, [Symbol.asyncDispose]: () => client.close() }
}

function post(client: HttpClient, port: number, { url = `http://127.0.0.1:${port}/`, body = BODY } = {}) {
  return client.send({ method: 'POST', url, headers: { 'content-type': 'application/json' }, body })
}

function judge(outcome: Outcome, over: Partial<Attempted> = {}) {
  return decide({
    outcome,
    progress: { attempt: 1, firstAttemptAtMs: NOW, nowMs: NOW, waitedMs: 0, windowMs: RETRY_WINDOW_DEFAULT_MS },
    random: 0.5,
    answers: extole,
    malformedBefore: 0,
    areCredentialsFresh: true,
    hasUniqueKey: true,
    ambiguous: 'retry',
    ...over,
  })
}

/** Without a unique key, and where the setting says so, what is unknown waits for a person; nothing else does. */
function expectHeldIfUnknown(outcome: Outcome, answers: AnswerPolicy): void {
  const usual = judge(outcome, { answers })
  const held = judge(outcome, { answers, hasUniqueKey: false, ambiguous: 'hold' })
  const isUnknown = usual.kind === 'retry' && usual.isUnknown
  expect(held).toMatchObject(isUnknown ? { kind: 'hold', scope: 'delivery', reason: 'ambiguous' } : usual)
}
