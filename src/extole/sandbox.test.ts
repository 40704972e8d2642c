import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { ERRORS } from './errors.ts'
import { BODY_BYTES_MAX } from './http/server.ts'
import { REQUEST_BODY_MAX, REQUESTS_MAX } from './request-log.ts'
import { startCaller } from './testing.ts'

test('every answer says what this server is', async () => {
  await using extole = await startCaller()
  for (const [method, path] of [
    ['GET', '/'],
    ['GET', '/v4/tokens'],
    ['GET', '/nope'],
    ['DELETE', '/v6/events'],
    ['GET', '/%zz'],
    ['GET', '/sandbox/stats'],
  ] as const) {
    expect((await extole.call(method, path)).headers.get('x-extole-sandbox'), path).toBe('grapevine')
  }
  expect((await extole.call('GET', '/')).text).toContain('It is not Extole')
})

test('what does not exist is 404, and what exists under another method 405', async () => {
  await using extole = await startCaller()
  expect((await extole.call('GET', '/v9/nope')).json).toMatchObject({ code: 'method_not_found', http_status_code: 404 })
  expect((await extole.call('DELETE', '/v6/events')).json).toMatchObject({
    code: 'method_not_allowed',
    http_status_code: 405,
  })
})

test('an error code has one status, and it is an error', () => {
  expect(
    Object.entries(ERRORS).filter(([code, { status }]) => status < 400 || status > 599 || !/^[a-z0-9_]+$/.test(code)),
  ).toEqual([])
})

test('a token: its duration, its limits, its end', async () => {
  await using extole = await startCaller()
  const made = await extole.call('POST', '/v4/tokens', { scopes: ['USER_SUPPORT'], duration_seconds: 600 })
  const token = made.json.access_token
  expect(made.json).toMatchObject({ scopes: ['USER_SUPPORT'], type: 'USER', person_id: made.json.identity_id })
  expect((await extole.call('POST', '/v4/erasures', { email: 'a@b.co' }, { token })).json.code).toBe('access_denied')
  expect((await extole.call('POST', '/v4/tokens', { scopes: ['CLIENT_ADMIN'] }, { token })).json).toMatchObject({
    code: 'scopes_denied',
    parameters: { denied_scopes: ['CLIENT_ADMIN'] },
  })
  for (const seconds of [0, -1, 1.5, 'x'])
    expect((await extole.call('POST', '/v4/tokens', { duration_seconds: seconds })).json.code).toBe('invalid_duration')
  expect((await extole.call('POST', '/v4/tokens', { email: 'a@b.co', password: 'x' }, { token: null })).json.code).toBe(
    'invalid_credentials',
  )
  expect((await extole.call('DELETE', `/v4/tokens/${token}`)).text).toBe('')
  expect((await extole.call('GET', '/v4/tokens', undefined, { token })).json.code).toBe('invalid_access_token')
})

test('each switch shows its side of what Extole leaves open', async () => {
  await using extole = await startCaller()
  const set = async (change: unknown) => (await extole.call('PUT', '/sandbox/settings', change)).json
  await set({ invalid_token_status: 403, person_not_found_status: 404, ignore_unmapped_traits: true })
  expect((await extole.call('GET', '/v4/tokens', undefined, { token: 'nope' })).json).toMatchObject({
    code: 'access_denied',
    http_status_code: 403,
  })
  expect((await extole.call('GET', '/v5/persons/1')).json).toMatchObject({
    code: 'person_not_found',
    http_status_code: 404,
  })
  const id = await extole.send('identify', { email: 'a@b.co', age: 25 })
  expect(Object.keys((await extole.call('GET', `/v5/persons/${id}/data`)).json)).toEqual(['email'])
  for (const bad of [
    { nope: 1 },
    { invalid_token_status: 404 },
    { erasure_delay_seconds: 604_801 },
    { constructor: 1 },
  ]) {
    expect((await set(bad)).code).toBe('invalid_parameter')
  }
})

test('limits, once on, stop the 101st request of a token and no async event', async () => {
  await using extole = await startCaller({ rateLimits: true })
  const statuses = await Promise.all(
    Array.from({ length: 130 }, async () => (await extole.call('GET', '/v4/tokens')).status),
  )
  expect(statuses.filter((status) => status === 429).length).toBeGreaterThanOrEqual(20)
  const queued = await Promise.all(
    Array.from(
      { length: 50 },
      async () => (await extole.call('POST', '/v6/async-events', { event_name: 'ping' })).status,
    ),
  )
  expect(new Set(queued)).toEqual(new Set([200]))
  expect((await extole.call('GET', '/sandbox/stats')).status).toBe(200)
})

