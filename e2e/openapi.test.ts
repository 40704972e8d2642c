/** The OpenAPI document against the routes it was made of, and against real answers. */
import { Validator } from '@seriousme/openapi-schema-validator'
import { Compile } from 'typebox/schema'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { LEFT_OUT } from '../src/api/left-out.ts'
import { DescribedApi, type Document, operationsOf } from './openapi-client.fixture.ts'
import { PEOPLE_WALKS } from './openapi-people-walks.fixture.ts'
import { SPACE_WALKS } from './openapi-space-walks.fixture.ts'
import { CONFIGURATION_WALKS } from './openapi-walks.fixture.ts'
import { startServer, type TestServer } from './server.fixture.ts'

let server: TestServer
let document: Document
let api: DescribedApi

beforeAll(async () => {
  server = await startServer()
  const { running, quickstart } = server
  const headers = { authorization: `Bearer ${quickstart.publicApiToken}` }
  document = await (await fetch(`${running.url}/api/openapi.json`, { headers })).json()
  api = new DescribedApi(running.url, quickstart.publicApiToken, document)
}, 60_000)

afterAll(async () => {
  await server?.[Symbol.asyncDispose]()
}, 60_000)

test('every route that is served is in it with its right, and no other', () => {
  const leftOut = new Set([...LEFT_OUT.keys()].flatMap((path) => [`/api${path}`, `/api${path}/*`]))
  const served = server.running.routes
    .filter(({ url }) => url.startsWith('/api') && !leftOut.has(url))
    .map(({ method, url, right }) => `${method} ${url.replace(/\/$/, '').replace(/:(\w+)/g, '{$1}')} ${right}`)
  const described = operationsOf(document).map(({ name, operation }) => `${name} ${operation['x-right']}`)
  expect(described.sort()).toEqual([...new Set(served)].sort())
  for (const { path, operation } of operationsOf(document)) {
    const named = operation.parameters.filter((each) => each.in === 'path').map(({ name }) => `{${name}}`)
    expect(path.match(/\{\w+\}/g) ?? []).toEqual(named)
  }
})

test('it is an OpenAPI 3.1 document', async () => {
  const { valid, errors } = await new Validator().validate({ ...document })
  expect([valid, errors ?? null, document.openapi]).toEqual([true, null, '3.1.0'])
})

test('every operation says what it is called, does and answers: give its route a `config` of src/api/answers', () => {
  const operations = operationsOf(document)
  const silent = operations.filter(({ operation: { operationId, summary, responses } }) => {
    return operationId === undefined || summary === undefined || Object.keys(responses).length < 2
  })
  expect(silent.map(({ name }) => name)).toEqual([])
  const ids = operations.map(({ operation }) => operation.operationId)
  expect(new Set(ids).size).toBe(ids.length)
})

test('every parameter is described: in its schema, or in src/api/openapi-parameters.ts', () => {
  const silent = operationsOf(document).flatMap(({ name, operation }) =>
    operation.parameters.filter(({ description = '' }) => description === '').map((each) => `${name} ${each.name}`),
  )
  expect(silent).toEqual([])
})

test('each schema of a body is one of JSON Schema 2020-12, and each example is one of its bodies', () => {
  const bodies = operationsOf(document).flatMap(({ name, operation: { requestBody } }) =>
    requestBody === undefined ? [] : [{ name, ...requestBody.content['application/json'] }],
  )
  expect(bodies.length).toBeGreaterThan(20)
  for (const { name, schema, example } of bodies) {
    const check = Compile(schema)
    if (example !== undefined) expect(check.Check(example), name).toBe(true)
  }
})

const WALKS = { ...CONFIGURATION_WALKS, ...SPACE_WALKS, ...PEOPLE_WALKS }
test.each(Object.entries(WALKS))(
  'what is answered is as described: %s',
  async (_, walk) => {
    await walk(api, server)
  },
  60_000,
)

test('every operation succeeded on these walks: let one of e2e/openapi-*walks.fixture.ts call a new route', () => {
  const missing = operationsOf(document).filter(({ name }) => !api.succeeded.has(name))
  expect(missing.map(({ name }) => name)).toEqual([])
})

test('a field that is answered and not described is found, and one that is missing', () => {
  const open = operationsOf(document).flatMap(({ name, operation: { responses } }) =>
    Object.values(responses).flatMap(({ content }) => {
      const schema = content['application/json']?.schema
      const isFound =
        schema === undefined || api.problemsWith(schema, { data: { nobody: 'described this' } }).length > 0
      return isFound ? [] : [name]
    }),
  )
  // The document itself.
  expect(open).toEqual(['GET /api/openapi.json'])
  const label = { $ref: '#/components/schemas/Label' }
  expect(api.problemsWith(label, { key: 'team', value: 'core' })).toEqual([])
  expect(api.problemsWith(label, { key: 'team', value: 'core', colour: 'red' }).join()).toContain('/colour')
  expect(api.problemsWith(label, { key: 'team' }).join()).toContain('value')
})

test('what is refused is answered as described', async () => {
  const statuses = new Map<number, number>()
  for (const { path, method, operation } of operationsOf(document)) {
    // An endless stream.
    if (path === '/api/live') continue
    const body = method === 'GET' ? undefined : { no: 1 }
    for (const headers of [{}, { authorization: 'Bearer nobody' }]) {
      const { status, where } = await api.ask(method, path.replace(/\{\w+\}/g, 'nobody'), body, headers)
      expect(status, where).toBeLessThan(500)
      if (operation['x-right'] !== 'anyone' && 'authorization' in headers) expect(status, where).toBe(401)
      statuses.set(status, (statuses.get(status) ?? 0) + 1)
    }
  }
  expect([...statuses.keys()]).toEqual(expect.arrayContaining([200, 401, 404, 422]))
}, 60_000)
