/** The reliability contract's table 4.2, row by row: what is answered, and what the log then holds. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { SqliteLog } from '../log/index.ts'
import { systemClock } from '../ports/index.ts'
import { BATCH_EVENTS_MAX, type RejectReason } from '../spec/index.ts'
import type { TrackingDeps } from './deps.ts'
import { aPost, basic, type RunningTracking, sendRaw, startTracking, WRITE_KEY } from './testing.ts'

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

const AUTH = { authorization: basic(`${WRITE_KEY}:`) }

interface Stored {
  readonly kind: string
  readonly body: Record<string, unknown>
}

/** Posts `body`, expects 200 and gives what the log got from it. */
async function take(
  body: string,
  path = '/v1/batch',
  port = server.port,
  headers: Record<string, string> = AUTH,
): Promise<Stored[]> {
  const before = log.reader.end()
  const answer = await sendRaw(port, aPost(path, body, headers))
  expect([answer.status, answer.body]).toEqual([200, '{"success":true}'])
  // Read at once: the answer says that it is durable.
  return log.reader.read(before, 1_000).map(({ kind, body: bytes }) => ({
    kind,
    body: JSON.parse(Buffer.from(bytes).toString()) as Record<string, unknown>,
  }))
}

/** Good events on both sides of the one that is meant: they must be kept. */
const between = (event: string) =>
  `{"batch":[{"type":"track","event":"E","userId":"before"},${event},{"type":"track","event":"E","userId":"after"}]}`