test('a fault answers in place of Extole, with the status, delay and headers it was given', async () => {
  await using extole = await startCaller()
  await extole.call('POST', '/sandbox/faults', [
    { path: '/v6/', times: 1, status: 429, retryAfter: 3, latencyMs: 60, headers: { 'x-why': 'test' } },
  ])
  const startMs = performance.now()
  const hit = await extole.call('POST', '/v6/events', { event_name: 'ping' })
  expect(performance.now() - startMs).toBeGreaterThanOrEqual(55)
  expect([hit.json.code, hit.headers.get('retry-after'), hit.headers.get('x-why')]).toEqual([
    'too_many_requests',
    '3',
    'test',
  ])
  expect((await extole.call('POST', '/v6/events', { event_name: 'ping' })).status).toBe(200)
  expect((await extole.call('GET', '/sandbox/faults')).json.rules).toMatchObject([{ hits: 1 }])
  expect((await extole.call('DELETE', '/sandbox/faults')).json.rules).toEqual([])
})

test('a reset before leaves no trace; a reset after has happened, and survives a restart', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'extole-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const file = join(folder, 'sandbox.db')
  const event = (n: number) => ({ event_name: 'conversion', data: { email: 'a@b.co', partner_conversion_id: `c${n}` } })
  let adminToken = ''
  {
    await using extole = await startCaller({ file })
    adminToken = extole.sandbox.adminToken
    await extole.call('POST', '/sandbox/faults', [
      { reset: 'before', times: 1, path: '/v6/' },
      { reset: 'after', times: 1, path: '/v6/' },
    ])
    await expect(extole.call('POST', '/v6/events', event(1))).rejects.toThrow()
    expect((await extole.call('GET', '/sandbox/stats')).json.events).toBe(0)
    await expect(extole.call('POST', '/v6/events', event(2))).rejects.toThrow()
    expect((await extole.call('GET', '/sandbox/stats')).json).toMatchObject({ events: 1, steps: 1 })
    const { requests } = (await extole.call('GET', '/sandbox/requests')).json
    expect(requests.map((one: { status: number }) => one.status)).toEqual([0, 0])
  }
  await using again = await startCaller({ file })
  expect(again.sandbox.adminToken).toBe(adminToken)
  await again.send('conversion', event(2).data)
  expect((await again.call('GET', '/sandbox/stats')).json).toMatchObject({
    events: 2,
    duplicates: 1,
    steps: 1,
    persons: 1,
  })
})

test('a hang is never answered', async () => {
  await using extole = await startCaller()
  await extole.call('POST', '/sandbox/faults', [{ hang: true, path: '/v4/' }])
  await expect(fetch(`${extole.sandbox.url}/v4/tokens`, { signal: AbortSignal.timeout(100) })).rejects.toThrow()
  expect((await extole.call('GET', '/sandbox/requests')).json.requests).toMatchObject([
    { path: '/v4/tokens', status: 0 },
  ])
})

test('the last requests are shown, bounded, in order and without secrets', async () => {
  await using extole = await startCaller()
  const token = extole.sandbox.adminToken
  await extole.call('POST', '/v6/events', { event_name: 'ping', data: { note: 'x'.repeat(REQUEST_BODY_MAX) } })
  await extole.call('GET', `/v4/tokens/${token}?access_token=${token}`, undefined, {
    headers: { cookie: `extole_token=${token}` },
  })
  const { requests } = (await extole.call('GET', '/sandbox/requests')).json
  expect(requests.map((one: { method: string }) => one.method)).toEqual(['POST', 'GET'])
  expect(requests[0].body.length).toBe(REQUEST_BODY_MAX + 1)
  expect(requests[1].path).toBe('/v4/tokens/****?access_token=****')
  expect(JSON.stringify(requests)).not.toContain(token)
  for (let n = 0; n < REQUESTS_MAX; n++) await extole.call('GET', `/v4/tokens?n=${n}`)
  const all = (await extole.call('GET', '/sandbox/requests')).json.requests
  expect([all.length, all[0].path, all.at(-1).sequence]).toEqual([REQUESTS_MAX, '/v4/tokens?n=0', REQUESTS_MAX + 2])
  const next = (await extole.call('GET', `/sandbox/requests?after=${REQUESTS_MAX - 1}&limit=2`)).json.requests
  expect(next.map((one: { sequence: number }) => one.sequence)).toEqual([REQUESTS_MAX, REQUESTS_MAX + 1])
  await extole.call('DELETE', '/sandbox/requests')
  expect((await extole.call('GET', '/sandbox/requests')).json.requests).toEqual([])
})

