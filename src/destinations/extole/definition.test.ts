import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { decide, RETRY_WINDOW_DEFAULT_MS } from '../../delivery/index.ts'
import { type ExtoleSandbox, startExtoleSandbox } from '../../extole/index.ts'
import { systemClock, systemRandom } from '../../ports/index.ts'
import {
  createHttpClient,
  findBuiltIn,
  type HttpClient,
  matches,
  type Outcome,
  PORTS_DEFAULT,
  parseEgressAllow,
  presetsOf,
  preview,
  runAction,
  runDelete,
  secretSettingsOf,
  testAuthentication,
} from '../index.ts'

let sandbox: ExtoleSandbox
let http: HttpClient

beforeAll(async () => {
  const options = { host: '127.0.0.1', port: 0, file: ':memory:', clock: systemClock, random: systemRandom }
  sandbox = await startExtoleSandbox(options)
  const { allow } = parseEgressAllow([`127.0.0.1:${sandbox.port}`])
  http = createHttpClient({ clock: systemClock, egress: { ports: PORTS_DEFAULT, allowHttp: false, allow } })
})

afterAll(async () => {
  await http.close()
  await sandbox.close()
})

function extole() {
  const entry = findBuiltIn('extole-platform')
  if (!entry) throw new Error('the catalog has no Extole Platform')
  return entry
}

const settings = (over: object = {}) => ({ apiKey: sandbox.adminToken, apiBaseUrl: sandbox.url, ...over })

/** Runs the mappings that a new instance has. */
async function deliver(event: { type: string }, over: object = {}) {
  const { definition } = extole()
  const preset = presetsOf(definition).find(({ trigger }) => matches(trigger, event))
  if (!preset) throw new Error('no preset matches')
  const { action, mapping } = preset
  return runAction({ definition, action, mapping, settings: settings(over), event, http })
}

