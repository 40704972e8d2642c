import fc from 'fast-check'
import { expect, test } from 'vitest'
import { EVENT_TYPES, userKeyOf } from './event.ts'
import { EVENT_BYTES_MAX } from './limits.ts'
import { jsonBytes, type Normalised, normalise, type RequestContext } from './normalise.ts'
import { sharedFields } from './shared.ts'

const RECEIVED_AT = '2026-03-01T12:00:00.000Z'

function aContext(over: Partial<RequestContext> = {}): RequestContext {
  return {
    receivedAtMs: Date.parse(RECEIVED_AT),
    receivedAt: RECEIVED_AT,
    channel: 'server',
    sourceId: 'src_1',
    checkStrings: true,
    newMessageId: () => 'made-by-server',
    ...over,
  }
}

const aTrack = (over: object = {}) => ({
  type: 'track',
  userId: 'u1',
  event: 'Order Completed',
  messageId: 'm1',
  ...over,
})

function take(input: unknown, over: Partial<RequestContext> = {}): Normalised {
  return normalise(input, aContext(over))
}

function accepted(input: unknown, over: Partial<RequestContext> = {}) {
  const result = take(input, over)
  if (!result.ok) throw new Error(`refused: ${result.reason}`)
  return result.event
}

test('the reasons of the reliability contract, one by one', () => {
  const cases: [string, unknown][] = [
    ['bad_request', 7],
    ['bad_request', null],
    ['bad_request', 'track'],
    ['bad_request', [aTrack()]],
    ['bad_request', { userId: 'u', event: 'E' }],
    ['bad_request', aTrack({ type: 'purchase' })],
    ['bad_request', aTrack({ type: 'constructor' })],
    ['bad_request', aTrack({ type: 5 })],
    ['no_user_anon_id', { type: 'track', event: 'E' }],
    ['no_user_anon_id', { type: 'track', event: 'E', userId: null, anonymousId: null }],
    ['id_not_string', aTrack({ userId: '' })],
    ['id_not_string', aTrack({ userId: 12 })],
    ['id_not_string', aTrack({ anonymousId: {} })],
    ['id_not_string', { type: 'group', userId: 'u', groupId: 5 }],
    ['id_not_string', { type: 'alias', userId: 'u', previousId: '' }],
    ['id_too_long', aTrack({ userId: 'u'.repeat(501) })],
    ['id_too_long', aTrack({ anonymousId: '😀'.repeat(501) })],
    ['event_not_defined', { type: 'track', userId: 'u' }],
    ['event_not_defined', aTrack({ event: '' })],
    ['event_not_string', aTrack({ event: 5 })],
    ['properties_not_object', aTrack({ properties: 'x' })],
    ['properties_not_object', aTrack({ properties: [] })],
    ['traits_not_object', { type: 'identify', userId: 'u', traits: 5 }],
    ['name_not_string', { type: 'page', userId: 'u', name: 5 }],
    ['category_not_string', { type: 'screen', userId: 'u', category: {} }],
    ['event_too_large', aTrack({ properties: { a: 'x'.repeat(EVENT_BYTES_MAX) } })],
    ['message_id_invalid', aTrack({ messageId: '' })],
    ['message_id_invalid', aTrack({ messageId: 5 })],
    ['message_id_invalid', aTrack({ messageId: 'm'.repeat(101) })],
    ['too_deep', aTrack({ properties: JSON.parse(`${'{"a":'.repeat(40)}1${'}'.repeat(40)}`) })],
    ['too_deep', JSON.parse('['.repeat(1_000) + ']'.repeat(1_000))],
  ]
  for (const [reason, input] of cases)
    expect(take(input), JSON.stringify(input).slice(0, 80)).toEqual({ ok: false, reason })
})

test('what is just inside the limits is taken', () => {
  expect(take(aTrack({ userId: '😀'.repeat(500), messageId: 'm'.repeat(100) })).ok).toBe(true)
  // The event is level 1, properties level 2: 30 more make 32.
  const nested = (levels: number) => JSON.parse(`${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`) as object
  expect(take(aTrack({ properties: nested(31) })).ok).toBe(true)
  expect(take(aTrack({ properties: nested(32) }))).toEqual({ ok: false, reason: 'too_deep' })
})

test.each(['x', 'é', '€', '😀', '\n', '\u0001', '"', '\ud800'])(
  '32 KB are taken and one byte more is not, written in %j',
  (unit) => {
    const empty = jsonBytes(aTrack({ properties: { a: '', pad: '' } }))
    const perUnit = jsonBytes(unit) - 2
    const units = Math.floor((EVENT_BYTES_MAX - empty) / perUnit)
    const pad = EVENT_BYTES_MAX - empty - units * perUnit
    const event = (extra: number) => aTrack({ properties: { a: unit.repeat(units), pad: 'p'.repeat(pad + extra) } })
    expect(jsonBytes(event(0))).toBe(EVENT_BYTES_MAX)
    const checkStrings = unit === '\u0001' || unit === '\ud800'
    expect(take(event(0), { checkStrings }).ok).toBe(true)
    expect(take(event(1), { checkStrings })).toEqual({ ok: false, reason: 'event_too_large' })
  },
)