test('a renamed event makes the step of its new name, and scripts are reported as not run', async () => {
  await using extole = await startCaller()
  const made = await extole.call('POST', '/v6/prehandlers', {
    name: 'rename',
    enabled: true,
    conditions: [{ type: 'EVENT_NAME_MATCH', event_names: ['Signed Up'] }],
    actions: [{ type: 'RENAME_EVENT', event_name: 'registration' }],
  })
  const id = await extole.send('Signed Up', { partner_user_id: 'u1' })
  expect(await extole.steps(id)).toEqual(['registration'])
  await extole.call('POST', `/v6/prehandlers/${made.json.id}/archive`)
  expect(await extole.steps(await extole.send('Signed Up', { partner_user_id: 'u2' }))).toEqual([])
  expect((await extole.call('POST', '/v6/prehandlers', { name: 'rename' })).json.code).toBe('prehandler_name_duplicate')
  const script = await extole.call('POST', '/v6/prehandlers', {
    name: 'script',
    actions: [{ type: 'JAVASCRIPT_V1', javascript: 'x' }],
  })
  expect(script.json).toMatchObject({ enabled: false, sandbox_note: expect.stringContaining('not run') })
})

test('the Tech Center makes a key that works, and shows nothing unescaped', async () => {
  await using extole = await startCaller()
  const submit = (body: string, headers: Record<string, string> = {}) =>
    extole.call('POST', '/tech-center', body, {
      token: null,
      headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
    })
  const made = await submit(`name=${encodeURIComponent('<script>alert(1)</script>')}&scope=USER_SUPPORT`)
  expect(made.text).toContain('&lt;script&gt;alert(1)')
  expect(made.text).not.toContain('<script>alert')
  expect(made.headers.get('content-security-policy')).toMatch(
    /^default-src 'none'; style-src 'sha256-[^']+'; script-src 'sha256-[^']+'; form-action 'self'/,
  )
  const token = /id="key">([0-9A-F]{32})</.exec(made.text)?.[1] ?? ''
  expect((await extole.call('GET', '/v4/tokens', undefined, { token })).json).toMatchObject({
    type: 'MANAGED',
    scopes: ['USER_SUPPORT'],
  })
  expect((await extole.call('GET', '/tech-center')).text).not.toContain(token)
  expect((await submit('name=x&scope=USER_SUPPORT', { origin: 'https://evil.example' })).status).toBe(403)
  expect((await submit('name=&scope=USER_SUPPORT')).status).toBe(400)
  expect((await submit('name=x&scope=CLIENT_SUPERUSER')).status).toBe(400)
})