async function call(method: string, path: string, body?: object): Promise<unknown> {
  const response = await fetch(sandbox.url + path, {
    method,
    headers: { authorization: `Bearer ${sandbox.adminToken}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  return response.json()
}

async function tokenWith(scopes: readonly string[], seconds = 600): Promise<string> {
  const made = await call('POST', '/v4/tokens', { scopes, duration_seconds: seconds })
  return String(Object(made).access_token)
}

function verdictOn(outcome: Outcome) {
  const nowMs = systemClock.nowMs()
  return decide({
    outcome,
    progress: { attempt: 1, firstAttemptAtMs: nowMs, nowMs, waitedMs: 0, windowMs: RETRY_WINDOW_DEFAULT_MS },
    random: 0.5,
    answers: extole().answers,
    malformedBefore: 0,
    areCredentialsFresh: true,
    hasUniqueKey: true,
    ambiguous: 'retry',
  })
}

const anIdentify = {
  type: 'identify',
  messageId: 'm1',
  userId: 'userId123',
  timestamp: '2026-03-01T12:00:00.000Z',
  traits: { email: 'john.doe@example.com', firstName: 'John', lastName: 'Doe', age: 25, existingCustomer: true },
}

describe('the catalog entry', () => {
  test('is what Segment says it is', () => {
    expect(extole()).toMatchObject({
      id: '5e79ef31929aef3bdfbc53a5',
      slug: 'extole-platform',
      name: 'Extole Platform',
      categories: ['Referrals', 'Email Marketing', 'Marketing Automation'],
      methods: ['track', 'identify'],
    })
  })

  test('asks for the API key alone', () => {
    const fields = Object(extole().definition.authentication).fields
    expect(fields.apiKey).toMatchObject({ label: 'API Key', type: 'password', required: true })
    expect(Object.keys(fields).filter((name) => fields[name].required)).toEqual(['apiKey'])
    expect(secretSettingsOf(extole().definition)).toEqual(['apiKey', 'adminApiKey'])
  })

  test('instances with the same key and hosts share their fate, and the admin key has no part in it', () => {
    const { credentialKey } = extole()
    expect(credentialKey(settings())).toBe(credentialKey(settings({ adminApiKey: 'x', eventNames: 'a=b' })))
    expect(credentialKey(settings())).not.toBe(credentialKey(settings({ apiKey: 'other' })))
    expect(credentialKey(settings())).not.toBe(credentialKey(settings({ eventsBaseUrl: 'https://events.extole.io' })))
  })
})

describe('delivery', () => {
  test('an identify becomes a person with the standard fields and public parameters of unchanged type', async () => {
    const attempt = await deliver(anIdentify)
    expect(verdictOn(attempt.outcome)).toEqual({ kind: 'delivered' })
    const [person] = (await call('GET', '/v5/persons?identity_key_value=john.doe@example.com')) as { id: string }[]
    expect(person).toMatchObject({ identity_key: 'email', identity_key_value: 'john.doe@example.com' })
    expect(await call('GET', '/v5/persons?person_keys=partner_user_id:userId123')).toMatchObject([{ id: person?.id }])
    const data = Object(await call('GET', `/v5/persons/${person?.id}/data`))
    expect(data).toMatchObject({
      first_name: { value: 'John' },
      last_name: { value: 'Doe' },
      age: { value: 25, scope: 'PUBLIC' },
      existingCustomer: { value: true, scope: 'PUBLIC' },
    })
    const names = ['age', 'email', 'existingCustomer', 'first_name', 'last_name', 'partner_user_id']
    expect(Object.keys(data).sort()).toEqual(names)
  })

  test('a conversion that is sent twice counts once', async () => {
    const properties = { email: 'twice@example.com', partner_conversion_id: 'purchaseId123', cart_value: '99.99' }
    const event = { type: 'track', event: 'conversion', userId: 'u2', timestamp: anIdentify.timestamp, properties }
    const first = await deliver(event)
    const second = await deliver(event)
    expect([first, second].map(({ outcome }) => verdictOn(outcome).kind)).toEqual(['delivered', 'delivered'])
    expect(second.request?.body).toBe(first.request?.body)
    const [person] = (await call('GET', '/v5/persons?identity_key_value=twice@example.com')) as { id: string }[]
    const steps = (await call('GET', `/v5/persons/${person?.id}/steps`)) as object[]
    expect(steps.filter((step) => Object(step).name === 'conversion')).toHaveLength(1)
  })

  test('a track call says who it was in the words of its context', async () => {
    const context = { traits: { email: 'ctx@example.com', firstName: 'Con', last_name: 'Text', lastName: 'No' } }
    const event = { type: 'track', event: 'Login Button Clicked', userId: 'u3', timestamp: 't', context }
    const { request } = await deliver({ ...event, timestamp: anIdentify.timestamp } as never)
    expect(JSON.parse(request?.body ?? '')).toEqual({
      event_name: 'Login Button Clicked',
      event_time: anIdentify.timestamp,
      data: { partner_user_id: 'u3', email: 'ctx@example.com', first_name: 'Con', last_name: 'Text' },
    })
  })

  test('the container goes beside the event, not into it', async () => {
    const { request } = await deliver(anIdentify, { container: 'test' })
    expect(request?.headers['x-extole-container']).toBe('test')
    expect(request?.body).not.toContain('container')
  })

  test.each([
    { over: { container: 'test' }, container: 'test' },
    { over: {}, container: 'production' },
    { over: { container: null }, container: 'production' },
  ])('with $over Extole files the step under $container', async ({ over, container }) => {
    const email = `${container}-${Object.keys(over).length}-${Object(over).container}@example.com`
    await deliver({ type: 'track', event: 'registration', userId: email, properties: { email } } as never, over)
    const [person] = (await call('GET', `/v5/persons?identity_key_value=${email}`)) as { id: string }[]
    const steps = await call('GET', `/v5/persons/${person?.id}/steps`)
    expect(steps).toMatchObject([{ name: 'registration', container }])
  })

  test('an allow list, a renamed event and the wrapped form arrive at Extole as they are sent', async () => {
    const traits = { email: 'listed@example.com', plan: 'gold', ssn: '1' }
    await deliver({ ...anIdentify, userId: 'listed', traits } as never, { publicTraits: 'plan' })
    const [person] = (await call('GET', '/v5/persons?identity_key_value=listed@example.com')) as { id: string }[]
    const data = Object(await call('GET', `/v5/persons/${person?.id}/data`))
    expect(data.plan).toMatchObject({ value: 'gold', scope: 'PUBLIC' })
    expect(data).not.toHaveProperty('ssn')

    const signedUp = { type: 'track', event: 'Signed Up', userId: 'listed', properties: { email: traits.email } }
    const eventNames = 'Signed Up = registration'
    await deliver(signedUp, { eventNames, trackEventName: 'wrapped' })
    // Nothing at Extole listens for "track" until a program is set up to.
    expect(await call('GET', `/v5/persons/${person?.id}/steps?names=registration`)).toEqual([])
    await deliver(signedUp, { eventNames })
    expect(await call('GET', `/v5/persons/${person?.id}/steps?names=registration`)).toHaveLength(1)
  })

  test("an event tester's call answers with the person", async () => {
    const { testSettings } = extole()
    const { outcome } = await deliver(anIdentify, testSettings?.(settings()) ?? {})
    expect(outcome).toMatchObject({ kind: 'answered', body: expect.stringMatching(/"person_id":"\d+"/) })
    expect(verdictOn(outcome).kind).toBe('delivered')
  })

  test('the preview is the request, without the key', async () => {
    const { definition } = extole()
    const [{ action, mapping } = { action: '', mapping: {} }] = presetsOf(definition)
    const shown = await preview({ definition, action, mapping, settings: settings(), event: anIdentify })
    const sent = await deliver(anIdentify)
    expect(shown).toEqual({ request: sent.request, payload: sent.payload, problem: null })
    expect(JSON.stringify([shown, sent])).not.toContain(sandbox.adminToken)
  })

  test('a track call without a name cannot be sent', async () => {
    const { outcome, request } = await deliver({ type: 'track' })
    expect(outcome).toMatchObject({ kind: 'unmapped', reason: expect.stringContaining('event_name') })
    expect(request).toBeNull()
  })

  test('a wrong key puts the destination on hold', async () => {
    const { outcome } = await deliver(anIdentify, { apiKey: 'nonsense-key' })
    expect(verdictOn(outcome)).toMatchObject({ kind: 'hold', reason: 'unauthorized' })
  })

  test('a key without the scope puts the destination on hold', async () => {
    const { outcome } = await deliver(anIdentify, { apiKey: await tokenWith(['CLIENT_ADMIN']) })
    expect(verdictOn(outcome)).toMatchObject({ kind: 'hold', reason: 'forbidden', detail: { code: 'access_denied' } })
  })

  test.each([
    { rule: { status: 429, retryAfter: 7 }, verdict: { kind: 'retry', afterMs: 7_000, slowsDestination: true } },
    { rule: { status: 503 }, verdict: { kind: 'retry', reason: 'status_503', isUnknown: false } },
    { rule: { status: 204, body: '' }, verdict: { kind: 'retry', reason: 'malformed_response', isUnknown: true } },
    { rule: { status: 200, body: '<html>' }, verdict: { kind: 'retry', reason: 'malformed_response' } },
    { rule: { status: 302, headers: { location: '/' } }, verdict: { kind: 'dead', reason: 'redirect' } },
    { rule: { reset: 'after' }, verdict: { kind: 'retry', reason: 'ECONNRESET', isUnknown: true } },
    {
      rule: { status: 403, body: { code: 'person_not_found', unique_id: '7' } },
      verdict: { kind: 'dead', reason: 'rejected_403', detail: { code: 'person_not_found', uniqueId: '7' } },
    },
    {
      rule: { status: 200, body: { event_id: '1' }, headers: { 'x-extole-error-message': 'no such program' } },
      verdict: { kind: 'dead', reason: 'destination_error', detail: { text: 'no such program' } },
    },
  ])('when the sandbox does $rule the verdict is $verdict', async ({ rule, verdict }) => {
    await call('POST', '/sandbox/faults', { rules: [{ path: '/v6/**', ...rule }] })
    try {
      expect(verdictOn((await deliver(anIdentify)).outcome)).toMatchObject(verdict)
    } finally {
      await call('DELETE', '/sandbox/faults')
    }
  })
})

describe('deletion', () => {
  const erase = (over: object = {}, userId: string | null = 'gone') =>
    runDelete({
      definition: extole().definition,
      settings: settings(over),
      userId,
      anonymousId: null,
      regulationId: 'regulation-1',
      http,
    })

  test('the person is gone, and the request carries the regulation', async () => {
    await deliver({ ...anIdentify, userId: 'gone', traits: { email: 'gone@example.com' } } as never)
    const run = await erase()
    expect(JSON.parse(run?.request?.body ?? '')).toEqual({ partner_user_id: 'gone', note: 'regulation-1' })
    expect(run?.outcome).toMatchObject({ kind: 'answered', status: 200 })
    const { outcome } = run ?? {}
    expect(outcome?.kind === 'answered' && extole().deleteAnswers.isExpectedBody(outcome.body, 200)).toBe(true)
    expect(await call('GET', '/v5/persons?identity_key_value=gone@example.com')).toEqual([])
  })

  test('the admin key is used where there is one', async () => {
    const apiKey = await tokenWith(['USER_SUPPORT'])
    expect((await erase({ apiKey }))?.outcome).toMatchObject({ status: 403 })
    expect((await erase({ apiKey, adminApiKey: sandbox.adminToken }))?.outcome).toMatchObject({ status: 200 })
  })

  test('a person without a user id cannot be named to Extole', async () => {
    expect(await erase({}, null)).toBeNull()
  })
})

describe('the test of the credentials', () => {
  const check = (over: object = {}) =>
    testAuthentication({ definition: extole().definition, settings: settings(over), http })

  test('good keys pass, one for all or one for each task', async () => {
    const works = { isValid: true, message: 'The credentials work.', warnings: [] }
    expect(await check()).toEqual(works)
    const apiKey = await tokenWith(['USER_SUPPORT'])
    expect(await check({ apiKey, adminApiKey: sandbox.adminToken })).toEqual(works)
    expect(await check({ apiKey, adminApiKey: await tokenWith(['CLIENT_ADMIN']) })).toEqual(works)
  })

  test('a key without the scope is named with what it has, what it lacks and where to get another', async () => {
    const { isValid, message } = await check({ apiKey: await tokenWith(['CLIENT_ADMIN']) })
    expect(isValid).toBe(false)
    expect(message).toContain('has the scopes CLIENT_ADMIN and needs USER_SUPPORT')
    expect(message).toContain('Tech Center')
  })

  test.each([
    { name: 'an API key alone', keys: ['apiKey'], says: 'the API Key has the scopes USER_SUPPORT' },
    { name: 'an admin key', keys: ['adminApiKey'], says: 'the Admin API Key has the scopes USER_SUPPORT' },
  ])('$name that may not delete people is a warning, since events are taken', async ({ keys, says }) => {
    const token = await tokenWith(['USER_SUPPORT'])
    const { isValid, warnings } = await check(Object.fromEntries(keys.map((key) => [key, token])))
    expect(isValid).toBe(true)
    expect(warnings).toEqual([expect.stringContaining('Deletions and bulk loads will not work')])
    expect(warnings[0]).toContain(says)
    expect(warnings[0]).toContain('CLIENT_ADMIN')
    expect(warnings[0]).not.toContain(token)
  })

  test('a key that has expired, and an admin key that is none, are told apart from a wrong one', async () => {
    await call('PUT', '/sandbox/settings', { invalid_token_status: 401 })
    const shortLived = await tokenWith(['USER_SUPPORT'], 1)
    await new Promise<void>((done) => systemClock.after(1_100, done))
    expect((await check({ apiKey: shortLived })).message).toContain('has expired. Create a new one')
    const { isValid, message } = await check({ adminApiKey: 'nonsense-key' })
    expect([isValid, message]).toEqual([false, expect.stringContaining('does not know this Admin API Key')])
  })

  test.each([
    { status: 402, says: 'unpaid' },
    { status: 429, says: 'Try again in a minute' },
    { status: 500, says: 'Try again later' },
    { status: 404, says: 'Check the URL' },
    { status: 200, body: '<html>', says: 'not as Extole does' },
    { reset: 'after', says: 'ended the connection' },
  ])('$status $reset is answered with what to do: $says', async ({ says, ...rule }) => {
    await call('POST', '/sandbox/faults', { rules: [{ path: '/v4/tokens', ...rule }] })
    try {
      const { isValid, message } = await check()
      expect([isValid, message]).toEqual([false, expect.stringContaining(says)])
    } finally {
      await call('DELETE', '/sandbox/faults')
    }
  })

  test.each([
    { name: 'a wrong key', over: { apiKey: 'nonsense-key' }, says: 'does not know this API Key' },
    { name: 'no key', over: { apiKey: '' }, says: 'Enter an API Key' },
    { name: 'a host that refuses', over: { apiBaseUrl: 'http://127.0.0.1:1' }, says: 'GRAPEVINE_EGRESS_ALLOW' },
    { name: 'a private host', over: { apiBaseUrl: 'https://10.0.0.1' }, says: 'GRAPEVINE_EGRESS_ALLOW' },
    { name: 'a host without TLS', over: { apiBaseUrl: 'http://nowhere.invalid' }, says: 'begin it with https://' },
    { name: 'no URL', over: { apiBaseUrl: 'extole' }, says: 'GRAPEVINE_EGRESS_ALLOW' },
  ])('$name is said in words that do not repeat the key', async ({ over, says }) => {
    const { isValid, message } = await check(over)
    expect(isValid).toBe(false)
    expect(message).toContain(says)
    expect(message).not.toContain('nonsense-key')
  })

  test('an unreachable host is named', async () => {
    const { allow } = parseEgressAllow(['127.0.0.1:1'])
    const client = createHttpClient({ clock: systemClock, egress: { ports: PORTS_DEFAULT, allowHttp: false, allow } })
    const over = settings({ apiBaseUrl: 'http://127.0.0.1:1' })
    const result = await testAuthentication({ definition: extole().definition, settings: over, http: client })
    await client.close()
    const message = 'The host 127.0.0.1:1 refused the connection. Check the URL and its port.'
    expect(result).toEqual({ isValid: false, message, warnings: [] })
  })
})

describe('what Extole knows as a repeat', () => {
  test.each([
    { payload: { traits: {} }, isUnique: true },
    { payload: { event_name: 'conversion', properties: { partner_conversion_id: 'c1' } }, isUnique: true },
    { payload: { event_name: 'conversion', properties: {} }, isUnique: false },
    { payload: { event_name: 'registration', partner_user_id: 'u1' }, isUnique: true },
    { payload: { event_name: 'Signed Up', partner_user_id: 'u1' }, isUnique: true },
    { payload: { event_name: 'Login Button Clicked', partner_user_id: 'u1' }, isUnique: false },
  ])('$payload: $isUnique', ({ payload, isUnique }) => {
    expect(extole().hasUniqueKey(payload, settings({ eventNames: 'Signed Up = registration' }))).toBe(isUnique)
  })
})
