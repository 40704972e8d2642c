/**
 * Hostile text, pollution and depth in every field of every body, and in every part of a path: the fields are read from the
 * OpenAPI document, so that a new route is in here by itself. Nothing of it may end in a 5xx, and each answer is an envelope.
 */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startServer, type TestServer } from './server.fixture.ts'

interface Schema {
  readonly type?: string
  readonly properties?: Readonly<Record<string, Schema>>
  readonly items?: Schema
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly anyOf?: readonly Schema[]
  readonly minItems?: number
}
interface Operation {
  readonly requestBody?: { readonly content: { readonly 'application/json': { readonly schema: Schema } } }
}

const TEXTS: readonly string[] = [
  "'; DROP TABLE sources; --",
  '" OR 1=1 --',
  '\u0000',
  '\ud800',
  '\u202e\u200b\ufeff',
  '../../../../etc/passwd',
  '{{7*7}}<%= 7*7 %>#{7*7}',
  '<script>alert(1)</script>',
  '\r\nSet-Cookie: a=b',
  '__proto__',
  'constructor',
  '%00%0a',
  '('.repeat(5_000),
  'x'.repeat(100_000),
]
const DEPTH = 5_000
/** As texts, because JSON.stringify would leave `__proto__` out. */
const BODIES: readonly string[] = [
  '{"__proto__":{"isAdmin":true}}',
  '{"constructor":{"prototype":{"isAdmin":true}}}',
  `${'['.repeat(DEPTH)}${']'.repeat(DEPTH)}`,
  `${'{"settings":'.repeat(DEPTH)}1${'}'.repeat(DEPTH)}`,
  'null',
  '[]',
  '"text"',
  '1e999',
  '{"a":1,"a":2}',
  '',
]

let server: TestServer
let operations: readonly { readonly method: string; readonly path: string; readonly schema: Schema | undefined }[]

async function ask(method: string, path: string, body?: string) {
  const response = await fetch(`${server.running.url}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${server.quickstart.publicApiToken}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body }),
  })
  return { status: response.status, text: await response.text() }
}

beforeAll(async () => {
  server = await startServer()
  const { paths } = JSON.parse((await ask('GET', '/api/openapi.json')).text)
  operations = Object.entries<Record<string, Operation>>(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { requestBody }]) => ({
      path,
      method: method.toUpperCase(),
      schema: requestBody?.content['application/json'].schema,
    })),
  )
}, 60_000)

afterAll(async () => {
  await server?.[Symbol.asyncDispose]()
}, 60_000)

/** A value that a schema may take, with one text in every place where one can stand. */
function filled(schema: Schema, text: string): unknown {
  if (schema.const !== undefined) return schema.const
  if (schema.enum !== undefined) return schema.enum[0]
  if (schema.anyOf !== undefined) return filled(schema.anyOf.at(-1) ?? {}, text)
  switch (schema.type) {
    case 'string':
      return text
    case 'boolean':
      return true
    case 'number':
    case 'integer':
      return 1
    case 'array':
      return [filled(schema.items ?? {}, text)]
    case 'object': {
      if (schema.properties === undefined) return { [text]: text }
      return Object.fromEntries(Object.entries(schema.properties).map(([name, each]) => [name, filled(each, text)]))
    }
    default:
      return text
  }
}

function expectAnswer(what: string, { status, text }: { status: number; text: string }): void {
  expect(status, `${what}: ${text.slice(0, 500)}`).toBeLessThan(500)
  const answer: unknown = JSON.parse(text)
  expect(answer, what).toEqual(expect.objectContaining(status < 300 ? { data: expect.anything() } : {}))
  expect(text, what).not.toMatch(/node_modules|SQLITE|sqlite|at \w+ \(/)
}

const ofPeople = /\/api\/(session|join)/
/** Ids of what is there, so that a change comes as far as the workspace. */
const known = (path: string) =>
  path
    .replace(/^(\/api\/destinations?\/)\{id\}/, `$1${server.quickstart.destinationId}`)
    .replace('{space}', server.quickstart.spaceId)
    .replace('{collection}', 'audiences')
    .replace(/\{\w+\}/g, 'nobody')

test('hostile text in every field of every body is answered, and nothing breaks', async () => {
  let tried = 0
  for (const { method, path, schema } of operations) {
    if (schema === undefined || ofPeople.test(path)) continue
    for (const text of TEXTS) {
      expectAnswer(
        `${method} ${path} with ${JSON.stringify(text.slice(0, 30))}`,
        await ask(method, known(path), JSON.stringify(filled(schema, text))),
      )
      tried += 1
    }
  }
  expect(tried).toBeGreaterThan(300)
}, 120_000)

test('pollution and depth are refused by every route that takes a body', async () => {
  for (const { method, path, schema } of operations) {
    if (schema === undefined || ofPeople.test(path)) continue
    for (const body of BODIES) {
      const answer = await ask(method, known(path), body)
      expectAnswer(`${method} ${path} with ${body.slice(0, 30)}`, answer)
    }
  }
  expect(Object.hasOwn(Object.prototype, 'isAdmin')).toBe(false)
}, 120_000)

test('hostile text in every part of every path is answered', async () => {
  for (const { method, path } of operations) {
    if (!path.includes('{') || path.includes('/live') || method !== 'GET') continue
    for (const text of TEXTS.filter((each) => each.length < 6_000 && each.isWellFormed())) {
      const answer = await ask(method, path.replace(/\{\w+\}/g, encodeURIComponent(text)))
      expectAnswer(`${method} ${path} with ${JSON.stringify(text.slice(0, 30))}`, answer)
    }
  }
}, 60_000)

test('the server is as it was', async () => {
  expect((await ask('GET', '/api/sources')).status).toBe(200)
  expect((await ask('GET', `/api/destinations/${server.quickstart.destinationId}`)).status).toBe(200)
})