const deep = (levels: number) => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`

const REJECTED: readonly (readonly [string, RejectReason, string])[] = [
  ['not an object', 'bad_request', '"text"'],
  ['an array', 'bad_request', '[]'],
  ['null', 'bad_request', 'null'],
  ['without a type', 'bad_request', '{"userId":"u"}'],
  ['of an unknown type', 'bad_request', '{"type":"purchase","userId":"u"}'],
  ['of nobody', 'no_user_anon_id', '{"type":"track","event":"E"}'],
  ['with an empty id', 'id_not_string', '{"type":"track","event":"E","userId":""}'],
  ['with a number for an id', 'id_not_string', '{"type":"track","event":"E","anonymousId":7}'],
  ['with an id of 501 characters', 'id_too_long', `{"type":"track","event":"E","userId":"${'u'.repeat(501)}"}`],
  ['a track without a name', 'event_not_defined', '{"type":"track","userId":"u"}'],
  ['a track whose name is a number', 'event_not_string', '{"type":"track","userId":"u","event":5}'],
  ['with properties in a list', 'properties_not_object', '{"type":"track","event":"E","userId":"u","properties":[]}'],
  ['with traits in a text', 'traits_not_object', '{"type":"identify","userId":"u","traits":"x"}'],
  ['a page whose name is a number', 'name_not_string', '{"type":"page","userId":"u","name":1}'],
  ['a screen whose category is an object', 'category_not_string', '{"type":"screen","userId":"u","category":{}}'],
  [
    'larger than 32 KB',
    'event_too_large',
    `{"type":"track","event":"E","userId":"u","properties":{"a":"${'x'.repeat(32_768)}"}}`,
  ],
  ['with an empty messageId', 'message_id_invalid', '{"type":"track","event":"E","userId":"u","messageId":""}'],
  ['with a number for a messageId', 'message_id_invalid', '{"type":"track","event":"E","userId":"u","messageId":1}'],
  [
    'with a messageId of 101 characters',
    'message_id_invalid',
    `{"type":"track","event":"E","userId":"u","messageId":"${'m'.repeat(101)}"}`,
  ],
  ['nested deeper than 32 levels', 'too_deep', `{"type":"track","event":"E","userId":"u","properties":${deep(32)}}`],
  [
    '500 KB of brackets',
    'too_deep',
    `{"type":"track","event":"E","userId":"u","properties":{"a":${'['.repeat(256_000) + ']'.repeat(256_000)}}}`,
  ],
]

test.each(REJECTED)(
  'an event %s is refused as %s, and the good events beside it are kept',
  async (_name, reason, event) => {
    const label = { source: 'src_1', reason }
    const before = server.counts.get('tracking_rejected_total', label)
    const records = await take(between(event))
    expect(records.map(({ kind, body }) => (kind === 'event' ? body.userId : body.counts))).toEqual([
      'before',
      'after',
      { [reason]: 1 },
    ])
    const report = records[2]?.body as { samples: { reason: string; event: string }[]; receivedAt: string }
    expect(report.samples).toEqual([{ reason, event: JSON.stringify(JSON.parse(event)).slice(0, 2_048) }])
    expect(report.receivedAt).toBe(records[0]?.body.receivedAt)
    expect(server.counts.get('tracking_rejected_total', label)).toBe(before + 1)
  },
)

test('a single event that is refused is answered 200, with its report in the log', async () => {
  const records = await take('{"userId":"u"}', '/v1/track')
  expect(records).toMatchObject([
    { kind: 'rejected', body: { counts: { event_not_defined: 1 }, samples: [{ event: '{"userId":"u"}' }] } },
  ])
})

test('of 2,503 events the first 2,500 are looked at', async () => {
  const label = { source: 'src_1', result: 'accepted' } as const
  const accepted = server.counts.get('tracking_events_total', label)
  const events = Array.from(
    { length: BATCH_EVENTS_MAX + 3 },
    (_, index) => `{"type":"track","event":"E","userId":"u${index}"}`,
  )
  const before = log.reader.end()
  await take(`{"batch":[${events.join(',')}]}`)
  expect(server.counts.get('tracking_events_total', label)).toBe(accepted + BATCH_EVENTS_MAX)
  const [last, report] = log.reader.read(before + BATCH_EVENTS_MAX - 1, 10)
  expect(JSON.parse(Buffer.from(last?.body ?? []).toString())).toMatchObject({ userId: 'u2499' })
  expect(JSON.parse(Buffer.from(report?.body ?? []).toString())).toMatchObject({ counts: { batch_overflow: 3 } })
})

test('what a batch shares cannot be multiplied without end', async () => {
  const events = Array.from({ length: 1_000 }, () => '{"type":"track","event":"E","userId":"u"}')
  const before = log.reader.end()
  await take(`{"context":{"a":"${'x'.repeat(32_000)}"},"batch":[${events.join(',')}]}`)
  const stored = log.reader.end() - before - 1
  expect(stored * 32_000).toBeLessThan(16 * 1024 ** 2)
  const [report] = log.reader.read(log.reader.end() - 1, 1)
  expect(JSON.parse(Buffer.from(report?.body ?? []).toString())).toMatchObject({
    counts: { batch_overflow: 1_000 - stored },
  })
})

test('a report keeps three samples of 2 KB and counts the rest', async () => {
  const large = `{"type":"x","text":"${'é'.repeat(5_000)}"}`
  const records = await take(`{"batch":[${Array.from({ length: 10 }, () => large).join(',')}]}`)
  const report = records[0]?.body as { counts: object; samples: { event: string }[] }
  expect(report.counts).toEqual({ bad_request: 10 })
  expect(
    report.samples.map(({ event }) => [event.startsWith('{"type":"x","text":"éé'), Buffer.byteLength(event) <= 2_048]),
  ).toEqual([
    [true, true],
    [true, true],
    [true, true],
  ])
})

test.each([
  [
    'a key __proto__',
    'key_removed',
    '{"properties":{"a":{"__proto__":{"isAdmin":true},"b":1}}}',
    { properties: { a: { b: 1 } } },
  ],
  ['a key __proto__ at the top', 'key_removed', '{"__proto__":{"isAdmin":true}}', {}],
  ['U+0000 in a value', 'string_repaired', '{"properties":{"a":"x\\u0000"}}', { properties: { a: 'x\uFFFD' } }],
  [
    'half a surrogate pair in a key',
    'string_repaired',
    '{"properties":{"\\ud800":1}}',
    { properties: { '\uFFFD': 1 } },
  ],
  ['a number beyond doubles', 'number_repaired', '{"properties":{"a":1e400}}', { properties: { a: null } }],
  [
    'an integer beyond 2^53 - 1',
    'number_imprecise',
    '{"properties":{"a":9007199254740993}}',
    { properties: { a: 9007199254740992 } },
  ],
  ['an unreadable timestamp', 'timestamp_invalid', '{"timestamp":"noon","sentAt":"2026-01-01T00:00:00Z"}', {}],
  ['a timestamp without sentAt', 'timestamp_invalid', '{"timestamp":"2026-01-01T00:00:00Z"}', {}],
  ['an unreadable sentAt', 'timestamp_invalid', '{"timestamp":"2026-01-01T00:00:00Z","sentAt":"x"}', {}],
  [
    'a time far ahead',
    'timestamp_future',
    '{"timestamp":"2026-01-03T00:00:00.001Z","sentAt":"2026-01-02T00:00:00Z"}',
    {},
  ],
  [
    'a time before 1970',
    'timestamp_ancient',
    '{"timestamp":"1950-01-01T00:00:00Z","sentAt":"2026-01-02T00:00:00Z"}',
    {},
  ],
])('an event with %s is kept with the warning %s', async (_name, warning, members, expected) => {
  const label = { source: 'src_1', warning } as never
  const before = server.counts.get('tracking_warnings_total', label)
  const records = await take(`{"type":"track","event":"E","userId":"u",${members.slice(1)}`, '/v1/track')
  expect(records).toMatchObject([{ kind: 'event', body: { ...expected, _warnings: [warning] } }])
  expect(JSON.stringify(records)).not.toMatch(/__proto__|isAdmin/)
  const { timestamp, receivedAt } = records[0]?.body ?? {}
  if (warning === 'timestamp_invalid' || warning === 'timestamp_future') expect(timestamp).toBe(receivedAt)
  if (warning === 'timestamp_ancient') expect(timestamp).toMatch(/^19(49|50)-/)
  expect(server.counts.get('tracking_warnings_total', label)).toBe(before + 1)
})

test('constructor and prototype are plain data', async () => {
  const properties = { constructor: { prototype: { x: 1 } }, prototype: 2 }
  const records = await take(JSON.stringify({ event: 'E', userId: 'u', properties }), '/v1/track')
  expect(records[0]?.body).toMatchObject({ properties })
  expect(records[0]?.body).not.toHaveProperty('_warnings')
})

test('of a repeated key the last wins, without a warning', async () => {
  const records = await take('{"event":"E","userId":"first","userId":"last"}', '/v1/track')
  expect(records[0]?.body).toMatchObject({ userId: 'last' })
  expect(records[0]?.body).not.toHaveProperty('_warnings')
})

test('nothing of a suppressed person is kept, not even a sample of a bad event', async () => {
  const suppression: TrackingDeps['suppression'] = {
    covers: ({ userId, anonymousId, timestamp }) =>
      userId === 'gone' || anonymousId === 'gone' || (userId === 'erased' && (timestamp ?? '') < '2026-01-01'),
  }
  await using running = await startTracking(log, { suppression })
  const sentAt = new Date().toISOString()
  const events = [
    { type: 'track', event: 'E', userId: 'gone' },
    { type: 'track', event: 'E', anonymousId: 'gone', userId: 'other' },
    { type: 'track', userId: 'gone', secret: 'canary' },
    { type: 'purchase', anonymousId: 'gone', secret: 'canary' },
    { type: 'track', event: 'E', userId: 'erased', timestamp: '2020-01-01T00:00:00Z', secret: 'canary' },
    { type: 'purchase', userId: 'erased', secret: 'canary' },
    { type: 'track', event: 'E', userId: 'erased' },
    { type: 'track', event: 'E', userId: 'here' },
  ]
  const records = await take(JSON.stringify({ batch: events, sentAt }), '/v1/batch', running.port)
  expect(records).toMatchObject([
    { kind: 'event', body: { userId: 'erased' } },
    { kind: 'event', body: { userId: 'here' } },
    { kind: 'rejected', body: { counts: { suppressed: 6 }, samples: [] } },
  ])
  expect(JSON.stringify(records)).not.toContain('canary')
  expect(running.counts.get('tracking_events_total', { source: 'src_1', result: 'suppressed' })).toBe(6)
})

test('received = rejected + suppressed + accepted', async () => {
  const results = ['accepted', 'rejected', 'suppressed'] as const
  const sum = () =>
    results.reduce(
      (total, result) => total + server.counts.get('tracking_events_total', { source: 'src_1', result }),
      0,
    )
  const before = sum()
  await take(between('7'))
  await take('{}', '/v1/identify')
  await take('{"userId":"u"}', '/v1/identify')
  expect(sum()).toBe(before + 5)
})

const PATHS = [
  ['/v1/identify', 'identify', 'server'],
  ['/v1/track', 'track', 'server'],
  ['/v1/page', 'page', 'server'],
  ['/v1/screen', 'screen', 'server'],
  ['/v1/group', 'group', 'server'],
  ['/v1/alias', 'alias', 'server'],
  ['/v1/i', 'identify', 'client'],
  ['/v1/t', 'track', 'client'],
  ['/v1/p', 'page', 'client'],
  ['/v1/s', 'screen', 'client'],
  ['/v1/g', 'group', 'client'],
  ['/v1/a', 'alias', 'client'],
  ['/v1/t/', 'track', 'client'],
  ['/v1/track//?x=1', 'track', 'server'],
  ['http://somewhere/v1/track', 'track', 'server'],
] as const

test.each(PATHS)('POST %s takes a %s of the channel %s', async (path, type, channel) => {
  const records = await take('{"event":"E","userId":"u"}', path)
  const ip = channel === 'client' ? '127.0.0.1' : undefined
  expect(records).toMatchObject([{ kind: 'event', body: { type, channel, projectId: 'src_1' } }])
  expect(records[0]?.body.context).toEqual(ip === undefined ? {} : { ip })
})

test.each([
  ['/v1/batch', 'server'],
  ['/v1/batch/', 'server'],
  ['/v1/import', 'server'],
  ['/v1/import/', 'server'],
  ['/v1/b', 'client'],
])('POST %s takes a batch of the channel %s', async (path, channel) => {
  const records = await take('{"batch":[{"type":"page","userId":"u"},{"type":"page","userId":"v"}]}', path)
  expect(records).toMatchObject([{ body: { userId: 'u', channel } }, { body: { userId: 'v', channel } }])
  expect(new Set(records.map(({ body }) => body.receivedAt)).size).toBe(1)
  expect(new Set(records.map(({ body }) => body.messageId)).size).toBe(2)
})

test('a server may ask for the address, and a proxy may tell it', async () => {
  await using running = await startTracking(log, { trustProxy: ['127.0.0.1'] })
  const ipOf = async (path: string, forwarded: string, body: string) => {
    const [record] = await take(body, path, running.port, { ...AUTH, 'x-forwarded-for': forwarded })
    return (record?.body.context as { ip?: string } | undefined)?.ip
  }
  const event = '{"event":"E","userId":"u"}'
  expect(await ipOf('/v1/t', '198.51.100.7, 203.0.113.9', event)).toBe('203.0.113.9')
  expect(await ipOf('/v1/t', '203.0.113.9, 127.0.0.1', event)).toBe('203.0.113.9')
  expect(await ipOf('/v1/t', '2001:db8::1', event)).toBeUndefined()
  expect(await ipOf('/v1/track', '203.0.113.9', event)).toBeUndefined()
  expect(await ipOf('/v1/track', '203.0.113.9', '{"event":"E","userId":"u","context":{"direct":true}}')).toBe(
    '203.0.113.9',
  )
  const [untrusted] = await take(event, '/v1/t', server.port, { ...AUTH, 'x-forwarded-for': '203.0.113.9' })
  expect(untrusted?.body.context).toEqual({ ip: '127.0.0.1' })
})

test('what a batch shares reaches its events, which win over it', async () => {
  const records = await take(
    JSON.stringify({
      sentAt: '2026-01-01T00:00:10.000Z',
      context: { app: { name: 'shop' }, locale: 'de' },
      integrations: { All: false },
      batch: [
        {
          type: 'page',
          userId: 'u',
          context: { locale: 'fr' },
          integrations: { Extole: true },
          timestamp: '2026-01-01T00:00:00.000Z',
        },
      ],
    }),
  )
  const body: Record<string, unknown> = records[0]?.body ?? {}
  expect(body).toMatchObject({
    context: { app: { name: 'shop' }, locale: 'fr' },
    integrations: { All: false, Extole: true },
    sentAt: '2026-01-01T00:00:10.000Z',
    originalTimestamp: '2026-01-01T00:00:00.000Z',
  })
  expect(Date.parse(String(body.receivedAt)) - Date.parse(String(body.timestamp))).toBe(10_000)
})

test("the SDKs' counters about themselves are answered 200 and not stored", async () => {
  const series = '{"series":[{"type":"Counter","metric":"analytics_js.invoke","value":1,"tags":{}}]}'
  expect(await take(series, '/v1/m', server.port, { 'content-type': 'text/plain' })).toEqual([])
})

async function pixel(query: string, type = 'track'): Promise<Stored[]> {
  const before = log.reader.end()
  const answer = await sendRaw(server.port, `GET /v1/pixel/${type}${query} HTTP/1.1\r\nhost: x\r\n\r\n`)
  expect([answer.status, answer.headers.get('content-type'), answer.body.length]).toEqual([200, 'image/gif', 43])
  return log.reader
    .read(before, 10)
    .map(({ kind, body }) => ({ kind, body: JSON.parse(Buffer.from(body).toString()) as Record<string, unknown> }))
}

test('a pixel carries JSON in base64, of either alphabet', async () => {
  const event = { writeKey: WRITE_KEY, userId: 'ü?>~', event: 'Email Opened', properties: { subject: 'Hällo ???' } }
  const expected = [
    { kind: 'event', body: { type: 'track', userId: 'ü?>~', properties: event.properties, channel: 'client' } },
  ]
  const text = JSON.stringify(event)
  expect(await pixel(`?data=${encodeURIComponent(Buffer.from(text).toString('base64'))}`)).toMatchObject(expected)
  expect(await pixel(`?data=${Buffer.from(text).toString('base64')}`)).toMatchObject(expected)
  expect(await pixel(`?data=${Buffer.from(text).toString('base64url')}`)).toMatchObject(expected)
  const keyless = Buffer.from(JSON.stringify({ ...event, writeKey: undefined })).toString('base64url')
  expect(await pixel(`/?data=${keyless}&writeKey=${WRITE_KEY}`)).toMatchObject(expected)
})

test('a pixel carries plain keys, and dots nest', async () => {
  const records = await pixel(
    `?writeKey=${WRITE_KEY}&anonymousId=a&event=Email+Opened&properties.subject=Hi%20there&context.campaign.name=spring`,
  )
  expect(records).toMatchObject([
    {
      kind: 'event',
      body: {
        event: 'Email Opened',
        properties: { subject: 'Hi there' },
        context: { campaign: { name: 'spring' }, ip: '127.0.0.1' },
      },
    },
  ])
  expect(records[0]?.body).not.toHaveProperty('writeKey')
})

test.each(['identify', 'page', 'screen', 'group', 'alias'])('a pixel of type %s', async (type) => {
  expect(await pixel(`?writeKey=${WRITE_KEY}&userId=u`, type)).toMatchObject([{ body: { type } }])
})

test('a pixel whose event is refused is reported', async () => {
  expect(await pixel(`?writeKey=${WRITE_KEY}`)).toMatchObject([
    { kind: 'rejected', body: { counts: { no_user_anon_id: 1 } } },
  ])
  const deepKey = `properties${'.a'.repeat(40)}=1`
  expect(await pixel(`?writeKey=${WRITE_KEY}&userId=u&event=E&${deepKey}`)).toMatchObject([
    { body: { counts: { too_deep: 1 } } },
  ])
  expect(await pixel(`?writeKey=${WRITE_KEY}&userId=u&event=E&__proto__.x=1&properties.__proto__.y=1`)).toMatchObject([
    { kind: 'event', body: { properties: {}, _warnings: ['key_removed'] } },
  ])
})

test('looking at the head of a pixel records nothing', async () => {
  const before = log.reader.end()
  const url = `/v1/pixel/track?writeKey=${WRITE_KEY}&userId=u&event=E`
  const answer = await sendRaw(server.port, `HEAD ${url} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`, {
    untilClosed: true,
  })
  expect([answer.status, answer.body, log.reader.end()]).toEqual([200, '', before])
})

test('settings point an SDK at this server and switch its own telemetry off', async () => {
  const answer = await fetch(`${server.url}/v1/projects/${WRITE_KEY}/settings`)
  expect([answer.status, answer.headers.get('access-control-allow-origin')]).toEqual([200, '*'])
  expect(await answer.json()).toMatchObject({
    integrations: { 'Segment.io': { apiKey: WRITE_KEY, apiHost: `127.0.0.1:${server.port}/v1`, protocol: 'http' } },
    plan: { track: { __default: { enabled: true } } },
    metrics: { sampleRate: 0 },
    consentSettings: { hasUnmappedDestinations: true },
  })
})

test('settings for a key that is not known: 401', async () => {
  const answer = await fetch(`${server.url}/v1/projects/nope/settings`)
  expect([answer.status, ((await answer.json()) as { code: string }).code]).toEqual([401, 'invalid_write_key'])
})

test('settings name the host that was asked for, if it is one', async () => {
  const hostIn = async (running: RunningTracking, headers: string) => {
    const answer = await sendRaw(running.port, `GET /v1/projects/${WRITE_KEY}/settings/ HTTP/1.1\r\n${headers}\r\n\r\n`)
    const segment = (
      JSON.parse(answer.body) as { integrations: { 'Segment.io': { apiHost: string; protocol: string } } }
    ).integrations['Segment.io']
    return `${segment.protocol}://${segment.apiHost}`
  }
  expect(await hostIn(server, 'host: events.example.com:8700')).toBe('http://events.example.com:8700/v1')
  expect(await hostIn(server, 'host: "><script>')).toBe(`http://127.0.0.1:${server.port}/v1`)
  const proxied = 'host: internal\r\nx-forwarded-host: t.example.com\r\nx-forwarded-proto: https'
  expect(await hostIn(server, proxied)).toBe('http://internal/v1')
  await using behindProxy = await startTracking(log, { trustProxy: ['127.0.0.1'] })
  expect(await hostIn(behindProxy, proxied)).toBe('https://t.example.com/v1')
  await using named = await startTracking(log, { publicHost: 'p.example.com' })
  expect(await hostIn(named, 'host: x')).toBe('http://p.example.com/v1')
})
