/** The reliability contract's table 4.1, row by row, over real sockets. */
import { mkdtempSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { LogError, type LogFailure, type LogWriter, SqliteLog } from '../log/index.ts'
import { systemClock } from '../ports/index.ts'
import type { TrackingDeps } from './deps.ts'
import { DEFAULT_LIMITS } from './limits.ts'
import { PROBLEMS, type ProblemCode } from './problems.ts'
import {
  aPost,
  basic,
  DISABLED_KEY,
  type RawAnswer,
  type RunningTracking,
  SHOP_KEY,
  sendRaw,
  startTracking,
  UNREACHABLE_KEY,
  WRITE_KEY,
} from './testing.ts'

const directory = mkdtempSync(join(tmpdir(), 'grapevine-tracking-'))
let log: SqliteLog
let server: RunningTracking

beforeAll(async () => {
  const onFatal = (message: string) => {
    throw new Error(message)
  }
  log = await SqliteLog.open({ directory, clock: systemClock, onFatal })
  server = await startTracking(log)
})

afterAll(async () => {
  await server[Symbol.asyncDispose]()
  await log[Symbol.asyncDispose]()
  rmSync(directory, { recursive: true, force: true })
})

/** A machine may be busy; nothing here waits this long when all is well. */
const POLL = { timeout: 10_000 }

const AUTH = { authorization: basic(`${WRITE_KEY}:`) }
const anEvent = (over: object = {}) => JSON.stringify({ userId: 'u1', event: 'E', ...over })
const aBatch = (events: readonly unknown[], over: object = {}) => JSON.stringify({ batch: events, ...over })

/** Exactly the answer of the table: status, headers and body. */
function expectProblem(answer: RawAnswer, code: ProblemCode, port = server.port): void {
  const { status, closes, message } = PROBLEMS[code]
  expect(port).toBeGreaterThan(0)
  expect([answer.status, answer.body && (JSON.parse(answer.body) as { code: string }).code]).toEqual([status, code])
  const requestId = answer.headers.get('x-request-id')
  expect(requestId).toMatch(/^[0-9a-f]{24}$/)
  expect(JSON.parse(answer.body)).toEqual({ success: false, code, message, requestId })
  expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8')
  expect(answer.headers.get('access-control-allow-origin')).toBe('*')
  expect(answer.headers.get('access-control-expose-headers')).toBe('Retry-After, X-RateLimit-Reset, X-Request-Id')
  expect(answer.headers.get('connection')).toBe(closes ? 'close' : 'keep-alive')
}

function expectSuccess(answer: RawAnswer): void {
  expect([answer.status, answer.body]).toEqual([200, '{"success":true}'])
  expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8')
  expect(answer.headers.get('access-control-allow-origin')).toBe('*')
}

const post = (path: string, body: string | Buffer, headers: Record<string, string> = AUTH) =>
  sendRaw(server.port, aPost(path, body, headers))

/** Runs `check` and gives what it added to the log. */
async function stored(check: () => Promise<void>): Promise<Record<string, unknown>[]> {
  const before = log.reader.end()
  await check()
  return log.reader
    .read(before, 1_000)
    .map((record) => JSON.parse(Buffer.from(record.body).toString()) as Record<string, unknown>)
}

async function storesNothing(check: () => Promise<void>): Promise<void> {
  expect(await stored(check)).toEqual([])
}

test.each([
  ['/v1/track', 'not JSON', '{'],
  ['/v1/track', 'empty', ''],
  ['/v1/batch', 'empty', ''],
  ['/v1/track', 'not UTF-8', Buffer.from([0x22, 0xff, 0x22])],
  ['/v1/track', 'an overlong encoding', Buffer.from([0x22, 0xc0, 0x80, 0x22])],
  ['/v1/track', 'only a byte order mark', '\uFEFF'],
])('%s with a body that is %s: 400 invalid_json', async (path, _name, body) => {
  await storesNothing(async () => expectProblem(await post(path, body), 'invalid_json'))
})

test('a leading byte order mark is skipped', async () => {
  const records = await stored(async () => expectSuccess(await post('/v1/track', `\uFEFF${anEvent()}`)))
  expect(records).toHaveLength(1)
})

test.each([
  ['/v1/track', '[]'],
  ['/v1/track', 'null'],
  ['/v1/track', '"text"'],
  ['/v1/batch', '[]'],
  ['/v1/batch', '{}'],
  ['/v1/b', '{"batch":{}}'],
  ['/v1/import', '{"batch":"x"}'],
])('%s with %s: 400 invalid_body', async (path, body) => {
  await storesNothing(async () => expectProblem(await post(path, body), 'invalid_body'))
})

test('an empty batch is 200, stores nothing and is counted', async () => {
  const note = { source: 'src_1', note: 'empty_batch' } as const
  const before = server.counts.get('tracking_notes_total', note)
  await storesNothing(async () => expectSuccess(await post('/v1/batch', aBatch([]))))
  expect(server.counts.get('tracking_notes_total', note)).toBe(before + 1)
})

const padded = (bytes: number) => {
  const body = anEvent({ type: 'track', pad: '' })
  return body + ' '.repeat(bytes - body.length)
}
const paddedBatch = (bytes: number) => {
  const body = aBatch([JSON.parse(anEvent({ type: 'track' }))])
  return body + ' '.repeat(bytes - body.length)
}

test.each([
  ['/v1/track', DEFAULT_LIMITS.singleBytesMax, padded],
  ['/v1/t', DEFAULT_LIMITS.singleBytesMax, padded],
  ['/v1/batch', DEFAULT_LIMITS.batchBytesMax, paddedBatch],
  ['/v1/import', DEFAULT_LIMITS.batchBytesMax, paddedBatch],
])('%s takes %i bytes and not one more: 400 body_too_large', async (path, limit, body) => {
  expectSuccess(await post(path, body(limit)))
  await storesNothing(async () => {
    expectProblem(
      await sendRaw(server.port, aPost(path, body(limit + 1), AUTH), { untilClosed: true }),
      'body_too_large',
    )
  })
})

test('a chunked body is cut off at the limit', async () => {
  const chunk = `8000\r\n${'x'.repeat(0x8000)}\r\n`
  const head = 'POST /v1/track HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n'
  const answer = await sendRaw(server.port, [head, chunk, chunk, chunk], { untilClosed: true })
  expectProblem(answer, 'body_too_large')
  expect(answer.isClosed).toBe(true)
})

test('the limit holds after decompression too', async () => {
  const gzip = { ...AUTH, 'content-encoding': 'gzip' }
  expectSuccess(await post('/v1/track', gzipSync(padded(DEFAULT_LIMITS.singleBytesMax)), gzip))
  expectSuccess(await post('/v1/batch', gzipSync(paddedBatch(DEFAULT_LIMITS.batchBytesMax)), gzip))
  expectProblem(await post('/v1/track', gzipSync(padded(DEFAULT_LIMITS.singleBytesMax + 1)), gzip), 'body_too_large')
  expectProblem(
    await post('/v1/batch', gzipSync(paddedBatch(DEFAULT_LIMITS.batchBytesMax + 1)), gzip),
    'body_too_large',
  )
})

test('a batch beyond 500 KB is taken and counted', async () => {
  const note = { source: 'src_1', note: 'over_segment_limit' } as const
  const before = server.counts.get('tracking_notes_total', note)
  expectSuccess(await post('/v1/batch', paddedBatch(500 * 1024)))
  expect(server.counts.get('tracking_notes_total', note)).toBe(before)
  expectSuccess(await post('/v1/batch', paddedBatch(500 * 1024 + 1)))
  expect(server.counts.get('tracking_notes_total', note)).toBe(before + 1)
})

const zipped = gzipSync(anEvent())
test.each([
  ['corrupt', Buffer.concat([zipped.subarray(0, 12), Buffer.from('xxxx'), zipped.subarray(16)])],
  ['not gzip', Buffer.from(anEvent())],
  ['truncated', zipped.subarray(0, -3)],
  ['empty', Buffer.alloc(0)],
  ['followed by bytes', Buffer.concat([zipped, Buffer.from('x')])],
  ['followed by zeros', Buffer.concat([zipped, Buffer.alloc(4)])],
  [
    'a large one, truncated',
    gzipSync(Buffer.from(Array.from({ length: 60_000 }, (_, i) => (i * i * 7919) >> 3))).subarray(0, -3),
  ],
])('gzip that is %s: 400 invalid_encoding', async (_name, body) => {
  await storesNothing(async () => {
    expectProblem(await post('/v1/track', body, { ...AUTH, 'content-encoding': 'gzip' }), 'invalid_encoding')
  })
})

test('several gzip members are one body, and layers are not unwrapped', async () => {
  const text = anEvent()
  const members = Buffer.concat([gzipSync(text.slice(0, 5)), gzipSync(text.slice(5))])
  expectSuccess(await post('/v1/track', members, { ...AUTH, 'content-encoding': 'GZIP' }))
  expectProblem(await post('/v1/track', gzipSync(zipped), { ...AUTH, 'content-encoding': 'gzip' }), 'invalid_json')
})

test.each(['deflate', 'br', 'gzip, gzip', 'identity, gzip', 'zstd', 'nonsense'])(
  'content-encoding %s: 415',
  async (encoding) => {
    await storesNothing(async () => {
      expectProblem(await post('/v1/track', zipped, { ...AUTH, 'content-encoding': encoding }), 'unsupported_encoding')
    })
  },
)

test.each(['text/plain', 'application/json; charset=utf-8', 'application/x-www-form-urlencoded', 'image/png'])(
  'any content type is read as JSON: %s',
  async (type) => {
    expectSuccess(await post('/v1/track', anEvent(), { ...AUTH, 'content-type': type, 'content-encoding': 'identity' }))
  },
)

test('no write key: 401 missing_write_key', async () => {
  for (const headers of [{}, { authorization: 'Bearer token' }, { authorization: basic(':') }]) {
    await storesNothing(async () => expectProblem(await post('/v1/track', anEvent(), headers), 'missing_write_key'))
  }
  await storesNothing(async () =>
    expectProblem(await post('/v1/track', anEvent({ writeKey: '' }), {}), 'missing_write_key'),
  )
})

test('an unknown or malformed write key: 401 invalid_write_key', async () => {
  for (const key of ['unknown', 'x'.repeat(300), '\u0000', '../../etc']) {
    await storesNothing(async () => {
      expectProblem(await post('/v1/track', anEvent(), { authorization: basic(`${key}:`) }), 'invalid_write_key')
      expectProblem(await post('/v1/track', anEvent({ writeKey: key }), {}), 'invalid_write_key')
    })
  }
  expectProblem(await post('/v1/track', anEvent({ writeKey: { a: 1 } }), {}), 'invalid_write_key')
  expectProblem(await post('/v1/track', anEvent(), { authorization: 'Basic ????' }), 'missing_write_key')
})

test('keys that cannot be looked up: 503 unavailable, never 401', async () => {
  const answer = await post('/v1/track', anEvent(), { authorization: basic(`${UNREACHABLE_KEY}:`) })
  expectProblem(answer, 'unavailable')
  expect(answer.headers.get('retry-after')).toBe('5')
})

test('Basic with and without a colon, and the key in the body', async () => {
  expectSuccess(await post('/v1/track', anEvent(), { authorization: basic(WRITE_KEY) }))
  expectSuccess(
    await post('/v1/track', anEvent(), { authorization: basic(`${WRITE_KEY}:password`).replace('Basic', 'bAsIc') }),
  )
  expectSuccess(await post('/v1/track', anEvent({ writeKey: WRITE_KEY }), {}))
  expectSuccess(await post('/v1/track', anEvent({ writeKey: WRITE_KEY }), { authorization: 'Bearer of.a.token' }))
  expectSuccess(await post('/v1/batch', aBatch([], { writeKey: WRITE_KEY }), {}))
})

test('where Basic and body differ Basic wins, and it is counted', async () => {
  const note = { source: 'src_1', note: 'write_key_mismatch' } as const
  const before = server.counts.get('tracking_notes_total', note)
  expectSuccess(await post('/v1/track', anEvent({ writeKey: WRITE_KEY })))
  expect(server.counts.get('tracking_notes_total', note)).toBe(before)
  expectSuccess(await post('/v1/track', anEvent({ writeKey: 'other' })))
  expect(server.counts.get('tracking_notes_total', note)).toBe(before + 1)
  expectProblem(
    await post('/v1/track', anEvent({ writeKey: WRITE_KEY }), { authorization: basic('other:') }),
    'invalid_write_key',
  )
})

test('a key on an event of a batch is ignored, counted and not stored', async () => {
  const note = { source: 'src_1', note: 'item_write_key_ignored' } as const
  const before = server.counts.get('tracking_notes_total', note)
  const event = { type: 'track', userId: 'u', event: 'E' }
  const records = await stored(async () => {
    expectSuccess(
      await post(
        '/v1/batch',
        aBatch([
          { ...event, writeKey: WRITE_KEY },
          { ...event, writeKey: DISABLED_KEY },
        ]),
      ),
    )
  })
  expect(records.map((record) => [record.projectId, 'writeKey' in record])).toEqual([
    ['src_1', false],
    ['src_1', false],
  ])
  expect(server.counts.get('tracking_notes_total', note)).toBe(before + 1)
})

test('a disabled source: 200, counted, nothing stored', async () => {
  const label = { source: 'src_off', result: 'source_disabled' } as const
  const headers = { authorization: basic(`${DISABLED_KEY}:`) }
  await storesNothing(async () => {
    expectSuccess(await post('/v1/track', anEvent(), headers))
    expectSuccess(await post('/v1/batch', aBatch([1, 2, 3]), headers))
  })
  expect(server.counts.get('tracking_events_total', label)).toBe(4)
})

test('a key with a list of origins is for those pages', async () => {
  const auth = { authorization: basic(`${SHOP_KEY}:`) }
  const own = await post('/v1/t', anEvent(), { ...auth, origin: 'https://shop.example' })
  expect([own.status, own.headers.get('access-control-allow-origin')]).toEqual([200, 'https://shop.example'])
  const foreign = await post('/v1/t', anEvent(), { ...auth, origin: 'https://evil.example' })
  expect([foreign.status, JSON.parse(foreign.body)]).toMatchObject([401, { code: 'invalid_write_key' }])
  expect((await post('/v1/t', anEvent(), auth)).status).toBe(200)
})

test('a key never writes to another source', async () => {
  const records = await stored(async () => {
    expectSuccess(await post('/v1/track', anEvent({ projectId: 'src_off' })))
    expectSuccess(await post('/v1/track', anEvent(), { authorization: basic(`${SHOP_KEY}:`) }))
  })
  expect(records.map((record) => record.projectId)).toEqual(['src_1', 'src_shop'])
})

async function withServer<T>(
  over: Partial<TrackingDeps>,
  run: (running: RunningTracking) => Promise<T>,
  writer: LogWriter = log,
): Promise<T> {
  await using running = await startTracking(writer, over)
  return await run(running)
}

test.each([
  ['source', { sourceEventsPerSecond: 10, burstMs: 1_000 }, AUTH, 10],
  ['address', { addressRequestsPerSecond: 10, burstMs: 1_000 }, AUTH, 10],
])('over the rate of the %s: 429 rate_limited', async (_name, limits, headers, admitted) => {
  await withServer({ limits, clock: { ...systemClock, monotonicMs: () => 5 } }, async ({ port }) => {
    for (let sent = 0; sent < admitted; sent++) {
      expect((await sendRaw(port, aPost('/v1/track', anEvent(), headers))).status).toBe(200)
    }
    const answer = await sendRaw(port, aPost('/v1/track', anEvent(), headers))
    expectProblem(answer, 'rate_limited')
    expect(answer.headers.get('retry-after')).toBe('1')
    expect(answer.headers.get('x-ratelimit-reset')).toBe('1')
  })
})

test('Retry-After of a large batch is capped at 300 seconds', async () => {
  const limits = { sourceEventsPerSecond: 1, burstMs: 1_000 }
  await withServer({ limits, clock: { ...systemClock, monotonicMs: () => 5 } }, async ({ port }) => {
    const items = Array.from({ length: 1_000 }, () => 1)
    expectSuccess(await sendRaw(port, aPost('/v1/batch', aBatch(items), AUTH)))
    const answer = await sendRaw(port, aPost('/v1/batch', aBatch(items), AUTH))
    expectProblem(answer, 'rate_limited')
    expect([answer.headers.get('retry-after'), answer.headers.get('x-ratelimit-reset')]).toEqual(['300', '300'])
  })
})

test('guessing keys is limited by address, and known keys are not held up by it', async () => {
  const limits = { unknownKeysPerSecond: 5, burstMs: 1_000 }
  await withServer({ limits, clock: { ...systemClock, monotonicMs: () => 5 } }, async ({ port }) => {
    const guess = () => sendRaw(port, aPost('/v1/track', anEvent({ writeKey: 'guess' })))
    for (let sent = 0; sent < 5; sent++) expectProblem(await guess(), 'invalid_write_key')
    expectProblem(await guess(), 'rate_limited')
    expectSuccess(await sendRaw(port, aPost('/v1/track', anEvent(), AUTH)))
  })
})

test.each<[LogFailure, ProblemCode, RegExp]>([
  ['full', 'unavailable', /^5$/],
  ['unavailable', 'unavailable', /^5$/],
  ['timeout', 'timeout', /^1$/],
  ['overloaded', 'overloaded', /^([1-9]|[12]\d|30)$/],
])('a log that answers %s: 503 %s', async (failure, code, retryAfter) => {
  // The port's own error, as an adapter throws it.
  const failing: LogWriter = { append: () => Promise.reject(new LogError(failure, 'for the test')) }
  await withServer(
    {},
    async ({ port, counts }) => {
      const answer = await sendRaw(port, aPost('/v1/track', anEvent(), AUTH))
      expectProblem(answer, code)
      expect(answer.headers.get('retry-after')).toMatch(retryAfter)
      expect(counts.get('tracking_events_total', { source: 'src_1', result: 'accepted' })).toBe(0)
    },
    failing,
  )
})

test('an error nobody foresaw is an answer on doubt: 503 unavailable', async () => {
  const failing: LogWriter = { append: () => Promise.reject(new TypeError('a bug')) }
  await withServer(
    {},
    async ({ port }) => {
      expectProblem(await sendRaw(port, aPost('/v1/track', anEvent(), AUTH)), 'unavailable')
    },
    failing,
  )
})

test('bodies beyond the memory for them: 503 overloaded', async () => {
  await withServer({ limits: { inFlightBytesMax: 10_000 } }, async ({ port }) => {
    const answer = await sendRaw(port, aPost('/v1/track', padded(20_000), AUTH))
    expectProblem(answer, 'overloaded')
    expect(answer.headers.get('retry-after')).toMatch(/^([1-9]|[12]\d|30)$/)
    // Nothing stays counted.
    for (let sent = 0; sent < 5; sent++) {
      expectSuccess(await sendRaw(port, aPost('/v1/track', padded(9_000), AUTH)))
    }
  })
})

test('requests beyond their number: 503 overloaded', async () => {
  const { promise, resolve } = Promise.withResolvers<void>()
  const reached = Promise.withResolvers<void>()
  const slow: LogWriter = {
    append: (records) => {
      reached.resolve()
      return promise.then(() => log.append(records))
    },
  }
  await withServer(
    { limits: { inFlightRequestsMax: 1 } },
    async ({ port }) => {
      const first = sendRaw(port, aPost('/v1/track', anEvent(), AUTH))
      await reached.promise
      expectProblem(await sendRaw(port, aPost('/v1/track', anEvent(), AUTH)), 'overloaded')
      resolve()
      expectSuccess(await first)
    },
    slow,
  )
})

test('headers up to 16 KB are read, larger ones are 431', async () => {
  const head = (bytes: number) => aPost('/v1/track', anEvent(), { ...AUTH, 'x-pad': 'p'.repeat(bytes) })
  expectSuccess(await sendRaw(server.port, head(15 * 1024)))
  expectProblem(await sendRaw(server.port, head(17 * 1024), { untilClosed: true }), 'headers_too_large')
})

test('headers that do not become complete: 408', async () => {
  await withServer({ limits: { headersTimeoutMs: 100, checkIntervalMs: 20 } }, async ({ port }) => {
    const answer = await sendRaw(port, 'POST /v1/track HTTP/1.1\r\nhost: x\r\nx-more: ', { untilClosed: true })
    expectProblem(answer, 'request_timeout')
    expect(answer.isClosed).toBe(true)
  })
})

test('a body that does not become complete: 408, nothing stored', async () => {
  const limits = { requestTimeoutMs: 200, headersTimeoutMs: 100, checkIntervalMs: 20 }
  await withServer({ limits }, async ({ port }) => {
    await storesNothing(async () => {
      const head = 'POST /v1/track HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\n'
      expectProblem(await sendRaw(port, [head, anEvent()], { untilClosed: true }), 'request_timeout')
    })
  })
})

test('a body slower than 500 bytes a second: 408', async () => {
  await withServer({ limits: { bodyGraceMs: 100, checkIntervalMs: 20 } }, async ({ port }) => {
    const head = 'POST /v1/track HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\n'
    expectProblem(await sendRaw(port, [head, 'slow'], { untilClosed: true }), 'request_timeout')
  })
})

test('a body that keeps to the rate is not cut off', async () => {
  await withServer({ limits: { bodyGraceMs: 50, checkIntervalMs: 10 } }, async ({ port }) => {
    const body = padded(20_000)
    const answer = await new Promise<string>((resolve) => {
      const socket = connect({ port, host: '127.0.0.1' })
      socket.setEncoding('latin1').on('data', (text) => {
        socket.destroy()
        resolve(String(text))
      })
      socket.write(
        `POST /v1/track HTTP/1.1\r\nhost: x\r\ncontent-length: ${body.length}\r\nauthorization: ${AUTH.authorization}\r\n\r\n`,
      )
      socket.write(body.slice(0, 10_000))
      setTimeout(() => socket.write(body.slice(10_000)), 300)
    })
    expect(answer).toMatch(/^HTTP\/1\.1 200 /)
  })
})

test('the timeouts and limits of the contract are the defaults', () => {
  expect(DEFAULT_LIMITS).toMatchObject({
    singleBytesMax: 65_536,
    batchBytesMax: 4_194_304,
    segmentBatchBytesMax: 512_000,
    headerBytesMax: 16_384,
    headersTimeoutMs: 10_000,
    requestTimeoutMs: 30_000,
    checkIntervalMs: 1_000,
    keepAliveMs: 65_000,
    bodyGraceMs: 5_000,
    bodyRateMin: 500,
    socketsPerAddressMax: 256,
    socketsMax: 10_000,
  })
  expect(server.tracking.serverOptions).toMatchObject({
    maxHeaderSize: 16_384,
    headersTimeout: 10_000,
    requestTimeout: 30_000,
    connectionsCheckingInterval: 1_000,
    keepAliveTimeout: 65_000,
  })
  expect(server.server.maxConnections).toBe(10_000)
})

test.each([
  ['a line that is not HTTP', 'HELLO\r\n\r\n'],
  [
    'Content-Length and Transfer-Encoding',
    'POST /v1/track HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
  ],
  [
    'Transfer-Encoding and Content-Length',
    'POST /v1/track HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\ncontent-length: 5\r\n\r\n0\r\n\r\n',
  ],
  ['two lengths', 'POST /v1/track HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\nhello'],
  ['a length that is no number', 'POST /v1/track HTTP/1.1\r\nhost: x\r\ncontent-length: 5x\r\n\r\nhello'],
  ['a bad chunk', 'POST /v1/track HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhelloXX\r\n'],
  ['a bad chunk size', 'POST /v1/track HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nxyz\r\n'],
  ['a header without a colon', 'POST /v1/track HTTP/1.1\r\nhost: x\r\nbroken\r\n\r\n'],
  ['a space before the colon', 'POST /v1/track HTTP/1.1\r\nhost: x\r\ncontent-length : 2\r\n\r\n{}'],
  ['no Host', 'POST /v1/track HTTP/1.1\r\ncontent-length: 2\r\n\r\n{}'],
  ['a method to tunnel with', 'CONNECT /v1/track HTTP/1.1\r\nhost: x\r\n\r\n'],
])('%s: 400 bad_request', async (_name, text) => {
  await storesNothing(async () => expectProblem(await sendRaw(server.port, text, { untilClosed: true }), 'bad_request'))
})

test('garbage behind a complete request does not take the place of its answer', async () => {
  const records = await stored(async () => {
    const answer = await sendRaw(server.port, [aPost('/v1/track', anEvent(), AUTH), 'GARBAGE\r\n\r\n'], {
      untilClosed: true,
    })
    expect([...answer.text.matchAll(/HTTP\/1\.1 (\d+)/g)].map((match) => match[1])).toEqual(['200', '400'])
  })
  expect(records).toHaveLength(1)
})

test('requests in a row on one connection are answered in their order', async () => {
  const pipeline = [aPost('/v1/track', anEvent(), AUTH), aPost('/v1/nowhere', '', {}), aPost('/v1/track', '{', AUTH)]
  const last = aPost('/v1/track', anEvent(), { ...AUTH, connection: 'close' })
  const answer = await sendRaw(server.port, [Buffer.concat([...pipeline, last])], { untilClosed: true })
  expect([...answer.text.matchAll(/HTTP\/1\.1 (\d+)/g)].map((match) => match[1])).toEqual(['200', '404', '400', '200'])
})

test('a sender that closes its side after a complete request still gets the answer', async () => {
  expectSuccess(await sendRaw(server.port, aPost('/v1/track', anEvent(), AUTH), { half: true }))
})

test('an expectation nobody knows changes nothing', async () => {
  expectSuccess(await post('/v1/track', anEvent(), { ...AUTH, expect: 'a miracle' }))
})

test('a client that leaves before the body is complete stores nothing', async () => {
  const counted = { route: 'single', code: 'client_left' } as const
  const before = server.counts.get('tracking_requests_total', counted)
  await storesNothing(async () => {
    const whole = aPost('/v1/track', anEvent(), AUTH)
    await sendRaw(server.port, whole.subarray(0, -1), { waitMs: 50 })
    await sendRaw(server.port, whole.subarray(0, -1), { half: true, waitMs: 50 })
    await expect.poll(() => server.counts.get('tracking_requests_total', counted), POLL).toBe(before + 2)
  })
})

test('a client that wants to upgrade and leaves in the middle of its body is let go at once', async () => {
  const counted = { route: 'single', code: 'client_left' } as const
  const before = server.counts.get('tracking_requests_total', counted)
  const whole = aPost('/v1/track', padded(20_000), { ...AUTH, connection: 'upgrade', upgrade: 'websocket' })
  const answer = await sendRaw(server.port, whole.subarray(0, -1), { half: true, untilClosed: true, waitMs: 3_000 })
  expect([answer.status, answer.isClosed]).toEqual([0, true])
  expect(server.counts.get('tracking_requests_total', counted)).toBe(before + 1)
})

test('a request to upgrade is a request like any other', async () => {
  expectSuccess(await post('/v1/track', anEvent(), { ...AUTH, connection: 'upgrade', upgrade: 'websocket' }))
})

test('a client that leaves after it is complete has its event stored', async () => {
  const records = await stored(async () => {
    const before = log.reader.end()
    await new Promise<void>((sent) => {
      const socket = connect({ port: server.port, host: '127.0.0.1' }, () => {
        socket.write(aPost('/v1/track', anEvent({ messageId: 'left' }), AUTH), () => {
          socket.destroy()
          sent()
        })
      })
    })
    await expect.poll(() => log.reader.end(), POLL).toBe(before + 1)
  })
  expect(records).toMatchObject([{ messageId: 'left' }])
})

test.each([
  '/v1',
  '/v1/',
  '/v1/nowhere',
  '/v1/tracks',
  '/v1/Track',
  '/v1/batch/x',
  '/v1/projects/x',
  '/v1/projects/a/b/settings',
])('%s: 404 not_found', async (path) => {
  for (const method of ['GET', 'POST', 'OPTIONS']) {
    expectProblem(await sendRaw(server.port, `${method} ${path} HTTP/1.1\r\nhost: x\r\n\r\n`), 'not_found')
  }
})

test.each([
  ['GET', '/v1/track', 'POST, OPTIONS'],
  ['PUT', '/v1/batch', 'POST, OPTIONS'],
  ['DELETE', '/v1/b/', 'POST, OPTIONS'],
  ['HEAD', '/v1/m', 'POST, OPTIONS'],
  ['POST', '/v1/pixel/track', 'GET, HEAD, OPTIONS'],
  ['POST', `/v1/projects/${WRITE_KEY}/settings`, 'GET, HEAD, OPTIONS'],
])('%s %s: 405 with Allow: %s', async (method, path, allow) => {
  const answer = await sendRaw(server.port, `${method} ${path} HTTP/1.1\r\nhost: x\r\n\r\n`, { waitMs: 300 })
  expect([answer.status, answer.headers.get('allow')]).toEqual([405, allow])
  if (method !== 'HEAD') expectProblem(answer, 'method_not_allowed')
})

const TRACKING_PATHS = [
  'identify',
  'track',
  'page',
  'screen',
  'group',
  'alias',
  'batch',
  'import',
  't',
  'i',
  'p',
  's',
  'g',
  'a',
  'b',
  'm',
]

test.each([...TRACKING_PATHS.map((name) => `/v1/${name}`), '/v1/t/', '/v1/pixel/track', '/v1/projects/x/settings'])(
  'OPTIONS %s: 204 that allows what is asked for',
  async (path) => {
    const head = 'host: x\r\norigin: https://shop.example\r\naccess-control-request-method: POST\r\n'
    const asked = 'Authorization, X-Custom-Header, content-type'
    const answer = await sendRaw(
      server.port,
      `OPTIONS ${path} HTTP/1.1\r\n${head}access-control-request-headers: ${asked}\r\nconnection: close\r\n\r\n`,
      { untilClosed: true },
    )
    expect([answer.status, answer.body]).toEqual([204, ''])
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'access-control-allow-origin': 'https://shop.example',
      'access-control-allow-credentials': 'true',
      'access-control-allow-headers': asked,
      'access-control-max-age': '86400',
      vary: 'Origin',
    })
  },
)

