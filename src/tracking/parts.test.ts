/** The pure parts of the Tracking API, one by one. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { collectableIp, plainAddress, proxyTrust, senderAddress } from './address.ts'
import { corsHeaders } from './cors.ts'
import { basicUser, credentialsOf } from './credentials.ts'
import { NESTING_MAX, parseBody } from './parse.ts'
import { pixelInput } from './pixel.ts'
import { PROBLEMS, problemBody, retryAfterSeconds } from './problems.ts'
import { RateLimiter } from './rate-limit.ts'
import { isTrackingUrl, routeOf } from './routes.ts'
import { serverHost, settingsDocument } from './settings.ts'

describe('routes', () => {
  test.each([
    ['/v1/track', true],
    ['/v1', true],
    ['/v1/', true],
    ['/v1/anything', true],
    ['/v1/spacesuit', true],
    ['http://host/v1/track', true],
    ['/v1/spaces', false],
    ['/v1/spaces/spa_1/collections', false],
    ['/v1/spaces?x=1', false],
    ['/v2/track', false],
    ['/v10', false],
    ['/', false],
    ['*', false],
    ['http://host', false],
    ['', false],
  ])('%s belongs to the Tracking API: %s', (url, isOurs) => {
    expect(isTrackingUrl(url)).toBe(isOurs)
  })

  test('a trailing slash, a query and an absolute form lead to the same route', () => {
    for (const url of ['/v1/track/', '/v1/track//', '/v1/track?x=/v1/batch', '/v1/track/?x', 'https://h:1/v1/track']) {
      expect(routeOf(url)).toEqual(routeOf('/v1/track'))
    }
  })

  test('the write key of a settings path is decoded where it can be', () => {
    expect(routeOf('/v1/projects/a%2Fb/settings')).toMatchObject({ kind: 'settings', writeKey: 'a/b' })
    expect(routeOf('/v1/projects/%zz/settings')).toMatchObject({ kind: 'settings', writeKey: '%zz' })
    expect(routeOf(`/v1/projects/${'k'.repeat(301)}/settings`)).toBeUndefined()
  })
})

describe('credentials', () => {
  test('the user of a Basic header', () => {
    const of = (text: string) => basicUser(`Basic ${Buffer.from(text).toString('base64')}`)
    expect([of('key:'), of('key'), of('key:pass:word'), of(':'), of('')]).toEqual([
      'key',
      'key',
      'key',
      undefined,
      undefined,
    ])
    expect(basicUser('Bearer key')).toBeUndefined()
    expect(basicUser('Basic')).toBeUndefined()
  })

  test('Basic wins, a mismatch is told, and length is bounded', () => {
    expect(credentialsOf('a', 'b', 10)).toEqual({ kind: 'key', writeKey: 'a', mismatch: true })
    expect(credentialsOf('a', 7, 10)).toEqual({ kind: 'key', writeKey: 'a', mismatch: true })
    expect(credentialsOf('a', 'a', 10)).toEqual({ kind: 'key', writeKey: 'a', mismatch: false })
    expect(credentialsOf('a', undefined, 10)).toEqual({ kind: 'key', writeKey: 'a', mismatch: false })
    expect(credentialsOf(undefined, 'b', 10)).toEqual({ kind: 'key', writeKey: 'b', mismatch: false })
    expect(credentialsOf(undefined, null, 10)).toEqual({ kind: 'missing' })
    expect(credentialsOf(undefined, ['b'], 10)).toEqual({ kind: 'malformed' })
    expect(credentialsOf(undefined, 'k'.repeat(10), 10)).toMatchObject({ kind: 'key' })
    expect(credentialsOf(undefined, 'k'.repeat(11), 10)).toEqual({ kind: 'malformed' })
    expect(credentialsOf('k'.repeat(11), undefined, 10)).toEqual({ kind: 'malformed' })
  })
})

describe('addresses', () => {
  const trust = proxyTrust(['10.0.0.0/8', '::1', '192.0.2.1'])

  test.each([
    ['a direct sender', '203.0.113.9', undefined, '203.0.113.9'],
    ['a direct sender that claims another', '203.0.113.9', '198.51.100.1', '203.0.113.9'],
    ['behind a proxy', '10.0.0.1', '203.0.113.9', '203.0.113.9'],
    ['behind two proxies', '10.0.0.1', '203.0.113.9, 192.0.2.1', '203.0.113.9'],
    [
      'what stands before a foreign address is not believed',
      '10.0.0.1',
      '8.8.8.8, 203.0.113.9, 10.2.3.4',
      '203.0.113.9',
    ],
    ['nonsense ends the search', '10.0.0.1', '8.8.8.8, nonsense, 10.2.3.4', '10.2.3.4'],
    ['only proxies', '10.0.0.1', '10.0.0.3,10.0.0.2', '10.0.0.3'],
    ['a proxy that says nothing', '10.0.0.1', '', '10.0.0.1'],
    ['an IPv4 address in IPv6 form', '::1', '::ffff:203.0.113.9', '203.0.113.9'],
  ])('%s', (_name, remote, forwarded, expected) => {
    expect(senderAddress(remote, forwarded, trust)).toBe(expected)
  })

  test('IPv6 addresses are not collected', () => {
    expect([collectableIp('203.0.113.9'), collectableIp('2001:db8::1'), collectableIp('')]).toEqual([
      '203.0.113.9',
      undefined,
      undefined,
    ])
    expect([plainAddress('::ffff:1.2.3.4'), plainAddress('::ffff:102')]).toEqual(['1.2.3.4', '::ffff:102'])
  })

  test.each(['10.0.0.0/33', 'example.com', '10.0.0.0/8/8', '10.0.0.0/', '::/129', '10.0.0.0/1e1', ''])(
    '%j is no proxy',
    (entry) => {
      expect(() => proxyTrust([entry])).toThrow(RangeError)
    },
  )
})

describe('rates', () => {
  test('what a steady sender gets is within 1 % of the rate', () => {
    const limiter = new RateLimiter({ perSecond: 1_000, burstMs: 100, keysMax: 10 })
    let admitted = 0
    // Three times too much, for 20 seconds.
    for (let nowMs = 0; nowMs < 20_000; nowMs += 1 / 3) if (limiter.admit('a', nowMs) === 0) admitted++
    expect(Math.abs(admitted - 20_000 - 100)).toBeLessThan(200)
  })

  test('a sender below the rate is never held up', () => {
    const limiter = new RateLimiter({ perSecond: 1_000, burstMs: 100, keysMax: 10 })
    for (let nowMs = 0; nowMs < 5_000; nowMs += 1.01) expect(limiter.admit('a', nowMs)).toBe(0)
  })

  test('agrees with a bucket that is filled drop by drop', () => {
    const anyStep = fc.tuple(fc.integer({ min: 0, max: 50 }), fc.integer({ min: 1, max: 4 }))
    fc.assert(
      fc.property(fc.array(anyStep, { maxLength: 60 }), (steps) => {
        const limiter = new RateLimiter({ perSecond: 100, burstMs: 100, keysMax: 5 })
        let nowMs = 0
        // 100 a second is one each 10 ms; the bucket holds ten.
        let drops = 10_000
        for (const [waitMs, units] of steps) {
          nowMs += waitMs
          drops = Math.min(drops + waitMs * 100, 10_000)
          const isAdmitted = drops === 10_000 || drops >= units * 1_000
          if (isAdmitted) drops -= units * 1_000
          expect(limiter.admit('a', nowMs, units) === 0).toBe(isAdmitted)
        }
      }),
    )
  })

  test('after the wait that was told, it is admitted, and not a millisecond before', () => {
    const limiter = new RateLimiter({ perSecond: 10, burstMs: 1_000, keysMax: 10 })
    for (let sent = 0; sent < 10; sent++) expect(limiter.admit('a', 0)).toBe(0)
    expect(limiter.admit('a', 0, 3)).toBe(300)
    expect(limiter.admit('a', 299, 3)).toBeGreaterThan(0)
    expect(limiter.admit('a', 300, 3)).toBe(0)
  })

  test('an admission larger than the burst is late, not impossible', () => {
    const limiter = new RateLimiter({ perSecond: 10, burstMs: 1_000, keysMax: 10 })
    expect(limiter.admit('a', 0, 100)).toBe(0)
    expect(limiter.admit('a', 0, 100)).toBe(10_000)
    expect(limiter.admit('a', 10_000, 100)).toBe(0)
  })

  test('keys do not share a rate, and the memory of them is bounded', () => {
    const limiter = new RateLimiter({ perSecond: 1, burstMs: 1_000, keysMax: 2 })
    expect([limiter.admit('a', 0), limiter.admit('b', 0)]).toEqual([0, 0])
    expect(limiter.admit('a', 0)).toBeGreaterThan(0)
    // Two generations of two keys: `a` is remembered until both were filled with others.
    for (const key of ['c', 'd']) limiter.admit(key, 0)
    expect(limiter.admit('a', 0)).toBeGreaterThan(0)
    for (const key of ['e', 'f', 'g', 'h']) limiter.admit(key, 0)
    expect(limiter.admit('a', 0)).toBe(0)
  })
})

describe('answers', () => {
  test('a problem says what the contract says and nothing else', () => {
    for (const [code, { status, message }] of Object.entries(PROBLEMS)) {
      expect([400, 401, 404, 405, 408, 415, 429, 431, 503]).toContain(status)
      const body: unknown = JSON.parse(problemBody(code as keyof typeof PROBLEMS, 'id'))
      expect(body).toEqual({ success: false, code, message, requestId: 'id' })
    }
  })

  test('Retry-After is 5, 1, and 1 to 30 by chance', () => {
    expect([retryAfterSeconds('unavailable', 0.5), retryAfterSeconds('timeout', 0.5)]).toEqual([5, 1])
    expect([retryAfterSeconds('overloaded', 0), retryAfterSeconds('overloaded', 0.999_999)]).toEqual([1, 30])
    expect(retryAfterSeconds('invalid_json', 0)).toBeUndefined()
  })

  test('an origin that could break out of a header is not reflected', () => {
    for (const origin of ['https://a\r\nx: y', 'https://ä.example', '', `https://${'x'.repeat(300)}`]) {
      expect(corsHeaders(origin)).toEqual(corsHeaders(undefined))
    }
    expect(corsHeaders('null')).toContain('null')
  })
})

describe('bodies', () => {
  test('the byte order mark is skipped once', () => {
    expect(parseBody(Buffer.from('\uFEFF{}'))).toMatchObject({ ok: true })
    expect(parseBody(Buffer.from('\uFEFF\uFEFF{}'))).toEqual({ ok: false, code: 'invalid_json' })
  })

  test('strings are looked at only where the text could hide something', () => {
    const checks = (text: string) => parseBody(Buffer.from(text))
    expect(checks('{"a":"plain \\n ä"}')).toMatchObject({ checkStrings: false })
    expect(checks('{"a":"\\u00e4"}')).toMatchObject({ checkStrings: true })
    expect(checks('{"__proto__":1}')).toMatchObject({ checkStrings: true })
  })

  test('nesting that could hold others up is not read, brackets in strings are not nesting', () => {
    const nested = (levels: number) =>
      parseBody(Buffer.from(`{"a":${'['.repeat(levels - 1)}${']'.repeat(levels - 1)}}`))
    expect(nested(NESTING_MAX)).toMatchObject({ ok: true })
    expect(nested(NESTING_MAX + 1)).toEqual({ ok: false, code: 'invalid_json' })
    const text = `{"a":"\\"${'['.repeat(NESTING_MAX + 1)}","b":[${'[],'.repeat(NESTING_MAX)}[]]}`
    expect(parseBody(Buffer.from(text))).toMatchObject({ ok: true })
  })

  test('any query of a pixel is an answer, and no key of it reaches a prototype', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (query) => typeof pixelInput(query).ok === 'boolean'),
    )
    const input = pixelInput('__proto__.polluted=1&constructor.prototype.polluted=1&a=1&a.b=2&a.b.c=3')
    expect(input).toMatchObject({ ok: true, body: { a: { b: { c: '3' } } } })
    expect({}).not.toHaveProperty('polluted')
  })
})

describe('settings', () => {
  test('the host is used only when it is one', () => {
    const local = { address: '127.0.0.1', port: 8700 }
    for (const host of ['a.example', 'a.example:80', '[::1]:8700', '10.0.0.1:1'])
      expect(serverHost(host, local)).toBe(host)
    for (const host of ['a b', 'a/b', '"', 'a:b', '', 'x'.repeat(300)])
      expect(serverHost(host, local)).toBe('127.0.0.1:8700')
    expect(serverHost(undefined, { address: '::1', port: 1 })).toBe('[::1]:1')
  })

  test('the document has all that browser and mobile SDKs read', () => {
    const document = JSON.parse(settingsDocument('key', 'h:1', 'https')) as Record<string, unknown>
    expect(Object.keys(document)).toEqual([
      'integrations',
      'plan',
      'middlewareSettings',
      'enabledMiddleware',
      'metrics',
      'legacyVideoPluginsEnabled',
      'remotePlugins',
      'edgeFunction',
      'consentSettings',
    ])
    expect(document.integrations).toMatchObject({
      'Segment.io': { apiKey: 'key', apiHost: 'h:1/v1', protocol: 'https' },
    })
    expect(document.metrics).toEqual({ sampleRate: 0, host: 'h:1/v1' })
  })
})
