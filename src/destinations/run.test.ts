import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { DestinationDefinition, RequestClient } from '@segment/actions-core'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { systemClock } from '../ports/index.ts'
import { actionsCore } from './actions-core.ts'
import { asDefinition, type Definition } from './definition.ts'
import { PORTS_DEFAULT, parseEgressAllow } from './egress.ts'
import { createHttpClient, type HttpClient } from './http.ts'
import { preview, runAction, runDelete, testAuthentication } from './run.ts'

interface Seen {
  readonly method: string | undefined
  readonly url: string | undefined
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

interface TestSettings {
  readonly apiKey: string
  readonly url: string
}

/** What the server answers next: statuses, the last of which stays. */
let statuses: number[] = [200]
let seen: Seen[] = []
let url = ''
let http: HttpClient

const server = createServer((request, response) => {
  let body = ''
  request.on('data', (chunk) => {
    body += chunk
  })
  request.on('end', () => {
    seen.push({ method: request.method, url: request.url, headers: request.headers, body })
    const status = statuses.length > 1 ? statuses.shift() : statuses[0]
    response.writeHead(status ?? 200, { 'content-type': 'application/json', 'retry-after': '3' })
    response.end(JSON.stringify({ status }))
  })
})

beforeAll(async () => {
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const { port } = server.address() as AddressInfo
  url = `http://127.0.0.1:${port}`
  const { allow } = parseEgressAllow([`127.0.0.1:${port}`, `localhost:${port}`, '127.0.0.1:1'])
  http = createHttpClient({ clock: systemClock, egress: { ports: PORTS_DEFAULT, allowHttp: false, allow } })
})

beforeEach(() => {
  statuses = [200]
  seen = []
})

afterAll(async () => {
  await http.close()
  await new Promise((done) => server.close(done))
})

type Perform = DestinationDefinition<TestSettings>['actions'][string]['perform']

function aDefinition(perform: Perform, over: Partial<DestinationDefinition<TestSettings>> = {}): Definition {
  return asDefinition<TestSettings>({
    name: 'Test',
    mode: 'cloud',
    authentication: {
      scheme: 'custom',
      fields: {
        apiKey: { type: 'password', label: 'Key', description: '', required: true },
        url: { type: 'string', label: 'URL', description: '' },
      },
    },
    extendRequest: ({ settings }) => ({ headers: { Authorization: `Bearer ${settings.apiKey}` } }),
    actions: {
      send: {
        title: 'Send',
        description: '',
        fields: {
          id: { label: 'Id', description: '', type: 'string', required: true },
          amount: { label: 'Amount', description: '', type: 'number' },
          tags: { label: 'Tags', description: '', type: 'string', multiple: true },
          note: { label: 'Note', description: '', type: 'string' },
          extra: { label: 'Extra', description: '', type: 'object' },
        },
        perform,
      },
    },
    ...over,
  })
}

const settings = (over: object = {}) => ({ apiKey: 'secret-key-1', url, ...over })
const mapping = {
  id: { '@path': '$.userId' },
  amount: { '@path': '$.properties.amount' },
  tags: { '@path': '$.properties.tags' },
  note: { '@path': '$.properties.note' },
  extra: { '@path': '$.properties.extra' },
}
const event = { type: 'track', userId: 'u1', properties: { amount: '12.5', tags: 'a', extra: { deep: [1, null, ''] } } }

const posting = aDefinition((request, { payload, settings: { url: base } }) =>
  request(`${base}/events`, { method: 'post', json: payload }),
)

function run(definition: Definition, over: object = {}) {
  return runAction({ definition, action: 'send', settings: settings(), mapping, event, http, ...over })
}

describe('an attempt', () => {
  test('fields are filled, coerced and checked as the framework does', async () => {
    const attempt = await run(posting)
    const payload = { id: 'u1', amount: 12.5, tags: ['a'], extra: { deep: [1, null, ''] } }
    expect(attempt.payload).toEqual(payload)
    expect(JSON.parse(seen[0]?.body ?? '')).toEqual(payload)
    expect(attempt.outcome).toMatchObject({ kind: 'answered', status: 200, body: '{"status":200}' })
  })

  test('does what the framework itself does with the same event', async () => {
    const { Destination } = actionsCore()
    const bodies: unknown[] = []
    const recording = aDefinition((_request, { payload, syncMode, audienceMembership, audienceSettings }) => {
      bodies.push(structuredClone({ payload, syncMode, audienceMembership, audienceSettings }))
    })
    const personas = { computation_class: 'audience', computation_key: 'vip', audience_settings: { a: 1 } }
    const events = [
      event,
      { ...event, properties: { amount: null, tags: [], extra: {} } },
      { ...event, properties: { amount: '', tags: '', note: '', extra: null } },
      { ...event, properties: { note: 5, tags: ['', null, 1], extra: { '': '', a: [undefined, null] } } },
      { ...event, properties: { vip: true }, context: { personas } },
    ]
    for (const each of events) {
      await run(recording, { event: each })
      const subscription = { partnerAction: 'send', subscribe: 'type = "track"', mapping }
      const destination = new Destination(recording)
      await destination.onEvent(each as never, { ...settings(), subscription } as never)
      expect(bodies.at(-2)).toEqual(bodies.at(-1))
    }
    expect(bodies).toHaveLength(events.length * 2)
  })

  test('an event that lacks a required field is not mapped, and nothing is sent', async () => {
    const { outcome, request } = await run(posting, { event: { type: 'track' } })
    expect(outcome).toMatchObject({ kind: 'unmapped', reason: expect.stringContaining('id') })
    expect(request).toBeNull()
    expect(seen).toEqual([])
  })

  test('a mapping that cannot be evaluated maps nothing', async () => {
    expect((await run(posting, { mapping: { id: { '@nonsense': 1 } } })).outcome.kind).toBe('unmapped')
  })

  test('an event for an action that there is not is invalid', async () => {
    expect((await run(posting, { action: 'missing' })).outcome.kind).toBe('invalid')
    expect((await run(posting, { action: 'constructor' })).outcome.kind).toBe('invalid')
  })

  test('a refusal is the outcome, also when the definition wraps it', async () => {
    statuses = [422]
    expect((await run(posting)).outcome).toMatchObject({ kind: 'answered', status: 422, body: '{"status":422}' })
    const wrapping = aDefinition(async (request, { settings: { url: base } }) => {
      await request(base).catch((error) => {
        throw Object.assign(new Error('wrapped'), { response: error.response })
      })
    })
    expect((await run(wrapping)).outcome).toMatchObject({ kind: 'answered', status: 422 })
  })

  test('no answer is the outcome, also when the definition swallows the error', async () => {
    const swallowing = aDefinition(async (request) => {
      await request('http://127.0.0.1:1/').catch(() => undefined)
    })
    expect((await run(swallowing)).outcome).toEqual({ kind: 'not_sent', reason: 'ECONNREFUSED' })
    const replacing = aDefinition(async (request) => {
      await request('http://127.0.0.1:1/').catch(() => {
        throw Object.assign(new Error('something went wrong'), { status: 400 })
      })
    })
    expect((await run(replacing)).outcome).toEqual({ kind: 'not_sent', reason: 'ECONNREFUSED' })
  })

  test('a refusal that the definition takes for success is one', async () => {
    statuses = [409]
    const lenient = aDefinition((request, { settings: { url: base } }) => request(base, { throwHttpErrors: false }))
    expect((await run(lenient)).outcome).toMatchObject({ kind: 'answered', status: 200 })
  })

  test("the framework's errors count as the status they carry", async () => {
    const { APIError, IntegrationError, InvalidAuthenticationError, PayloadValidationError, RetryableError } =
      actionsCore()
    const outcomeOf = async (error: Error, afterAnswer = false) => {
      const throwing = aDefinition(async (request, { settings: { url: base } }) => {
        if (afterAnswer) await request(base)
        throw error
      })
      return (await run(throwing)).outcome
    }
    expect(await outcomeOf(new PayloadValidationError('bad email'))).toEqual({ kind: 'invalid', reason: 'bad email' })
    expect(await outcomeOf(new RetryableError('later'))).toMatchObject({ kind: 'answered', status: 500 })
    expect(await outcomeOf(new InvalidAuthenticationError('no'))).toMatchObject({ kind: 'answered', status: 401 })
    expect(await outcomeOf(new IntegrationError('x', 'Y', 404))).toMatchObject({ kind: 'answered', status: 404 })
    expect(await outcomeOf(new APIError('x', 429), true)).toMatchObject({
      status: 429,
      headers: { 'retry-after': '3' },
    })
    expect(await outcomeOf(new TypeError('bug'))).toEqual({ kind: 'invalid', reason: 'bug' })
    expect(await outcomeOf(new TypeError('bug'), true)).toEqual({ kind: 'ambiguous', reason: 'GARBAGE' })
  })

  test('an answer looks to a definition as it does in the framework', async () => {
    let answer: unknown
    const reading = aDefinition(async (request, { settings: { url: base } }) => {
      const response = await request<{ status: number }>(base, { searchParams: { a: 'b c', n: 1 } })
      answer = [response.ok, response.status, response.data.status, response.content, await response.json()]
      answer = [...(answer as unknown[]), response.headers.get('Retry-After'), await response.clone().text()]
    })
    await run(reading)
    expect(answer).toEqual([true, 200, 200, '{"status":200}', { status: 200 }, '3', '{"status":200}'])
    expect(seen[0]?.url).toBe('/?a=b+c&n=1')
  })

  test('forms, texts and basic authentication are sent as the framework does', async () => {
    const sending = aDefinition(async (request, { settings: { url: base } }) => {
      await request(base, { method: 'POST', body: new URLSearchParams({ a: 'b c' }), username: 'u', password: 'p' })
      await request(base, { method: 'PUT', body: 'text', headers: { Authorization: undefined as never } })
    })
    await run(sending)
    const [form, text] = seen
    expect(form?.headers['content-type']).toContain('application/x-www-form-urlencoded')
    expect(form).toMatchObject({ body: 'a=b+c', headers: { authorization: 'Basic dTpw' } })
    expect(text).toMatchObject({ method: 'PUT', body: 'text' })
    expect(text?.headers.authorization).toBeUndefined()
  })
})

describe('a retry', () => {
  test('sends the same bytes, though event names and mapping changed meanwhile', async () => {
    statuses = [503, 200]
    const first = await run(posting)
    const frozen = JSON.parse(JSON.stringify(first.frozen))
    const changed = { mapping: { id: 'changed' }, event: { type: 'track', userId: 'other' }, frozen }
    const second = await run(posting, changed)
    expect(second.outcome).toMatchObject({ status: 200 })
    expect([seen[1]?.method, seen[1]?.url, seen[1]?.body]).toEqual([seen[0]?.method, seen[0]?.url, seen[0]?.body])
    expect(second.frozen).toEqual(first.frozen)
  })

  test('carries the credentials of the moment, and none are kept', async () => {
    statuses = [401, 200]
    const { frozen } = await run(posting)
    expect(JSON.stringify(frozen)).not.toContain('secret-key-1')
    await run(posting, { frozen, settings: settings({ apiKey: 'secret-key-2' }) })
    expect(seen.map(({ headers }) => headers.authorization)).toEqual(['Bearer secret-key-1', 'Bearer secret-key-2'])
  })

  test('carries them also where a destination wants them in the URL or the body', async () => {
    const inBody = aDefinition((request, { payload, settings: { apiKey, url: base } }) =>
      request(`${base}/send?key=${encodeURIComponent(apiKey)}`, { method: 'POST', json: { apiKey, ...payload } }),
    )
    const [before, after] = ['key "one" & 1', 'key "two" & 2']
    const first = await run(inBody, { settings: settings({ apiKey: before }) })
    expect(JSON.stringify([first.request, first.frozen])).not.toContain('one')
    const frozen = JSON.parse(JSON.stringify(first.frozen))
    await run(inBody, { frozen, settings: settings({ apiKey: after }) })
    const [one, two] = seen
    expect(JSON.parse(two?.body ?? '')).toEqual({ ...JSON.parse(one?.body ?? ''), apiKey: after })
    expect(two?.url).toBe(`/send?key=${encodeURIComponent(after)}`)
  })

  test('an event that imitates the mark of a credential gets none', async () => {
    const imitation = '\uE0F0plain:apiKey\uE0F1'
    const first = await run(posting, { event: { ...event, userId: imitation } })
    expect(first.frozen.request).toBeNull()
    await run(posting, { frozen: first.frozen })
    expect(JSON.parse(seen[1]?.body ?? '')).toMatchObject({ id: imitation })
    expect(seen[1]?.body).toBe(seen[0]?.body)
  })

  test('goes where the settings point now, since that is where the credentials belong', async () => {
    const { port } = server.address() as AddressInfo
    const wrong = settings({ url: 'http://127.0.0.1:1' })
    const { frozen, outcome } = await run(posting, { settings: wrong })
    expect(outcome).toEqual({ kind: 'not_sent', reason: 'ECONNREFUSED' })
    await run(posting, { frozen, settings: settings({ url: `http://localhost:${port}` }) })
    expect(seen.map(({ url: path, headers }) => [path, headers.host])).toEqual([['/events', `localhost:${port}`]])
  })

  test('of several requests the first is sent as before', async () => {
    const two = aDefinition(async (request: RequestClient, { payload, settings: { url: base } }) => {
      await request(`${base}/find?q=${seen.length}`)
      await request(`${base}/store`, { method: 'POST', json: payload })
    })
    statuses = [200, 503, 200]
    const first = await run(two)
    expect(first.outcome).toMatchObject({ status: 503 })
    expect(first.request?.url).toBe(`${url}/store`)
    await run(two, { frozen: first.frozen })
    expect(seen.map(({ url: path }) => path)).toEqual(['/find?q=0', '/store', '/find?q=0', '/store'])
  })
})

describe('secrets', () => {
  test('people see header names, but no credentials', async () => {
    const { request } = await run(posting)
    expect(request?.headers).toMatchObject({ authorization: '***', 'content-type': 'application/json' })
  })

  test('a preview shows what would be sent and sends nothing', async () => {
    const shown = await preview({ definition: posting, action: 'send', settings: settings(), mapping, event })
    expect(seen).toEqual([])
    expect(shown.problem).toBeNull()
    expect(shown.request).toEqual((await run(posting)).request)
  })

  test('a preview of an event that cannot be sent says why', async () => {
    const shown = await preview({ definition: posting, action: 'send', settings: settings(), mapping, event: {} })
    expect(shown).toMatchObject({ request: null, problem: expect.stringContaining('id') })
  })
})

describe('what else a definition can do', () => {
  test('a definition without onDelete cannot delete', async () => {
    const ids = { userId: 'u1', anonymousId: null, regulationId: 'r1' }
    expect(await runDelete({ definition: posting, settings: settings(), http, ...ids })).toBeNull()
    const deleting = aDefinition(() => undefined, {
      onDelete: (request, { payload, settings: { url: base } }) =>
        request(`${base}/${payload.userId}`, { method: 'DELETE' }),
    })
    const run = await runDelete({ definition: deleting, settings: settings(), http, ...ids })
    expect(run?.outcome).toMatchObject({ kind: 'answered', status: 200 })
    expect(seen[0]).toMatchObject({ method: 'DELETE', url: '/u1' })
  })

  test('the message of a failed test of credentials does not show them', async () => {
    const testing = aDefinition(() => undefined, {
      authentication: {
        scheme: 'custom',
        fields: { apiKey: { type: 'password', label: 'Key', description: '' } },
        testAuthentication: (_request, { settings: { apiKey } }) => {
          throw new Error(`${apiKey} is wrong`)
        },
      },
    })
    const result = await testAuthentication({ definition: testing, settings: settings(), http })
    expect(result).toEqual({ isValid: false, message: '*** is wrong', warnings: [] })
  })
})