test('a preflight that names no headers, or strange ones, allows those that the SDKs send', async () => {
  for (const asked of [
    '',
    'access-control-request-headers: a<script>\r\n',
    `access-control-request-headers: ${'x'.repeat(3_000)}\r\n`,
  ]) {
    const answer = await sendRaw(server.port, `OPTIONS /v1/t HTTP/1.1\r\nhost: x\r\n${asked}\r\n`, { waitMs: 200 })
    expect(answer.headers.get('access-control-allow-headers')).toBe('authorization, content-type, x-retry-count')
    expect(answer.headers.get('access-control-allow-origin')).toBe('*')
  }
})

test('errors carry the CORS headers of their page, and nothing that was sent', async () => {
  const canary = 'canary-7f3a'
  for (const [path, body, headers] of [
    ['/v1/track', canary, {}],
    ['/v1/track', JSON.stringify({ canary }), {}],
    ['/v1/track', JSON.stringify({ writeKey: canary }), {}],
    [`/v1/${canary}`, '', {}],
    ['/v1/track', '{}', { 'content-encoding': canary }],
  ] as const) {
    const answer = await post(path, body, { ...headers, origin: 'https://shop.example' })
    expect(answer.status).toBeGreaterThanOrEqual(400)
    expect(answer.text).not.toContain(canary)
    expect(answer.headers.get('access-control-allow-origin')).toBe('https://shop.example')
  }
})

