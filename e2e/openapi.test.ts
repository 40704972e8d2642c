/** The OpenAPI document against the routes it was made of, and against real answers. */
import { Compile } from 'typebox/schema'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { LEFT_OUT } from '../src/api/left-out.ts'
import { startServer, type TestServer } from './server.fixture.ts'

interface Operation {
  readonly 'x-right': string
  readonly parameters: readonly { readonly name: string; readonly in: string; readonly required: boolean }[]
  readonly requestBody?: { readonly content: { readonly 'application/json': { readonly schema: object } } }
}
interface Document {
  readonly openapi: string
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: { readonly schemas: Readonly<Record<string, object>> }
}

let server: TestServer
let document: Document

const ask = (method: string, path: string, body?: string) =>
  fetch(`${server.running.url}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${server.quickstart.publicApiToken}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body }),
  })

beforeAll(async () => {
  server = await startServer()
  document = await (await ask('GET', '/api/openapi.json')).json()
}, 60_000)

afterAll(async () => {
  await server?.[Symbol.asyncDispose]()
}, 60_000)

const operations = () =>
  Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
  )

test('every route that is served is in it with its right, and no other', () => {
  const leftOut = new Set([...LEFT_OUT.keys()].flatMap((path) => [`/api${path}`, `/api${path}/*`]))
  const served = server.running.routes
    .filter(({ url }) => url.startsWith('/api') && !leftOut.has(url))
    .map(({ method, url, right }) => `${method} ${url.replace(/\/$/, '').replace(/:(\w+)/g, '{$1}')} ${right}`)
  const described = operations().map(({ method, path, operation }) => `${method} ${path} ${operation['x-right']}`)
  expect(document.openapi).toBe('3.1.0')
  expect(described.sort()).toEqual([...new Set(served)].sort())
  for (const { path, operation } of operations()) {
    const named = operation.parameters.filter((each) => each.in === 'path').map(({ name }) => `{${name}}`)
    expect(path.match(/\{\w+\}/g) ?? []).toEqual(named)
  }
})

test('each schema of a body is one of JSON Schema 2020-12', () => {
  const bodies = operations().flatMap(({ operation: { requestBody } }) => requestBody ?? [])
  expect(bodies.length).toBeGreaterThan(20)
  for (const { content } of bodies) Compile(content['application/json'].schema)
})

test('what is answered has the shape that is described', async () => {
  const [isSuccess, isProblems] = ['Success', 'Problems'].map((name) =>
    Compile(document.components.schemas[name] ?? false),
  )
  const statuses = new Map<number, number>()
  for (const { path, method, operation } of operations()) {
    if (['anyone', 'signed-in'].includes(operation['x-right'])) continue
    // An endless stream, and the document itself.
    if (path === '/api/live' || path === '/api/openapi.json') continue
    const response = await ask(method, path.replace(/\{\w+\}/g, 'nobody'), method === 'GET' ? undefined : '{"no":1}')
    const answer: unknown = await response.json()
    const isFine = response.ok ? isSuccess : isProblems
    expect(isFine?.Check(answer), `${method} ${path} ${response.status} ${JSON.stringify(answer)}`).toBe(true)
    expect(response.status, `${method} ${path} ${JSON.stringify(answer)}`).toBeLessThan(500)
    statuses.set(response.status, (statuses.get(response.status) ?? 0) + 1)
  }
  expect([...statuses.keys()]).toEqual(expect.arrayContaining([200, 404, 422]))
}, 60_000)