test('10,000 properties fit no event of 32 KB; where larger events are let in the first 10,000 are kept', () => {
  const properties = Object.fromEntries(Array.from({ length: 10_001 }, (_, index) => [`p${index}`, 1]))
  expect(take(aTrack({ properties }))).toEqual({ ok: false, reason: 'event_too_large' })
  const event = accepted(aTrack({ properties }), { eventBytesMax: 1_000_000 })
  expect(Object.keys(event.properties ?? {})).toHaveLength(10_000)
  expect(event._warnings).toEqual(['properties_truncated'])
})

test('repairs are made and shown on the event', () => {
  const input = JSON.parse(
    '{"type":"track","userId":"u","event":"a\\u0000b","properties":{"__proto__":{"x":1},"big":1e999,"id":9007199254740993},"context":7,"timestamp":"never"}',
  )
  const event = accepted(input)
  expect(event).toMatchObject({ event: 'a\uFFFDb', context: {}, timestamp: RECEIVED_AT })
  expect(JSON.stringify(event.properties)).toBe('{"big":null,"id":9007199254740992}')
  expect([...(event._warnings ?? [])].sort()).toEqual([
    'context_invalid',
    'key_removed',
    'number_imprecise',
    'number_repaired',
    'string_repaired',
    'timestamp_invalid',
  ])
})

test('a normalised event has the common fields of the Spec and keeps what it does not know', () => {
  const event = accepted(
    {
      ...aTrack({ properties: { revenue: 5 }, campaignId: 'c', _metadata: { bundled: ['x'] } }),
      writeKey: 'secret',
      timestamp: '2026-03-01T11:59:00.000Z',
      sentAt: '2026-03-01T11:59:30.000Z',
      receivedAt: 'mine',
      projectId: 'mine',
      channel: 'mine',
      version: 9,
      _warnings: ['mine'],
    },
    { channel: 'client', ip: '203.0.113.9' },
  )
  expect(event).toEqual({
    type: 'track',
    userId: 'u1',
    event: 'Order Completed',
    messageId: 'm1',
    properties: { revenue: 5 },
    campaignId: 'c',
    _metadata: { bundled: ['x'] },
    context: { ip: '203.0.113.9' },
    integrations: {},
    timestamp: '2026-03-01T11:59:30.000Z',
    originalTimestamp: '2026-03-01T11:59:00.000Z',
    sentAt: '2026-03-01T11:59:30.000Z',
    receivedAt: RECEIVED_AT,
    channel: 'client',
    projectId: 'src_1',
    version: 2,
  })
  expect(Object.keys(event)).not.toContain('writeKey')
})

test('null for an id, a name or a container is the same as nothing', () => {
  const event = accepted({
    type: 'page',
    userId: null,
    anonymousId: 'a',
    messageId: null,
    name: null,
    properties: null,
    context: null,
  })
  expect(event).toMatchObject({ anonymousId: 'a', messageId: 'made-by-server', properties: {}, context: {} })
  expect(Object.keys(event)).not.toContain('userId')
  expect(Object.keys(event)).not.toContain('name')
})

test.each(EVENT_TYPES)('a bare %s has the container of its type', (type) => {
  const event = accepted({ type, userId: 'u', event: 'E' })
  const container = {
    identify: 'traits',
    group: 'traits',
    track: 'properties',
    page: 'properties',
    screen: 'properties',
    alias: undefined,
  }[type]
  expect([event.traits, event.properties]).toEqual([
    container === 'traits' ? {} : undefined,
    container === 'properties' ? {} : undefined,
  ])
})

test('the path names the type only where the event does not', () => {
  expect(accepted({ userId: 'u' }, { defaultType: 'identify' }).type).toBe('identify')
  expect(accepted({ type: 'page', userId: 'u' }, { defaultType: 'identify' }).type).toBe('page')
  expect(take({ type: 'pgae', userId: 'u' }, { defaultType: 'page' })).toEqual({ ok: false, reason: 'bad_request' })
})

test('the address is put on client events, on server events that ask for it, and never over one that is there', () => {
  const ip = '203.0.113.9'
  const contextOf = (channel: 'client' | 'server', context: object) =>
    accepted(aTrack({ context }), { channel, ip }).context
  expect(contextOf('client', {})).toEqual({ ip })
  expect(contextOf('client', { ip: '198.51.100.1' })).toEqual({ ip: '198.51.100.1' })
  expect(contextOf('server', {})).toEqual({})
  expect(contextOf('server', { direct: true })).toEqual({ direct: true, ip })
  expect(contextOf('server', { direct: 'true' })).toEqual({ direct: 'true' })
  expect(accepted(aTrack(), { channel: 'client' }).context).toEqual({})
})