const GIF_BASE64 = 'R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAICRAEAOw=='

test.each([
  ['no key', '/v1/pixel/track?userId=u&event=E', 'missing_write_key'],
  ['an unknown key', '/v1/pixel/track?writeKey=nope', 'invalid_write_key'],
  ['a type that is none', '/v1/pixel/purchase?writeKey=x', 'not_found'],
  ['data that is no JSON', '/v1/pixel/track?data=%%%', 'invalid_json'],
  ['data that is no object', `/v1/pixel/track?data=${Buffer.from('[]').toString('base64')}`, 'invalid_body'],
  ['empty data', '/v1/pixel/track?data=', 'invalid_json'],
  ['keys that cannot be looked up', `/v1/pixel/track?writeKey=${UNREACHABLE_KEY}&userId=u&event=E`, 'unavailable'],
] as const)('a pixel with %s is an image all the same, and counted', async (_name, url, code) => {
  const before = server.counts.get('tracking_requests_total', { route: 'pixel', code })
  await storesNothing(async () => {
    const answer = await sendRaw(server.port, `GET ${url} HTTP/1.1\r\nhost: x\r\n\r\n`)
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'image/gif'])
    expect(Buffer.from(answer.body, 'latin1').toString('base64')).toBe(GIF_BASE64)
    expect(answer.headers.get('access-control-allow-origin')).toBe('*')
  })
  expect(server.counts.get('tracking_requests_total', { route: 'pixel', code })).toBe(before + 1)
})