test('as a Segment source it identifies people and tells of referrals, registrations and purchases', async () => {
  const received: { path: string; auth: string; body: Record<string, unknown> }[] = []
  let failures = 1
  const tracking = createServer((request, response) => {
    let text = ''
    request.on('data', (chunk) => {
      text += chunk
    })
    request.on('end', () => {
      response.statusCode = failures-- > 0 ? 503 : 200
      if (response.statusCode === 200)
        received.push({ path: request.url ?? '', auth: request.headers.authorization ?? '', body: JSON.parse(text) })
      response.end()
    })
  })
  await new Promise<void>((resolve) => tracking.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    tracking.close()
  })
  const address = tracking.address()
  const endpoint = `http://localhost:${typeof address === 'object' ? address?.port : 0}`
  await using extole = await startCaller()
  await extole.call('PUT', '/sandbox/segment-source', { endpoint, write_key: 'wk' })
  const advocate = await extole.send('share', {
    email: 'ann@b.co',
    partner_user_id: 'ann',
    channel: 'email',
    friend_emails: ['bob@b.co'],
  })
  await extole.call('POST', `/v5/persons/${advocate}/shareables`, { code: 'ann1' })
  await extole.send('registration', {
    email: 'bob@b.co',
    partner_user_id: 'bob',
    first_name: 'Bob',
    advocate_code: 'ann1',
  })
  await extole.send('conversion', {
    email: 'bob@b.co',
    partner_conversion_id: 'c1',
    cart_value: '9.99',
    coupon_code: 'ann1',
  })
  await extole.send('conversion', { email: 'bob@b.co', partner_conversion_id: 'c1', cart_value: '9.99' })
  await extole.until('/sandbox/segment-source', (reply) => reply.json.sent === 6)
  expect(received.map(({ path, body }) => body.event ?? path)).toEqual([
    '/v1/identify',
    'referred',
    '/v1/identify',
    'registered',
    '/v1/identify',
    'purchased',
  ])
  expect(received[0]).toMatchObject({
    auth: `Basic ${btoa('wk:')}`,
    body: { userId: 'ann', anonymousId: advocate, traits: { email: 'ann@b.co' } },
  })
  expect(received[1]?.body.properties).toEqual({
    email: 'ann@b.co',
    channel: 'EMAIL',
    funnel: 'ADVOCATE',
    campaign: 'segment',
    friend_emails: ['bob@b.co'],
  })
  expect(received[3]?.body.properties).toEqual({ email: 'bob@b.co', first_name: 'Bob', advocate_user_id: 'ann' })
  expect(received[5]?.body.properties).toMatchObject({
    cart_value: '9.99',
    partner_conversion_id: 'c1',
    coupon_code: 'ann1',
  })
})

test.each([
  'http://10.0.0.1:80',
  'http://example.com',
  'http://127.0.0.1.example.com',
  'http://0.0.0.0:1',
  'file:///etc/passwd',
  'http://[::2]',
  'nope',
])('it will not be made to call %s', async (endpoint) => {
  await using extole = await startCaller()
  const { json } = await extole.call('PUT', '/sandbox/segment-source', { endpoint, write_key: 'wk' })
  expect([json.code, (await extole.call('GET', '/sandbox/segment-source')).json.enabled]).toEqual([
    'invalid_parameter',
    false,
  ])
})

test('a body of BODY_BYTES_MAX is read, and one byte more refused', async () => {
  await using extole = await startCaller()
  const frame = '{"event_name":"ping","data":{"x":""}}'
  const body = (bytes: number) => frame.replace('""', `"${'x'.repeat(bytes - frame.length)}"`)
  expect((await extole.call('POST', '/v6/events', body(BODY_BYTES_MAX))).status).toBe(200)
  expect((await extole.call('POST', '/v6/events', body(BODY_BYTES_MAX + 1))).json).toMatchObject({
    code: 'request_too_large',
    http_status_code: 413,
  })
})

test('the conformance fixtures are complete and the same data answers on both listeners', async () => {
  await using extole = await startCaller({ conformance: true })
  const { fixtures } = extole.sandbox
  if (fixtures === undefined) throw new Error('no fixtures')
  expect(Object.keys(fixtures.tokens)).toEqual(['admin', 'support', 'report_only', 'expired'])
  const { 'user.email': email, 'user.password': password, client_id } = fixtures.vars
  const signedIn = await extole.call('POST', '/v4/tokens', { email, password, client_id }, { token: null })
  expect(signedIn.json).toMatchObject({ client_id, scopes: ['CLIENT_ADMIN', 'USER_SUPPORT'] })
  expect((await extole.call('GET', '/v4/tokens', undefined, { token: fixtures.tokens.expired ?? '' })).json.code).toBe(
    'expired_access_token',
  )
  expect((await extole.call('GET', `/v1/audiences/${fixtures.vars['audience.vip']}`)).json.name).toBe('vip')
  const id = await extole.send('Order Completed', { email: 'a@b.co', order_id: 'o1', revenue: '42.50' })
  const headers = { authorization: `Bearer ${fixtures.tokens.admin}` }
  const limited = await Promise.all(
    Array.from({ length: 101 }, () => fetch(`${fixtures.rateLimitUrl}/v5/persons/${id}/steps`, { headers })),
  )
  expect(new Set(limited.map((answer) => answer.status))).toEqual(new Set([200, 429]))
})

test('a taken port is an error that leaves the file free', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'extole-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const file = join(folder, 'sandbox.db')
  await using first = await startCaller()
  await expect(startCaller({ file, port: first.sandbox.port })).rejects.toThrow('EADDRINUSE')
  await using second = await startCaller({ file })
  expect((await second.call('GET', '/v4/tokens')).status).toBe(200)
})