test('a batch shares context and integrations one level deep, and its events win', () => {
  const shared = sharedFields({ app: { name: 'A', build: 1 }, locale: 'de' }, { All: false }, true)
  if (shared === undefined) throw new Error('something is shared')
  const event = accepted(aTrack({ context: { app: { name: 'B' } }, integrations: { Extole: true } }), { shared })
  expect(event.context).toEqual({ app: { name: 'B' }, locale: 'de' })
  expect(event.integrations).toEqual({ All: false, Extole: true })
  expect(accepted(aTrack(), { shared }).context).toEqual({ app: { name: 'A', build: 1 }, locale: 'de' })
})

test('what a batch shares has the limits of an event', () => {
  const size = jsonBytes({ context: { a: '' } })
  const shared = (extra: number) => sharedFields({ a: 'x'.repeat(EVENT_BYTES_MAX - size + extra) }, undefined, true)
  expect(shared(0)).toMatchObject({ ok: true })
  expect(shared(1)).toMatchObject({ ok: false, reason: 'event_too_large' })
  const tooLarge = shared(1)
  if (tooLarge === undefined) throw new Error('something is shared')
  expect(take(aTrack(), { shared: tooLarge })).toEqual({ ok: false, reason: 'event_too_large' })
  const deep = JSON.parse(`${'{"a":'.repeat(32)}1${'}'.repeat(32)}`) as unknown
  expect(sharedFields(deep, undefined, true)).toMatchObject({ ok: false, reason: 'too_deep' })
  expect(sharedFields(undefined, null, true)).toBeUndefined()
})

test('what is mended in the shared part is shown on every event', () => {
  const shared = sharedFields(JSON.parse('{"a":"\\u0000"}'), 'none', true)
  if (shared === undefined) throw new Error('something is shared')
  expect(accepted(aTrack(), { shared })).toMatchObject({
    context: { a: '\uFFFD' },
    integrations: {},
    _warnings: ['string_repaired', 'context_invalid'],
  })
})

test('sentAt of the batch wins over one on the event', () => {
  const event = accepted(aTrack({ timestamp: '2026-03-01T11:00:00Z', sentAt: '2026-03-01T11:30:00Z' }), {
    sentAt: '2026-03-01T11:10:00Z',
  })
  expect(event).toMatchObject({ sentAt: '2026-03-01T11:10:00Z', timestamp: '2026-03-01T11:50:00.000Z' })
})

test('keys of users and of anonymous visitors never meet', () => {
  expect(userKeyOf({ userId: 'x', anonymousId: 'y' })).toBe('u:x')
  expect(userKeyOf({ anonymousId: 'x' })).toBe('a:x')
  fc.assert(fc.property(fc.string(), fc.string(), (a, b) => userKeyOf({ userId: a }) !== userKeyOf({ anonymousId: b })))
})

test('whatever arrives is taken or refused, never thrown at, and what is taken keeps the promises of its type', () => {
  const anyId = fc.oneof(fc.string(), fc.constantFrom(null, '', 5, 'u'))
  const anyEvent = fc.record(
    {
      type: fc.oneof(fc.constantFrom(...EVENT_TYPES), fc.jsonValue()),
      userId: anyId,
      anonymousId: anyId,
      messageId: anyId,
      event: fc.oneof(fc.string(), fc.jsonValue()),
      properties: fc.oneof(fc.constant({}), fc.jsonValue()),
      traits: fc.oneof(fc.constant({}), fc.jsonValue()),
      context: fc.jsonValue(),
      integrations: fc.jsonValue(),
      timestamp: fc.oneof(fc.date({ noInvalidDate: true }).map(String), fc.jsonValue()),
      sentAt: fc.jsonValue(),
      name: fc.string(),
      other: fc.jsonValue(),
    },
    { requiredKeys: [] },
  )
  fc.assert(
    fc.property(fc.oneof(anyEvent, fc.jsonValue()), (input) => {
      const result = take(input, { channel: 'client', ip: '203.0.113.9' })
      if (!result.ok) return
      const { event } = result
      if (!event._warnings?.some((warning) => warning !== 'timestamp_invalid')) {
        expect(event.other).toEqual((input as { other?: unknown }).other)
      }
      expect(JSON.stringify(event).isWellFormed()).toBe(true)
      expect(EVENT_TYPES).toContain(event.type)
      expect(typeof event.messageId === 'string' && event.messageId.length > 0).toBe(true)
      expect(userKeyOf(event).length).toBeGreaterThan(2)
      expect(Number.isNaN(Date.parse(event.timestamp))).toBe(false)
    }),
    { numRuns: 1_000 },
  )
})