test('a pixel is an image when the log fails, too', async () => {
  const failing: LogWriter = { append: () => Promise.reject(new LogError('full', 'for the test')) }
  await withServer(
    {},
    async ({ port }) => {
      const url = `/v1/pixel/track?writeKey=${WRITE_KEY}&userId=u&event=E`
      const answer = await sendRaw(port, `GET ${url} HTTP/1.1\r\nhost: x\r\n\r\n`)
      expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'image/gif'])
    },
    failing,
  )
})

test('an address has 256 connections by default, and as many as are set', async () => {
  await withServer({ limits: { socketsPerAddressMax: 3 } }, async ({ port, counts, server: listener }) => {
    const connections = () => new Promise((told) => listener.getConnections((_error, count) => told(count)))
    const held = Array.from({ length: 3 }, () => connect({ port, host: '127.0.0.1' }))
    await Promise.all(held.map((socket) => new Promise((open) => socket.once('connect', open))))
    await expect.poll(connections, POLL).toBe(3)
    expect((await sendRaw(port, aPost('/v1/track', anEvent(), AUTH))).status).toBe(0)
    expect(counts.get('tracking_connections_refused_total', { reason: 'per_address' })).toBe(1)
    held[0]?.destroy()
    await expect.poll(async () => (await sendRaw(port, aPost('/v1/track', anEvent(), AUTH))).status, POLL).toBe(200)
    for (const socket of held) socket.destroy()
  })
})

test('a trusted proxy may have any number of connections', async () => {
  await withServer({ limits: { socketsPerAddressMax: 1 }, trustProxy: ['127.0.0.0/8'] }, async ({ port }) => {
    const answers = await Promise.all(
      Array.from({ length: 4 }, () => sendRaw(port, aPost('/v1/track', anEvent(), AUTH))),
    )
    expect(answers.map((answer) => answer.status)).toEqual([200, 200, 200, 200])
  })
})
