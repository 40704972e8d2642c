/** The API and the command line, on the whole product as a user starts it. */
import { execFile } from 'node:child_process'
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Quickstart, Running } from '../src/app/index.ts'
import { startServer, type TestServer } from './server.fixture.ts'

let server: TestServer
let running: Running
let quickstart: Quickstart

beforeAll(async () => {
  server = await startServer()
  ;({ running, quickstart } = server)
}, 60_000)

afterAll(async () => {
  await server?.[Symbol.asyncDispose]()
}, 60_000)

async function call(method: string, path: string, body?: unknown, token = quickstart.publicApiToken) {
  const response = await fetch(`${running.url}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
  return { status: response.status, json: await response.json() }
}

const regulation = (subjectIds: unknown) => ({ regulationType: 'DELETE_ONLY', subjectType: 'USER_ID', subjectIds })
const run = promisify(execFile)
const cli = (...args: string[]) =>
  run(process.execPath, ['src/main.ts', ...args, '--data', server.directory], {
    env: { ...process.env, GRAPEVINE_TOKEN: undefined },
  })

test.each([
  ['no token', ''],
  ['a token that nobody made', 'nobody'],
])('%s is answered 401 in the error envelope', async (_, token) => {
  const { status, json } = await call('GET', '/api/sources', undefined, token)
  expect([status, json]).toEqual([401, { errors: [{ type: 'unauthorized', message: expect.any(String) }] }])
})

test('a token may do what its scopes say and is dead once revoked', async () => {
  const made = await call('POST', '/api/tokens', { name: 'reader', scopes: ['api:read'] })
  const { id, token } = made.json.data.token
  expect([made.status, (await call('GET', '/api/sources', undefined, token)).status]).toEqual([201, 200])
  expect((await call('POST', '/api/sources', { slug: 'x', metadataId: 'http' }, token)).status).toBe(403)
  expect((await call('GET', '/api/live', undefined, token)).status).toBe(403)
  expect(JSON.stringify((await call('GET', '/api/tokens')).json)).not.toContain(token)
  await call('DELETE', `/api/tokens/${id}`)
  expect((await call('GET', '/api/sources', undefined, token)).status).toBe(401)
})

test.each([
  ['an unknown field', 'POST', '/api/sources', { slug: 'a', metadataId: 'http', colour: 'red' }, 422],
  ['a missing field', 'POST', '/api/sources', { slug: 'a' }, 422],
  ['a slug that is taken', 'POST', '/api/sources', { slug: 'node', metadataId: 'http' }, 409],
  ['a body that is not JSON', 'POST', '/api/sources', '{', 400],
  [
    'a destination of no known kind',
    'POST',
    '/api/destinations',
    { sourceId: 'x', metadataId: 'no-such', settings: {} },
    404,
  ],
  ['a destination that is not there', 'GET', '/api/destinations/nobody', undefined, 404],
  ['an address that is not there', 'GET', '/api/nowhere', undefined, 404],
  ['no subject', 'POST', '/api/regulations', regulation([]), 422],
  ['a subject too many', 'POST', '/api/regulations', regulation(Array.from({ length: 5_001 }, (_, n) => `u${n}`)), 422],
  ['a subject that is no person', 'POST', '/api/regulations', { ...regulation(['u']), subjectType: 'OBJECT_ID' }, 422],
  ['a subject that is no text', 'POST', '/api/regulations', regulation([1]), 422],
  ['a subject that is too long', 'POST', '/api/regulations', regulation(['x'.repeat(501)]), 422],
  [
    'a kind of regulation that is not here',
    'POST',
    '/api/regulations',
    { ...regulation(['u']), regulationType: 'SUPPRESS_ONLY' },
    422,
  ],
])('%s is answered in the error envelope', async (_, method, path, body, status) => {
  const answer = await call(method, path, body)
  expect([answer.status, answer.json]).toEqual([
    status,
    { errors: expect.arrayContaining([expect.objectContaining({ message: expect.any(String) })]) },
  ])
})

test('5,000 subjects in one regulation are taken and end', async () => {
  const accepted = await call(
    'POST',
    '/api/regulations',
    regulation(Array.from({ length: 5_000 }, (_, n) => `many-${n}`)),
  )
  const id = accepted.json.data.regulateId
  for (;;) {
    const { status, json } = await call('GET', `/api/regulations/${id}`)
    if (status === 200 && json.data.regulation.overallStatus !== 'RUNNING') {
      expect(json.data.regulation.overallStatus).toBe('FINISHED')
      return
    }
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}, 60_000)

test('a destination is made from the catalog by its Segment id; its key is masked from then on', async () => {
  const [source] = quickstart.sources
  const { status, json } = await call('POST', '/api/destinations', {
    sourceId: source?.id,
    metadataId: '5e79ef31929aef3bdfbc53a5',
    name: 'Second',
    settings: { apiKey: 'a-secret-that-nobody-sees' },
    enabled: false,
  })
  expect(status).toBe(200)
  const { destination } = json.data
  expect(destination).toMatchObject({ name: 'Second', metadata: { slug: 'extole-platform', name: 'Extole Platform' } })
  expect(destination.subscriptions).toHaveLength(2)
  const again = JSON.stringify((await call('GET', `/api/destinations/${destination.id}`)).json)
  expect(again).not.toContain('a-secret-that-nobody-sees')
  expect(again).toContain('•')
})

test('settings are checked before they are kept', async () => {
  const path = `/api/destinations/${quickstart.destinationId}`
  for (const settings of [
    { apiKey: '' },
    { trackEventName: 'sideways' },
    { noSuchSetting: 1 },
    { apiBaseUrl: 'not a url' },
  ]) {
    expect((await call('PATCH', path, { settings })).status).toBe(422)
  }
})

test('a change of settings is in force within a second', async () => {
  const path = `/api/destinations/${quickstart.destinationId}`
  await call('PATCH', path, { settings: { eventNames: { 'Renamed Here': 'registration' } } })
  const [source] = quickstart.sources
  await fetch(`${running.url}/v1/track`, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa(`${source?.writeKey}:`)}` },
    body: JSON.stringify({ userId: 'renamed', event: 'Renamed Here', properties: { email: 'renamed@example.com' } }),
  })
  const startedMs = performance.now()
  for (;;) {
    const response = await fetch(`${quickstart.extole?.url}/sandbox/requests?limit=50`, {
      headers: { authorization: `Bearer ${quickstart.extole?.apiKey}` },
    })
    const { requests } = await response.json()
    const mine = requests.find(({ body }: { body: string }) => body.includes('renamed@example.com'))
    if (mine !== undefined) {
      expect(JSON.parse(mine.body).event_name).toBe('registration')
      return
    }
    expect(performance.now() - startedMs).toBeLessThan(5_000)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
})

test('filters are made, read, changed, tried and removed in the shapes of Segment', async () => {
  const path = `/api/destination/${quickstart.destinationId}/filters`
  const draft = {
    sourceId: quickstart.sources[0]?.id,
    title: 'No staging',
    if: 'event = "Staging"',
    actions: [{ type: 'DROP' }],
    enabled: true,
  }
  const made = await call('POST', path, draft)
  expect(made.status).toBe(200)
  const { id } = made.json.data.filter
  expect(made.json.data.filter).toEqual({
    id,
    ...draft,
    destinationId: quickstart.destinationId,
    createdAt: expect.stringMatching(/Z$/),
    updatedAt: expect.stringMatching(/Z$/),
  })
  expect((await call('GET', path)).json.data).toMatchObject({ filters: [{ id }], pagination: { totalEntries: 1 } })
  const mistake = await call('PATCH', `${path}/${id}`, { if: 'event = ' })
  expect([mistake.status, mistake.json]).toEqual([
    422,
    {
      errors: [
        {
          type: 'input-validation',
          field: 'if',
          message: 'if cannot be read at character 9: a field, a text or a number is expected here, not the end',
        },
      ],
    },
  ])
  await call('PATCH', `${path}/${id}`, { description: 'from the test team' })
  expect((await call('GET', `${path}/${id}`)).json.data.filter).toMatchObject({ description: 'from the test team' })

  const [source] = quickstart.sources
  await fetch(`${running.url}/v1/track`, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa(`${source?.writeKey}:`)}` },
    body: JSON.stringify({ userId: 'u', event: 'Staging', messageId: 'staged' }),
  })
  const why = async () => {
    const { json } = await call('GET', '/api/explain/staged')
    return json.data?.events[0]?.destinations
  }
  while ((await why()) === undefined) await new Promise((resolve) => setTimeout(resolve, 20))
  expect(await why()).toContainEqual({
    destinationId: quickstart.destinationId,
    name: 'Extole Platform',
    filtered: 'FILTERED_BY_RULES',
    why: 'The filter "No staging" dropped the event, or left it out of the sample.',
  })

  const payload = { type: 'track', properties: { a: 1, b: 2 } }
  const preview = (actions: unknown, condition = 'all') =>
    call('POST', '/api/destination/filters/preview', { filter: { if: condition, actions }, payload })
  expect((await preview([{ type: 'ALLOW_PROPERTIES', fields: { properties: ['a'] } }])).json.data).toEqual({
    inputPayload: payload,
    result: { type: 'track', properties: { a: 1 } },
  })
  expect((await preview([{ type: 'DROP' }])).json.data.result).toBeNull()
  expect((await preview([{ type: 'DROP' }], 'length(properties.a) = 1')).json.data).toMatchObject({
    result: null,
    problem: 'length needs a text, and properties.a is a number',
  })
  expect((await preview([{ type: 'SAMPLE' }])).status).toBe(422)
  expect((await call('DELETE', `${path}/${id}`)).json).toEqual({ data: { status: 'SUCCESS' } })
  expect((await call('GET', `${path}/${id}`)).status).toBe(404)
  expect((await call('POST', '/api/destination/nobody/filters', { ...draft, sourceId: undefined })).status).toBe(404)
}, 30_000)

test('mappings are listed, made, changed and removed in the shapes of Segment', async () => {
  const path = `/api/destinations/${quickstart.destinationId}/subscriptions`
  const settings = { name: { '@path': '$.event' } }
  const draft = { name: 'Refunds', actionId: 'track', trigger: 'event = "Refund"', enabled: false, settings }
  const made = await call('POST', path, draft)
  const { destinationSubscription } = made.json.data
  expect(destinationSubscription).toMatchObject({
    ...draft,
    actionSlug: 'track',
    destinationId: quickstart.destinationId,
  })
  const one = `${path}/${destinationSubscription.id}`
  expect((await call('GET', one)).json.data.subscription).toEqual(destinationSubscription)
  expect((await call('PATCH', one, { input: { name: 'Returns' } })).json.data.subscription).toEqual({
    ...destinationSubscription,
    name: 'Returns',
  })
  expect((await call('PATCH', one, { input: { trigger: '(' } })).status).toBe(422)
  expect((await call('POST', path, { ...draft, actionId: 'nothing' })).status).toBe(422)
  const list = (await call('GET', path)).json.data
  expect(list.subscriptions.map((each: { name: string }) => each.name)).toContain('Returns')
  expect(list.pagination.totalEntries).toBe(list.subscriptions.length)
  expect((await call('DELETE', one)).json).toEqual({ data: { status: 'SUCCESS' } })
  expect((await call('GET', one)).status).toBe(404)
})

test('a destination is removed with its filters, and is not found again', async () => {
  const settings = { apiKey: 'a-secret-that-nobody-sees' }
  const sourceId = (await call('POST', '/api/sources', { slug: 'short', metadataId: 'http' })).json.data.source.id
  const made = await call('POST', '/api/destinations', {
    sourceId,
    metadataId: 'extole-platform',
    settings,
    enabled: false,
  })
  const path = `/api/destinations/${made.json.data.destination.id}`
  expect((await call('DELETE', `/api/sources/${sourceId}`)).status).toBe(409)
  expect((await call('DELETE', path)).json).toEqual({ data: { status: 'SUCCESS' } })
  expect([(await call('GET', path)).status, (await call('DELETE', path)).status]).toEqual([404, 404])
  expect((await call('DELETE', `/api/sources/${sourceId}`)).status).toBe(200)
})

test('a source is made, read, renamed, given a second write key and removed', async () => {
  const { id, writeKeys } = (await call('POST', '/api/sources', { slug: 'shop', metadataId: 'http' })).json.data.source
  const path = `/api/sources/${id}`
  expect((await call('PATCH', path, { name: 'Shop' })).json.data.source).toMatchObject({ name: 'Shop', slug: 'shop' })
  const withTwo = (await call('POST', `${path}/writekey`)).json.data.source.writeKeys
  expect(withTwo).toEqual([...writeKeys, expect.any(String)])
  expect((await call('DELETE', `${path}/writekey/${writeKeys[0]}`)).status).toBe(200)
  const read = (await call('GET', path)).json.data
  expect(read).toMatchObject({ source: { name: 'Shop', writeKeys: [withTwo[1]] }, trackingPlanId: null })
  expect((await call('GET', `${path}/connected-destinations`)).json.data.destinations).toEqual([])
  expect((await call('DELETE', `/api/sources/${quickstart.sources[0]?.id}`)).status).toBe(409)
  expect((await call('DELETE', path)).json).toEqual({ data: { status: 'SUCCESS' } })
  expect((await call('GET', path)).status).toBe(404)
})

test('the testers tell the request that would be made, and make it only when asked to', async () => {
  const event = {
    type: 'track',
    event: 'Tester Only',
    userId: 'tester',
    properties: { email: 't@example.com' },
  }
  const path = `/api/destinations/${quickstart.destinationId}`
  const sandbox = async () => {
    const response = await fetch(`${quickstart.extole?.url}/sandbox/requests?limit=200`, {
      headers: { authorization: `Bearer ${quickstart.extole?.apiKey}` },
    })
    return ((await response.json()).requests as { body: string }[]).filter(({ body }) => body.includes('Tester Only'))
  }
  const tested = (await call('POST', `${path}/test-event`, { event })).json.data
  const [{ mappings, filtered }] = tested.destinations
  expect(filtered).toBeNull()
  expect(mappings).toMatchObject([{ actionSlug: 'track', problem: null, answer: null, request: { method: 'POST' } }])
  expect(JSON.stringify(tested)).not.toContain(quickstart.extole?.apiKey)
  expect(await sandbox()).toEqual([])

  const sent = (await call('POST', `${path}/test-event`, { event, send: true })).json.data.destinations[0].mappings[0]
  expect(sent.answer).toMatchObject({ kind: 'answered', status: 200 })
  // It happens when it is tested.
  const withoutTime = (body: string) => ({ ...JSON.parse(body), event_time: null })
  expect(withoutTime(sent.request.body)).toEqual(withoutTime(mappings[0].request.body))
  expect((await sandbox()).map(({ body }) => body)).toEqual([sent.request.body])
  expect((await call('GET', `/api/explain/${tested.event.messageId}`)).status).toBe(404)

  const mapping = { actionId: 'track', trigger: 'event = "Other"', settings: {} }
  const tryMapping = async (over: object) =>
    (await call('POST', `${path}/mappings/test`, { event, mapping: { ...mapping, ...over } })).json.data.destinations[0]
  expect(await tryMapping({})).toMatchObject({ filtered: 'NO_MATCHING_MAPPING', mappings: [] })
  const [broken] = (await tryMapping({ trigger: 'type = "track"' })).mappings
  expect(broken).toMatchObject({ id: null, request: null, problem: expect.stringMatching(/./) })
  const rejected = await call('POST', `${path}/test-event`, { event: { ...event, userId: 7 } })
  expect([rejected.status, rejected.json.error.message]).toEqual([422, expect.stringContaining('id_not_string')])

  const all = await call('POST', `/api/sources/${quickstart.sources[0]?.id}/test-event`, { event })
  expect(all.json.data.destinations.map((each: { filtered: string | null }) => each.filtered)).toEqual([
    null,
    'DESTINATION_DISABLED',
  ])
  const { stdout } = await cli('test-event', JSON.stringify(event))
  expect(stdout).toMatch(/Extole Platform \/ .*\n {2}POST /)
  expect(stdout).toContain('Second: filtered, DESTINATION_DISABLED.')
}, 30_000)

test('health, metrics and doctor tell the same: everything adds up', async () => {
  expect((await fetch(`${running.url}/health/live`)).status).toBe(200)
  expect((await fetch(`${running.url}/health/ready`)).status).toBe(200)
  const metrics = await (await fetch(`${running.url}/metrics`)).text()
  expect(metrics).toContain('grapevine_conservation_holds 1')
  expect(metrics).toMatch(/grapevine_destination_deliveries_total\{destination="[^"]+",part="pending"\} 0/)
  const { stdout } = await cli('doctor')
  expect(stdout).toContain('Everything adds up.')
}, 30_000)

test('send, tail and token work from the command line', async () => {
  const sent = JSON.parse((await cli('send', 'track', 'From The CLI', '--user-id', 'cli', '--json')).stdout)
  expect(sent).toMatchObject({ status: 200, answer: { success: true } })
  const response = await fetch(`${running.url}/api/live?after=0&outcome=accepted`, {
    headers: { authorization: `Bearer ${quickstart.publicApiToken}` },
  })
  let text = ''
  for await (const chunk of response.body ?? []) {
    text += Buffer.from(chunk).toString()
    if (text.includes('From The CLI')) break
  }
  const token = JSON.parse((await cli('token', 'create', 'ci', '--scope', 'api:read', '--json')).stdout)
  expect((await cli('token', 'list')).stdout).toContain(token.id)
  expect((await cli('token', 'revoke', token.id)).stdout).toContain('Revoked')
}, 60_000)

test('tail says which outcomes there are when it is asked for another', async () => {
  await expect(cli('tail', '--outcome', 'vanished')).rejects.toMatchObject({
    code: 2,
    stderr: expect.stringContaining('one of accepted, rejected, dup'),
  })
})

test('an event is explained: where it went, where it did not and why, and what the destination got', async () => {
  const [source] = quickstart.sources
  const send = (event: object) =>
    fetch(`${running.url}/v1/track`, {
      method: 'POST',
      headers: { authorization: `Basic ${btoa(`${source?.writeKey}:`)}` },
      body: JSON.stringify(event),
    })
  await send({ userId: 'ex', event: 'Explained', messageId: 'explain-1', properties: { n: 1 } })
  await send({ userId: 'ex', event: 'Explained', messageId: 'explain-2', integrations: { All: false } })
  const explained = async (messageId: string) => {
    for (;;) {
      const { status, json } = await call('GET', `/api/explain/${messageId}`)
      const pending = json.data?.events[0]?.deliveries.some(({ state }: { state: string }) => state === 'pending')
      if (status === 200 && pending === false) return json.data.events
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }
  const [delivered] = await explained('explain-1')
  expect(delivered.event).toMatchObject({ event: 'Explained', userId: 'ex' })
  expect(delivered.deliveries).toMatchObject([
    { state: 'delivered', attempts: 1, status: 200, isRequestRenderedNow: true },
  ])
  expect(JSON.parse(delivered.deliveries[0].request.body).data).toEqual({ n: 1, partner_user_id: 'ex' })
  const [filtered] = await explained('explain-2')
  expect(filtered.destinations).toContainEqual(
    expect.objectContaining({
      filtered: 'FILTERED_BY_INTEGRATIONS_OBJECT',
      why: expect.stringContaining('integrations'),
    }),
  )
  expect(filtered.deliveries).toEqual([])
  expect((await call('GET', '/api/explain/nobody-sent-this')).status).toBe(404)
  expect((await cli('explain', 'explain-1')).stdout).toContain('delivered after 1 attempts, last answer 200')
}, 30_000)

test('the demo shows the promises of the Extole page', async () => {
  const { stdout } = await cli('demo', '--json')
  const { checks } = JSON.parse(stdout)
  expect(Object.values(checks)).toHaveLength(6)
  expect(Object.entries(checks).filter(([, holds]) => holds !== true)).toEqual([])
}, 60_000)

test('a wrong command says what to do and ends with 2, an unreachable server with 1', async () => {
  await expect(cli('send', 'nosuch')).rejects.toMatchObject({ code: 2, stderr: expect.stringContaining('Use one of') })
  await expect(cli('doctor', '--url', 'http://127.0.0.1:9')).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringContaining('npm start'),
  })
}, 30_000)

test('the files of the data directory are for their owner only', () => {
  for (const name of ['quickstart.json', 'secrets', 'state.db', 'lock.db', 'extole-sandbox.db', 'log/1.db']) {
    expect([name, statSync(join(server.directory, name)).mode & 0o077]).toEqual([name, 0])
  }
})

test('a destination is tested when it is saved, and the save stands whatever comes of it', async () => {
  const [, source] = quickstart.sources
  const refused = { apiKey: 'a-key-that-nobody-knows', apiBaseUrl: quickstart.extole?.url }
  const body = { sourceId: source?.id, metadataId: 'extole-platform', name: 'Tested', settings: refused }
  const made = await call('POST', '/api/destinations', body)
  expect([made.status, made.json.check]).toEqual([
    200,
    { isValid: false, message: expect.stringContaining('does not know this API Key'), warnings: [] },
  ])
  const path = `/api/destinations/${made.json.data.destination.id}`
  const down = await call('PATCH', path, { settings: { apiBaseUrl: 'https://127.0.0.1' } })
  expect([down.status, down.json.check.isValid]).toEqual([200, false])
  const mended = await call('PATCH', path, {
    settings: { apiKey: quickstart.extole?.apiKey, apiBaseUrl: quickstart.extole?.url },
  })
  expect(mended.json.check).toEqual({ isValid: true, message: 'The credentials work.', warnings: [] })
  expect((await call('PATCH', path, { enabled: false })).json.check).toBeNull()
  expect(JSON.stringify([made.json, down.json, mended.json])).not.toContain(quickstart.extole?.apiKey)
})

test('settings can be tried before they are saved, over those that are', async () => {
  const path = `/api/destinations/${quickstart.destinationId}`
  const check = async (to: string, body?: unknown) => (await call('POST', to, body)).json.data.check
  expect(await check(`${path}/test`)).toMatchObject({ isValid: true, warnings: [] })
  expect(await check(`${path}/test`, { settings: { apiKey: 'another-key' } })).toMatchObject({ isValid: false })
  const masked = (await call('GET', path)).json.data.destination.settings.apiKey
  expect(await check(`${path}/test`, { settings: { apiKey: masked } })).toMatchObject({ isValid: true })
  expect(await check(`${path}/test`, { settings: { apiBaseUrl: 'extole' } })).toEqual({
    isValid: false,
    message: expect.stringContaining('apiBaseUrl must be a URL'),
    warnings: [],
  })
  const unsaved = { metadataId: 'extole-platform', settings: { apiKey: '' } }
  expect(await check('/api/destinations/test', unsaved)).toMatchObject({
    isValid: false,
    message: 'apiKey is required.',
  })
  expect((await call('POST', '/api/destinations/test', { ...unsaved, metadataId: 'nothing' })).status).toBe(404)
  expect((await call('POST', '/api/destinations/nobody/test')).status).toBe(404)
  expect(await check(`${path}/test`)).toMatchObject({ isValid: true })
})

test('doctor tests every destination that is switched on', async () => {
  const { stdout } = await cli('doctor', '--json').catch((error) => error)
  const { tests } = JSON.parse(stdout)
  expect(tests).toContainEqual({
    id: quickstart.destinationId,
    name: 'Extole Platform',
    isValid: true,
    message: 'The credentials work.',
    warnings: [],
  })
  const shown = (await cli('doctor').catch((error) => error)).stdout
  expect(shown).toContain(`Extole Platform (${quickstart.destinationId}): settings tested: The credentials work.`)
})

test('the catalog is given in pages, and says how to get what is missing from it', async () => {
  const { status, json } = await call('GET', '/api/catalog/destinations?pagination.count=1')
  const { destinationsCatalog, pagination } = json.data
  expect([status, destinationsCatalog.length, pagination.totalEntries]).toEqual([200, 1, 2])
  expect(json.notices.join()).toContain('grapevine catalog install')
  const next = encodeURIComponent(pagination.next)
  const { json: rest } = await call('GET', `/api/catalog/destinations?pagination[count]=1&pagination[cursor]=${next}`)
  expect(rest.data.destinationsCatalog.map(({ slug }: { slug: string }) => slug)).toEqual(['webhook'])
  expect(rest.data.pagination.next).toBeUndefined()
  expect(rest.data.pagination.previous).toBe(pagination.current)
})

test.each<[name: string, pathOf: () => string]>([
  ['sources', () => '/api/sources'],
  ['destinations', () => '/api/destinations'],
  ['destinations', () => `/api/sources/${quickstart.sources[0]?.id}/connected-destinations`],
  ['subscriptions', () => `/api/destinations/${quickstart.destinationId}/subscriptions`],
  ['filters', () => `/api/destination/${quickstart.destinationId}/filters`],
])('%s are all given at once, or in pages that have the same in the same order', async (name, pathOf) => {
  const path = pathOf()
  const all = (await call('GET', path)).json.data
  expect(all.pagination).toEqual({ current: 'MA==', totalEntries: all[name].length })
  const seen: unknown[] = []
  let cursor: string | undefined = 'MA=='
  while (cursor !== undefined) {
    const query = `pagination[count]=1&pagination[cursor]=${encodeURIComponent(cursor)}`
    const answer: { json: { data: typeof all } } = await call('GET', `${path}?${query}`)
    expect(answer.json.data[name].length).toBeLessThanOrEqual(1)
    seen.push(...answer.json.data[name])
    cursor = answer.json.data.pagination.next
  }
  expect(seen).toEqual(all[name])
  expect(await call('GET', `${path}?pagination.count=201`)).toMatchObject({ status: 422 })
})

test.each(['pagination.count=0', 'pagination.count=201', 'pagination.cursor=eA', 'count=1'])(
  'a page of the catalog that cannot be, %s, is answered 422',
  async (query) => {
    expect(await call('GET', `/api/catalog/destinations?${query}`)).toMatchObject({ status: 422 })
  },
)

test('a destination of the catalog is found by id and by slug, with its actions and fields', async () => {
  const { json } = await call('GET', '/api/catalog/destinations/5e79ef31929aef3bdfbc53a5')
  const { destinationMetadata } = json.data
  expect(destinationMetadata).toMatchObject({ slug: 'extole-platform', name: 'Extole Platform', origin: 'built-in' })
  expect(destinationMetadata.options.map(({ name }: { name: string }) => name)).toContain('apiKey')
  expect(destinationMetadata.actions[0].fields[0]).toMatchObject({ fieldKey: expect.any(String), sortOrder: 0 })
  expect((await call('GET', '/api/catalog/destinations/extole-platform')).json.data).toEqual(json.data)
  const missing = await call('GET', '/api/catalog/destinations/actions-slack')
  expect([missing.status, JSON.stringify(missing.json)]).toEqual([404, expect.stringContaining('catalog install')])
})

test('`catalog status` says that nothing is installed and what to do, and ends with code 1', async () => {
  await expect(cli('catalog', 'status')).rejects.toMatchObject({
    code: 1,
    stdout: expect.stringContaining('Run `grapevine catalog install`.'),
  })
})
